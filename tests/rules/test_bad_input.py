"""What cannot be right is refused, naming the field; what only looks odd is kept as it is."""

from typing import Any

import pytest

from app.errors import Problem
from app.verbs import VERBS, perform
from tests.cast import ALICE, BOB
from tests.rules.house import House
from tests.rules.lives import DATA

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
        ({"quantity": 1.0}, "lines.0.quantity"), ({"quantity": "1"}, "lines.0.quantity"),
        ({"quantity": "0.0"}, "lines.0.quantity"), ({"quantity": "1.2345"}, "lines.0.quantity"),
        ({"quantity": "-1.5"}, "lines.0.quantity"), ({"quantity": "1000000.5"}, "lines.0.quantity"),
        ({"quantity": "1,5"}, "lines.0.quantity"), ({"quantity": "\u0661.5"}, "lines.0.quantity"),
        ({"tax_rate": "100"}, "lines.0.tax_rate"), ({"tax_rate": 19}, "lines.0.tax_rate"),
        ({"optional": "yes"}, "lines.0.optional"), ({"optional": True}, "lines"),
        ({"quantity": 10**7}, "lines.0.quantity"),
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


async def test_unknown_fields_are_refused_everywhere(house: House) -> None:
    number = await house.place(ALICE)
    for name, verb in VERBS.items():
        who = BOB if "team" in verb.who else ALICE
        problem = await house.refused(who, name, number, **(DATA.get(name, {}) | {"surprise": 1}))
        assert "surprise" in fields(problem), name
        if verb.on_order:
            for data in NOT_OBJECTS:
                with pytest.raises(Problem) as caught:
                    await perform(house.db, house.actor(who), name, number, data)
                assert caught.value.code == "invalid"
