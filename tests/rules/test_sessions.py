"""How a way in ends, what its cookie is like, and from where it may be used."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from app.team.model import Member, Session
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import HOME, Door, Serve
from tests.rules.house import House
from tests.rules.test_sign_in import PASSWORD, try_password, with_password
from tests.rules.windows import link_of, order_link, sign_in, typed

ELSEWHERE = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/\t/evil.example", "/\n/evil.example", " //evil.example", "///evil.example", "http:evil.example",
    "evil", "", "/%0d%0aSet-Cookie:a=b\r\n", "https:/desk",
)  # fmt: skip


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
