"""The ways in: passwords, mailed links, order links; how they end, and how often one may try."""

import asyncio

import httpx2
from sqlalchemy import select, update

from app.mail.model import Mail
from app.team.model import Member
from app.team.sessions import hash_password
from tests.cast import ALICE, BOB, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.windows import link_of, order_link, sign_in, typed

PASSWORD = "a good long password"


async def with_password(house: House, who: Person = BOB) -> None:
    async with house.db.transaction() as tx:
        mine = update(Member).where(Member.email == who.email)
        await tx.session.execute(mine.values(password_hash=hash_password(PASSWORD)))


async def try_password(
    window: httpx2.AsyncClient, password: str, email: str = BOB.email, **more: str
) -> httpx2.Response:
    return await window.post("/desk/sign-in", data={"email": email, "password": password} | more)


async def test_a_member_signs_in_with_their_password(house: House, door: Door) -> None:
    await with_password(house)
    window = door()
    for email in (BOB.email, " BOB@Example.org "):
        answer = await try_password(window, PASSWORD, email)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/inbox")
    assert (await window.get("/desk/inbox")).status_code == 200


async def test_wrong_passwords_all_sound_the_same(house: House, door: Door) -> None:
    await with_password(house)
    said = set()
    for email, password in (
        (BOB.email, "wrong"), (OLGA.email, "no password yet"), ("nobody@example.org", PASSWORD),
        (ALICE.email, PASSWORD), (BOB.email, ""), (BOB.email, "\x00"), ("a\x00b", "x"), ("", ""),
    ):  # fmt: skip
        answer = await try_password(door(), password, email)
        assert answer.status_code == 401, email
        assert "orderline_team" not in answer.cookies
        assert typed(answer.text, "password") == []
        said.add("Address and password do not belong together." in answer.text)
    assert said == {True}


async def test_attempts_are_limited_by_account_and_say_for_how_long(house: House, door: Door) -> None:
    await with_password(house)
    window = door()
    statuses = [(await try_password(window, "wrong")).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    answer = await try_password(window, PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 31
    assert "Please try again in" in answer.text
    assert typed(answer.text, "email") == [BOB.email]


async def test_attempts_are_limited_by_address_too(house: House, door: Door) -> None:
    window = door()
    statuses = [(await try_password(window, "wrong", f"{n}@example.org")).status_code for n in range(12)]
    assert statuses[-1] == 429


async def test_asking_for_links_is_limited_and_tells_nothing(house: House, door: Door) -> None:
    window = door()
    answers = [await window.post("/sign-in", data={"email": who}) for who in (ALICE.email, "no@example.org")]
    assert len({(answer.status_code, answer.headers["location"]) for answer in answers}) == 1
    assert await _mailed(house) == [ALICE.email]
    statuses = [(await window.post("/sign-in", data={"email": ALICE.email})).status_code for _ in range(8)]
    assert statuses[-1] == 429
    for email in ("x", "", "a\x00@b.org", "x" * 300 + "@b.org", "@", "a@b@c"):
        answer = await door().post("/sign-in", data={"email": email})
        assert answer.status_code in (303, 422), email


async def test_who_is_member_and_customer_gets_the_link_of_the_door_they_ask_at(
    house: House, door: Door
) -> None:
    await house.place(OLGA, customer={"email": OLGA.email})
    page = await door().get("/desk/sign-in")
    assert 'href="/sign-in?desk"' in page.text
    assert 'name="desk" value="1"' in (await door().get("/sign-in?desk")).text
    for asked, where in (({}, "/orders"), ({"desk": "1"}, "/desk/inbox")):
        await door().post("/sign-in", data={"email": OLGA.email} | asked)
        answer = await door().post(await _latest_link(house))
        assert (answer.status_code, answer.headers["location"]) == (303, where)


async def test_asking_for_a_link_is_refused_in_the_readers_language(house: House, door: Door) -> None:
    answer = await door(language="de").post("/sign-in", data={"email": "x"})
    assert answer.status_code == 422
    assert "Das ist keine E-Mail-Adresse." in answer.text


async def test_a_link_asks_for_a_click_and_works_once(house: House, door: Door) -> None:
    secret, window = await link_of(house, ALICE), door()
    for _ in range(3):  # as mail scanners do
        page = await window.get(f"/sign-in/{secret}")
        assert page.status_code == 200
        assert "orderline_shop" not in page.cookies
    answer = await window.post(f"/sign-in/{secret}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    for again in (await door().get(f"/sign-in/{secret}"), await door().post(f"/sign-in/{secret}")):
        _offers_a_new_one(again)


async def test_a_link_lasts_twenty_minutes(house: House, door: Door) -> None:
    for minutes, works in ((19.9, True), (20.1, False)):
        with house.at(minutes=minutes):
            secret = await link_of(house, ALICE)
        page, used = await door().get(f"/sign-in/{secret}"), await door().post(f"/sign-in/{secret}")
        if works:
            assert (page.status_code, used.status_code) == (200, 303)
        else:
            _offers_a_new_one(page)
            _offers_a_new_one(used)


async def test_forged_links_lead_to_a_new_one(house: House, door: Door) -> None:
    for secret in ("forged", "x" * 3000, "%00", "%F0%9F%98%80", "a.b.c"):
        for answer in (await door().get(f"/sign-in/{secret}"), await door().post(f"/sign-in/{secret}")):
            _offers_a_new_one(answer)
    number = await house.place(ALICE)
    good = order_link(house, number)
    for path in (good[:-1], good + "x", "/o/MQ", "/o/x", "/o/%00", "/o/" + "x" * 3000, "/o/null"):
        answer = await door().get(path)
        assert answer.status_code in (404, 410), path
        assert 'action="/sign-in"' in answer.text, path
        assert not answer.cookies


async def test_of_many_who_use_a_link_at_once_one_gets_in(house: House, door: Door) -> None:
    for _ in range(5):
        secret = await link_of(house, BOB)
        answers = await asyncio.gather(*(door().post(f"/sign-in/{secret}") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]


async def test_a_members_link_opens_the_desk(house: House, door: Door) -> None:
    window = await sign_in(door(), house, BOB)
    assert "orderline_team" in window.cookies
    assert "orderline_shop" not in window.cookies
    assert (await window.get("/desk/inbox")).status_code == 200


def _offers_a_new_one(answer: httpx2.Response) -> None:
    assert answer.status_code == 410
    assert "This link no longer works" in answer.text
    assert 'action="/sign-in"' in answer.text
    assert not answer.cookies


async def _mailed(house: House) -> list[str]:
    async with house.db.read() as session:
        return list(await session.scalars(select(Mail.recipient).where(Mail.kind == "sign_in")))


async def _latest_link(house: House) -> str:
    async with house.db.read() as session:
        newest = select(Mail.text).where(Mail.kind == "sign_in").order_by(Mail.id.desc()).limit(1)
        text = await session.scalar(newest)
    return next(word for word in (text or "").split() if "/sign-in/" in word)
