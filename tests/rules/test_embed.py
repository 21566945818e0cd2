"""The panel on other sites: who may frame what, which cookie opens what, and what the script may be."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.orders.model import FIRST
from app.source import DatabaseSource
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.rules.conftest import HOME, Door, Serve
from tests.rules.house import House
from tests.rules.windows import sign_in, typed

SITE = "https://www.archer.example"
OTHER = "http://localhost:3000"
SCRIPT = Path("static/embed/embed.js")
FRAMED = re.compile(r"frame-ancestors ([^;]*)")


def ancestors(answer: httpx2.Response) -> str:
    found = FRAMED.search(answer.headers["content-security-policy"])
    assert found
    return found[1]


async def allow(window: httpx2.AsyncClient, house: House, *origins: str) -> None:
    await sign_in(window, house, OLGA)
    answer = await window.post("/desk/settings/embed", data={"origins": "\n".join(origins)})
    assert answer.status_code == 303, answer.text


async def order_in_panel(window: httpx2.AsyncClient, house: House, who: Person = ALICE) -> str:
    """A guest's order from the panel; its number. `window` has the panel's cookie from now on."""
    form = {"product": str(house.products["plate"]), "quantity": "1", "payment_method": "online",
            "name": "Vera", "email": who.email}  # fmt: skip
    answer = await window.post("/embed/en/orders", data=form)
    assert answer.status_code == 303, answer.text
    path, _, query = answer.headers["location"].partition("?")
    assert path.startswith("/embed/en/orders/") and query == "placed"
    return path.rpartition("/")[2]


async def test_only_the_panel_may_be_framed_and_only_by_the_named_sites(house: House, door: Door) -> None:
    await allow(door(), house, SITE, OTHER)
    guest, olga = door(), await sign_in(door(), house, OLGA)
    number = await order_in_panel(guest, house)
    inside = (
        "door",
        "orders",
        f"products/{house.products['plate']}",
        f"orders/{number}",
        "orders/999999",
        "x/y",
    )
    for path in inside:
        answer = await guest.get(f"/embed/en/{path}")
        assert ancestors(answer) == f"{SITE} {OTHER}", path
        assert "x-frame-options" not in answer.headers
    for path in (
        "/",
        "/orders",
        f"/orders/{number}",
        f"/products/{house.products['plate']}",
        "/sign-in",
        "/nowhere",
    ):
        answer = await guest.get(path)
        assert (ancestors(answer), answer.headers["x-frame-options"]) == ("'none'", "DENY"), path
    for path in ("/desk/inbox", "/desk/settings/embed", "/embed.js", "/healthz"):
        answer = await olga.get(path)
        assert (ancestors(answer), answer.headers["x-frame-options"]) == ("'none'", "DENY"), path


async def test_without_a_site_there_is_no_panel(house: House, door: Door) -> None:
    for path in ("door", "orders", f"products/{house.products['plate']}"):
        answer = await door().get(f"/embed/de/{path}", headers={"Referer": SITE})
        assert (answer.status_code, ancestors(answer)) == (403, "'none'")
        assert answer.headers["x-frame-options"] == "DENY"
    answer = await door().post("/embed/en/orders", data={"product": str(house.products["plate"])})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("public_url", "attributes"),
    [
        ("https://shop.example", "HttpOnly; SameSite=None; Secure; Partitioned"),
        (HOME, "HttpOnly; SameSite=Lax"),
    ],
    ids=["https", "http"],
)
async def test_the_panels_cookie(
    house: House, door: Door, serve: Serve, public_url: str, attributes: str
) -> None:
    app = await serve(house, PUBLIC_URL=public_url)
    await allow(door(), house, SITE)
    window = door(app=app)
    window.headers["Origin"] = public_url
    form = {"product": str(house.products["plate"]), "quantity": "1", "payment_method": "cash",
            "name": "Vera", "email": "vera@example.org"}  # fmt: skip
    answer = await window.post("/embed/en/orders", data=form)
    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["orderline_embed"]
    assert cookies[0].endswith(f"Max-Age=15552000; Path=/; {attributes}")


async def test_requests_from_other_origins_are_refused_in_the_panel_too(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    window = door()
    number = await order_in_panel(window, house)
    for origin in (SITE, "null", "https://evil.example"):
        sent = await window.post(
            f"/embed/en/orders/{number}/messages", data={"text": "Hi"}, headers={"Origin": origin}
        )
        assert sent.status_code == 403
    answer = await window.post(f"/embed/en/orders/{number}/messages", data={"text": "Hi"})
    assert answer.headers["location"] == f"/embed/en/orders/{number}"


async def test_the_panel_knows_its_guests_alone(house: House, door: Door) -> None:
    """Nobody who is signed in, by whatever cookie; and the shop's pages know no guest of the panel."""
    await allow(door(), house, SITE)
    hers, alice = await house.place(ALICE), await sign_in(door(), house, ALICE)
    assert (await alice.get(f"/orders/{hers}")).status_code == 200
    alice.cookies.set("orderline_embed", alice.cookies["orderline_shop"])
    for path in (f"orders/{hers}", f"orders/{hers}/entries?before=9", f"orders/{hers}/tab"):
        assert (await alice.get(f"/embed/en/{path}")).status_code == 404, path
    assert f"#{hers}" not in (await alice.get("/embed/en/orders")).text
    form = await alice.get(f"/embed/en/products/{house.products['plate']}")
    assert typed(form.text, "email") == [""]
    assert "Alice Ahrens" not in form.text
    guest = door()
    number = await order_in_panel(guest, house)
    assert (await guest.get(f"/orders/{number}")).status_code == 404
    for path in ("desk/inbox", "sign-in", "subscriptions/1", "desk/settings"):
        assert (await guest.get(f"/embed/en/{path}")).status_code == 404


async def test_carols_panel_cannot_see_alices_order(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    alice, carol = door(), door()
    hers, own = await order_in_panel(alice, house), await order_in_panel(carol, house, CAROL)
    assert (await carol.get(f"/embed/en/orders/{own}")).status_code == 200
    assert (await carol.get(f"/embed/en/orders/{hers}")).status_code == 404
    for verb, data in (("messages", {"text": "Hi"}), ("cancel", {}), ("cards", {}), ("payments/1/pay", {})):
        assert (await carol.post(f"/embed/en/orders/{hers}/{verb}", data=data)).status_code == 404
    assert f"#{hers}" not in (await carol.get("/embed/en/orders")).text


def handshake(side: str, cookies: httpx2.Cookies, origin: str = HOME) -> dict[str, Any]:
    """The scope of a socket that a page of `origin` opens."""
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", origin.encode()), (b"cookie", jar.encode())]
    return {"type": "websocket", "query_string": f"side={side}".encode(), "headers": headers}


async def test_the_panels_socket_is_its_guests_and_of_our_origin(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    hers, alice, guest = await house.place(ALICE), await sign_in(door(), house, ALICE), door()
    number = await order_in_panel(guest, house)
    source = DatabaseSource(house.context)
    reader = await source.identify(handshake("embed", guest.cookies))
    assert reader and not reader.actor.customer_id
    seen = await source.visible(reader, [int(hers) - FIRST, int(number) - FIRST])
    assert list(seen) == [int(number) - FIRST]
    assert await source.identify(handshake("shop", guest.cookies)) is None
    assert await source.identify(handshake("", guest.cookies)) is None
    assert await source.identify(handshake("embed", alice.cookies)) is None
    alice.cookies.set("orderline_embed", alice.cookies["orderline_shop"])
    assert await source.identify(handshake("embed", alice.cookies)) is None
    assert source.origin_allowed(handshake("embed", guest.cookies))
    assert not source.origin_allowed(handshake("embed", guest.cookies, SITE))


async def test_the_door_leads_to_the_order_or_to_the_form(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    window, product = door(), house.products["plate"]
    before = await window.get(f"/embed/de/door?product={product}")
    assert f'data-inside="/embed/de/products/{product}"' in before.text
    number = await order_in_panel(window, house)
    for query in ("", f"?product={product}"):
        answer = await window.get(f"/embed/de/door{query}")
        assert answer.headers["location"] == f"/embed/de/orders/{number}"
    other = await window.get(f"/embed/de/door?product={house.products['sign']}")
    assert other.status_code == 200
    for odd in ("²", "-1", "1' OR 1", "9" * 40):
        assert (await window.get("/embed/de/door", params={"product": odd})).status_code in (200, 303)


async def test_every_path_on_a_page_stays_in_the_panel(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    window = door()
    number = await order_in_panel(window, house)
    await window.post(f"/embed/en/orders/{number}/messages", data={"text": '="/orders/1 href="/desk'})
    await house.do(BOB, "quotes.send", number, amount=100)
    for path in (f"orders/{number}", "orders", f"products/{house.products['plate']}"):
        page = (await window.get(f"/embed/en/{path}")).text
        used = re.findall(r'(?:href|action|hx-post|hx-get|data-base)="(/[^"]*)"', page)
        assert used and all(found.startswith(("/embed/en/", "/static/")) for found in used), used
    answer = await window.post(f"/embed/en/orders/{number}/quotes/1/approve")
    assert answer.headers["location"] == f"/embed/en/orders/{number}"
    assert await house.quotes(number) == {1: "approved"}


async def test_the_language_of_the_path_wins_and_nothing_else_gets_into_it(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    path = f"products/{house.products['plate']}"
    assert 'lang="de"' in (await door().get(f"/embed/de/{path}")).text
    for odd in ("fr", "%22%3E%3Cscript%3E"):
        page = (await door(language="de").get(f"/embed/{odd}/{path}")).text
        assert 'data-root="/embed/de"' in page
        assert "<script>" not in page


async def test_what_may_not_be_framed_opens_that_order_alone_in_a_tab(house: House, door: Door) -> None:
    await allow(door(), house, SITE)
    window, tab = door(), door()
    number, other = await order_in_panel(window, house), await order_in_panel(window, house)
    page = await window.post(f"/embed/en/orders/{number}/cards")
    link = re.search(r'href="(/from-embed/[^"]+)" target="_blank"', page.text)
    assert link and ancestors(page) == SITE
    answer = await tab.get(link[1])
    assert answer.headers["location"] == f"/orders/{number}"
    assert (await tab.get(f"/orders/{number}")).status_code == 200
    assert (await tab.get(f"/orders/{other}")).status_code == 404
    assert (await house.order(BOB, number))["customer"]["verified"] is False
    for forged in ("x", link[1].rpartition("/")[2][:-2] + "xx"):
        assert (await tab.get(f"/from-embed/{forged}")).status_code == 404


async def test_the_script_is_small_and_stands_alone(house: House, door: Door) -> None:
    answer = await door().get("/embed.js", headers={"Origin": SITE})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.content == SCRIPT.read_bytes()
    assert len(answer.content) < 5000
    taboo = (
        r"\b(import|require|eval|Function|innerHTML|cookie|localStorage|sessionStorage|fetch|XMLHttp\w*)\b"
    )
    assert re.findall(taboo, answer.text) == []
    assert re.findall(r"https?://", answer.text) == []
    assert re.findall(r"postMessage\(.*\)", answer.text) == ["postMessage({ orderline: what }, shop)"]
