"""The first start: whoever sees the console, and nobody else, opens the shop, once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access import digest
from app.audit.model import Record
from app.context import Context
from app.db import Database
from app.errors import Problem
from app.founding.actions import Opening as Wanted
from app.founding.actions import set_up
from app.founding.code import code_for_start
from app.limits import Limits
from app.shop import facts
from app.team.actions import add_member
from app.team.model import Member
from tests.rules.house import settings_for
from tests.rules.opening import RIGHT, Opening, opening, serving
from tests.rules.windows import typed


@pytest.fixture
async def sqlite_opening(tmp_path: Path) -> AsyncIterator[Opening]:
    async with opening(f"sqlite:///{tmp_path / 'shop.db'}") as opened:
        yield opened


@pytest.fixture
async def postgres_opening(postgres_database: str) -> AsyncIterator[Opening]:
    async with opening(postgres_database) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest) -> Opening:
    made: Opening = request.getfixturevalue(f"{request.param}_opening")
    return made


async def members(shop: Opening) -> list[Member]:
    async with shop.context.db.read() as session:
        return list(await session.scalars(select(Member).order_by(Member.id)))


async def known(shop: Opening) -> dict[str, str]:
    async with shop.context.db.read() as session:
        return await facts(session)


async def test_every_page_leads_to_the_set_up(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        for path in (
            "/",
            "/products/1",
            "/orders/1001",
            "/desk/inbox",
            "/desk/sign-in",
            "/join/x",
            "/embed.js",
        ):
            answer = await window.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/setup"), path
        assert (await window.post("/orders", data={"product": "1"})).headers["location"] == "/setup"
        for path, status in (("/setup", 200), ("/healthz", 200), ("/readyz", 200), ("/metrics", 404)):
            assert (await window.get(path)).status_code == status, path
        assert (await window.post("/webhooks/demo", content=b"{}")).status_code == 400
        assert (await window.get("/static/x/live.js")).status_code == 200


async def test_programs_are_told_to_wait(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        for path in ("/api/v1/catalogue", "/api/v1/openapi.json", "/api/v1/nowhere"):
            answer = await window.get(path, headers={"Authorization": "Bearer ol_x"})
            assert answer.status_code == 503
            assert answer.json()["code"] == "unavailable"
            assert "not set up" in answer.json()["detail"]
            assert answer.headers["retry-after"] == "30"
    assert await knock(sqlite_opening) == 503


async def knock(shop: Opening) -> int:
    """The status that a socket's handshake is refused with."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket", "path": "/live", "query_string": b"", "headers": [], "subprotocols": [],
        "extensions": {"websocket.http.response": {}}, "client": ("127.0.0.1", 1), "scheme": "ws",
    }  # fmt: skip
    await shop.app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


async def test_the_code_opens_the_shop_and_makes_its_owner(shop: Opening) -> None:
    async with shop.window() as window:
        small = shop.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        answer = await window.post("/setup", data=shop.form(code=small))
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/inbox")
        page = await window.get("/desk/inbox")
        assert "Sonnenschein &amp; Söhne" in page.text
        assert "First steps" in page.text
        assert (await window.get("/setup")).status_code == 404
        assert (await window.post("/setup", data=shop.form())).status_code == 404
    [olga] = await members(shop)
    assert (olga.email, olga.name, olga.role) == ("olga@example.org", "Olga Brandt", "owner")
    now = shop.context.shop
    assert (now.currency, str(now.zone), now.language) == ("CHF", "Europe/Zurich", "de")
    assert (now.tax_rate, now.tax_included) == ("8.1", True)
    assert "setup_code" not in await known(shop)
    async with shop.context.db.read() as session:
        assert await session.scalar(select(Record.kind)) == "set_up"


TYPED = ("name", "tax_rate", "owner_name", "email")
CHOSEN = ("currency", "timezone", "language")
WRONG = (
    ("code", "AAAA-AAAA-AAAA"), ("code", ""), ("code", "x" * 5000), ("name", "  "), ("name", "x" * 101),
    ("name", "a\u202eb"), ("name", "a\x00b"), ("currency", "XXX"), ("currency", "DEM"),
    ("timezone", "Mars/Base"), ("timezone", "../../etc/passwd"), ("language", "fr"), ("tax_rate", "-1"),
    ("tax_rate", "1e9"), ("tax_rate", "nineteen"), ("owner_name", ""), ("email", "no-address"),
    ("email", "a@b\r\nBcc: c@d"), ("password", "short"), ("password", "x" * 1001),
)  # fmt: skip


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        for field, wrong in WRONG:
            sqlite_opening.context.limits = Limits()
            answer = await window.post("/setup", data=RIGHT | {"code": sqlite_opening.code, field: wrong})
            assert answer.status_code == 422, (field, wrong)
            assert f'id="{field}-problem"' in answer.text
            assert RIGHT["password"] not in answer.text
            kept = {name: [RIGHT[name]] for name in TYPED if name != field}
            assert {name: typed(answer.text, name) for name in kept} == kept
            page = answer.text.replace(' lang="de"', "")
            assert all(f'value="{RIGHT[name]}" selected' in page for name in CHOSEN if name != field)
    assert await members(sqlite_opening) == []
    assert (await known(sqlite_opening))["name"] == "Orderline"


async def test_the_page_speaks_german(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window(language="de-AT") as window:
        page = (await window.get("/setup")).text
        assert "Richten Sie Ihren Shop ein" in page
        assert typed(page, "tax_rate") == ["19"]
        answer = await window.post("/setup", data=sqlite_opening.form(email="x"))
        assert "Das ist keine E-Mail-Adresse" in answer.text


async def test_of_two_who_come_at_once_one_opens_the_shop(shop: Opening) -> None:
    async with serving(shop.url) as other, shop.window() as one, shop.window(other) as two:
        answers = await asyncio.gather(
            one.post("/setup", data=shop.form(email="one@example.org")),
            two.post("/setup", data=shop.form(email="two@example.org", name="Two")),
        )
        winner, lost = sorted(answers, key=lambda answer: answer.status_code)
        assert winner.status_code == 303
        assert lost.status_code in (404, 409)
        [owner] = await members(shop)
        assert ("Two" if owner.email.startswith("two") else RIGHT["name"]) == (await known(shop))["name"]
        assert [(await window.get("/setup")).status_code for window in (one, two)] == [404, 404]
        assert "orderline_team" in winner.headers["set-cookie"]


async def test_the_second_of_two_hears_that_somebody_was_quicker(shop: Opening) -> None:
    """It found the page open and the code right, and waited for the first one's transaction."""
    shown = {"name": "A", "currency": "EUR", "timezone": "UTC", "language": "en"}

    async def open_it(email: str) -> str:
        async with shop.context.db.transaction() as tx:
            return await set_up(tx, Wanted(shop.code, shown, "A", email, "hash", "en", ""))

    got = await asyncio.gather(open_it("a@b.example"), open_it("c@d.example"), return_exceptions=True)
    [refusal] = [each for each in got if isinstance(each, Problem)]
    assert (refusal.code, refusal.detail) == ("conflict", "Somebody else has just set this shop up.")
    assert len(await members(shop)) == 1


async def test_a_new_start_makes_a_new_code_and_keeps_only_its_hash(sqlite_opening: Opening) -> None:
    again = await code_for_start(settings_for(sqlite_opening.url))
    assert again is not None
    stored = (await known(sqlite_opening))["setup_code"]
    assert stored == digest(again.replace("-", ""))
    async with sqlite_opening.window() as window:
        assert (await window.post("/setup", data=sqlite_opening.form())).status_code == 422
        assert (await window.post("/setup", data=sqlite_opening.form(code=again))).status_code == 303
    assert await code_for_start(settings_for(sqlite_opening.url)) is None


async def test_guesses_are_limited(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        statuses = [
            (await window.post("/setup", data={"code": f"{guess:012}"})).status_code for guess in range(11)
        ]
        answer = await window.post("/setup", data=sqlite_opening.form())
    assert statuses == [422] * 10 + [429]
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_a_member_from_the_command_line_ends_the_set_up(shop: Opening) -> None:
    """In every process that serves, and without asking any of them."""
    beside = Context(settings_for(shop.url), Database(settings_for(shop.url).database_url))
    await beside.load()
    async with beside.db.transaction() as tx:
        await add_member(tx, "bob@example.org", "owner")
    await beside.db.close()
    async with shop.window() as window:
        assert (await window.get("/setup")).status_code == 404
        assert (await window.post("/setup", data=shop.form())).status_code == 404
        assert (await window.get("/")).status_code == 200
    assert len(await members(shop)) == 1


async def test_another_process_takes_over_what_was_set_up(shop: Opening) -> None:
    async with serving(shop.url) as other, shop.window() as window, shop.window(other) as elsewhere:
        assert (await elsewhere.get("/")).headers["location"] == "/setup"
        await window.post("/setup", data=shop.form())
        assert "Sonnenschein" in (await elsewhere.get("/")).text
        context: Context = other.state.context
        assert context.shop.currency == "CHF"


async def test_the_demo_is_made_for_the_owner_and_lets_nobody_else_in(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window, sqlite_opening.window() as stranger:
        answer = await window.post("/setup", data=sqlite_opening.form(demo="true"))
        assert answer.headers["location"] == "/desk/inbox"
        page = await window.get("/desk/all")
        assert "Sonnenschein" in page.text
        assert "Nora Lindqvist" in page.text
        demo = {"email": "owner@demo.example", "password": "orderline-demo"}
        assert (await stranger.post("/desk/sign-in", data=demo)).status_code == 401
    people = {
        member.email: (member.role, member.password_hash is None) for member in await members(sqlite_opening)
    }
    assert people["owner@demo.example"] == people["agent@demo.example"] == ("agent", True)
    assert people["olga@example.org"][0] == "owner"


async def test_first_steps_go_away_one_by_one(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        await window.post("/setup", data=sqlite_opening.form())
        assert "Invite your team" in (await window.get("/desk/inbox")).text
        await window.post("/desk/settings/team", data={"email": "bob@example.org", "role": "agent"})
        await window.post("/desk/settings/money", data={"bank_details": "IBAN", "retry_days": "1"})
        page = (await window.get("/desk/inbox")).text
        assert page.count("step-done") == 2
        for step in ("mail", "mail", "unknown", "doctor"):
            assert (await window.post("/desk/first-steps", data={"step": step})).status_code == 303
        page = (await window.get("/desk/pending")).text
        assert page.count("step-done") == 4
        await window.post("/desk/first-steps", data={"step": "product"})
        assert "First steps" not in (await window.get("/desk/inbox")).text


async def test_first_steps_are_put_away_for_good(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        await window.post("/setup", data=sqlite_opening.form())
        await window.post("/desk/first-steps", data={"step": "over"})
        await window.post("/desk/first-steps", data={"step": "mail"})
        assert "First steps" not in (await window.get("/desk/inbox")).text


async def test_a_form_of_another_site_sets_nothing_up(sqlite_opening: Opening) -> None:
    async with sqlite_opening.window() as window:
        window.headers["Origin"] = "https://evil.example"
        assert (await window.post("/setup", data=sqlite_opening.form())).status_code == 403
    async with sqlite_opening.context.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Member)) == 0
