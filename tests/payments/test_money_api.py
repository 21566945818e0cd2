"""Money for programs: what the JSON API says of payments and subscriptions, and to whom."""

from typing import Any

from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.payments.till import DECLINES, Till
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.http import done, json_of
from tests.rules.windows import sign_in


async def placed(client: Any, house: House, product: str, **more: Any) -> str:
    data = {"lines": [{"product": house.products[product], "quantity": 1}], "payment_method": "online"} | more
    return str((await done(client, "/api/v1/orders", **data))["order"]["number"])


async def test_confirming_mostly_answers_with_the_outcome(house: House, door: Door) -> None:
    alice, bob = door(ALICE, house), door(BOB, house)
    card = await alice.post("/api/v1/demo/card", json={"number": "4242 4242 4242 4242"})
    assert card.status_code == 201
    number = await placed(alice, house, "plate")
    order = (await done(bob, f"/api/v1/orders/{number}/confirm"))["order"]
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")
    log = (await json_of(alice, f"/api/v1/orders/{number}/timeline"))["items"]
    paid = next(
        entry for entry in log if entry["kind"] == "payment" and entry["data"]["status"] == "succeeded"
    )
    assert paid["data"]["amount"] == {"amount": 4900, "currency": "EUR"}
    assert paid["by"]["role"] == "system"


async def test_a_subscription_as_the_contract_says_it(house: House, door: Door) -> None:
    alice, bob = door(ALICE, house), door(BOB, house)
    await alice.post("/api/v1/demo/card", json={"number": "4242424242424242"})
    number = await placed(alice, house, "care")
    order = (await done(bob, f"/api/v1/orders/{number}/confirm"))["order"]
    found = await json_of(bob, f"/api/v1/subscriptions/{order['subscription']}")
    assert found.keys() >= {
        "id", "order", "customer", "plan", "state", "starts_on", "next_charge_at", "cancel_at", "payments",
    }  # fmt: skip
    assert (found["id"], found["order"], found["state"]) == (order["subscription"], number, "active")
    assert found["plan"]["interval"] == {"every": 1, "unit": "month"}
    assert found["next_charge_at"].endswith("Z") and found["cancel_at"] is None
    [payment] = found["payments"]
    assert payment.keys() >= {"id", "amount", "status", "method", "at", "reason"}
    assert (payment["status"], payment["amount"]) == ("succeeded", {"amount": 3000, "currency": "EUR"})
    listed = (await json_of(bob, "/api/v1/subscriptions", state="active"))["items"]
    assert [item["id"] for item in listed] == [found["id"]]
    assert await json_of(alice, f"/api/v1/subscriptions/{found['id']}") == found


async def test_each_state_has_its_list(house: House, till: Till, door: Door) -> None:
    await till.card()
    active = await till.confirmed("care")
    starts = house.today().replace(year=house.today().year + 1).isoformat()
    scheduled = await till.confirmed("care", starts_on=starts)
    cancelled = await till.confirmed("care")
    key = (await till.subscription(cancelled)).id
    await done(door(BOB, house), f"/api/v1/subscriptions/{key}/cancel", when="now")
    await till.card(number=DECLINES)
    overdue = await till.confirmed("care")
    expected = {"active": active, "scheduled": scheduled, "overdue": overdue, "inactive": cancelled}
    for state, number in expected.items():
        items = (await json_of(door(BOB, house), "/api/v1/subscriptions", state=state))["items"]
        assert [item["order"] for item in items] == [number], state
    assert (await door(BOB, house).get("/api/v1/subscriptions?state=paused")).status_code == 422


async def test_the_verbs_answer_with_the_subscription_and_again_the_same(
    house: House, till: Till, door: Door
) -> None:
    await till.card()
    number = await till.confirmed("care")
    key, cid = (await till.subscription(number)).id, "5e4f6a10-0000-4000-8000-00000000000a"
    first = await done(door(BOB, house), f"/api/v1/subscriptions/{key}/cancel", cid, when="period_end")
    assert first["subscription"]["cancel_at"] == first["subscription"]["next_charge_at"]
    again = await done(door(BOB, house), f"/api/v1/subscriptions/{key}/cancel", cid, when="period_end")
    assert again == first


async def test_pages_of_subscriptions_hold_each_once(house: House, till: Till, door: Door) -> None:
    await till.card()
    numbers = [await till.confirmed("care") for _ in range(5)]
    found, cursor = [], ""
    while True:
        page = await json_of(door(BOB, house), "/api/v1/subscriptions", limit=2, cursor=cursor)
        found += [item["order"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert found == numbers[::-1]
    assert (await door(BOB, house).get("/api/v1/subscriptions?cursor=xyz")).status_code == 422


async def test_carol_sees_nothing_of_alices_money(house: House, till: Till, door: Door) -> None:
    await till.card()
    number = await till.confirmed("care")
    key, payment = (await till.subscription(number)).id, (await till.payments(number))[0].id
    carol = door(CAROL, house)
    assert (await json_of(carol, "/api/v1/subscriptions"))["items"] == []
    for path in (f"/subscriptions/{key}", f"/orders/{number}"):
        assert (await carol.get(f"/api/v1{path}")).status_code == 404
    for path in (f"/subscriptions/{key}/cancel", f"/orders/{number}/payments/{payment}/pay"):
        assert (await carol.post(f"/api/v1{path}", json={"when": "now"})).status_code in (404, 422)
    for client in (carol, door()):
        for path in (f"/orders/{number}/payments/{payment}/receipt", f"/subscriptions/{key}"):
            assert (await client.get(path)).status_code == 404, path
    nobody = door()
    assert (await nobody.get(f"/desk/orders/{number}/payments/{payment}/receipt")).status_code == 303
    assert (await nobody.get("/desk/subscriptions")).status_code == 303


async def test_settings_about_money_are_the_owners(house: House, till: Till, door: Door) -> None:
    """Agents read of them in orders; only an owner changes them."""
    assert (await (await sign_in(door(), house, BOB)).get("/desk/settings/money")).status_code == 403
    olga = await sign_in(door(), house, OLGA)
    assert (await olga.get("/desk/settings/money")).status_code == 200
    wrong = {"retry_days": "7, 1", "bank_details": "IBAN DE00 1234", "customers_may_cancel": "true"}
    answer = await olga.post("/desk/settings/money", data=wrong)
    assert answer.status_code == 422 and "DE00 1234" in answer.text
    right = wrong | {"retry_days": "2, 4"}
    assert (await olga.post("/desk/settings/money", data=right)).status_code == 303
    assert "2, 4" in (await olga.get("/desk/settings/money")).text
