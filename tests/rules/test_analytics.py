"""Each figure, told by hand: what is in it, on which day, and what takes it out again."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.analytics.folding import fold
from app.analytics.ranges import Range
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.figures import analytics, by_day, confirmed, day_of, figures, quoted
from tests.rules.house import House, Moment

NOTHING = {"amount": 0, "count": 0}


async def test_a_shop_without_orders_has_figures_of_nothing(house: House) -> None:
    found = await figures(house)
    assert found["currency"] == "EUR"
    assert (found["confirmed"], found["collected"], found["open"], found["mrr"]) == (0, 0, 0, 0)
    assert found["median_seconds"] == {"first_reply": None, "quote": None, "decision": None}
    assert found["overdue"] == NOTHING
    assert found["products"] == found["customers"] == []
    assert (await analytics(house)).now.empty


async def test_confirmed_is_the_price_on_the_day_of_confirming(house: House) -> None:
    with house.at(days=40):
        number = await quoted(house, 5000)
    with house.at(days=3):
        await house.do(BOB, "orders.confirm", number)
    found = await figures(house)
    assert (found["confirmed"], found["open"], found["collected"]) == (5000, 5000, 0)
    assert found["confirmations"] == 1
    assert found["placed"] == 0  # that was before
    assert [day.confirmed.amount for day in await by_day(house, 5)] == [0, 5000, 0, 0, 0]


async def test_a_cancellation_takes_it_out_of_the_day_it_was_confirmed(house: House) -> None:
    with house.at(days=10):
        number = await confirmed(house, 5000)
    with house.at(days=9):
        await house.do(BOB, "payments.record", number, amount=2000)
        assert (await figures(house))["open"] == 3000
    await house.do(BOB, "orders.cancel", number)
    found = await figures(house)
    assert (found["confirmed"], found["open"], found["confirmations"]) == (0, 0, 0)
    assert found["collected"] == 2000  # until it is given back
    assert found["products"] == found["customers"] == []
    assert found["orders"]["cancelled"] == 1


async def test_confirmed_again_it_counts_on_the_new_day(house: House) -> None:
    with house.at(days=40):
        number = await confirmed(house, 5000)
        await house.do(BOB, "orders.cancel", number)
    await house.do(BOB, "orders.reopen", number)
    await house.do(BOB, "quotes.send", number, amount=7000)
    await house.do(ALICE, "quotes.approve", number, version=2)
    await house.do(BOB, "orders.confirm", number)
    found = await figures(house)
    assert (found["confirmed"], found["before"]["confirmed"]) == (7000, 0)


async def test_payments_and_refunds_by_the_day_of_each(house: House) -> None:
    with house.at(days=8):
        number = await confirmed(house, 5000)
        received = day_of(house, days=9)
        await house.do(BOB, "payments.record", number, amount=5000, received_on=received.isoformat())
    payment = (await house.view(OLGA, number)).payments[0].id
    with house.at(days=2):
        await house.do(OLGA, "payments.refund", number, payment=payment, amount=1500, reason="Scratched")
    found = await figures(house)
    assert (found["collected"], found["confirmed"]) == (3500, 5000)
    assert found["open"] == 0  # what was given back is not owed again
    days = {day.first: day.collected.amount for day in await by_day(house, 12) if day.collected.amount}
    assert days == {day_of(house, days=9): 5000, day_of(house, days=2): -1500}


async def test_orders_without_a_quote_stay_out_of_every_figure_of_revenue(house: House) -> None:
    number = await house.place(ALICE, payment_method="cash")
    await house.do(BOB, "payments.record", number, amount=900)
    assert (await figures(house))["collected"] == 900  # a deposit, and nobody knows yet
    await house.do(BOB, "orders.confirm", number, without_quote=True)
    await house.do(BOB, "payments.record", number, amount=800)
    found = await figures(house)
    assert (found["confirmed"], found["collected"], found["open"], found["recovered"]) == (0, 0, 0, 0)
    assert (found["without_quote"], found["confirmations"]) == (1, 0)
    assert found["products"] == found["customers"] == []
    assert (found["placed"], found["orders"]["confirmed"]) == (1, 1)


async def test_an_order_that_gets_its_quote_after_all_comes_back(house: House) -> None:
    number = await house.place(ALICE, payment_method="cash")
    await house.do(BOB, "payments.record", number, amount=900)
    await house.do(BOB, "orders.confirm", number, without_quote=True)
    await house.do(BOB, "orders.cancel", number)
    assert (await figures(house))["without_quote"] == 0
    await house.do(BOB, "orders.reopen", number)
    await house.do(BOB, "quotes.send", number, amount=4000)
    await house.do(ALICE, "quotes.approve", number, version=1)
    await house.do(BOB, "orders.confirm", number)
    found = await figures(house)
    assert (found["confirmed"], found["collected"], found["open"]) == (4000, 900, 3100)
    assert found["without_quote"] == 0


async def test_orders_by_where_they_stand(house: House) -> None:
    with house.at(days=35):
        await house.place(ALICE)
    numbers = [await house.place(ALICE) for _ in range(4)]
    await house.do(BOB, "orders.open_chat", numbers[0])
    await house.do(BOB, "orders.reject", numbers[1])
    await house.do(ALICE, "orders.cancel", numbers[2])
    await house.do(BOB, "orders.done", numbers[3])
    found = await figures(house)
    stand = {"pending": 1, "processing": 1, "confirmed": 0, "rejected": 1, "cancelled": 1}
    assert (found["placed"], found["orders"]) == (4, stand)
    assert (found["before"]["placed"], found["before"]["orders"]["pending"]) == (1, 1)


async def test_quotes_by_what_became_of_them(house: House) -> None:
    number = await house.place(ALICE)
    for version, verb in ((1, "reject"), (2, "approve")):
        await house.do(BOB, "quotes.send", number, amount=100)
        await house.do(ALICE, f"quotes.{verb}", number, version=version)
    for _ in range(2):  # the second supersedes the first
        await house.do(BOB, "quotes.send", number, amount=100)
    await house.do(BOB, "quotes.cancel", number, version=4)
    assert (await figures(house))["quotes"] == {"sent": 4, "approved": 1, "rejected": 1}


async def test_medians_of_what_took_how_long(house: House) -> None:
    for minutes in (10, 20, 60):
        with house.at(hours=20):
            number = await house.place(ALICE)
        with house.at(hours=20, minutes=-minutes):
            await house.do(BOB, "orders.open_chat", number)
            await house.do(BOB, "notes.add", number, text="not a word to the customer")
            await house.do(BOB, "messages.send", number, text="Hello")
        with house.at(hours=10):
            await house.do(BOB, "messages.send", number, text="And again")
            await house.do(BOB, "quotes.send", number, amount=100)
        with house.at(hours=8):
            await house.do(ALICE, "quotes.reject", number, version=1)
            await house.do(BOB, "quotes.send", number, amount=90)
    found = (await figures(house))["median_seconds"]
    wanted = {"first_reply": 20 * 60, "quote": 10 * 3600, "decision": 2 * 3600}
    assert found == {name: pytest.approx(seconds, rel=0.05) for name, seconds in wanted.items()}


async def test_a_quote_is_a_reply_and_what_the_team_placed_needs_none(house: House) -> None:
    with house.at(hours=3):
        number = await house.place(ALICE)
        ours = await house.place(BOB, customer={"email": ALICE.email})
    await house.do(BOB, "messages.send", ours, text="As you said on the phone")
    with house.at(hours=1):
        await house.do(BOB, "quotes.send", number, amount=100)
    assert (await figures(house))["median_seconds"]["first_reply"] == pytest.approx(7200, rel=0.05)


async def test_by_product_and_by_customer(house: House) -> None:
    await confirmed(house, 5000)
    lines = [{"product": house.products[name], "quantity": n} for name, n in (("sign", 1), ("plate", 2))]
    await confirmed(house, 20_000, who=CAROL, lines=lines)
    number = await house.place(ALICE, "plate", payment_method="invoice")
    await house.do(BOB, "orders.confirm", number)
    found = await figures(house)
    sign, plate = house.products["sign"], house.products["plate"]
    assert found["products"] == [
        {"product": sign, "title": "Painted sign", "orders": 2, "confirmed": 5000 + 20_000 - 9800},
        {"product": plate, "title": "Brass plate", "orders": 2, "confirmed": 9800 + 4900},
    ]
    who = [(item["customer"]["email"], item["orders"], item["confirmed"]) for item in found["customers"]]
    assert who == [(CAROL.email, 1, 20_000), (ALICE.email, 2, 9900)]


async def test_the_range_before_has_the_same_length(house: House) -> None:
    for days, amount in ((0, 100), (6, 200), (7, 400), (13, 800), (14, 1600)):
        with house.at(days=days):
            await confirmed(house, amount)
    found = await figures(house, 7)
    assert (found["confirmed"], found["before"]["confirmed"]) == (300, 1200)
    assert (found["before"]["from"], found["before"]["to"]) == (
        day_of(house, days=13).isoformat(), day_of(house, days=7).isoformat())  # fmt: skip


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
async def test_half_past_eleven_at_night_belongs_to_that_day(house: House, zone: str) -> None:
    house.in_zone(zone)
    day = day_of(house, days=5)
    late = datetime.combine(day, time(23, 30), ZoneInfo(zone)).astimezone(UTC)
    with Moment(house.db, late):
        await confirmed(house, 700)
    with Moment(house.db, late + timedelta(hours=1)):
        await confirmed(house, 50)
    assert (await figures(house, Range(day, day)))["confirmed"] == 700
    assert (await figures(house, Range(day, day)))["placed"] == 1
    assert (await figures(house, Range(day + timedelta(days=1), house.today())))["confirmed"] == 50


async def test_another_currency_stays_out(house: House) -> None:
    await confirmed(house, 5000)
    house.db.shop = replace(house.context.shop, currency="USD")
    found = await figures(house)
    assert (found["currency"], found["confirmed"], found["placed"]) == ("USD", 0, 1)


async def test_folding_changes_no_figure(house: House) -> None:
    for days in (0, 3, 6, 70):
        with house.at(days=days):
            await confirmed(house, 1000 + days)
            await house.do(BOB, "payments.record", await confirmed(house, 10), amount=4)
    await house.do(BOB, "orders.cancel", await confirmed(house, 99))
    ranges: tuple[Any, ...] = (1, 4, 7, 30, 90, 3650)
    before = [await figures(house, days) for days in ranges]
    assert await fold(house.db, datetime.now(UTC), at=1) > 50
    assert [await figures(house, days) for days in ranges] == before
    with house.at(days=3):
        await house.do(BOB, "orders.cancel", await confirmed(house, 77))
    again = await figures(house, 7)
    assert again["confirmed"] == before[2]["confirmed"]
    assert again["orders"]["cancelled"] == before[2]["orders"]["cancelled"] + 1
    assert await fold(house.db, datetime.now(UTC), at=1) > 0
    assert await figures(house, 7) == again
