"""What Prometheus reads: who may, and that it is true."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.jobs import Worker
from app.mail.model import Mail
from app.operations.heartbeat import Pulse
from tests.cast import ALICE, BOB
from tests.live_client import LiveClient
from tests.processes import free_port
from tests.product import ORDERLINE, Shop, Web, environment
from tests.rules.conftest import Door, Serve
from tests.rules.house import House
from tests.servers import Redis
from tests.until import until

TOKEN = "for-prometheus-alone-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
Figures = dict[str, float]


def figures(text: str) -> Figures:
    """`name{label}` → value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(sample.labels[name] for name in sorted(sample.labels))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def read(window: httpx2.AsyncClient) -> Figures:
    answer = await window.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    return figures(answer.text)


async def test_nobody_reads_them_without_the_token(sqlite_house: House, serve: Serve, door: Door) -> None:
    assert (await door().get("/metrics", headers=BEARER)).status_code == 404
    window = door(app=await serve(sqlite_house, METRICS_TOKEN=TOKEN))
    assert (await window.get("/metrics")).status_code == 401
    for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer", "Bearer \xff"):
        headers = {b"Authorization": wrong.encode("latin-1")}
        assert (await window.get("/metrics", headers=headers)).status_code == 401
    assert (await window.get("/metrics", headers=BEARER)).status_code == 200


@pytest.fixture
def house(sqlite_house: House) -> House:
    return sqlite_house


async def test_messages_batches_and_refusals_are_counted(house: House, serve: Serve, door: Door) -> None:
    window = door(ALICE, house, app=await serve(house, METRICS_TOKEN=TOKEN))
    number = await house.place(ALICE)
    before = await read(window)
    for words in ("one", "two"):
        answer = await window.post(f"/api/v1/orders/{number}/messages", json={"text": words})
        assert answer.status_code == 200
    assert (await window.post(f"/api/v1/orders/{number}/messages", json={"text": ""})).status_code == 422
    after = await read(window)
    grown = {name: after[name] - before[name] for name in after if name in before}
    assert grown["orderline_entries_total{message}"] == 2
    assert grown["orderline_acknowledgement_seconds_count"] == 2
    assert grown["orderline_acknowledgement_seconds_sum"] > 0
    assert grown["orderline_batch_size_sum"] == 2
    assert grown["orderline_refused_total{invalid}"] == 1
    assert grown["orderline_http_seconds_count{4xx}"] == 1


async def test_late_work_and_jobs_are_the_whole_deployments(house: House, serve: Serve, door: Door) -> None:
    window = door(app=await serve(house, METRICS_TOKEN=TOKEN))
    assert (await read(window))["orderline_late_seconds{mail}"] == 0
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    async with house.db.transaction() as tx:
        letter = {
            "kind": "x",
            "recipient": "a@b.example",
            "language": "en",
            "subject": "",
            "text": "",
            "html": "",
        }
        tx.session.add(Mail(**letter, status="waiting", created_at=hour_ago, due_at=hour_ago))
    for _ in range(2):  # two workers, whose counts add up
        worker = Worker(house.context)
        worker.jobs = (worker.notify, fails)
        for job in worker.jobs:
            await worker._run(job)
        await worker.pulse.beat()
    now = await read(window)
    assert now["orderline_late_seconds{mail}"] == pytest.approx(3600, abs=60)
    assert now["orderline_workers"] == 2
    assert now["orderline_heartbeat_age_seconds"] < 60
    assert (now["orderline_job_runs_total{fails}"], now["orderline_job_failures_total{fails}"]) == (2, 2)
    assert (now["orderline_job_runs_total{notify}"], now["orderline_job_failures_total{notify}"]) == (2, 0)


async def fails(now: datetime) -> int:
    raise RuntimeError("as it may")


async def test_what_could_not_be_written_down_is_written_with_the_next_beat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse = Pulse(house.db)
    with pulse.running("notify"):
        pass
    with monkeypatch.context() as patched:
        patched.setattr("app.operations.heartbeat._add", fails_to_add)
        with pytest.raises(RuntimeError):
            await pulse.beat()
    with pulse.running("notify"):
        pass
    await pulse.beat()
    async with house.db.read() as session:
        from app.operations.model import JobTally

        assert (await session.get_one(JobTally, "notify")).runs == 2


async def fails_to_add(*_: object) -> None:
    raise RuntimeError("the database is away")


async def test_several_processes_answer_as_one(scaled_shop: Shop, redis: Redis, tmp_path: Path) -> None:
    port, private = free_port(), free_port()
    async with scaled_shop.copy(tmp_path) as url:
        env = environment(
            DATABASE_URL=url, REDIS_URL=redis.url, WEB_CONCURRENCY="2", METRICS_PORT=str(private)
        )
        command = (*ORDERLINE, "serve", "--port", str(port))
        async with (
            Web(command, tmp_path, port, env, name="serve") as web,
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{private}", trust_env=False, timeout=30
            ) as scraper,
        ):
            await until(lambda: answers(scraper))
            before = await read(scraper)
            clients = [LiveClient(web.url, scaled_shop.tokens[who]) for who in (ALICE, BOB) * 8]
            await asyncio.gather(*(client.__aenter__() for client in clients))
            await until(lambda: holds(scraper, "orderline_sockets", 16))
            opened = (await read(scraper))["orderline_sockets_opened_total"]
            assert opened - before.get("orderline_sockets_opened_total", 0) == 16
            for client in clients:
                await client.__aexit__(None, None, None)
            await until(lambda: holds(scraper, "orderline_sockets", 0))
            # a process that died counts no more sockets, and the other one has the port
            for child in children(web.pid):
                os.kill(child, signal.SIGKILL)
            await until(lambda: answers(scraper))
            await until(lambda: holds(scraper, "orderline_sockets", 0))
            assert (await read(scraper))["orderline_sockets_opened_total"] >= opened


def children(parent: int) -> list[int]:
    """The serving processes of a `serve` with several."""
    found = []
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found


async def answers(scraper: httpx2.AsyncClient) -> bool:
    try:
        return (await scraper.get("/metrics")).status_code == 200
    except httpx2.TransportError:
        return False


async def holds(scraper: httpx2.AsyncClient, name: str, value: float) -> bool:
    return await answers(scraper) and (await read(scraper)).get(name) == value
