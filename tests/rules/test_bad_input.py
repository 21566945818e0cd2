"""What cannot be right is refused, naming the field; what only looks odd is kept as it is."""

import base64
from typing import Any

import pytest

from app.errors import Problem
from app.orders.model import FIRST
from app.verbs import VERBS, perform
from tests.cast import ALICE, BOB
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.lives import DATA
from tests.rules.test_doors import is_problem

TEXTS_ARE_WRONG: tuple[Any, ...] = (
    "", "   ", "\n\t\r\n", "\u00a0\u2003", "x" * 16_001, "a\x00b", 1, 1.5, True, None, [], {}, ["a"],
)  # fmt: skip
TEXTS_ARE_KEPT = (
    "x" * 16_000, "\N{PARTY POPPER}" * 10_000, "<script>alert(1)</script>", '<b hx-get="/x">', "\u202etxet",
    "'; DROP TABLE orders; --", "a\nb", "\x1b[31m", "e\u0301", "\u200d", "\ufeffa", "{{ 7*7 }}", "%s %(a)s",
)  # fmt: skip
AMOUNTS_ARE_WRONG: tuple[Any, ...] = (
    -1, 0, 10**12 + 1, 10**30, 1.0, 1.5, 1e3, "1", "1,00", True, False, None, [], {}, [1], -(10**30),
)  # fmt: skip
DAYS_ARE_WRONG: tuple[Any, ...] = (
    "",
    "tomorrow",
    "2099-13-01",
    "2099-02-30",
    "2001-01-01",
    4102444800,
    True,
    [],
)
NOT_OBJECTS: tuple[Any, ...] = ([], "x", 1, True)
LINE = {"title": "Wood", "quantity": 1, "unit_price": 1}


def fields(problem: Any) -> set[str]:
    assert (problem.code, problem.status) == ("invalid", 422), problem.code
    return {error.field for error in problem.errors}


async def test_texts_that_are_refused(house: House) -> None:
    number = await house.place(ALICE)
    before = await house.state(number)
    for text in TEXTS_ARE_WRONG:
        for who, verb in ((ALICE, "messages.send"), (BOB, "messages.send"), (BOB, "notes.add")):
            assert fields(await house.refused(who, verb, number, text=text)) == {"text"}, repr(text)
    assert fields(await house.refused(ALICE, "messages.send", number)) == {"text"}
    assert await house.state(number) == before


async def test_texts_that_are_kept_as_they_are(house: House) -> None:
    number = await house.place(ALICE)
    for text in TEXTS_ARE_KEPT:
        await house.do(ALICE, "messages.send", number, text=text)
    said = [entry.data["text"] for entry in (await house.entries(number))[1:]]
    assert said == list(TEXTS_ARE_KEPT)


async def test_a_reason_and_a_quotes_note_have_the_same_bounds(house: House) -> None:
    number = await house.place(ALICE)
    wrong: tuple[Any, ...] = ("x" * 16_001, "a\x00b", 1, [])
    for text in wrong:
        assert fields(await house.refused(ALICE, "orders.cancel", number, reason=text)) == {"reason"}
        assert fields(await house.refused(BOB, "quotes.send", number, amount=1, note=text)) == {"note"}
    await house.do(ALICE, "orders.cancel", number, reason="")


async def test_amounts_that_are_refused(house: House) -> None:
    number = await house.place(ALICE)
    before = await house.state(number)
    for amount in AMOUNTS_ARE_WRONG:
        problem = await house.refused(BOB, "quotes.send", number, amount=amount)
        assert fields(problem) == ({"amount"} if amount is not None else {""}), repr(amount)
    assert fields(await house.refused(BOB, "quotes.send", number)) == {""}
    assert fields(await house.refused(BOB, "quotes.send", number, amount=1, lines=[LINE])) == {""}
    assert await house.state(number) == before


@pytest.mark.parametrize("amount", [1, 10**12])
async def test_amounts_at_the_edge_are_kept(house: House, amount: int) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=amount)
    await house.do(ALICE, "quotes.approve", number, version=1)
    assert (await house.order(ALICE, number))["total"]["amount"] == amount


async def test_lines_of_a_quote_that_are_refused(house: House) -> None:
    number = await house.place(ALICE)
    for wrong, field in (
        ({"quantity": 0}, "lines.0.quantity"), ({"quantity": True}, "lines.0.quantity"),
        ({"quantity": 1.0}, "lines.0.quantity"), ({"quantity": 10**7}, "lines.0.quantity"),
        ({"unit_price": -1}, "lines.0.unit_price"), ({"unit_price": 10**12 + 1}, "lines.0.unit_price"),
        ({"unit_price": "1"}, "lines.0.unit_price"), ({"title": " "}, "lines.0.title"),
        ({"title": "x" * 201}, "lines.0.title"), ({"title": "a\x00"}, "lines.0.title"),
        ({"tax": 1}, "lines.0.tax"),
        ({"unit_price": 0}, "lines"), ({"quantity": 2, "unit_price": 10**12}, "lines"),
    ):  # fmt: skip
        problem = await house.refused(BOB, "quotes.send", number, lines=[LINE | wrong])
        assert fields(problem) == {field}, wrong
    wrong_lines: tuple[Any, ...] = ([LINE] * 201, {}, "x", [1])
    for lines in wrong_lines:
        assert fields(await house.refused(BOB, "quotes.send", number, lines=lines)) <= {
            "lines",
            "lines.0",
            "",
        }


async def test_days_that_are_refused(house: House) -> None:
    number = await house.place(ALICE)
    for day in DAYS_ARE_WRONG:
        problem = await house.refused(BOB, "quotes.send", number, amount=1, valid_until=day)
        assert fields(problem) == {"valid_until"}, day
        good: dict[str, Any] = {"lines": [{"product": house.products["plate"]}], "payment_method": "cash"}
        problem = await house.refused(ALICE, "orders.place", None, **good, starts_on=day)
        assert fields(problem) == {"starts_on"}, day


async def test_flags_are_yes_or_no(house: House) -> None:
    number = await house.place(ALICE)
    flags: tuple[Any, ...] = (1, 0, "true", "yes", "on", [], {}, None)
    for flag in flags:
        problem = await house.refused(BOB, "orders.confirm", number, without_quote=flag)
        assert fields(problem) == {"without_quote"}, flag
    await house.do(BOB, "quotes.send", number, amount=1)
    for flag in (1, "true", "no"):
        problem = await house.refused(BOB, "quotes.approve", number, version=1, on_behalf=flag)
        assert fields(problem) == {"on_behalf"}, flag


async def test_choices_that_are_not_offered(house: House) -> None:
    number = await house.place(ALICE)
    for method in ("paypal", "", None, 1, "Online", "online\x00"):
        problem = await house.refused(BOB, "orders.set_payment_method", number, payment_method=method)
        assert fields(problem) == {"payment_method"}
    for label in ("none", "", None, 1, "rush\x00", "x" * 61, "Rush"):
        for verb in ("labels.add", "labels.remove"):
            assert fields(await house.refused(BOB, verb, number, label=label)) == {"label"}, label
    for member in ("nobody@example.org", "", 1, "a\x00b", ALICE.email, "x" * 300):
        assert fields(await house.refused(BOB, "orders.assign", number, member=member)) == {"member"}, member
    assert fields(await house.refused(BOB, "orders.assign", number)) == {"member"}


async def test_a_plan_needs_online(house: House) -> None:
    lines = [{"product": house.products["care"], "quantity": 1}]
    problem = await house.refused(ALICE, "orders.place", None, lines=lines, payment_method="cash")
    assert fields(problem) == {"payment_method"}
    number = await house.place(ALICE, "care")
    problem = await house.refused(BOB, "orders.set_payment_method", number, payment_method="invoice")
    assert fields(problem) == {"payment_method"}
    for wrong in ([*lines, *lines], [lines[0] | {"quantity": 2}]):
        problem = await house.refused(ALICE, "orders.place", None, lines=wrong, payment_method="online")
        assert fields(problem) == {"lines"}


async def test_what_cannot_be_ordered(house: House) -> None:
    plate = {"product": house.products["plate"], "quantity": 1}
    before = await house.number_of_orders()
    for line, field in (
        ({"product": 999}, "lines.0.product"), ({"product": 2**40}, "lines.0.product"),
        ({"product": -1}, "lines.0.product"), ({"product": "1"}, "lines.0.product"),
        ({"product": True}, "lines.0.product"), (plate | {"quantity": 0}, "lines.0.quantity"),
        (plate | {"quantity": 10_001}, "lines.0.quantity"), (plate | {"quantity": 1.0}, "lines.0.quantity"),
        (plate | {"price": 1}, "lines.0.price"),
        (plate | {"options": [{"option": "none", "value": "x"}]}, "lines.0.options.none"),
    ):  # fmt: skip
        problem = await house.refused(ALICE, "orders.place", None, lines=[line], payment_method="cash")
        assert fields(problem) == {field}, line
    for data, field in (
        ({"lines": []}, "lines"), ({"lines": [plate] * 51}, "lines"), ({"lines": None}, "lines"),
        ({"payment_method": None}, "payment_method"), ({"note": "x" * 16_001}, "note"),
        ({"customer": {"email": BOB.email}}, "customer"), ({"total": 1}, "total"),
    ):  # fmt: skip
        good: dict[str, Any] = {"lines": [plate], "payment_method": "cash"}
        assert fields(await house.refused(ALICE, "orders.place", None, **(good | data))) == {field}, data
    assert await house.number_of_orders() == before


async def test_for_whom_a_member_can_order(house: House) -> None:
    good: dict[str, Any] = {"lines": [{"product": house.products["plate"]}], "payment_method": "cash"}
    for customer, field in (
        (None, "customer"), ({}, "customer.email"), ({"email": "x"}, "customer.email"),
        ({"email": "a\x00@example.org"}, "customer.email"), ({"email": "a@b@c"}, "customer.email"),
        ({"email": ALICE.email, "name": "x" * 201}, "customer.name"),
        ({"email": ALICE.email, "id": 1}, "customer.id"),
        ({"email": ALICE.email, "name": " "}, "customer.name"), ("alice", "customer"),
    ):  # fmt: skip
        problem = await house.refused(BOB, "orders.place", None, **good, customer=customer)
        assert fields(problem) == {field}, customer


async def test_unknown_fields_are_refused_everywhere(house: House) -> None:
    number = await house.place(ALICE)
    for name, verb in VERBS.items():
        problem = await house.refused(BOB, name, number, **(DATA.get(name, {}) | {"surprise": 1}))
        assert "surprise" in fields(problem), name
        if verb.on_order:
            for data in NOT_OBJECTS:
                with pytest.raises(Problem) as caught:
                    await perform(house.db, house.actor(BOB), name, number, data)
                assert caught.value.code == "invalid"


async def test_bodies_that_cannot_be_read(house: House, door: Door) -> None:
    number, client = await house.place(ALICE), door(ALICE, house)
    path = f"/api/v1/orders/{number}/messages"
    for body in (b"{", b"{'text': 1}", b"\xff\xfe", b'{"text": "\\ud800"}', b"[1,", b"NaN", b'{"text":"a"} x',
                 b"\x00", b"{" * 100_000, b"[" * 100_000, b'{"text": "a\x01"}'):  # fmt: skip
        assert is_problem(await client.post(path, content=body), 400, "malformed"), body[:30]
    for body in (b"[]", b'"text"', b"1", b"null", b"true"):
        assert is_problem(await client.post(path, content=body), 422, "invalid"), body
    assert is_problem(await client.post(path, content=b""), 422, "invalid")
    assert is_problem(await client.post(path, content=b" " * (2 * 1024 * 1024)), 413, "too_large")
    assert len(await house.entries(number)) == 1


async def test_queries_that_are_refused(house: House, door: Door) -> None:
    number, client = await house.place(ALICE), door(BOB, house)
    for query in ("box=none", "limit=x", "limit=-1", "cursor=%00", "cursor=x", "cursor=W10", "cursor=é",
                  f"cursor={_cursor('[1e400, 1]')}", f"cursor={_cursor('[1, 1e18]')}",
                  f"cursor={_cursor('[1, 99999999999]')}", f"cursor={_cursor('[null, 1]')}",
                  f"cursor={_cursor('{}')}", f"cursor={_cursor('[1e300, 1]')}"):  # fmt: skip
        assert is_problem(await client.get(f"/api/v1/orders?{query}"), 422, "invalid"), query
    for query in (
        "q=%00",
        "q=%F0%9F%98%80",
        "q='; DROP",
        "q=" + "x" * 5000,
        "q=%25",
        "q=a%26%7C!",
        'q="',
        "q=*",
    ):
        assert (await client.get(f"/api/v1/orders?{query}")).status_code == 200, query
    for query in ("after=x", "after=-1", "after=1e9", "limit=²"):
        answer = await client.get(f"/api/v1/orders/{number}/timeline?{query}")
        assert is_problem(answer, 422, "invalid"), query
    window = door()
    await window.get(house.context.shop.order_link(int(number) - FIRST))
    for before, status in (("9999999999", 200), ("x", 400), ("", 400), ("-1", 400), ("²", 400)):
        answer = await window.get(f"/orders/{number}/entries?before={before}")
        assert answer.status_code == status, before


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
