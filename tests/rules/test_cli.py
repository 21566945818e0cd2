"""The commands: what they print, how they end."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.settings import SettingsError, load
from tests.processes import free_port
from tests.product import ORDERLINE, Web, checked, cli, environment
from tests.servers import Postgres

BAD_VALUES = {
    "DATABASE_URL": ("mysql://localhost/x", "sqlite://", "nonsense", "sqlite:///:memory:"),
    "REDIS_URL": ("http://localhost", "redis", "redis://localhost:port"),
    "PUBLIC_URL": ("shop.example", "ftp://shop.example", "https://"),
    "SECRET_KEY": ("short",),
    "SMTP_URL": ("localhost:25", "http://localhost"),
    "PORT": ("x", "0", "65536", "-1", "80.0", "٨٠"),
    "WEB_CONCURRENCY": ("x", "0", "-2", "1.5", "1000"),
    "METRICS_TOKEN": ("short",),
    "METRICS_PORT": ("x", "0", "65536"),
    "LOG_FORMAT": ("xml",),
    "WATCHDOG_ENDS_AFTER": ("x", "-1", "3601"),
    "SOCKETS_PER_PERSON": ("x", "0"),
    "FILES_URL": ("/dev/null/files", "ftp://host/files", "s3://", "s3://KEY@bucket"),
    "FORWARDED_ALLOW_IPS": ("*", "10.0.0.1,*"),
}


def in_folder(path: Path, **more: str) -> dict[str, str]:
    return environment(DATABASE_URL=f"sqlite:///{path / 'shop.db'}") | more


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


async def test_the_command_is_started_as_one_types_it(tmp_path: Path) -> None:
    """The other tests fork it from a process that has read its code; these start from nothing."""
    env, port = in_folder(tmp_path), free_port()
    installed = str(Path(sys.executable).with_name("orderline"))
    for command, code in ((*ORDERLINE, "migrate"), 0), ((installed, "token"), 2), ((installed, "doctor"), 0):
        done = await asyncio.to_thread(subprocess.run, command, env=env, cwd=tmp_path, capture_output=True)
        assert done.returncode == code, done.stdout + done.stderr
    async with Web((installed, "serve", "--port", str(port)), tmp_path, port, env) as server:
        assert await server.ready()
        assert await server.stop() in (0, -signal.SIGTERM)


async def test_a_shop_is_founded_step_by_step(tmp_path: Path) -> None:
    env = in_folder(tmp_path)
    assert "behind" in refused(await cli("token", "--customer", "a@b.example", env=env))
    await checked("migrate", env=env)
    await checked("migrate", env=env)
    added = await checked("member", "add", "Olga@Example.org", "--role", "owner", env=env)
    assert len(added) == 1
    assert "/sign-in/" in added[0]
    line = refused(await cli("member", "add", "olga@example.org", env=env))
    assert "olga@example.org" in line
    assert "@" in refused(await cli("member", "add", "no-address@", env=env))
    await checked("new-epoch", env=env)
    await checked("worker", "--once", env=env)
    await checked("worker", "--now", "2031-01-01T00:00:00Z", env=env)
    await checked("doctor", env=env)


async def test_tokens_are_all_that_token_prints(tmp_path: Path) -> None:
    env = in_folder(tmp_path)
    await checked("migrate", env=env)
    await checked("member", "add", "bob@example.org", env=env)
    people = ["--customer", "new@example.org", "--member", "bob@example.org", "--customer", "new@example.org"]
    first, again = [await checked("token", *people, env=env) for _ in range(2)]
    assert len(first) == len(again) == 3
    assert len(set(first + again)) == 6
    assert all(" " not in token and len(token) > 20 for token in first)
    assert "nobody@example.org" in refused(await cli("token", "--member", "nobody@example.org", env=env))
    assert "x" in refused(await cli("token", "--customer", "x", env=env))
    both = ("token", "--customer", "a@b.example", "--member", "nobody@example.org")
    refused(await cli(*both, env=env))


async def test_tokens_are_named_scoped_listed_and_revoked(tmp_path: Path) -> None:
    env = in_folder(tmp_path)
    await checked("migrate", env=env)
    await checked("member", "add", "bob@example.org", env=env)
    named = ("--name", "Stock  counter", "--scope", "read")
    made = await checked("token", *named, "--member", "bob@example.org", "--customer", "a@b.example", env=env)
    assert len(made) == 2
    [line] = await checked("tokens", "list", " Bob@Example.org", env=env)
    key, scope, _, used, *rest = line.split("\t")
    assert (scope, used, rest) == ("read", "never", ["bob@example.org", "Stock counter"])
    assert len(await checked("tokens", "list", env=env)) == 2
    assert "no such token" in refused(await cli("tokens", "revoke", key, "0" * 12, env=env))
    assert await checked("tokens", "revoke", key, env=env) == []
    assert await checked("tokens", "list", "bob@example.org", env=env) == []
    assert len(await checked("tokens", "list", env=env)) == 1


async def test_a_second_demo_changes_nothing_and_says_so(tmp_path: Path) -> None:
    env = in_folder(tmp_path)
    await checked("demo", env=env)
    tables = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM entries), count(*) FROM products"
    before = _query(tmp_path / "shop.db", tables)
    said = await checked("demo", env=env)
    assert "nothing" in said[-1]
    assert _query(tmp_path / "shop.db", tables) == before
    boxes = {row[0] for row in _query(tmp_path / "shop.db", "SELECT DISTINCT status FROM orders")}
    assert boxes == {"pending", "processing", "confirmed", "rejected", "cancelled"}
    await checked("token", "--member", "owner@demo.example", "--member", "agent@demo.example", env=env)


def _query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    "words",
    ["", "token --member a@b.example --scope all", "tokens revoke", "serve --port x", "serve --port 0",
     "dance", "token", "token --member", "member add", "member",
     "member add a@b.example --role king", "worker --now yesterday", "migrate now", "serve --host 0.0.0.0"],
)  # fmt: skip
async def test_wrong_usage_is_2(tmp_path: Path, words: str) -> None:
    done = await cli(*words.split(), env=in_folder(tmp_path))
    assert done.returncode == 2
    assert done.stderr
    assert not (tmp_path / "shop.db").exists()


@pytest.mark.parametrize("name", BAD_VALUES)
async def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    for value in BAD_VALUES[name]:
        with pytest.raises(SettingsError, match=f"^{name}: "):
            load({"DATABASE_URL": "sqlite:///shop.db", name: value})
    line = refused(await cli("serve", env=in_folder(tmp_path) | {name: BAD_VALUES[name][0]}))
    assert line.startswith(f"orderline: {name}: ")
    assert not (tmp_path / "shop.db").exists()


async def test_several_processes_need_redis_and_postgresql(tmp_path: Path) -> None:
    alone = in_folder(tmp_path, WEB_CONCURRENCY="2")
    assert "REDIS_URL" in refused(await cli("serve", env=alone))
    with_redis = alone | {"REDIS_URL": "redis://127.0.0.1:6379/0"}
    assert "DATABASE_URL" in refused(await cli("serve", env=with_redis))


async def test_a_database_that_does_not_answer_is_said_in_one_line(tmp_path: Path) -> None:
    env = environment(DATABASE_URL=f"postgresql://postgres@127.0.0.1:{free_port()}/shop")
    for command in ("serve", "migrate", "demo"):
        assert "DATABASE_URL" in refused(await cli(command, env=env, directory=tmp_path))


async def test_a_second_serve_on_sqlite_is_refused(tmp_path: Path) -> None:
    env = in_folder(tmp_path)
    port = free_port()
    async with Web((*ORDERLINE, "serve", "--port", str(port)), tmp_path, port, env) as first:
        line = refused(await cli("serve", "--port", str(free_port()), env=env))
        assert "shop.db" in line
        await checked("member", "add", "bob@example.org", env=env)  # commands may run beside it
        await first.stop()
    async with Web((*ORDERLINE, "serve", "--port", str(port)), tmp_path, port, env) as again:
        assert await again.ready()


async def test_serve_refuses_a_postgresql_that_is_behind(tmp_path: Path, postgres_database: str) -> None:
    env = environment(DATABASE_URL=postgres_database)
    assert "migrate" in refused(await cli("serve", env=env, directory=tmp_path))
    await checked("migrate", env=env, directory=tmp_path)
    port = free_port()
    async with Web((*ORDERLINE, "serve", "--port", str(port)), tmp_path, port, env) as server:
        assert await server.ready()


async def test_a_later_migration_is_noticed(
    tmp_path: Path, postgres: Postgres, postgres_database: str
) -> None:
    env = environment(DATABASE_URL=postgres_database)
    await checked("migrate", env=env, directory=tmp_path)
    name = postgres_database.rpartition("/")[2]
    await postgres.execute("UPDATE alembic_version SET version_num = 'older'", name)
    assert "behind" in refused(await cli("serve", env=env, directory=tmp_path))


async def test_who_lost_phone_and_codes_gets_back_in(tmp_path: Path) -> None:
    env = in_folder(tmp_path)
    await checked("migrate", env=env)
    await checked("member", "add", "bob@example.org", env=env)
    reset = ("member", "reset-two-factor", "Bob@Example.org")
    assert "no second factor" in refused(await cli(*reset, env=env))
    assert "no member" in refused(await cli(*reset[:2], "nobody@example.org", env=env))
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("UPDATE members SET totp_secret = 'x', totp_since = '2026-01-01 00:00:00'")
        connection.execute("INSERT INTO recovery_codes (id, member_id) VALUES ('x', 1)")
    assert await checked(*reset, env=env) == []
    left = "SELECT totp_secret, totp_since, (SELECT count(*) FROM recovery_codes) FROM members"
    assert _query(tmp_path / "shop.db", left) == [(None, None, 0)]
    logged = _query(tmp_path / "shop.db", "SELECT kind, member_id, subject FROM audit ORDER BY id")
    assert logged[-1] == ("two_factor_reset", None, "bob@example.org")
