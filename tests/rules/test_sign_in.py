"""The ways in: passwords, mailed links, order links; how they end, and how often one may try."""

import asyncio
from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import select, update

from app.customers.model import Customer
from app.mail.model import Mail
from app.team.model import Member, Session
from app.team.sessions import hash_password
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import HOME, Door, Serve
from tests.rules.house import House
from tests.rules.windows import link_of, order_link, sign_in, typed

PASSWORD = "a good long password"
ELSEWHERE = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/\t/evil.example", "/\n/evil.example", " //evil.example", "///evil.example", "http:evil.example",
    "evil", "", "/%0d%0aSet-Cookie:a=b\r\n", "https:/desk",
)  # fmt: skip


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


async def test_signing_out_ends_the_session_itself(house: House, door: Door) -> None:
    for who, path, page in ((BOB, "/desk/sign-out", "/desk/inbox"), (ALICE, "/sign-out", "/orders/1001")):
        await house.place(ALICE)
        window = await sign_in(door(), house, who)
        stolen = door()
        stolen.cookies.update(window.cookies)
        assert (await stolen.get(page)).status_code == 200
        assert (await window.post(path)).status_code == 303
        for browser in (window, stolen):
            assert (await browser.get(page)).status_code in (303, 404)


async def test_signing_in_ends_the_session_before(house: House, door: Door) -> None:
    window = await sign_in(door(), house, BOB)
    before = door()
    before.cookies.update(window.cookies)
    await sign_in(window, house, OLGA)
    assert (await before.get("/desk/inbox")).status_code == 303
    assert "Olga Orth" in (await window.get("/desk/settings")).text


async def test_a_new_password_ends_the_members_other_sessions(house: House, door: Door) -> None:
    here, there = await sign_in(door(), house, BOB), await sign_in(door(), house, BOB)
    short = await here.post("/desk/settings/password", data={"new_password": "short"})
    assert short.status_code == 422
    answer = await here.post("/desk/settings/password", data={"new_password": PASSWORD})
    assert answer.status_code == 303
    assert (await here.get("/desk/inbox")).status_code == 200
    assert (await there.get("/desk/inbox")).status_code == 303
    wrong = {"current_password": "wrong", "new_password": "another good one"}
    assert (await here.post("/desk/settings/password", data=wrong)).status_code == 422
    assert (await try_password(door(), PASSWORD)).status_code == 303


async def test_a_removed_members_session_password_and_links_end(house: House, door: Door) -> None:
    await with_password(house)
    window, secret = await sign_in(door(), house, BOB), await link_of(house, BOB)
    async with house.db.transaction() as tx:
        gone = update(Member).where(Member.email == BOB.email).values(removed_at=datetime.now(UTC))
        await tx.session.execute(gone)
    assert (await window.get("/desk/inbox")).status_code == 303
    assert (await try_password(door(), PASSWORD)).status_code == 401
    late = door()
    await late.post(f"/sign-in/{secret}")
    assert (await late.get("/desk/inbox")).status_code == 303


async def test_sessions_end_by_themselves(house: House, door: Door) -> None:
    window = await sign_in(door(), house, BOB)
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Session).values(expires_at=datetime.now(UTC)))
    assert (await window.get("/desk/inbox")).status_code == 303


@pytest.mark.parametrize(("public_url", "secure"), [("", False), ("https://shop.example", True)])
async def test_cookies_are_for_the_server_alone(
    house: House, serve: Serve, door: Door, public_url: str, secure: bool
) -> None:
    window = door(app=await serve(house, PUBLIC_URL=public_url))
    window.headers["Origin"] = public_url or HOME
    answers = [await window.post(f"/sign-in/{await link_of(house, who)}") for who in (BOB, ALICE)]
    answers += [await window.get(order_link(house, await house.place(CAROL)))]
    answers += [await window.post("/language", data={"language": "de", "next": "/"})]
    set_cookies = [line.lower() for answer in answers for line in answer.headers.get_list("set-cookie")]
    assert len(set_cookies) >= 3
    for line in set_cookies:
        assert "httponly" in line
        assert "samesite=lax" in line
        assert ("secure" in line) == secure


async def test_unsafe_requests_of_foreign_pages_are_refused(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    window = await sign_in(await sign_in(door(), house, BOB), house, ALICE)
    paths = (f"/desk/orders/{number}/confirm", f"/orders/{number}/messages", "/orders", "/sign-out",
             "/language", "/sign-in", "/desk/sign-in", "/desk/sign-out", "/desk/settings",
             f"/orders/{number}/read")  # fmt: skip
    before = await house.state(number)
    for origin in ("https://evil.example", "null", "", "http://127.0.0.1:8001", "https://127.0.0.1:8000",
                   "http://127.0.0.1:8000.evil.example", "http://localhost:8000"):  # fmt: skip
        window.headers["Origin"] = origin
        for path in paths:
            answer = await window.post(path, data={"text": "Hi", "seq": "9"})
            assert answer.status_code == 403, (origin, path)
    del window.headers["Origin"]
    assert (await window.post("/sign-out")).status_code == 403
    assert await house.state(number) == before
    assert (await window.get("/desk/inbox")).status_code == 200


async def test_a_known_address_is_the_only_origin(house: House, serve: Serve, door: Door) -> None:
    window = door(app=await serve(house, PUBLIC_URL="https://shop.example"))
    for origin, allowed in (("https://shop.example", True), (HOME, False), ("http://shop.example", False)):
        window.headers["Origin"] = origin
        answer = await window.post("/language", data={"language": "de", "next": "/"})
        assert (answer.status_code == 303) == allowed, origin


async def test_signing_in_never_leads_elsewhere(house: House, door: Door) -> None:
    await with_password(house)
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Member).values(name="x"))
    for where in ELSEWHERE:
        answer = await door().post("/language", data={"language": "de", "next": where})
        assert answer.headers["location"] == "/", where
        page = await door().get("/desk/sign-in", params={"next": where})
        assert typed(page.text, "next") in ([], ["/desk/inbox"]), where
    good = {"next": "/desk/orders/1001?box=inbox&q=a b".replace(" ", "%20")}
    assert (await try_password(door(), PASSWORD, **good)).headers["location"] == good["next"]
    assert (await try_password(door(), PASSWORD, next="//evil.example")).headers["location"] == "/desk/inbox"


def _offers_a_new_one(answer: httpx2.Response) -> None:
    assert answer.status_code == 410
    assert "This link no longer works" in answer.text
    assert 'action="/sign-in"' in answer.text
    assert not answer.cookies


async def _mailed(house: House) -> list[str]:
    async with house.db.read() as session:
        return list(await session.scalars(select(Mail.recipient).where(Mail.kind == "sign_in")))


async def _rename(house: House, who: Person, name: str) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Customer).where(Customer.email == who.email).values(name=name))
