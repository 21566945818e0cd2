"""The team: who is invited, what roles there are, and that never the last owner goes."""

import asyncio
import re

import httpx2
import pytest
from sqlalchemy import func, select

from app.author import Actor
from app.errors import Problem
from app.mail.model import Mail
from app.team import members as acts
from app.team.actions import add_member
from app.team.invitations import invite as invite_now
from app.team.model import Invitation, Member, Session
from app.team.queries import member_by_email
from app.team.sessions import new_link
from tests.cast import ALICE, BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House, member_id
from tests.rules.test_sign_in import PASSWORD, try_password, with_password
from tests.rules.windows import sign_in

TEAM = "/desk/settings/team"
DORA = "dora@example.org"
MINE = {"name": "Dora Dietz", "password": PASSWORD}


async def test_somebody_invited_joins_with_a_name_and_a_password(house: House, door: Door) -> None:
    olga, dora = await sign_in(door(), house, OLGA), door()
    assert "None. Whom you invite" in (await olga.get(TEAM)).text
    await invite(olga)
    assert DORA in (await olga.get(TEAM)).text
    link = await invited_link(house)
    for _ in range(3):  # as mail scanners do
        page = await dora.get(link)
        assert "<bdi>Olga Orth</bdi> invites you to the team of <bdi>Orderline</bdi>." in page.text
        assert f'value="{DORA}"' in page.text
        assert not page.cookies
    joined = await dora.post(link, data=MINE)
    assert (joined.status_code, joined.headers["location"]) == (303, "/desk/inbox")
    assert "Dora Dietz" in (await dora.get("/desk/settings")).text
    assert (await dora.get(TEAM)).status_code == 403
    page = await olga.get(TEAM)
    assert "Dora Dietz" in page.text
    assert "None. Whom you invite" in page.text
    assert (await try_password(door(), PASSWORD, DORA)).status_code == 303


async def test_an_invitation_works_once_and_for_a_week(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    with house.at(days=6.9):
        link = await made(house)
    answers = await asyncio.gather(*(door().post(link, data=MINE) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    assert (await door().get(link)).status_code == 410
    with house.at(days=7.1):
        late = await made(house, "late@example.org")
    for answer in (await door().get(late), await door().post(late, data=MINE)):
        assert answer.status_code == 410
        assert "This invitation no longer works" in answer.text
    assert "its week is over" in (await olga.get(TEAM)).text


async def test_what_is_missing_is_said_and_the_invitation_stays(house: House, door: Door) -> None:
    link = await made(house)
    for wrong in ({}, {"name": "Dora"}, MINE | {"password": "short"}, MINE | {"name": "\x00"}):
        answer = await door().post(link, data=wrong)
        assert answer.status_code == 422, wrong
        assert PASSWORD not in answer.text
        assert not answer.cookies
    assert (await door().post(link, data=MINE)).status_code == 303
    for forged in ("/join/forged", "/join/%00", "/join/" + "x" * 3000):
        assert (await door().post(forged, data=MINE)).status_code == 410


async def test_an_invitation_sent_again_ends_the_link_before_and_withdrawn_all(
    house: House, door: Door
) -> None:
    olga = await sign_in(door(), house, OLGA)
    await invite(olga, role="owner")
    first, key = await invited_link(house), await newest(house)
    assert (await olga.post(f"{TEAM}/invitations/{key}/send")).headers["location"] == f"{TEAM}?sent"
    second = await invited_link(house)
    assert first != second
    assert (await door().get(first)).status_code == 410
    assert "You will be an owner" in (await door().get(second)).text
    assert (await olga.post(f"{TEAM}/invitations/{key}/withdraw")).status_code == 303
    assert (await door().post(second, data=MINE)).status_code == 410
    assert (await olga.post(f"{TEAM}/invitations/{key}/send")).status_code == 404
    assert (await invite(olga)).status_code == 303


async def test_who_is_in_or_invited_or_no_address_is_not_invited(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await invite(olga)
    for email, why in (
        (BOB.email, "belongs to the team already"),
        (f" {DORA.upper()} ", "is invited already"),
        ("nobody", "This is not a mail address."),
        ("", "This is not a mail address."),
        ("a\x00@b.org", "This is not a mail address."),
        ("x" * 300 + "@b.org", "This is not a mail address."),
    ):
        answer = await invite(olga, email)
        assert answer.status_code == 422, email
        assert "This is not a mail address." in answer.text or why in answer.text
    assert (await invite(olga, "eva@example.org", "king")).status_code == 422


async def test_of_two_owners_who_invite_the_same_person_one_does(house: House) -> None:
    async def do(actor: Actor) -> str:
        try:
            async with house.db.transaction() as tx:
                await invite_now(tx, actor, DORA, "agent", "en")
        except Problem as problem:
            return problem.errors[0].code
        return "done"

    said = await asyncio.gather(*(do(actor) for actor in await owner(house, "erik@example.org")))
    assert sorted(said) == ["done", "open"]
    assert await newest(house)


async def test_the_mail_is_in_the_language_of_who_invites(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await olga.post("/language", data={"language": "de", "next": "/desk"})
    await invite(olga)
    async with house.db.read() as session:
        mail = (await session.scalars(select(Mail).where(Mail.kind == "invitation"))).one()
    assert mail.subject == "Olga Orth lädt Sie in das Team von Orderline ein"
    assert mail.recipient == DORA
    async with house.db.read() as session:
        stored = (await session.scalars(select(Invitation.secret))).one()
    assert stored not in mail.text, "only the hash is kept"


async def test_an_agent_becomes_an_owner_and_back(house: House, door: Door) -> None:
    olga, bob = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB)
    key = await member_id(house, BOB)
    assert (await bob.get(TEAM)).status_code == 403
    await olga.post(f"{TEAM}/{key}/role", data={"role": "owner"})
    assert (await bob.get(TEAM)).status_code == 200
    hers = await member_id(house, OLGA)
    assert (await bob.post(f"{TEAM}/{hers}/role", data={"role": "agent"})).status_code == 303
    assert (await olga.get(TEAM)).status_code == 403
    refused = await olga.post(f"{TEAM}/{key}/role", data={"role": "agent"})
    assert refused.status_code == 403


async def test_the_last_owner_neither_goes_nor_is_made_an_agent(house: House, door: Door) -> None:
    olga, key = await sign_in(door(), house, OLGA), await member_id(house, OLGA)
    for path, data in ((f"{TEAM}/{key}/role", {"role": "agent"}), (f"{TEAM}/{key}/remove", {})):
        answer = await olga.post(path, data=data)
        assert answer.status_code == 409
        assert "This is the last owner." in answer.text
    page = (await olga.get(TEAM)).text
    assert "The last owner can be neither removed nor made an agent." in page
    assert f"{TEAM}/{key}/remove" not in page


@pytest.mark.parametrize("act", ["demote", "remove", "leave"])
async def test_of_two_owners_at_once_one_stays(house: House, act: str) -> None:
    for _ in range(8):
        olga, erik = await owner(house, "erik@example.org")
        other = {olga.member_id: erik.member_id, erik.member_id: olga.member_id}

        async def do(actor: Actor) -> str:
            key = actor.member_id if act == "leave" else other[actor.member_id]  # noqa: B023
            try:
                async with house.db.transaction() as tx:
                    if act == "demote":
                        await acts.change_role(tx, actor, key or 0, "agent")
                    else:
                        await acts.remove(tx, actor, key or 0)
            except Problem as problem:
                return problem.code
            return "done"

        said = await asyncio.gather(do(olga), do(erik))
        assert sorted(said) in (["conflict", "done"], ["done", "forbidden"]), said
        async with house.db.read() as session:
            left = await session.scalar(
                select(func.count()).where(Member.role == "owner", Member.removed_at.is_(None))
            )
        assert left == 1
        await both_back(house)


async def test_removal_ends_what_opens_frees_open_orders_and_keeps_the_name(house: House, door: Door) -> None:
    open_, closed = await house.place(ALICE), await house.place(ALICE)
    for number in (open_, closed):
        await house.do(BOB, "messages.send", number, text="Hello from Bob")
        await house.do(OLGA, "orders.assign", number, member=BOB.email)
    await house.do(OLGA, "orders.reject", closed)
    await with_password(house)
    olga, bob = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB)
    program, key = door(BOB, house), await member_id(house, BOB)
    async with house.db.transaction() as tx:
        link = await new_link(tx, member_id=key)
    assert (await olga.post(f"{TEAM}/{key}/remove")).headers["location"] == f"{TEAM}?removed"
    assert (await bob.get("/desk/inbox")).status_code == 303
    assert (await program.get("/api/v1/orders")).status_code == 401
    assert (await try_password(door(), PASSWORD)).status_code == 401
    assert (await door().post(f"/sign-in/{link}")).status_code == 410
    assert (await house.order(OLGA, open_))["assignee"] is None
    last = (await house.entries(open_))[-1]
    assert (last.kind, last.data["member"], last.name) == ("assigned", None, "Olga Orth")
    assert any(entry.name == "Bob Berger" and entry.kind == "message" for entry in await house.entries(open_))
    assert (await house.refused(OLGA, "orders.assign", open_, member=BOB.email)).code == "invalid"


async def test_who_was_removed_is_invited_again_and_gets_nothing_of_before_back(
    house: House, door: Door
) -> None:
    olga, bob = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB)
    key, program = await member_id(house, BOB), door(BOB, house)
    await olga.post(f"{TEAM}/{key}/remove")
    await invite(olga, BOB.email)
    again = door()
    joined = await again.post(await invited_link(house), data=MINE | {"name": "Bob again"})
    assert joined.status_code == 303
    assert await member_id(house, BOB) == key
    assert (await again.get("/desk/inbox")).status_code == 200
    assert (await bob.get("/desk/inbox")).status_code == 303
    assert (await program.get("/api/v1/orders")).status_code == 401


async def test_who_may_no_longer_invite_takes_their_invitations_along(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    await owner(house, "erik@example.org")
    await invite(olga)
    link = await invited_link(house)
    key = await member_id(house, OLGA)
    assert (await olga.post(f"{TEAM}/{key}/role", data={"role": "agent"})).headers["location"] == (
        "/desk/settings"
    )
    assert (await door().post(link, data=MINE)).status_code == 410


async def test_signing_out_everywhere_leaves_the_browser_one_is_in(house: House, door: Door) -> None:
    here, there = await sign_in(door(), house, BOB), await sign_in(door(), house, BOB)
    olga = await sign_in(door(), house, OLGA)
    key = await member_id(house, BOB)
    async with house.db.transaction() as tx:
        link = await new_link(tx, member_id=key)
    assert (await here.post("/desk/settings/sign_out_elsewhere")).status_code == 303
    assert (await here.get("/desk/inbox")).status_code == 200
    assert (await there.get("/desk/inbox")).status_code == 303
    assert (await door().post(f"/sign-in/{link}")).status_code == 410
    assert (await door(BOB, house).get("/api/v1/orders")).status_code == 200
    assert (await olga.post(f"{TEAM}/{key}/sign_out")).headers["location"] == f"{TEAM}?out"
    assert (await here.get("/desk/inbox")).status_code == 303
    async with house.db.read() as session:
        alive = select(func.count()).where(Session.member_id == key, Session.revoked_at.is_(None))
        assert await session.scalar(alive) == 0


async def test_members_are_seen_in_browsers_and_not_by_their_programs(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    assert "last seen" not in (await olga.get(TEAM)).text
    await door(BOB, house).get("/api/v1/orders")
    await house.context.uses.close()
    site = olga._transport.app.state.context  # type: ignore[attr-defined]
    await site.uses.close()
    assert (await olga.get(TEAM)).text.count("last seen") == 1


async def test_programs_of_the_team_read_who_is_in_it(house: House, door: Door) -> None:
    answer = await door(BOB, house).get("/api/v1/team")
    assert answer.json() == {
        "items": [
            {"email": BOB.email, "name": "Bob Berger", "role": "agent"},
            {"email": OLGA.email, "name": "Olga Orth", "role": "owner"},
        ],
        "next": None,
    }
    assert (await door(ALICE, house).get("/api/v1/team")).status_code == 403


async def invite(window: httpx2.AsyncClient, email: str = DORA, role: str = "agent") -> httpx2.Response:
    return await window.post(TEAM, data={"email": email, "role": role})


async def made(house: House, email: str = DORA) -> str:
    """The path of a new invitation's link."""
    async with house.db.transaction() as tx:
        await invite_now(tx, house.actor(OLGA), email, "agent", "en")
    return await invited_link(house)


async def invited_link(house: House) -> str:
    async with house.db.read() as session:
        newest = select(Mail.text).where(Mail.kind == "invitation").order_by(Mail.id.desc()).limit(1)
        text = await session.scalar(newest)
    found = re.search(r"/join/[\w-]+", text or "")
    assert found
    return found[0]


async def newest(house: House) -> int:
    async with house.db.read() as session:
        return (await session.scalars(select(func.max(Invitation.id)))).one()


async def owner(house: House, email: str) -> tuple[Actor, Actor]:
    """Olga and another owner beside her, as the rules know them and no session of theirs can end."""
    async with house.db.read() as session:
        there = await member_by_email(session, email)
    if there is None:
        async with house.db.transaction() as tx:
            there = await add_member(tx, email, "owner")
    olga = await member_id(house, OLGA)
    return Actor(side="team", member_id=olga, name="Olga"), Actor(side="team", member_id=there.id)


async def both_back(house: House) -> None:
    """As before the fight."""
    async with house.db.transaction() as tx:
        for email in (OLGA.email, "erik@example.org"):
            member = (await tx.session.scalars(select(Member).where(Member.email == email))).one()
            member.role, member.removed_at = "owner", None
