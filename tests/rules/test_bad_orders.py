"""What cannot be ordered."""

from typing import Any

from tests.cast import ALICE, BOB
from tests.rules.house import House
from tests.rules.test_bad_input import fields


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
