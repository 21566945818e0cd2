"""A browser without an account: it has its own orders, and nothing else."""

from sqlalchemy import update

from app.customers.model import Customer
from tests.cast import ALICE, BOB, CAROL, Person
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import order_link, sign_in


async def test_an_order_link_opens_that_order_alone(house: House, door: Door) -> None:
    mine, other = await house.place(ALICE), await house.place(ALICE, "plate")
    await _rename(house, ALICE, "Account Name")
    window = door()
    answer = await window.get(order_link(house, mine) + "?e=1")
    assert answer.headers["location"] == f"/orders/{mine}#e-{mine}-1"
    page = await window.get(f"/orders/{mine}")
    assert page.status_code == 200
    for path in (f"/orders/{other}", f"/orders/{other}/entries?before=9"):
        assert (await window.get(path)).status_code == 404
    assert (await window.post(f"/orders/{other}/messages", data={"text": "Hi"})).status_code == 404
    pages = [page, await window.get("/orders"), await window.get("/"), await window.get("/products/1")]
    for shown in pages:
        assert "Account Name" not in shown.text
        assert f"#{other}" not in shown.text
        assert f"/orders/{other}" not in shown.text
    assert (await window.post(f"/orders/{mine}/messages", data={"text": "Hi"})).status_code == 303


async def test_an_order_link_works_again_and_on_any_device(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=100)
    for window in (door(), door()):
        for _ in range(2):
            assert (await window.get(order_link(house, number))).status_code == 303
        assert (await window.get(f"/orders/{number}")).status_code == 200
    answer = await window.post(f"/orders/{number}/quotes/1/approve")
    assert answer.status_code == 303
    assert await house.quotes(number) == {1: "approved"}


async def test_links_to_entries_are_only_numbers(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    for seq in ("1%0d%0aX: y", "<b>", "-1", "9" * 30, "²"):
        answer = await door().get(order_link(house, number) + f"?e={seq}")
        assert answer.headers["location"] == f"/orders/{number}"


async def test_the_browser_that_placed_an_order_sees_it_and_nobody_elses_does(
    house: House, door: Door
) -> None:
    window = door()
    form = {"product": str(house.products["plate"]), "quantity": "1", "payment_method": "cash",
            "name": "Not Alice", "email": ALICE.email}  # fmt: skip
    earlier = await house.place(ALICE)
    where = (await window.post("/orders", data=form)).headers["location"]
    assert (await window.get(where)).status_code == 200
    assert (await window.get(f"/orders/{earlier}")).status_code == 404
    assert (await door().get(where)).status_code == 404
    number = where.rpartition("/")[2]
    order = await house.order(BOB, number)
    assert order["customer"] == {"name": "Not Alice", "email": ALICE.email, "verified": False}
    assert "Alice Ahrens" not in (await window.get(where)).text
    await door().get(order_link(house, number))  # from the mail: so the address is theirs
    assert (await house.order(BOB, number))["customer"]["verified"] is True


async def test_guests_orders_come_along_when_they_sign_in(house: House, door: Door) -> None:
    mine, anothers = await house.place(ALICE), await house.place(CAROL)
    window = door()
    await window.get(order_link(house, anothers))
    await sign_in(window, house, ALICE)
    for number in (mine, anothers):
        assert (await window.get(f"/orders/{number}")).status_code == 200


async def _rename(house: House, who: Person, name: str) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Customer).where(Customer.email == who.email).values(name=name))
