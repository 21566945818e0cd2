"""The shop's texts: the owner's words, in both languages, safe to show, and kept as they applied."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from app.context import Context
from app.embed.origins import save_origins
from app.legal.actions import publish
from app.legal.markup import html_of
from app.legal.model import LegalText
from app.mail.model import Mail
from app.orders.model import FIRST, Order
from app.shop import put
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door, Serve
from tests.rules.house import House
from tests.rules.windows import order_link, sign_in, typed

PAGE = "/desk/settings/shop/texts/"
FORM = {"product": "2", "quantity": "1", "payment_method": "cash", "name": "Gus", "email": "gus@example.org"}


async def write(house: House, kind: str = "terms", en: str = "", de: str = "") -> int:
    async with house.db.transaction() as tx:
        await publish(tx, house.actor(OLGA), kind, {"en": en, "de": de})
        found = await tx.session.scalar(select(func.max(LegalText.id)))
    await house.context.load()
    return found or 0


async def terms_of(house: House, number: str) -> int | None:
    async with house.db.read() as session:
        return (await session.get_one(Order, int(number) - FIRST)).terms_id


async def test_the_owner_alone_writes_them(house: House, door: Door) -> None:
    olga, bob = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB)
    for window, status in ((bob, 403), (door(), 303)):
        for kind in ("terms", "privacy", "imprint"):
            assert (await window.get(PAGE + kind)).status_code == status
            assert (await window.post(PAGE + kind, data={"en": "x"})).status_code == status
    assert (await door().get("/terms")).status_code == 404
    assert (
        await olga.post(PAGE + "terms", data={"en": "All sales\n\nare final.", "de": ""})
    ).status_code == 303
    page = (await door().get("/terms")).text
    assert "<p>All sales</p>" in page
    assert (await olga.get(PAGE + "nothing")).status_code == 404
    assert typed((await olga.get(PAGE + "terms")).text, "en") == ["All sales\n\nare final."]
    assert "Changed a text of the shop" in (await olga.get("/desk/settings/audit")).text


async def test_who_has_no_text_in_their_language_reads_the_other(house: House, door: Door) -> None:
    await write(house, "privacy", en="In English", de="Auf Deutsch")
    await write(house, "imprint", de="Nur auf Deutsch")
    english, german = door(), door(language="de")
    assert '<article class="legal-text" lang="en"><p>In English' in (await english.get("/privacy")).text
    assert '<article class="legal-text" lang="de"><p>Auf Deutsch' in (await german.get("/privacy")).text
    assert '<article class="legal-text" lang="de"><p>Nur auf Deutsch' in (await english.get("/imprint")).text


async def test_pages_and_mails_lead_to_those_there_are(house: House, door: Door, serve: Serve) -> None:
    assert "/imprint" not in (await door().get("/")).text
    await write(house, "imprint", de="Wir")
    await write(house, "terms", en="Agree")
    async with house.db.transaction() as tx:
        await save_origins(tx.session, "https://site.example")
    app = await serve(house)
    window = door(app=app)
    shop = (await window.get("/products/2")).text
    assert 'href="/imprint"' in shop
    assert 'href="/privacy"' not in shop
    panel = (await window.get("/embed/en/products/2")).text
    assert '<a href="/imprint" target="_blank"' in panel
    assert '<a href="/terms" target="_blank"' in panel
    number = await house.place(ALICE, "plate")
    async with house.db.read() as session:
        mail = (await session.scalars(select(Mail).where(Mail.order_id == int(number) - FIRST))).first()
    assert mail is not None
    for part in (mail.text, mail.html):
        assert "http://127.0.0.1:8000/imprint" in part
        assert "/privacy" not in part


async def test_an_order_shows_the_terms_it_was_placed_under(house: House, door: Door) -> None:
    before = await house.place(ALICE, "plate")
    first = await write(house, en="Thirty days.")
    number = await house.place(ALICE, "plate")
    second = await write(house, en="Fourteen days.")
    later = await house.place(BOB, "plate", customer={"email": ALICE.email})
    assert [await terms_of(house, each) for each in (before, number, later)] == [None, first, second]
    alice, olga = await sign_in(door(), house, ALICE), await sign_in(door(), house, OLGA)
    for page in (await alice.get(f"/orders/{number}"), await olga.get(f"/desk/orders/{number}")):
        assert f'href="/terms/{first}"' in page.text
        assert f'href="/terms/{second}"' not in page.text
    assert "/terms/" not in (await alice.get(f"/orders/{before}")).text
    old = (await alice.get(f"/terms/{first}")).text
    assert "Thirty days." in old
    assert "An earlier version" in old
    now = (await alice.get("/terms")).text
    assert "Fourteen days." in now
    assert "An earlier version" not in now


async def test_the_number_of_another_text_or_of_none_is_nothing(house: House, door: Door) -> None:
    key = await write(house, "privacy", en="x")
    for path in (f"/terms/{key}", "/terms/999", "/terms/0", f"/terms/{2**40}", "/terms/1e5", "/imprint"):
        assert (await door().get(path)).status_code == 404, path


async def test_who_orders_under_terms_that_changed_is_asked_again(
    house: House, door: Door, serve: Serve
) -> None:
    first = await write(house, en="Thirty days.")
    app = await serve(house)
    window = door(app=app)
    page = (await window.get("/products/2")).text
    assert "By ordering you agree to the" in page
    assert typed(page, "agreed_terms") == [str(first)]
    second = await write(house, en="No days.")  # by another process, and this one has not heard of it
    answer = await window.post("/orders", data=FORM | {"agreed_terms": str(first), "note": "Blue, please"})
    assert answer.status_code == 422
    assert "The terms have changed" in answer.text
    assert typed(answer.text, "note") == ["Blue, please"]
    assert typed(answer.text, "agreed_terms") == [str(second)]
    assert await house.number_of_orders() == 0
    answer = await window.post("/orders", data=FORM | {"agreed_terms": str(second)})
    assert answer.status_code == 303
    assert await terms_of(house, answer.headers["location"].rpartition("/")[2]) == second


async def test_a_program_may_say_what_was_agreed_to(house: House) -> None:
    first = await write(house, en="Thirty days.")
    second = await write(house, en="No days.")
    line = {"product": house.products["plate"], "quantity": 1}
    for wrong in (first, 0, -1, 10**12, second + 1):
        refusal = await house.refused(
            ALICE, "orders.place", lines=[line], payment_method="cash", agreed_terms=wrong
        )
        assert [(error.field, error.code) for error in refusal.errors] == [("agreed_terms", "terms_changed")]
    for said in (second, None):
        assert await terms_of(house, await house.place(ALICE, "plate", agreed_terms=said)) == second
    refusal = await house.refused(
        ALICE, "orders.place", lines=[line], payment_method="cash", agreed_terms="2"
    )
    assert refusal.code == "invalid"


async def test_a_text_that_is_taken_back_is_linked_nowhere(house: House, door: Door, serve: Serve) -> None:
    key = await write(house, en="Thirty days.")
    number = await house.place(CAROL, "plate")
    gone = await write(house)
    app = await serve(house)
    window = door(app=app)
    assert (await window.get("/terms")).status_code == 404
    assert (await window.get(f"/terms/{gone}")).status_code == 404
    assert "agreed_terms" not in (await window.get("/products/2")).text
    assert await terms_of(house, await house.place(ALICE, "plate")) is None
    await window.get(order_link(house, number))
    assert f'href="/terms/{key}"' in (await window.get(f"/orders/{number}")).text
    assert (await window.get(f"/terms/{key}")).status_code == 200


async def test_versions_are_only_ever_added(house: House) -> None:
    await write(house, en="Thirty days.")
    for change in (update(LegalText).values(en="None"), delete(LegalText)):
        with pytest.raises(DBAPIError, match="only ever added"):
            async with house.db.transaction() as tx:
                await tx.session.execute(change)


async def test_the_same_text_again_is_no_new_version(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    for text in ("One", "One", "One  \r\n", "Two", "Two"):
        await olga.post(PAGE + "terms", data={"en": text})
    async with house.db.read() as session:
        assert list(await session.scalars(select(LegalText.en).order_by(LegalText.id))) == ["One", "Two"]


async def test_of_two_who_write_at_once_both_are_kept_in_order(house: House) -> None:
    async def say(text: str) -> None:
        async with house.db.transaction() as tx:
            await publish(tx, house.actor(OLGA), "imprint", {"en": text, "de": ""})

    await asyncio.gather(say("One"), say("Two"))
    await house.context.load()
    async with house.db.read() as session:
        keys = list(await session.scalars(select(LegalText.id).order_by(LegalText.id)))
    assert len(keys) == 2
    assert house.context.shop.legal == {"imprint": keys[1]}


async def test_a_preview_changes_nothing(house: House, door: Door) -> None:
    olga = await sign_in(door(), house, OLGA)
    answer = await olga.post(PAGE + "terms", data={"en": "# Returns\n\n**Never**", "step": "preview"})
    assert "<h2>Returns</h2>" in answer.text
    assert "<strong>Never</strong>" in answer.text
    assert typed(answer.text, "en") == ["# Returns\n\n**Never**"]
    assert (await door().get("/terms")).status_code == 404


@pytest.mark.parametrize("wrong", ["x" * 60_001, "a\x00b"])
async def test_what_cannot_be_kept_is_refused(house: House, door: Door, wrong: str) -> None:
    olga = await sign_in(door(), house, OLGA)
    answer = await olga.post(PAGE + "terms", data={"en": "right", "de": wrong})
    assert answer.status_code == 422
    assert 'id="de-problem"' in answer.text
    assert typed(answer.text, "en") == ["right"]


async def test_a_process_that_has_not_heard_of_another_currency_takes_no_order(
    house: House, serve: Serve
) -> None:
    """Its prices would be read in the wrong one; within two seconds it has heard."""
    other: Context = (await serve(house)).state.context
    async with house.db.transaction() as tx:
        await put(tx.session, {"currency": "JPY"})
    refusal = await house.refused(
        ALICE, "orders.place", lines=[{"product": 2, "quantity": 1}], payment_method="cash"
    )
    assert refusal.code == "unavailable"
    assert await other.refresh()
    assert other.shop.currency == "JPY"


def test_texts_are_laid_out() -> None:
    text = "### Who\nAda Street 1\n10969 Berlin\n\n# What\n\n- one\n\n3. three\n\n[us](mailto:a@b.example)"
    made = str(html_of(text))
    assert "<h2>Who</h2>\n<p>Ada Street 1<br>" in made
    assert "<h2>What</h2>" in made
    assert "<h2>A</h2>\n<h3>C</h3>\n<h2>B</h2>" in html_of("# A\n\n#### C\n\n# B")
    assert '<a href="mailto:a@b.example" rel="noopener noreferrer nofollow">us</a>' in made
    assert '<ol start="3">' in made


HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)",
    "![x](https://evil.example/x.png)", "<svg/onload=alert(1)>", "<style>*{display:none}</style>",
    "<a href=x onclick=alert(1)>", '[x](https://a.example "onmouseover=alert(1)")',
    "<!-- --><iframe src=//evil.example>", '[x](https://a.example/"onmouseover="alert(1))', "`<b>`",
    "```\n<b>\n```", "    <b>", "&lt;script&gt;", "[r]: javascript:alert(1)\n[x][r]",
    "<javascript:alert(1)>", "> " * 200 + "x", "*" * 5000, "[" * 3000,
)  # fmt: skip
ALLOWED = re.compile(
    r'<(?:/?(?:p|h2|h3|h4|ul|ol|li|strong|em|blockquote)|br|hr|ol start="\d+"|/a'
    r'|a(?: href="(?:https?:|mailto:|tel:|[^":]*)[^"]*")? rel="noopener noreferrer nofollow")>'
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_text_acts(text: str) -> None:
    assert "<" not in ALLOWED.sub("", str(html_of(text)))


@given(st.text(st.sampled_from("<>[]()!*_#-`&;:/\\\"' \nabjscriptonx=1"), max_size=80))
def test_nothing_that_can_be_typed_acts(text: str) -> None:
    assert "<" not in ALLOWED.sub("", str(html_of(text)))
