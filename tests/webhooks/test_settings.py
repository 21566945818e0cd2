"""Who looks after webhooks: the owner, on the page and through the API; nobody else learns of them."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import Problem
from app.settings import SettingsError
from app.team.model import Member
from app.team.sessions import new_link
from app.webhooks import answers
from app.webhooks.model import KINDS
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.house import House, settings_for
from tests.rules.http import done, json_of, post
from tests.webhooks.hooks import deliver, deliveries, statuses, subscribe, webhook
from tests.webhooks.receiver import receiver

PAGE = "/desk/settings/webhooks"
API = "/api/v1/webhooks"
VERBS = ("update", "delete", "rotate", "test", "deliveries/1/resend")
FAR = "https://8.8.8.8/hooks"


async def signed_in(house: House, door: Door, person: Person, language: str = "en") -> Any:
    """A member's browser."""
    async with house.db.transaction() as tx:
        found = await tx.session.scalar(select(Member.id).where(Member.email == person.email))
        link = await new_link(tx, member_id=found)
    browser = door(language=language)
    answer = await browser.post(f"/sign-in/{link}")
    assert answer.status_code == 303, answer.text
    return browser


async def test_the_owner_makes_a_webhook_and_sees_its_secret_then(house: House, door: Door) -> None:
    owner = door(OLGA, house)
    made = (await done(owner, API, url=FAR, kinds=["placed", "placed", "message"]))["webhook"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"]) and made["kinds"] == [
        "placed",
        "message",
    ]
    assert made["team_only"] is False and made["enabled"] is True
    listed = await json_of(owner, API)
    assert listed["next"] is None and [item["id"] for item in listed["items"]] == [made["id"]]
    assert "secret" not in listed["items"][0]


@pytest.mark.parametrize("person", [BOB, ALICE, CAROL])
async def test_nobody_else_sees_or_changes_any(house: House, door: Door, person: Person) -> None:
    await subscribe(house, FAR)
    await house.place(ALICE)
    before = await webhook(house)
    program = door(person, house)
    for path in (API, f"{API}/1/deliveries"):
        assert (await program.get(path)).status_code == 403
    assert (await post(program, API, url=FAR, kinds=["placed"])).status_code == 403
    for verb in VERBS:
        assert (await post(program, f"{API}/1/{verb}")).status_code == 403, verb
        assert (await post(program, f"{API}/77/{verb}")).status_code == 403, verb
    after = await webhook(house)
    assert (after.secret, after.url, after.disabled) == (before.secret, before.url, "")


async def test_who_is_not_signed_in_is_told_so(house: House, door: Door) -> None:
    await subscribe(house, FAR)
    stranger = door()
    assert (await stranger.get(API)).status_code == 401
    assert (await post(stranger, f"{API}/1/test")).status_code == 401
    for path in (PAGE, f"{PAGE}/1", f"{PAGE}/1/log"):
        assert (await stranger.get(path)).headers.get("location", "").startswith("/desk/sign-in")


async def test_an_agents_browser_is_shown_no_webhook(house: House, door: Door) -> None:
    await subscribe(house, FAR)
    browser = await signed_in(house, door, BOB)
    for path in (PAGE, f"{PAGE}/1", f"{PAGE}/1/log"):
        assert (await browser.get(path)).status_code == 403
    for verb in ("update", "delete", "rotate", "test", "switch", "deliveries/1/resend"):
        assert (await browser.post(f"{PAGE}/1/{verb}")).status_code == 403
    assert "webhooks" not in (await browser.get("/desk/settings")).text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"url": "http://8.8.8.8/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://no-such-host.invalid/"}, "url"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["everything"]}, "kinds.0"),
        ({"team_only": "yes"}, "team_only"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
async def test_what_is_wrong_is_named(sqlite_house: House, data: dict[str, Any], field: str) -> None:
    given = {"url": FAR, "kinds": ["placed"]} | data
    problem = await sqlite_house.refused(OLGA, "webhooks.create", **given)
    assert problem.code == "invalid" and [error.field for error in problem.errors] == [field]


async def test_there_are_twenty_at_most(sqlite_house: House) -> None:
    for _ in range(20):
        await subscribe(sqlite_house, FAR)
    assert (await sqlite_house.refused(OLGA, "webhooks.create", url=FAR, kinds=["placed"])).code == "invalid"


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


async def test_every_answer_is_what_the_document_says(house: House, door: Door) -> None:
    owner = door(OLGA, house)
    async with receiver() as shop:
        made = await done(owner, API, url=shop.url, kinds=list(KINDS), team_only=True)
        await house.do(BOB, "notes.add", await house.place(ALICE), text="Zwetschge")
        tested = await done(owner, f"{API}/1/test")
        await deliver(house)
        again = await done(owner, f"{API}/1/deliveries/1/resend")
        listed = await json_of(owner, API)
        sent = await json_of(owner, f"{API}/1/deliveries")
        rotated = await done(owner, f"{API}/1/rotate")
        updated = await done(owner, f"{API}/1/update", enabled=False)
        deleted = await done(owner, f"{API}/1/delete")
    for answer, model in (
        (made, answers.WebhookMade),
        (tested, answers.DeliveryDone),
        (again, answers.DeliveryDone),
        (listed, answers.WebhooksAnswer),
        (sent, answers.DeliveriesAnswer),
        (rotated, answers.WebhookMade),
        (updated, answers.WebhookDone),
        (deleted, answers.WebhookDone),
    ):
        model.model_validate_json(json.dumps(answer), strict=True)
    assert [item["type"] for item in sent["items"]] == ["test", "entry.note", "entry.placed"]


async def test_the_owner_does_it_all_on_the_page(house: House, door: Door) -> None:
    browser = await signed_in(house, door, OLGA)
    assert PAGE in (await browser.get("/desk/settings")).text
    async with receiver(lambda _: (200, {}, "<b>thanks</b>")) as shop:
        form = {"url": shop.url, "kinds": ["placed", "note"]}
        made = await browser.post(PAGE, data=form)
        where = made.headers["location"].partition("?")[0]
        secret = (await webhook(house)).secret
        assert secret in (await browser.get(where)).text and not (await webhook(house)).team_only
        assert (await browser.post(f"{where}/test")).status_code == 303
        assert "hx-get" in (await browser.get(f"{where}?tested")).text, "the page waits for the answer"
        number = await house.place(ALICE)
        await deliver(house)
        shown = (await browser.get(where)).text
        assert "&lt;b&gt;thanks&lt;/b&gt;" in shown and f"Order {number}" in shown and "hx-get" not in shown
        await browser.post(f"{where}/deliveries/1/resend")
        await deliver(house)
        assert len(shop.received) == 3
        await browser.post(f"{where}/rotate")
        assert (await webhook(house)).secret != secret
        await browser.post(f"{where}/switch", data={"enabled": "false"})
        assert "Disabled by the owner." in (await browser.get(where)).text
        await browser.post(f"{where}/update", data=form | {"kinds": list(KINDS), "team_only": "true"})
        now = await webhook(house)
        assert now.team_only and now.kinds == list(KINDS) and now.disabled == "owner"
        assert (await browser.post(f"{where}/delete")).headers["location"] == f"{PAGE}?deleted"
    assert await deliveries(house.db) == [] and (await browser.get(where)).status_code == 404


async def test_a_refused_form_comes_back_with_what_was_typed(house: House, door: Door) -> None:
    browser = await signed_in(house, door, OLGA, "de")
    again = await browser.post(PAGE, data={"url": "ftp://example.com/x", "kinds": ["quote"]})
    assert again.status_code == 422 and 'value="ftp://example.com/x"' in again.text
    assert "Die Adresse muss mit https:// anfangen." in again.text
    assert re.search(r'value="quote" checked', again.text)
    none = await browser.post(PAGE, data={"url": FAR})
    assert none.status_code == 422 and "mindestens eine Art" in none.text


def test_the_setting_is_a_switch() -> None:
    assert not settings_for("sqlite:///x").webhooks_allow_private
    assert settings_for("sqlite:///x", WEBHOOKS_ALLOW_PRIVATE="1").webhooks_allow_private
    with pytest.raises(SettingsError, match=r"^WEBHOOKS_ALLOW_PRIVATE: "):
        settings_for("sqlite:///x", WEBHOOKS_ALLOW_PRIVATE="yes")
