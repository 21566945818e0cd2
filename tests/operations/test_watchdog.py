"""A process whose event loop is stuck: it says where, and ends, so that another one takes its place."""

import os
import re
import signal
from pathlib import Path

import httpx2
import pytest

from app.operations.watchdog import EXIT_CODE
from tests.conftest import Deploy
from tests.marks import EMBEDDED
from tests.operations.test_metrics import children
from tests.processes import free_port
from tests.product import ORDERLINE, ROOT, Shop, Web, environment
from tests.servers import Redis
from tests.until import until

PYTHONPATH = os.pathsep.join([str(Path(__file__).parent / "stuck"), str(ROOT)])


async def alive(url: str) -> bool:
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=1) as client:
            return (await client.get(f"{url}/healthz")).status_code == 200
    except httpx2.TransportError:
        return False


def up(web: Web) -> set[int]:
    """The processes that have said so: before, no watchdog looks after them."""
    return {int(pid) for pid in re.findall(r"process (\d+) is up", web.text())}


@EMBEDDED
async def test_a_stuck_loop_is_told_where_and_ends_its_process(deploy: Deploy) -> None:
    shop = await deploy(WATCHDOG_WARNS_AFTER="1", WATCHDOG_ENDS_AFTER="3", PYTHONPATH=PYTHONPATH)
    web = shop.web[0]
    os.kill(web.pid, signal.SIGUSR2)

    async def ended() -> bool:
        return not web.running

    await until(ended)
    assert await web.stop() == EXIT_CODE
    warning, _, end = web.text().partition("this process ends")
    assert "the event loop is stuck for" in warning
    assert "hang_for_a_minute" in warning
    assert "hang_for_a_minute" in end
    await web.start()  # as its supervisor would: the lock of the database went with the process
    assert await alive(web.url)


@EMBEDDED
async def test_a_process_that_stood_still_as_a_whole_goes_on(deploy: Deploy) -> None:
    shop = await deploy(WATCHDOG_WARNS_AFTER="1", WATCHDOG_ENDS_AFTER="2", PYTHONPATH=PYTHONPATH)
    web = shop.web[0]
    os.kill(web.pid, signal.SIGSTOP)
    before = int(Path(f"/proc/{web.pid}/stat").read_text().split()[21])
    clock = Path("/proc/uptime")
    stopped = float(clock.read_text().split()[0])

    async def long_enough() -> bool:
        return float(clock.read_text().split()[0]) - stopped > 4

    await until(long_enough)
    assert not await alive(web.url)
    os.kill(web.pid, signal.SIGCONT)
    await until(lambda: alive(web.url))
    assert web.running
    assert "this process ends" not in web.text()
    assert int(Path(f"/proc/{web.pid}/stat").read_text().split()[21]) == before


@pytest.mark.parametrize("how", [signal.SIGUSR2, signal.SIGSTOP], ids=["stuck", "stopped"])
async def test_one_of_several_processes_is_replaced(
    scaled_shop: Shop, redis: Redis, tmp_path: Path, how: signal.Signals
) -> None:
    """A stuck one by the watchdog, a stopped one by uvicorn's parent, whose ping it does not answer."""
    port = free_port()
    async with scaled_shop.copy(tmp_path) as url:
        env = environment(
            DATABASE_URL=url,
            REDIS_URL=redis.url,
            WEB_CONCURRENCY="2",
            WATCHDOG_ENDS_AFTER="2",
            PYTHONPATH=PYTHONPATH,
        )
        command = (*ORDERLINE, "serve", "--port", str(port))
        async with Web(command, tmp_path, port, env, name="serve") as web:

            async def both_up() -> bool:
                return up(web) == set(children(web.pid))

            await until(both_up, within=60)
            victim, other = children(web.pid)
            os.kill(victim, how)

            async def replaced() -> bool:
                now = set(children(web.pid))
                return victim not in now and len(now) == 2 and now < up(web)

            await until(replaced, within=60)
            assert other in children(web.pid)
            await until(lambda: alive(web.url))
