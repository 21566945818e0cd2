"""What the owner does with a webhook that is there: a new secret, a test, sending again, a pause."""

from datetime import timedelta

from app.errors import Problem
from tests.cast import ALICE, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.http import done, json_of, post
from tests.webhooks.hooks import deliver, statuses, subscribe
from tests.webhooks.receiver import receiver

API = "/api/v1/webhooks"
FAR = "https://8.8.8.8/hooks"


async def test_after_a_rotation_both_secrets_sign_for_a_day(house: House) -> None:
    async with receiver() as shop:
        first = (await subscribe(house, shop.url, ["placed"]))["secret"]
        second = (await house.do(OLGA, "webhooks.rotate", id=1)).body["webhook"]["secret"]
        await house.place(ALICE)
        await deliver(house)
        await house.place(ALICE)
        await deliver(house, timedelta(hours=25))
    both, later = shop.received
    assert both.signed_by(first) and both.signed_by(second) and " " in both.headers["webhook-signature"]
    assert later.signed_by(second) and not later.signed_by(first)


async def test_a_test_is_sent_once_and_shows_what_came_back(house: House, door: Door) -> None:
    async with receiver(lambda _: (500, {}, "no thanks")) as shop:
        made = await subscribe(house, shop.url, ["placed"])
        sent = (await done(door(OLGA, house), f"{API}/1/test"))["delivery"]
        assert sent["status"] == "waiting" and sent["order"] is None
        await deliver(house)
        await deliver(house, timedelta(days=1))
    (one,) = shop.received
    assert one.signed_by(made["secret"]) and one.payload["type"] == "test" and one.id == sent["message"]
    (shown,) = (await json_of(door(OLGA, house), f"{API}/1/deliveries"))["items"]
    assert (shown["status"], shown["code"], shown["answer"], shown["attempts"]) == (
        "failed",
        500,
        "no thanks",
        1,
    )


async def test_a_delivery_is_sent_again_with_the_same_id(house: House, door: Door) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        await deliver(house)
        again = await done(door(OLGA, house), f"{API}/1/deliveries/1/resend")
        assert again["delivery"]["status"] == "waiting"
        await deliver(house)
    first, second = shop.received
    assert (first.id, first.body) == (second.id, second.body)
    (shown,) = (await json_of(door(OLGA, house), f"{API}/1/deliveries"))["items"]
    assert shown["attempts"] == 2 and shown["status"] == "delivered" and shown["payload"] == first.payload
    assert (await post(door(OLGA, house), f"{API}/1/deliveries/9/resend")).status_code == 404


async def test_what_is_sent_again_waits_for_nothing_and_holds_nothing_up(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed", "message"])
        number = await house.place(ALICE)
        await deliver(house)
        shop.answers = lambda one: 500 if one.data["seq"] == 1 else 200
        await house.do(OLGA, "webhooks.resend", id=1, delivery=1)
        await house.do(ALICE, "messages.send", number, text="Hello")
        await deliver(house)
    assert sorted(shop.seqs[number]) == [1, 1, 2] and await statuses(house) == ["failed", "delivered"]


async def test_a_webhook_of_another_is_no_door_to_a_delivery(house: House) -> None:
    await subscribe(house, FAR, ["placed"])
    await subscribe(house, FAR, ["message"])
    await house.place(ALICE)
    problem: Problem = await house.refused(OLGA, "webhooks.resend", id=2, delivery=1)
    assert problem.code == "not_found"


async def test_while_disabled_everything_is_kept_and_a_test_still_goes(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.do(OLGA, "webhooks.update", id=1, enabled=False)
        await house.place(ALICE)
        await deliver(house)
        assert shop.received == []
        assert (await house.refused(OLGA, "webhooks.resend", id=1, delivery=1)).code == "conflict"
        await house.do(OLGA, "webhooks.test", id=1)
        await deliver(house)
        assert [one.payload["type"] for one in shop.received] == ["test"]
        await house.do(OLGA, "webhooks.update", id=1, enabled=True)
        await deliver(house)
    assert [one.payload["type"] for one in shop.received] == ["test", "entry.placed"]


async def test_deliveries_come_in_pages(house: House, door: Door) -> None:
    await subscribe(house, FAR, ["placed"])
    for _ in range(5):
        await house.place(ALICE)
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await json_of(door(OLGA, house), f"{API}/1/deliveries", **query)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True) and len(seen) == 5
