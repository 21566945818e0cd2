"""Who looks after webhooks: the owner, on the page and through the API; nobody else learns of them."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from app.settings import SettingsError
from app.team.model import Member
from app.team.sessions import new_link
from app.webhooks import answers
from app.webhooks.model import KINDS
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.house import House, settings_for
from tests.rules.http import done, json_of, post
from tests.webhooks.hooks import deliver, deliveries, subscribe, webhook
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
