"""The tests' own servers do what the tests take for granted."""

import os
import re
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import asyncpg
import pytest
from playwright.async_api import expect
from redis.asyncio import Redis as RedisClient
from redis.exceptions import ConnectionError as RedisConnectionError

from tests import servers
from tests.browser import PHONE, NewWindow
from tests.processes import RUNNING, Process, eventually, free_port
from tests.product import environment
from tests.smtp import MailServer


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_postgres_keeps_what_was_written_over_a_crash(
    postgres_database: str, postgres: servers.Postgres
) -> None:
    name = postgres_database.rpartition("/")[2]
    await postgres.execute("CREATE TABLE kept AS SELECT 7 AS n", name)
    await postgres.restart(immediate=True)
    assert await postgres.execute("SELECT n FROM kept", name) == 7


async def test_postgres_copies_a_template(postgres: servers.Postgres) -> None:
    async with postgres.database() as template:
        await postgres.execute("CREATE TABLE original AS SELECT 'x' AS t", template)
        async with postgres.database(template) as copy:
            assert await postgres.execute("SELECT t FROM original", copy) == "x"
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await postgres.execute("SELECT 1", copy)


async def test_servers_leave_no_process_and_no_file_behind() -> None:
    before = list(RUNNING)
    async with servers.postgres() as database, servers.redis() as bus:
        children = [int(pid) for pid in re.findall(r"\d+", _children(database.pid))]
        pids, directories = [database.pid, bus.pid, *children], [database.directory, bus.directory]
        assert all(alive(pid) for pid in pids)
        await database.stop()
        await database.start()
        pids.append(database.pid)
    assert [pid for pid in pids if alive(pid)] == []
    assert [directory for directory in directories if directory.exists()] == []
    assert before == RUNNING


def _children(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


async def test_redis_comes_back_on_its_port(redis: servers.Redis) -> None:
    async with RedisClient.from_url(redis.url) as client:
        assert await client.ping()
        await redis.kill()
        with pytest.raises(RedisConnectionError):
            await client.ping()
        await redis.start()
        await redis.restart()
        assert await client.ping()


async def test_a_process_that_ends_at_once_says_why(tmp_path: Path) -> None:
    process = Process(("sh", "-c", "echo no such thing; exit 3"), tmp_path, free_port())
    with pytest.raises(AssertionError, match="ended with 3") as failure:
        await process.start()
    assert "no such thing" in failure.value.__notes__[-1]


async def test_killing_a_process_takes_its_children_along(tmp_path: Path, redis: servers.Redis) -> None:
    script = "sleep 60 & echo $! > child; wait"
    async with Process(("sh", "-c", script), tmp_path, redis.port) as parent:
        child = await _line(tmp_path / "child")
        await parent.kill()
    await eventually(lambda: not _running(int(child)))  # a killed process takes a moment to be gone


async def _line(file: Path) -> str:
    await eventually(lambda: file.exists() and file.read_text().endswith("\n"))
    return file.read_text()


def _running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


async def test_mail_server_keeps_mail_by_recipient(mail_server: MailServer) -> None:
    await _send(mail_server, "anna@example.org", "Ein Angebot für Sie")
    message = await mail_server.message("anna@example.org", "Angebot")
    assert message.get_content() == "Grüße\n"
    assert mail_server.to("bert@example.org") == []


async def test_mail_server_refuses_whom_it_is_told_to(mail_server: MailServer) -> None:
    mail_server.answers["anna@example.org"] = "451 later"
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
        await _send(mail_server, "anna@example.org", "Hallo")
    assert refusal.value.recipients[0].code == 451
    assert mail_server.refused == ["anna@example.org"]
    await mail_server.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await _send(mail_server, "anna@example.org", "Hallo")
    await mail_server.start()
    mail_server.answers.clear()
    await _send(mail_server, "anna@example.org", "Hallo")
    assert len(mail_server.messages) == 1


async def _send(server: MailServer, recipient: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.org", recipient, subject
    message.set_content("Grüße\n")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=server.port)


async def test_windows_are_separate_people(new_window: NewWindow) -> None:
    page = "data:text/html,<title>x</title>"
    german = await new_window("http://127.0.0.1", locale="de-DE", color_scheme="dark", viewport=PHONE)
    english = await new_window("http://127.0.0.1")
    for window, language, dark, width in ((german, "de-DE", True, 390), (english, "en-GB", False, 1280)):
        await window.goto(page)
        await expect(window).to_have_title("x")
        assert await window.evaluate("navigator.language") == language
        assert await window.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is dark
        assert await window.evaluate("innerWidth") == width
    assert german.context is not english.context


def test_configuration_of_the_machine_does_not_leak_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/real")
    assert "DATABASE_URL" not in environment()
    assert os.environ["PATH"] == environment()["PATH"]
