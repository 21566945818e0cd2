"""Every route against everybody: who is let in, who is asked to sign in, for whom there is nothing."""

from collections import Counter
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.websockets import WebSocket

from app.access import digest
from app.attachments.model import Attachment
from app.branding import logo
from app.branding.views import brand_of
from app.embed.origins import save_origins
from app.embed.panel import COOKIE as PANEL
from app.legal.actions import publish
from app.orders.model import FIRST
from app.routes import routes
from app.shop import LEGAL
from app.team.invitations import invite
from app.team.sessions import new_token
from app.verbs import VERBS
from app.web import COOKIES
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.lives import DATA
from tests.rules.logos import picture
from tests.rules.matrix import COLUMNS, doors, expected, placed
from tests.rules.windows import order_link, sign_in

PEOPLE: dict[str, Person] = {"carol": CAROL, "alice": ALICE, "agent": BOB, "owner": OLGA}
# these end what others need, and after them come the ways in and out
ENDS = ("archive", "embed", "retire", "delete", "withdraw", "remove")
WAYS = ("sign-in", "sign-in/{token}", "sign-out")
NAMES = {verb.path: name for name, verb in VERBS.items()}
ORDER = {"product": "1", "quantity": "1", "payment_method": "cash", "name": "A", "email": "a@b.example"}
FIELDS = {
    "/orders": ORDER,
    "/embed/{language}/orders": ORDER,
    "/basket": ORDER,
    "/basket/order": ORDER,
    "/demo-bank/approvals/{token}": {"decision": "approve"},
}
UPLOADS = {"": "2", "/desk": "2", "/embed/{language}": "3", "/api/v1": "4"}
HOOK = {"/webhooks": {"url": "https://93.184.216.34/hook", "kinds": ["message"]}}


@pytest.fixture
def house(sqlite_house: House) -> House:
    """On one database: what is asked here does not depend on it."""
    return sqlite_house


def all_doors() -> list[str]:
    async def live(websocket: WebSocket) -> None:
        raise AssertionError("no socket is opened here")

    return list(dict.fromkeys(doors(routes(live))))


def test_every_route_is_in_one_rule() -> None:
    table = Counter(place for place, _ in placed())
    found = set(all_doors())
    assert found - table.keys() == set(), "say in tests/rules/matrix.py who may go there"
    assert table.keys() - found == set(), "there is no such route any more"
    assert [place for place, times in table.items() if times > 1] == []


@pytest.mark.parametrize("who", COLUMNS)
async def test_everybody_gets_as_far_as_the_rules_say(house: House, door: Door, who: str) -> None:
    paths = await furnish(house)
    page, program = await clients(house, door, who, (paths["number"], paths["paid"]))
    await attach(house, who, paths["number"])
    wrong = []
    for place, rule in sorted(placed(), key=_late):
        method, _, template = place.partition(" ")
        client = program if template.startswith("/api/") else page
        sent = body(template) if method == "POST" else {}
        answer = await client.request(method, filled(template, paths), **sent)
        said = heard(answer)
        if said != expected(rule)[who]:
            wrong.append(f"{place}: {said} ({answer.status_code}), not {expected(rule)[who]}: {rule}")
    assert not wrong, "\n".join(["", *wrong])


async def furnish(house: House) -> dict[str, str]:
    """Two orders of alice's have all there is; names and numbers for what stands in the paths."""
    number = await house.place(ALICE, "care")
    for verb, data in (
        ("labels.add", {"label": "rush"}),
        ("quotes.send", {"amount": 5_000}),
        ("quotes.approve", {"version": 1, "on_behalf": True}),
        ("orders.confirm", {}),
    ):
        await house.do(BOB, verb, number, **data)
    paid = await house.place(ALICE, "plate", payment_method="cash")
    await house.do(BOB, "orders.confirm", paid)
    await house.do(BOB, "payments.record", paid, amount=4_900)
    line = {"title": "Hours", "quantity": 1, "unit_price": 5}
    await house.do(BOB, "quote_templates.create", None, name="Usual", lines=[line])
    await house.do(OLGA, "replies.create", name="hours", text="9 to 5")
    for webhook in (1, 2):
        await house.do(OLGA, "webhooks.create", url="https://93.184.216.34/hook", kinds=["message"])
        await house.do(OLGA, "webhooks.test", id=webhook)
    async with house.db.transaction() as tx:
        await invite(tx, house.actor(OLGA), "dora@example.org", "agent", "en")
        await save_origins(tx.session, "https://shop.example")
        for kind in LEGAL:
            await publish(tx, house.actor(OLGA), kind, {"en": "As it is.", "de": ""})
    await logo.change(house.db, house.context.files, house.actor(OLGA), picture())
    await house.context.load()
    name = brand_of(house.context.shop).logo or ""
    tokens = {side: digest(house.tokens[who])[:12] for side, who in (("desk", BOB), ("account", ALICE))}
    return {"number": number, "paid": paid, "logo": name.rpartition("/")[2]} | tokens


async def attach(house: House, who: str, number: str) -> None:
    """A picture that was sent, as file 1, and this person's own that were not: one for each side's door."""
    person = house.actor(PEOPLE.get(who, ALICE)).key
    about: dict[str, Any] = {
        "order_id": int(number) - FIRST,
        "person": person,
        "preview": True,
        "ready": True,
    }
    about |= {"name": "a.png", "type": "image/png", "size": 4}
    async with house.db.transaction() as tx:
        about["created_at"] = tx.now
        tx.session.add(Attachment(id=1, seq=1, key="a/1", expires_at=None, **about))
        for id in (2, 3, 4):
            later = tx.now + timedelta(hours=1)
            tx.session.add(Attachment(id=id, key=f"a/{id}", expires_at=later, **about))
    for key in ("a/1", "a/1.preview"):
        await house.context.files.put(key, b"data", "image/png")


async def clients(
    house: House, door: Door, who: str, orders: tuple[str, str]
) -> tuple[httpx2.AsyncClient, httpx2.AsyncClient]:
    """Their window, and their program: `reader` is one of the owner's that may only read."""
    page, program = door(), door()
    if who in PEOPLE:
        await sign_in(page, house, PEOPLE[who])
        program = door(PEOPLE[who], house)
    elif who == "guest":
        for number in orders:
            await page.get(order_link(house, number))
    elif who == "reader":
        async with house.db.transaction() as tx:
            secret = await new_token(tx, member_id=house.actor(OLGA).member_id, scope="read")
        for client in (page, program):
            client.headers["Authorization"] = f"Bearer {secret}"
    if held := page.cookies.get(COOKIES["customer"]):
        page.cookies.set(PANEL, held)  # whoever is known to the shop tries the same in the panel
        program.cookies.set(COOKIES["customer"], held)  # and at the API, where no cookie counts
    return page, program


def filled(template: str, known: dict[str, str]) -> str:
    """The path of something that is there; pages and API each have a webhook of their own to take away."""
    path = template.replace(":int}", "}").replace(":path}", "}")
    ids = {
        "/desk/settings/tokens": known["desk"],
        "/account/tokens": known["account"],
        "/api/v1/webhooks": "2",
    }
    ids |= {"/privacy": "2", "/imprint": "3"}
    ids |= {f"{base}/orders/{{number}}/uploads": id for base, id in UPLOADS.items()}
    one = next((value for start, value in ids.items() if path.startswith(start)), "1")
    values = {
        "number": known["number"], "payment": "1", "version": "1", "seq": "1", "id": one, "delivery": one,
        "label": "rush", "box": "inbox", "language": "en", "size": "large", "what": "pay", "rest": "nothing",
        "gateway": "unknown", "key": "unknown", "secret": "unknown", "token": "unknown",
        "color": "0057b7", "name": known["logo"], "kind": "terms",
    }  # fmt: skip
    if path.endswith("/receipt"):
        values |= {"number": known["paid"], "payment": "2"}
    ends = {"/static/{version}": "/live.js", "/api/v1": "/nothing", "/desk/rows": "?box=all"}
    return path.format(**values) + ("?before=9" if path.endswith("/entries") else ends.get(path, ""))


def body(template: str) -> dict[str, Any]:
    """Data that is right, so that nothing but access is in the way."""
    path = template
    for start in ("/api/v1", "/desk", "/embed/{language}"):
        path = path.removeprefix(start)
    if template in FIELDS:
        return {"data": FIELDS[template]}
    data = DATA.get(NAMES.get(path, ""), {}) | HOOK.get(path, {})
    if template.startswith("/api/"):
        return {"json": data}
    return {"data": {name: str(value).lower() for name, value in data.items()}}


def heard(answer: httpx2.Response) -> str:
    assert answer.status_code != 500, answer.request.url
    where = answer.headers.get("location", "")
    if answer.status_code == 401 or where.startswith(("/desk/sign-in?next", "/sign-in?next")):
        return "out"
    return {403: "no", 404: "none"}.get(answer.status_code, "in")


def _late(place: tuple[str, str]) -> tuple[bool, list[bool]]:
    method, _, path = place[0].partition(" ")
    return method != "GET", [path.endswith(late) for late in (WAYS, "revoke", ENDS)]
