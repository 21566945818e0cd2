"""The second factor: set up with a code, asked after password and link alike, and never twice the same."""

import asyncio
import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import pyotp
import pytest
from sqlalchemy import func, select, update

from app.audit.model import Record
from app.team.model import Member, RecoveryCode
from app.team.two_factor import STEP, secret_of, step_of
from tests.cast import BOB, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House, member_id
from tests.rules.test_sign_in import PASSWORD, try_password, with_password
from tests.rules.test_team import TEAM
from tests.rules.windows import link_of, sign_in

SETTINGS = "/desk/settings/two-factor"
DOOR = "/desk/sign-in/code"
RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", appendix B of RFC 6238


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_rfc(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)
    assert step_of(RFC, code, now, None) == second // STEP
    assert step_of(RFC, code, now, second // STEP) is None, "used already"
    late, too_late = now + timedelta(seconds=STEP), now + timedelta(seconds=2 * STEP)
    assert step_of(RFC, code, late, None) == second // STEP
    assert step_of(RFC, code, too_late, None) is None
    assert step_of(RFC, "123456", now, None) is None


async def test_it_is_set_up_with_a_picture_a_key_and_a_code(house: House, door: Door) -> None:
    bob, other = await sign_in(door(), house, BOB), await sign_in(door(), house, BOB)
    assert "It is off" in (await bob.get(SETTINGS)).text
    await bob.post(f"{SETTINGS}/begin")
    page = await bob.get(SETTINGS)
    picture = re.search(r"<svg viewBox.*?</svg>", page.text, re.S)
    assert picture
    assert not re.search(r"style|script|href", picture[0]), "our policy would refuse it"
    secret = key_on(page)
    assert secret not in await stored(house), "it is kept encrypted"
    for wrong in ("000000", "", "abc", "\x00"):
        refused = await bob.post(f"{SETTINGS}/confirm", data={"code": wrong})
        assert refused.status_code == 422
        assert "This code is wrong, or was used already." in refused.text
    assert (await sign_in(door(), house, BOB)).cookies["orderline_team"], "not asked before it is confirmed"
    made = await bob.post(f"{SETTINGS}/confirm", data={"code": pyotp.TOTP(secret).now()})
    assert made.status_code == 201
    codes = codes_on(made)
    assert len(set(codes)) == 10
    assert (await other.get("/desk/inbox")).status_code == 303, "it never gave a code"
    again = await bob.get(SETTINGS)
    assert "It is on" in again.text
    assert not any(code in again.text for code in [secret, *codes])
    async with house.db.read() as session:
        hashes = set(await session.scalars(select(RecoveryCode.id)))
    assert not hashes & set(codes)


@pytest.mark.parametrize("way", ["password", "link"])
async def test_it_is_asked_after_the_password_and_after_a_link_alike(
    house: House, door: Door, way: str
) -> None:
    secret, _ = await switched_on(house, door)
    window, answer = await half_in(house, door, way)
    assert (answer.status_code, answer.headers["location"]) == (303, DOOR)
    assert "orderline_team" not in window.cookies
    assert (await window.get("/desk/inbox")).status_code == 303
    assert 'autocomplete="one-time-code"' in (await window.get(DOOR)).text
    assert (await window.post(DOOR, data={"code": "000000"})).status_code == 422
    used = await window.post(DOOR, data={"code": fresh(secret)})
    assert (used.status_code, used.headers["location"]) == (303, "/desk/inbox")
    assert (await window.get("/desk/inbox")).status_code == 200
    assert await kinds(house, 2) == ["sign_in_failed", "signed_in"]


async def test_a_code_opens_once_even_for_two_at_once(house: House, door: Door) -> None:
    secret, _ = await switched_on(house, door)
    windows = [(await half_in(house, door))[0] for _ in range(3)]
    code = fresh(secret)
    answers = await asyncio.gather(*(window.post(DOOR, data={"code": code}) for window in windows))
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]


async def test_a_recovery_code_opens_once_and_what_is_left_is_counted(house: House, door: Door) -> None:
    _, codes = await switched_on(house, door)
    window, _ = await half_in(house, door)
    assert (await window.post(DOOR, data={"code": codes[0].upper().replace("-", " ")})).status_code == 303
    assert "9 recovery codes are left." in (await window.get(SETTINGS)).text
    again, _ = await half_in(house, door)
    assert (await again.post(DOOR, data={"code": codes[0]})).status_code == 422
    renewed = await window.post(f"{SETTINGS}/codes", data={"code": codes[1]})
    assert renewed.status_code == 201
    assert (await again.post(DOOR, data={"code": codes[2]})).status_code == 422, "those before end"
    assert (await again.post(DOOR, data={"code": codes_on(renewed)[0]})).status_code == 303


async def test_guessing_is_limited_for_a_member_however_many_browsers(house: House, door: Door) -> None:
    secret, _ = await switched_on(house, door)
    windows = [(await half_in(house, door))[0] for _ in range(3)]
    said = [(await window.post(DOOR, data={"code": "000000"})).status_code for window in windows * 4]
    assert said == [422] * 9 + [429] * 3, "one was spent on setting it up"
    late = await windows[0].post(DOOR, data={"code": fresh(secret)})
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0


async def test_what_is_half_done_opens_nothing_else_and_ends(house: House, door: Door) -> None:
    secret, _ = await switched_on(house, door)
    for forged in ("", "x", "WzEsImxpbmsiLCIvIiwiIl0.x.y"):
        stranger = door()
        stranger.cookies.set("orderline_half", forged)
        for answer in (await stranger.get(DOOR), await stranger.post(DOOR, data={"code": fresh(secret)})):
            assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")
    window, _ = await half_in(house, door)
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Member).values(password_hash="another"))
    refused = await window.post(DOOR, data={"code": fresh(secret)})
    assert refused.headers["location"] == "/desk/sign-in"
    assert "orderline_team" not in window.cookies


async def test_an_owner_resets_a_members_and_nobody_their_own_without_a_code(
    house: House, door: Door
) -> None:
    await switched_on(house, door)
    olga, key = await sign_in(door(), house, OLGA), await member_id(house, BOB)
    assert "two-factor sign-in on" in (await olga.get(TEAM)).text
    waiting, _ = await half_in(house, door)
    assert (await olga.post(f"{TEAM}/{key}/reset_two_factor")).headers["location"] == f"{TEAM}?reset"
    assert (await waiting.post(DOOR, data={"code": "000000"})).status_code == 303, "nothing is owed any more"
    bob = await sign_in(door(), house, BOB)
    assert (await bob.get("/desk/inbox")).status_code == 200
    hers = await member_id(house, OLGA)
    assert (await olga.post(f"{TEAM}/{hers}/reset_two_factor")).status_code == 409
    async with house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(RecoveryCode)) == 0


async def test_it_is_switched_off_with_a_code_alone(house: House, door: Door) -> None:
    secret, codes = await switched_on(house, door)
    window, _ = await half_in(house, door)
    await window.post(DOOR, data={"code": codes[0]})
    assert (await window.post(f"{SETTINGS}/off", data={"code": "000000"})).status_code == 422
    assert (await window.post(f"{SETTINGS}/begin")).status_code == 409
    assert (await window.post(f"{SETTINGS}/off", data={"code": fresh(secret)})).status_code == 303
    assert "It is off" in (await window.get(SETTINGS)).text
    assert (await try_password(door(), PASSWORD)).headers["location"] == "/desk/inbox"


async def test_under_another_secret_key_recovery_codes_still_open(house: House, door: Door) -> None:
    await switched_on(house, door)
    async with house.db.read() as session:
        member = (await session.scalars(select(Member).where(Member.email == BOB.email))).one()
    assert secret_of(house.context.shop, member) is not None
    assert secret_of(replace(house.context.shop, secret="another"), member) is None


async def test_removal_ends_the_second_factor_too(house: House, door: Door) -> None:
    await switched_on(house, door)
    olga, key = await sign_in(door(), house, OLGA), await member_id(house, BOB)
    await olga.post(f"{TEAM}/{key}/remove")
    async with house.db.read() as session:
        member = await session.get_one(Member, key)
    assert (member.totp_secret, member.totp_since, member.totp_step) == (None, None, None)


async def switched_on(house: House, door: Door) -> tuple[str, list[str]]:
    """Bob's key and recovery codes; the code that confirmed was of long ago, so that today's are fresh."""
    await with_password(house)
    bob = await sign_in(door(), house, BOB)
    await bob.post(f"{SETTINGS}/begin")
    secret = key_on(await bob.get(SETTINGS))
    codes = codes_on(await bob.post(f"{SETTINGS}/confirm", data={"code": pyotp.TOTP(secret).now()}))
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Member).values(totp_step=0))
    return secret, codes


async def half_in(house: House, door: Door, way: str = "link") -> tuple[httpx2.AsyncClient, httpx2.Response]:
    window = door()
    if way == "password":
        return window, await try_password(window, PASSWORD)
    return window, await window.post(f"/sign-in/{await link_of(house, BOB)}")


def fresh(secret: str) -> str:
    return pyotp.TOTP(secret).now()


def key_on(page: httpx2.Response) -> str:
    found = re.search(r'class="two-factor-key"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def codes_on(page: httpx2.Response) -> list[str]:
    return [html.unescape(code) for code in re.findall(r"<li><code>([^<]+)</code>", page.text)]


async def stored(house: House) -> str:
    async with house.db.read() as session:
        return repr(list(await session.execute(select(Member.totp_secret, Member.name))))


async def kinds(house: House, number: int) -> list[str]:
    """Of the latest records, oldest first."""
    async with house.db.read() as session:
        found = await session.scalars(select(Record.kind).order_by(Record.id.desc()).limit(number))
        return list(found)[::-1]
