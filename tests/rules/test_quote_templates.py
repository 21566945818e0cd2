"""What quotes start from again and again: made, changed and archived by the team."""

from typing import Any

from app.quotes.reminding import reminder_days
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import sign_in

LINES: list[dict[str, Any]] = [{"title": "Hours", "quantity": "1.5", "unit_price": 6_400}]


async def made(house: House, name: str = "Usual", **more: Any) -> int:
    done = await house.do(BOB, "quote_templates.create", None, name=name, lines=LINES, **more)
    key: int = done.body["quote_template"]["id"]
    return key


async def test_a_template_is_made_changed_archived_and_restored(house: House) -> None:
    key = await made(house, note="Soon", valid_days=14)
    done = await house.do(OLGA, "quote_templates.update", None, id=key, name="New", lines=LINES * 2)
    template = done.body["quote_template"]
    assert (template["name"], len(template["lines"]), template["note"]) == ("New", 2, "")
    assert template["lines"][0] == {
        "title": "Hours", "quantity": "1.5", "unit_price": {"amount": 6_400, "currency": "EUR"},
        "tax_rate": None, "optional": False,
    }  # fmt: skip
    await house.do(BOB, "quote_templates.archive", None, id=key)
    problem = await house.refused(BOB, "quote_templates.update", None, id=key, name="Old", lines=LINES)
    assert problem.code == "conflict"
    await made(house, "New")
    problem = await house.refused(BOB, "quote_templates.restore", None, id=key)
    assert [error.field for error in problem.errors] == ["name"]


async def test_names_are_their_own_and_customers_have_none(sqlite_house: House) -> None:
    house = sqlite_house
    key = await made(house)
    problem = await house.refused(BOB, "quote_templates.create", None, name="Usual", lines=LINES)
    assert [error.code for error in problem.errors] == ["taken"]
    for verb, data in (("create", {"name": "x", "lines": LINES}), ("archive", {"id": key})):
        given: dict[str, Any] = data
        assert (await house.refused(ALICE, f"quote_templates.{verb}", None, **given)).code == "forbidden"
    for wrong in (0, 99, 2**40):
        assert (await house.refused(BOB, "quote_templates.archive", None, id=wrong)).code == "not_found"


async def test_in_the_settings(house: House, door: Door) -> None:
    bob = await sign_in(door(), house, BOB)
    home = "/desk/settings/quotes"
    assert "No templates yet" in (await bob.get(home)).text
    typed = {"name": "Usual", "title-0": "Hours", "quantity-0": "1.5", "price-0": "64", "valid_days": "14"}
    assert (await bob.post(home, data=typed | {"step": "add"})).text.count("data-row") == 3  # and the blank
    assert "Please fill this in." in (await bob.post(home, data=typed | {"name": ""})).text
    assert (await bob.post(home, data=typed)).status_code == 303
    page = await bob.get(f"{home}/1")
    assert 'value="Hours"' in page.text
    await bob.post(f"{home}/1", data=typed | {"name": "Better"})
    assert "Better" in (await bob.get(home)).text
    gone = await bob.post(f"{home}/1/archive", follow_redirects=True)
    assert "Archived." in gone.text and f"{home}/1/restore" in gone.text
    await bob.post(f"{home}/1/restore")
    assert f'href="{home}/1"' in (await bob.get(home)).text
    assert (await bob.get(f"{home}/77")).status_code == 404
    assert (await bob.get(f"{home}/x")).status_code == 404


async def test_only_the_owner_says_when_customers_are_reminded(house: House, door: Door) -> None:
    bob, olga = await sign_in(door(), house, BOB), await sign_in(door(), house, OLGA)
    path = "/desk/settings/quotes/reminder"
    assert (await bob.post(path, data={"quote_reminder_days": "5"})).status_code == 403
    assert "reminder" not in (await bob.get("/desk/settings/quotes")).text
    assert (await olga.post(path, data={"quote_reminder_days": "lots"})).status_code == 422
    assert (await olga.post(path, data={"quote_reminder_days": "5"})).status_code == 303
    async with house.db.read() as session:
        assert await reminder_days(session) == 5
    assert 'value="5"' in (await olga.get("/desk/settings/quotes")).text
    assert "Changed settings about quotes" in (await olga.get("/desk/settings/audit")).text
