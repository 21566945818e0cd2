"""The audit log: who did what, for the owner alone, never changed, and with no secret in it."""

import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.audit.kinds import GROUPS
from app.audit.model import Record
from app.audit.recording import KEPT, forget, record
from app.audit.words import kind_word
from app.team.model import Token
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House, member_id
from tests.rules.test_sign_in import PASSWORD, try_password, with_password
from tests.rules.test_team import TEAM, invite
from tests.rules.windows import sign_in

AUDIT = "/desk/settings/audit"
Said = tuple[str, str, str]


async def said(house: House) -> list[Said]:
    """(kind, who, subject) of all records, oldest first."""
    async with house.db.read() as session:
        rows = await session.execute(select(Record.kind, Record.name, Record.subject).order_by(Record.id))
        return [tuple(row) for row in rows]  # type: ignore[misc]


async def everything(house: House) -> str:
    async with house.db.read() as session:
        found = (await session.scalars(select(Record))).all()
    return repr([(each.kind, each.name, each.subject, each.data) for each in found])


async def test_signing_in_and_failing_to_are_written_down_but_not_what_was_typed(
    house: House, door: Door
) -> None:
    await with_password(house)
    await try_password(door(), "my dog's name")
    await try_password(door(), PASSWORD, "PasswordTypedInTheWrongField1")
    await try_password(door(), PASSWORD)
    await sign_in(door(), house, OLGA)
    await sign_in(door(), house, ALICE)
    assert await said(house) == [
        ("sign_in_failed", "Bob Berger", ""),
        ("signed_in", "Bob Berger", ""),
        ("signed_in", "Olga Orth", ""),
    ]
    assert "dog" not in await everything(house)
    assert "Wrong" not in await everything(house)
    async with house.db.read() as session:
        ways = list(await session.scalars(select(Record.data).order_by(Record.id)))
    assert [way["how"] for way in ways] == ["password", "password", "link"]


async def test_the_owners_acts_are_written_down(house: House, door: Door) -> None:
    olga, bob = await sign_in(door(), house, OLGA), await member_id(house, BOB)
    await invite(olga)
    await olga.post(f"{TEAM}/invitations/1/send")
    await olga.post(f"{TEAM}/invitations/1/withdraw")
    await olga.post(f"{TEAM}/{bob}/role", data={"role": "owner"})
    await olga.post(f"{TEAM}/{bob}/role", data={"role": "owner"})  # changes nothing
    await olga.post(f"{TEAM}/{bob}/sign_out")
    await olga.post(f"{TEAM}/{bob}/remove")
    secret = await _token(olga, "Till")
    await olga.post(f"/desk/settings/tokens/{await _newest_token(house)}/revoke")
    await olga.post(f"/desk/settings/tokens/{await _newest_token(house)}/revoke")  # again is well
    money = {"bank_details": "IBAN DE02 1203", "retry_days": "1,3,5,7", "customers_may_cancel": "on"}
    await olga.post("/desk/settings/money", data=money)
    await olga.post("/desk/settings/money", data=money)  # changes nothing
    await olga.post("/desk/settings/embed", data={"origins": "https://www.example.com"})
    await olga.get("/desk/analytics.csv")
    for verb, data in (
        ("create", {"url": "https://93.184.216.34/hook?key=hidden", "kinds": ["message"]}),
        ("update", {"id": 1, "enabled": False}),
        ("rotate", {"id": 1}),
        ("delete", {"id": 1}),
    ):
        await house.do(OLGA, f"webhooks.{verb}", **data)
    await olga.post("/desk/settings/password", data={"new_password": PASSWORD})
    await olga.post("/desk/settings/sign_out_elsewhere")
    found = await said(house)
    assert [kind for kind, _, _ in found] == [
        "signed_in", "invited", "invitation_sent", "invitation_withdrawn", "role_changed",
        "signed_out_everywhere", "member_removed", "token_made", "token_revoked", "money_settings",
        "embed_settings", "exported", "webhook_made", "webhook_changed", "webhook_secret", "webhook_deleted",
        "password_changed", "signed_out_everywhere",
    ]  # fmt: skip
    assert {name for _, name, _ in found} == {"Olga Orth"}
    assert ("member_removed", "Olga Orth", BOB.email) in found
    kept = await everything(house)
    for hidden in (secret, "hidden", "IBAN", PASSWORD, "whsec"):
        assert hidden not in kept
    page = (await olga.get(AUDIT)).text
    for kind, _, subject in found:
        assert kind_word(kind) in page, kind
        assert subject in page


async def test_the_log_is_only_ever_added_to(house: House) -> None:
    await _fill(house, 1)
    with pytest.raises(DBAPIError, match="only ever added to"):
        async with house.db.transaction() as tx:
            await tx.session.execute(update(Record).values(name="Nobody"))
    assert (await said(house))[0][1] == "Olga Orth"


async def test_after_a_year_it_is_forgotten(house: House) -> None:
    with house.at(days=KEPT.days + 1):
        await _fill(house, 2, "old")
    with house.at(days=KEPT.days - 1):
        await _fill(house, 1, "young")
    await forget(house.db, house.db.clock())
    assert [subject for _, _, subject in await said(house)] == ["young 0"]
    await forget(house.db, house.db.clock() + timedelta(days=2))
    assert await said(house) == []


async def test_the_page_goes_on_where_the_one_before_ended_and_is_filtered(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await _fill(house, 120)
    async with house.db.transaction() as tx:
        record(tx, None, "member_added", "eva@example.org")
        record(tx, house.actor(ALICE), "exported", "orders")
    seen: list[str] = []
    address: str | None = AUDIT
    while address:
        page = (await olga.get(address)).text
        seen += re.findall(r"<bdi>(filler \d+)</bdi>", page)
        more = re.search(r'href="(/desk/settings/audit\?[^"]*cursor=\d+)"', page)
        address = more[1].replace("&amp;", "&") if more else None
    assert seen == [f"filler {number}" for number in reversed(range(120))]
    assert await subjects(olga, "?kind=team") == ["eva@example.org"]
    assert await subjects(olga, f"?who={await member_id(house, BOB)}") == []
    assert len(await subjects(olga, f"?who={await member_id(house, OLGA)}&kind=data")) == 50
    assert await subjects(olga, "?who=command-line&kind=data") == ["orders"]
    assert "A customer" in (await olga.get(f"{AUDIT}?kind=data")).text
    assert ALICE.email not in (await olga.get(f"{AUDIT}?kind=data")).text
    for odd in ("?who=x", "?who=99999999999", "?kind=x", "?cursor=x", "?cursor=9999999999999", "?who=%00"):
        assert (await olga.get(AUDIT + odd)).status_code == 200, odd
    assert "Choose another person or everything above." in (await olga.get(f"{AUDIT}?kind=x")).text


async def test_agents_and_customers_do_not_see_it(house: House, door: Door) -> None:
    assert (await (await sign_in(door(), house, BOB)).get(AUDIT)).status_code == 403
    assert (await (await sign_in(door(), house, ALICE)).get(AUDIT)).status_code == 303


def test_every_kind_has_words() -> None:
    kinds = [kind for group in GROUPS.values() for kind in group]
    assert [kind for kind in kinds if kind_word(kind) == kind] == []
    assert len(set(kinds)) == len(kinds)


async def subjects(window: httpx2.AsyncClient, query: str) -> list[str]:
    return re.findall(r"</strong> <bdi>([^<]*)</bdi>", (await window.get(AUDIT + query)).text)


async def _fill(house: House, number: int, word: str = "filler", **data: Any) -> None:
    async with house.db.transaction() as tx:
        for each in range(number):
            record(tx, house.actor(OLGA), "deleted", f"{word} {each}", **data)
            await tx.session.flush()


async def _token(window: httpx2.AsyncClient, name: str) -> str:
    answer = await window.post("/desk/settings/tokens", data={"name": name, "scope": "read"})
    found = re.search(r"ol_[\w-]+", answer.text)
    assert found
    return found[0]


async def _newest_token(house: House) -> str:
    async with house.db.read() as session:
        newest = select(Token.id).order_by(Token.created_at.desc()).limit(1)
        return (await session.scalars(newest)).one()[:12]
