"""`orderline doctor`: green for what works, red for what does not, and what to do."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from app.doctor.database import judge
from app.doctor.result import Bad
from app.doctor.website import lasting
from tests.conftest import Deploy
from tests.marks import EMBEDDED, SCALED
from tests.operations.test_health import comes_to_be
from tests.processes import free_port
from tests.product import ORDERLINE, Deployment, Shop, Web, cli, environment

Answer = tuple[int, dict[str, dict[str, Any]]]


async def examined(of: Deployment, **env: str) -> Answer:
    """Exit code, and the checks by name."""
    return await asked(of.env | {"PUBLIC_URL": of.urls[0]} | env, of.directory)


async def asked(env: dict[str, str], directory: Path) -> Answer:
    ran = await cli("doctor", "--json", env=env, directory=directory)
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)
    assert found["good"] == (ran.returncode == 0)
    return ran.returncode, {check["what"]: check for check in found["checks"]}


async def working(of: Deployment) -> None:
    """Once the worker has said that it is there."""
    await becomes(of, 200, "ready")


async def becomes(of: Deployment, code: int, status: str) -> None:
    async with httpx2.AsyncClient(base_url=of.urls[0], trust_env=False) as window:
        await comes_to_be(window, code, status)


def those(checks: dict[str, dict[str, Any]], state: str) -> set[str]:
    return {name for name, check in checks.items() if check["state"] == state}


@EMBEDDED
async def test_all_is_well_with_an_embedded_shop(deploy: Deploy) -> None:
    shop = await deploy()
    await working(shop)
    code, checks = await examined(shop)
    assert code == 0, checks
    assert those(checks, "skipped") == {"redis", "certificate"}
    assert "FULL" in checks["durability"]["detail"]
    assert checks["sockets"]["detail"] == "get through, and are answered"
    tokens = (await shop.cli("tokens", "list")).stdout
    assert "doctor" not in tokens
    words = await cli("doctor", env=shop.env | {"PUBLIC_URL": shop.urls[0]}, directory=shop.directory)
    assert words.returncode == 0
    assert all(line.startswith(("ok ", "-- ")) for line in words.stdout.splitlines())


@EMBEDDED
async def test_what_is_missing_is_red_and_says_what_to_do(deploy: Deploy) -> None:
    shop = await deploy()
    await working(shop)
    nobody = str(free_port())
    await shop.web[0].stop(signal.SIGTERM)
    await shop.mail.stop()
    code, checks = await examined(shop, REDIS_URL=f"redis://127.0.0.1:{nobody}/0")
    assert code == 1
    assert those(checks, "bad") == {"redis", "mail", "website", "cookies", "payment webhook", "sockets"}
    assert all(check["todo"] for check in checks.values() if check["state"] == "bad")
    assert checks["worker"]["state"] == "ok"  # seen a moment ago


@EMBEDDED
async def test_a_database_that_is_away_hides_nothing_else(deploy: Deploy) -> None:
    shop = await deploy()
    away = f"postgresql://postgres@127.0.0.1:{free_port()}/shop"
    code, checks = await examined(shop, DATABASE_URL=away)
    assert code == 1
    assert those(checks, "bad") == {"database"}
    assert "DATABASE_URL" in checks["database"]["todo"]
    assert {"migrations", "worker"}.isdisjoint(checks)


@SCALED
async def test_a_scaled_shop_but_for_the_fsync_that_tests_do_without(deploy: Deploy) -> None:
    shop = await deploy()
    assert shop.worker
    await working(shop)
    code, checks = await examined(shop)
    assert code == 1
    assert those(checks, "bad") == {"durability"}
    assert "fsync=off" in checks["durability"]["detail"]
    assert those(checks, "skipped") == {"certificate", "disk"}
    assert "heard" in checks["redis"]["detail"]
    connection = await asyncpg.connect(shop.env["DATABASE_URL"])
    await shop.worker.stop()
    await connection.execute("UPDATE heartbeats SET beat_at = beat_at - interval '10 minutes'")
    await connection.execute("UPDATE alembic_version SET version_num = '0001'")
    await connection.close()
    await becomes(shop, 503, "unready")
    code, checks = await examined(shop)
    assert those(checks, "bad") == {"durability", "worker", "migrations", "website"}
    assert "migrate" in checks["migrations"]["todo"]
    assert "worker" in checks["worker"]["todo"]


@EMBEDDED
async def test_payments_that_serve_and_doctor_see_differently(deploy: Deploy) -> None:
    shop = await deploy()
    keys = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_API_BASE": f"http://127.0.0.1:{free_port()}"}
    _, checks = await examined(shop, **keys)
    assert "STRIPE_WEBHOOK_SECRET" in checks["payments"]["detail"]
    assert "another gateway" in checks["payment webhook"]["detail"]
    _, checks = await examined(shop, **keys, STRIPE_WEBHOOK_SECRET="whsec_x")
    assert checks["payments"]["state"] == "bad"


async def test_a_proxy_that_does_not_pass_sockets_on(embedded_shop: Shop, tmp_path: Path) -> None:
    port = free_port()
    async with embedded_shop.copy(tmp_path) as url, proxy(port, without(b"upgrade:")) as public:
        env = environment(DATABASE_URL=url, PUBLIC_URL=public)
        async with Web((*ORDERLINE, "serve", "--port", str(port)), tmp_path, port, env) as web:
            async with httpx2.AsyncClient(base_url=web.url, trust_env=False) as window:
                await comes_to_be(window, 200, "ready")
            code, checks = await asked(env, tmp_path)
    assert code == 1
    assert those(checks, "bad") == {"sockets"}
    assert "Upgrade" in checks["sockets"]["todo"]


async def test_a_proxy_on_an_address_that_serve_does_not_know(embedded_shop: Shop, tmp_path: Path) -> None:
    port = free_port()
    async with embedded_shop.copy(tmp_path) as url, proxy(port, lambda head: head) as public:
        env = environment(DATABASE_URL=url, PUBLIC_URL="https://orders.example.com")
        async with Web((*ORDERLINE, "serve", "--port", str(port)), tmp_path, port, env) as web:
            async with httpx2.AsyncClient(base_url=web.url, trust_env=False) as window:
                await comes_to_be(window, 200, "ready")
            code, checks = await asked(env | {"PUBLIC_URL": public}, tmp_path)
    assert code == 1
    assert those(checks, "bad") == {"cookies", "sockets"}
    assert "PUBLIC_URL" in checks["cookies"]["todo"]


def test_what_may_forget_is_red() -> None:
    judge({"fsync": "on", "synchronous_commit": "on"})
    for wrong in ({"fsync": "off"}, {"synchronous_commit": "off"}):
        with pytest.raises(Bad):
            judge({"fsync": "on", "synchronous_commit": "on"} | wrong)


def test_a_certificate_that_ends_soon_is_red() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert "2026-12-01" in lasting(now + timedelta(days=30), now)
    with pytest.raises(Bad, match="2026-11-11"):
        lasting(now + timedelta(days=10), now)


Head = Callable[[bytes], bytes]


def without(name: bytes) -> Head:
    """Leaves out a header."""

    def changed(head: bytes) -> bytes:
        return b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(name))

    return changed


@asynccontextmanager
async def proxy(port: int, change: Head) -> AsyncIterator[str]:
    """Passes connections on to `port`, with the first request's head changed; yields its own address."""

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        back.write(change(await reader.readuntil(b"\r\n\r\n")))
        await asyncio.gather(pipe(reader, back), pipe(there, writer), return_exceptions=True)

    own = free_port()
    server = await asyncio.start_server(passed, "127.0.0.1", own)
    try:
        yield f"http://127.0.0.1:{own}"
    finally:
        server.close()


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
