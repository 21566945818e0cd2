"""Workers that compete, one that is killed, a receiver that stays away, and what the owners hear of it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.jobs import Worker
from app.team.model import Member
from app.webhooks import delivery as delivering
from app.webhooks.delivery import Courier
from app.webhooks.outcomes import PAUSES, sweep
from tests.cast import ALICE, OLGA
from tests.rules.house import House
from tests.webhooks.hooks import deliver, deliveries, letters_about, soon, statuses, subscribe, webhook
from tests.webhooks.receiver import Received, receiver


async def test_two_workers_deliver_each_message_once_and_in_order(house: House) -> None:
    async def slowly(_: Received) -> int:
        await asyncio.sleep(0.03)
        return 200

    async with receiver(slowly) as shop:
        await subscribe(house, shop.url, ["placed", "message"])
        numbers = [await house.place(ALICE) for _ in range(5)]
        for text in ("one", "two"):
            for number in numbers:
                await house.do(ALICE, "messages.send", number, text=text)
        workers = [Courier(house.db, private=True) for _ in range(3)]
        while any(await asyncio.gather(*(worker.once(datetime.now(UTC)) for worker in workers))):
            pass
    assert set(Counter(one.id for one in shop.received).values()) == {1}
    assert shop.seqs == {number: [1, 2, 3] for number in numbers}


async def test_what_a_killed_worker_had_sent_goes_out_again_with_the_same_id(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def killed(*_: Any) -> None:
        raise Killed

    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        with monkeypatch.context() as patch:
            patch.setattr(delivering, "note", killed)
            with pytest.raises(Killed):
                await Courier(house.db, private=True).once(datetime.now(UTC))
        assert len(shop.received) == 1 and await statuses(house) == ["waiting"]
        assert await deliver(house) == 0, "the lease still holds"
        assert await deliver(house, timedelta(seconds=40)) == 0, "its worker may be alive"
        await Courier(house.db, private=True).once(datetime.now(UTC) + timedelta(seconds=40), patient=False)
    assert await statuses(house) == ["delivered"]
    assert len(shop.received) == 2 and len({one.id for one in shop.received}) == 1


async def test_a_worker_that_comes_too_late_notes_nothing(house: House) -> None:
    async def forgotten(_: Received) -> int:
        await Courier(house.db, private=True).once(datetime.now(UTC) + timedelta(minutes=1), patient=False)
        return 500

    async with receiver() as shop:
        shop.answers = lambda one: forgotten(one) if len(shop.received) == 1 else 200
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        await deliver(house)
    assert await statuses(house) == ["delivered"] and len(shop.received) == 2


async def days_of_failure(house: House) -> timedelta:
    """Everything that is tried, until nothing is; how long that took."""
    ahead = timedelta()
    while (await webhook(house)).disabled == "" and ahead < timedelta(days=9):
        await deliver(house, ahead)
        ahead += timedelta(minutes=5) if ahead < timedelta(hours=3) else timedelta(hours=1)
    return ahead


async def test_after_three_days_the_webhook_is_disabled_and_each_owner_told_once(house: House) -> None:
    async with receiver(lambda _: 500) as shop:
        await subscribe(house, shop.url, ["placed", "message"])
        numbers = [await house.place(ALICE) for _ in range(2)]
        await house.do(ALICE, "messages.send", numbers[0], text="Hello")
        took = await days_of_failure(house)
        assert timedelta(days=2.5) < took < timedelta(days=3.5)
        assert (await webhook(house)).disabled == "failing"
        tries = len(shop.received)
        assert len(PAUSES) + 1 < tries <= 2 * (len(PAUSES) + 1)
        ((to, text),) = await letters_about(house)
        assert to == OLGA.email and "three days" in text and "/desk/settings/webhooks/1" in text

        await house.do(ALICE, "messages.send", numbers[1], text="Anybody there?")
        await deliver(house, took + timedelta(days=5))
        assert len(shop.received) == tries and set(await statuses(house)) == {"waiting"}

        shop.answers = lambda _: 200
        shop.received.clear()
        await house.do(OLGA, "webhooks.update", id=1, enabled=True)
        await deliver(house)
        assert shop.seqs == {numbers[0]: [1, 2], numbers[1]: [1, 2]}, "kept, and in order"
    assert len(await letters_about(house)) == 1


async def test_one_message_that_is_never_taken_is_given_up_and_does_not_disable(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed", "message"])
        bad, good = await house.place(ALICE), await house.place(ALICE)
        shop.answers = lambda one: 500 if (one.data["order"], one.data["seq"]) == (bad, 1) else 200
        await house.do(ALICE, "messages.send", bad, text="Hello")
        for hours in range(0, 100, 2):
            await deliver(house, timedelta(hours=hours))
            if hours == 40:
                await house.do(ALICE, "messages.send", good, text="Hello")
    assert await statuses(house, bad) == ["failed", "delivered"]
    assert await statuses(house, good) == ["delivered", "delivered"]
    assert (await webhook(house)).disabled == "" and await letters_about(house) == []


async def test_a_webhook_that_is_gone_is_disabled_at_once(house: House) -> None:
    async with receiver(lambda _: 410) as shop:
        await subscribe(house, shop.url, ["placed"])
        for _ in range(8):
            await house.place(ALICE)
        await deliver(house)
        assert len(shop.received) <= 4, "what was on its way already"
    assert (await webhook(house)).disabled == "gone" and set(await statuses(house)) == {"waiting"}
    ((_, text),) = await letters_about(house)
    assert "410" in text


async def test_letters_speak_the_owners_language(house: House) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Member).values(language="de"))
    async with receiver(lambda _: 410) as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        await deliver(house)
    ((_, text),) = await letters_about(house)
    assert "Webhook" in text and "Adresse" in text and "It answered" not in text


async def test_a_delivery_under_way_while_the_webhook_is_deleted_ends_quietly(house: House) -> None:
    async def deleted(_: Received) -> int:
        await house.do(OLGA, "webhooks.delete", id=1)
        return 200

    async with receiver(deleted) as shop:
        await subscribe(house, shop.url, ["placed"])
        await house.place(ALICE)
        await deliver(house)
        await house.place(ALICE)
        await deliver(house)
    assert len(shop.received) == 1 and await deliveries(house.db) == []


async def test_what_is_old_is_forgotten_but_not_what_still_goes_out(house: House) -> None:
    async with receiver(lambda one: 200 if one.data["seq"] == 1 else 500) as shop:
        await subscribe(house, shop.url, ["placed", "message"])
        number = await house.place(ALICE)
        await house.do(ALICE, "messages.send", number, text="Hello")
        await deliver(house)
        assert await sweep(house.db, datetime.now(UTC) + timedelta(days=29)) == 0
        assert await sweep(house.db, datetime.now(UTC) + timedelta(days=31)) == 1
        assert await statuses(house) == ["waiting"]
        await house.do(OLGA, "webhooks.update", id=1, enabled=False)
        assert await sweep(house.db, datetime.now(UTC) + timedelta(days=31)) == 1


async def test_the_worker_delivers_beside_its_other_jobs(house: House) -> None:
    async with receiver() as shop:
        await subscribe(house, shop.url, ["placed"])
        worker = Worker(house.context)
        worker.courier.private = True
        working = asyncio.create_task(worker.run())
        await house.place(ALICE)
        await soon(lambda: shop.received, "the delivery")
        working.cancel()
        await asyncio.wait([working])
        await house.place(ALICE)
        await worker.once(datetime.now(UTC))
    assert len(shop.received) == 2
