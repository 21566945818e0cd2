"""Whether a process can serve, told to whoever sends people there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import text, update

from app.migrate import revisions
from app.operations.heartbeat import Pulse
from app.operations.model import Heartbeat
from tests.cast import ALICE
from tests.conftest import Api, Deploy
from tests.marks import SCALED
from tests.rules.conftest import HOME, Door, Serve
from tests.rules.house import House
from tests.rules.http import done, place
from tests.servers import Postgres
from tests.until import until


async def asked(window: httpx2.AsyncClient, path: str = "/readyz") -> tuple[int, dict[str, Any]]:
    answer = await window.get(path)
    return answer.status_code, answer.json()


async def comes_to_be(window: httpx2.AsyncClient, code: int, status: str) -> dict[str, Any]:
    """The checks, once /readyz answers so: it looks once a second."""
    found: dict[str, Any] = {}

    async def holds() -> bool:
        nonlocal found
        now, body = await asked(window)
        found = body["checks"]
        return (now, body["status"]) == (code, status)

    await until(holds)
    return found


def red(checks: dict[str, Any]) -> set[str]:
    return {name for name, check in checks.items() if check["state"] == "red"}


async def test_alive_is_all_that_healthz_says(door: Door) -> None:
    answer = await door().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


async def test_without_a_worker_people_are_served_all_the_same(house: House, door: Door) -> None:
    assert red(await comes_to_be(door(), 200, "degraded")) == {"worker"}
    await Pulse(house.db).beat()
    assert red(await comes_to_be(door(), 200, "ready")) == set()
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Heartbeat).values(beat_at=long_ago))
    checks = await comes_to_be(door(), 200, "degraded")
    assert red(checks) == {"worker"}
    assert re.search(r"\b3\d\d s ago", checks["worker"]["why"])


async def test_a_database_that_is_behind_serves_nobody_and_a_newer_one_does(house: House, door: Door) -> None:
    await Pulse(house.db).beat()
    newest, before, *_ = revisions()
    for version, code, status in (
        (before, 503, "unready"),
        ("9999", 200, "degraded"),
        (newest, 200, "ready"),
    ):
        async with house.db.transaction() as tx:
            await tx.session.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
        checks = await comes_to_be(door(), code, status)
        assert red(checks) == (set() if status == "ready" else {"migrations"})


async def test_a_database_that_is_away_is_said_without_naming_it(
    postgres_house: House, postgres: Postgres, serve: Serve
) -> None:
    name = postgres_house.context.settings.database_url.rpartition("/")[2]
    transport = httpx2.ASGITransport(await serve(postgres_house))
    async with httpx2.AsyncClient(transport=transport, base_url=HOME) as window:
        await comes_to_be(window, 200, "degraded")
        await postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        await postgres.execute(f"{ended} WHERE datname = '{name}'")
        await comes_to_be(window, 503, "unready")
        answer = await window.get("/readyz")
        assert set(answer.json()["checks"]) == {"database", "bus"}
        assert not any(word in answer.text for word in (name, "postgres", "127.0.0.1", "5432", "Error"))
        assert (await window.get("/healthz")).status_code == 200
        await postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await comes_to_be(window, 200, "degraded")


@SCALED
async def test_without_redis_messages_are_stored_and_the_process_stays_in_service(
    deploy: Deploy, api: Api
) -> None:
    deployment = await deploy()
    assert deployment.redis
    async with httpx2.AsyncClient(base_url=deployment.urls[0], trust_env=False) as window:
        await comes_to_be(window, 200, "ready")
        await deployment.redis.stop()
        assert red(await comes_to_be(window, 200, "degraded")) == {"bus"}
        number = await place(api(ALICE, deployment))
        await done(api(ALICE, deployment), f"/orders/{number}/messages", text="Is anybody there?")
        await deployment.redis.start()
        await comes_to_be(window, 200, "ready")
