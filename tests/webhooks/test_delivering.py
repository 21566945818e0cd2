"""What a webhook is told: signed, at least once, in order per order, whatever the receiver does."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.http import json_of
from tests.webhooks.hooks import deliver, deliveries, statuses, subscribe, webhook
from tests.webhooks.receiver import CLOSE, ENDLESS, HANG, Received, receiver


async def test_an_entry_arrives_signed_as_the_timeline_has_it(house: House, door: Door) -> None:
    async with receiver() as shop:
        made = await subscribe(house, shop.url)
        number = await house.place(ALICE)
        await house.do(BOB, "messages.send", number, text="Grüße & <b>“quotes”</b>")
        await deliver(house)
    timeline = await json_of(door(ALICE, house), f"/api/v1/orders/{number}/timeline")
    assert [one.data for one in shop.received] == timeline["items"]
    for one, entry in zip(shop.received, timeline["items"], strict=True):
        assert one.signed_by(made["secret"]) and not one.signed_by(f"{made['secret'][:-6]}AAAAA=")
        assert one.payload | {"data": 0} == {
            "type": f"entry.{entry['kind']}",
            "timestamp": entry["at"],
            "data": 0,
        }
        assert one.headers["content-type"] == "application/json" and one.id.startswith("msg_")
    assert len({one.id for one in shop.received}) == len(shop.received)


async def test_the_teams_own_entries_never_leave_unless_chosen(house: House, door: Door) -> None:
    async with receiver() as plain, receiver() as curious:
        await subscribe(house, plain.url)
        await subscribe(house, curious.url, team_only=True)
        number = await house.place(ALICE)
        await house.do(BOB, "notes.add", number, text="Zwetschge")
        await house.do(BOB, "labels.add", number, label="rush")
        await house.do(BOB, "orders.assign", number, member=OLGA.email)
        await house.do(BOB, "messages.send", number, text="Hello")
        await deliver(house)
    kinds = {one.data["kind"] for one in plain.received}
    assert kinds & {"note", "label", "assigned"} == set()
    assert not any(b"Zwetschge" in one.body or OLGA.email.encode() in one.body for one in plain.received)
    for shown, person in ((plain, ALICE), (curious, OLGA)):
        timeline = await json_of(door(person, house), f"/api/v1/orders/{number}/timeline")
        assert [one.data for one in shown.received] == timeline["items"]


async def test_only_the_kinds_that_were_asked_for_arrive(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["message"])
        number = await house.place(ALICE)
        await house.do(ALICE, "messages.send", number, text="Hello")
        await deliver(house)
    assert [one.payload["type"] for one in shop.received] == ["entry.message"]


async def test_what_was_not_committed_is_not_delivered(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url)
        number = await house.place(ALICE)
        before = len(await deliveries(house.db))
        await house.refused(ALICE, "orders.confirm", number)
        await house.refused(BOB, "quotes.send", number, amount=-1)
        assert len(await deliveries(house.db)) == before


async def test_a_failed_delivery_is_tried_again_until_it_works(house: House) -> None:
    answers = [500, 503, 404]
    async with receiver(lambda _: answers.pop(0) if answers else 204) as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        for seconds, tries in ((0, 1), (4, 1), (6, 2), (20, 2), (80, 3), (500, 4), (5000, 4)):
            await deliver(house, timedelta(seconds=seconds))
            assert len(shop.received) == tries, f"after {seconds} s"
    assert len({one.id for one in shop.received}) == 1 and await statuses(house) == ["delivered"]


async def test_an_order_keeps_its_order_while_others_go_on(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed", "message"])
        numbers = [await house.place(ALICE) for _ in range(3)]
        stuck = numbers[0]
        shop.answers = lambda one: 500 if one.data["order"] == stuck else 200
        for text in ("one", "two", "three"):
            for number in numbers:
                await house.do(ALICE, "messages.send", number, text=text)
        await deliver(house)
        assert shop.seqs[stuck] == [1], "the next waits for the one before"
        assert all(shop.seqs[number] == [1, 2, 3, 4] for number in numbers[1:])
        shop.answers = lambda _: 200
        await deliver(house, timedelta(seconds=10))
    assert shop.seqs[stuck] == [1, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        (lambda _: CLOSE, None, "RemoteProtocolError"),
        (lambda _: (302, {"Location": "https://example.com/"}, ""), 302, "Redirects are not followed."),
        (lambda _: (307, {"Location": "http://127.0.0.1:1/"}, ""), 307, "Redirects are not followed."),
        (lambda _: 400, 400, ""),
        (lambda _: (500, {}, "broken \x00 " + "x" * 9000), 500, ""),
    ],
)
async def test_whatever_is_no_2xx_is_a_failure(
    house: House, answers: Callable[[Received], Any], code: int | None, says: str
) -> None:
    async with receiver(answers) as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        await deliver(house)
    (delivery,) = await deliveries(house.db)
    assert len(shop.received) == 1 and delivery.status == "waiting"
    assert delivery.code == code and delivery.error.startswith(says) and len(delivery.answer) <= 1000


async def test_a_redirect_to_a_private_place_reaches_nobody(house: House) -> None:
    async with receiver() as inner:
        moved = (302, {"Location": inner.url}, "")
        async with receiver(lambda _: moved) as shop:
            await subscribe(house, shop.url, ["placed"])
            await house.place(ALICE)
            await deliver(house)
        assert len(shop.received) == 1 and inner.received == []


async def test_an_endless_answer_ends_with_its_status(house: House) -> None:
    async with receiver(lambda _: ENDLESS) as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        async with asyncio.timeout(10):
            await deliver(house)
    (delivery,) = await deliveries(house.db)
    assert delivery.status == "delivered" and len(shop.received) == 1 and delivery.answer.startswith("xx")


async def test_a_receiver_that_hangs_holds_up_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.webhooks.sending.AT_MOST", 6.0)
    async with receiver(lambda _: HANG) as slow, receiver() as quick:
        await subscribe(house, slow.url, ["placed", "message"])
        await subscribe(house, quick.url, ["placed", "message"])
        numbers = [await house.place(ALICE) for _ in range(6)]
        began = asyncio.get_running_loop().time()
        carrying = asyncio.create_task(deliver(house))
        while len(quick.received) < len(numbers):
            await asyncio.sleep(0.02)
        assert asyncio.get_running_loop().time() - began < 4.5
        assert slow.busiest <= 4
        await carrying
    stuck = [one for one in await deliveries(house.db) if one.webhook_id == 1]
    assert {(one.status, one.error) for one in stuck} == {("waiting", "No answer within 6 seconds.")}
    assert (await webhook(house)).disabled == ""


async def test_without_webhooks_nothing_is_written(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(ALICE, "messages.send", number, text="Hello")
    assert await deliveries(house.db) == [] and await deliver(house) == 0
