"""What the logs of a whole story hold: ids and kinds, and nothing that anybody said."""

import io
import json
import logging
import re
import sys
from typing import Any

import httpx2
import pytest

from app.operations.logs import Json, Text
from app.operations.redaction import redacted, safe_path
from tests.cast import ALICE, BOB, CAST
from tests.conftest import Api, Deploy, Live
from tests.rules.conftest import Door
from tests.rules.http import done, place
from tests.rules.test_live import signed_in
from tests.until import until

WORDS = ("The wall is wet", "Ask for a deposit", "Three hundred and no less", "Brick or plaster")
MESSAGE, NOTE, REASON, UNSAID = WORDS


async def test_a_storys_logs_hold_ids_and_no_word_of_it(deploy: Deploy, api: Api, live: Live) -> None:
    shop = await deploy(LOG_FORMAT="json")
    shop.mail.answers[ALICE.email] = f"550 {ALICE.email} is unknown here"
    shop.mail.answers[BOB.email] = f"451 try {BOB.email} later"
    links = [await shop.sign_in_link(person, shop.urls[0]) for person in (ALICE, BOB)]
    number = await place(api(ALICE, shop), note=UNSAID)
    async with await_window(shop.urls[0]) as window:
        for link in links:
            assert (await window.post(link)).status_code == 303
        await window.post("/desk/sign-in", data={"email": BOB.email, "password": "my secret password"})
        await window.post("/sign-in", data={"email": ALICE.email})
        await window.get(f"/o/MQ.{'x' * 40}")
        await window.get(f"/{ALICE.email}/{MESSAGE}")
    cookie = await signed_in(shop, ALICE)
    alice, bob = await live(ALICE, shop, {number: 0}), await live(BOB, shop, {number: 0}, inbox=True)
    await bob.do("orders.open_chat", number)
    await alice.do("messages.send", number, text=MESSAGE)
    await bob.do("notes.add", number, text=NOTE)
    await done(api(BOB, shop), f"/orders/{number}/quotes", amount=30_000, note=REASON)
    await api(ALICE, shop).post(f"/orders/{number}/messages", json={"text": [MESSAGE]})
    await api(ALICE, shop).post(f"/orders/{number}/messages", content=MESSAGE.encode())

    def text() -> str:
        return "".join(process.text() for process in (*shop.web, *([shop.worker] if shop.worker else [])))

    async def mail_failed() -> bool:
        return "550" in text() and "451" in text()

    await until(mail_failed)
    everything = text()
    secrets = [*shop.tokens.values(), cookie.partition("=")[2], *(link.rpartition("/")[2] for link in links)]
    for secret in (*WORDS, *secrets, "my secret password", "x" * 40, *(person.email for person in CAST)):
        assert secret not in everything, secret
    lines = [json.loads(line) for line in everything.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert about(lines, order=number, method="POST", status=200, actor="member's program")
    assert about(lines, path="/sign-in/…", status=303)
    assert about(lines, path="/o/…", status=404, actor="customer")
    assert about(lines, message="opened", actor="customer's program")


def await_window(url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, trust_env=False, timeout=30, headers={"Origin": url})


def about(lines: list[dict[str, Any]], **facts: Any) -> list[dict[str, Any]]:
    return [line for line in lines if facts.items() <= line.items()]


async def test_a_request_keeps_the_id_that_the_proxy_gave_it(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = await door().get("/", headers={"X-Request-Id": "proxy-42"})
    assert answer.headers["x-request-id"] == "proxy-42"
    for odd in ("a b", "x" * 65, "<script>", ""):
        made = (await door().get("/", headers={"X-Request-Id": odd})).headers["x-request-id"]
        assert re.fullmatch("[0-9a-f]{16}", made)


async def test_what_breaks_has_the_id_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError("Nobody expected this")

    monkeypatch.setattr("app.catalogue.web.sections", breaks)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json())
    logging.getLogger().addHandler(handler)
    try:
        answer = await door().get("/", headers={"X-Request-Id": "proxy-43"})
    finally:
        logging.getLogger().removeHandler(handler)
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "proxy-43")
    [line] = [line for line in map(json.loads, stream.getvalue().splitlines()) if "error" in line]
    assert line["request"] == "proxy-43"
    assert "Nobody expected this" in line["error"]


def test_what_servers_quote_is_left_out() -> None:
    token, link = "ol_" + "aB3-" * 10, "/sign-in/" + "Zz9_" * 11
    for quoted in (
        "duplicate key\nDETAIL:  Key (email)=(alice@example.org) already exists.",
        "[SQL: INSERT INTO entries VALUES (?)]\n[parameters: ('The wall is wet', 'alice@example.org')]",
        repr("null value\nDETAIL:  Failing row contains (1, The wall is wet)."),
        "input_value='The wall is wet', input_type=str",
        "550 <alice@example.org> unknown; alice@example.org",
        f"Bearer {token} at {link}",
    ):
        left = redacted(quoted)
        assert not any(word in left for word in ("wall", "alice", token, link)), left
    kept = "sqlalchemy.exc.NumericValueOutOfRangeError in app/operations/test_something_rather_long.py"
    assert redacted(kept) == kept
    assert safe_path("/orders/1042/quotes/1/approve") == "/orders/1042/quotes/1/approve"
    assert safe_path("/a\nb/alice@example.org/a wall/x") == "/…/…/…/x"


@pytest.mark.parametrize("formatter", [Json(), Text()], ids=["json", "text"])
def test_errors_are_told_with_their_place(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("for alice@example.org")
    except ValueError:
        found = sys.exc_info()
    line = formatter.format(logging.LogRecord("x", logging.ERROR, "", 1, "order %s", ("1042",), found))
    assert "order 1042" in line
    assert "test_errors_are_told_with_their_place" in line
    assert "for <address>" in line
    assert "alice" not in line
