"""Corrected and withdrawn messages at the live door: for who is there, and for who comes back."""

from typing import Any

import pytest

from tests.cast import ALICE, BOB, CAROL
from tests.conftest import Api, Live
from tests.live_client import LiveClient
from tests.marks import SCALED
from tests.product import Deployment
from tests.rules.http import json_of, place

OLD, NEW, SECRET = "Twelvve pounds", "Twenty pounds", "Eleven secrets"


async def has(client: LiveClient, number: str, seq: int) -> list[dict[str, Any]]:
    """All that the client was told, once it has been told of `seq`."""
    await client.until(lambda: client.seen.get(number, 0) >= seq)
    return client.entries[number]


@pytest.mark.parametrize("html", ["", "en"])
@SCALED
async def test_between_two_processes(deployment: Deployment, api: Api, live: Live, html: str) -> None:
    shop = deployment
    first, second = shop.urls[:2]
    number = await place(api(ALICE, shop))
    alice = await live(ALICE, shop, {number: 0}, url=first, html=html)
    bob = await live(BOB, shop, {number: 0}, url=second, html=html)
    await bob.do("orders.open_chat", number)
    mine = (await alice.do("messages.send", number, text=OLD))["seq"]
    theirs = (await bob.do("messages.send", number, text=SECRET))["seq"]
    for client in (alice, bob):
        assert [entry["data"]["text"] for entry in (await has(client, number, theirs))[-2:]] == [OLD, SECRET]
    await alice.do("messages.correct", number, seq=mine, text=NEW)
    last = (await bob.do("messages.withdraw", number, seq=theirs))["seq"]
    for client in (alice, bob):
        correction, withdrawal = (await has(client, number, last))[-2:]
        assert (correction["kind"], correction["data"]["seq"], correction["data"]["text"]) == (
            "edit",
            mine,
            NEW,
        )
        assert (withdrawal["data"]["seq"], withdrawal["data"]["text"]) == (theirs, "")
        if html:
            assert f'id="e-{number}-{mine}"' in correction["content"]
            assert NEW in correction["content"]
            assert SECRET not in withdrawal["content"] or client is bob
    for url in (first, second):  # who comes back from before, to either process
        for who, start in ((ALICE, 0), (ALICE, mine - 1), (BOB, 0)):
            late = await live(who, shop, {number: start}, url=url, html=html)
            told = await has(late, number, last)
            texts = {entry["seq"]: entry["data"].get("text") for entry in told}
            assert (texts[mine], texts[theirs]) == (NEW, "")
            if who is ALICE:
                assert all(old not in str(told) for old in (OLD, SECRET))
    items = (await json_of(api(ALICE, shop), f"/orders/{number}/timeline"))["items"]
    plain = [
        {name: value for name, value in entry.items() if name not in ("type", "content")} for entry in told
    ]
    assert [item["data"] for item in items] == [entry["data"] for entry in plain if entry["kind"] != "note"]
    carol = await live(CAROL, shop, {number: 0}, url=first)
    assert (carol.heads, carol.entries) == ({}, {})
