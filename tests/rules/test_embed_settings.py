"""Who may show the panel is the owner's to say, in origins as browsers name them."""

import html

import pytest

from app.embed.origins import parse_origins
from app.errors import Problem
from tests.cast import BOB, OLGA
from tests.rules.conftest import HOME, Door
from tests.rules.house import House
from tests.rules.test_embed import SITE, allow
from tests.rules.windows import sign_in, typed


@pytest.mark.parametrize(
    ("typed_in", "kept"),
    [
        ("https://Shop.Example/", ("https://shop.example",)),
        ("https://a.example:443 https://a.example", ("https://a.example",)),
        (
            "https://a.example:8443\n\nhttp://localhost:3000",
            ("https://a.example:8443", "http://localhost:3000"),
        ),
        ("http://[::1]:80 https://bäckerei.example", ("http://[::1]", "https://xn--bckerei-5wa.example")),
        ("", ()),
    ],
)
def test_origins_are_kept_as_browsers_name_them(typed_in: str, kept: tuple[str, ...]) -> None:
    assert parse_origins(typed_in) == kept


@pytest.mark.parametrize(
    "wrong",
    ["http://a.example", "a.example", "https://a.example/path", "https://*.example", "*", "null",
     "https://a.example?x", "https://a.example#x", "https://u:p@a.example", "https://", "javascript:alert(1)",
     "https://a.example;script-src", "https://a.example,b", "https://a.example:99999", "'self'",
     "https://a.example'", " ".join(f"https://site-{n}.example" for n in range(40))],
)  # fmt: skip
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_origins(wrong)
    assert [error.field for error in refused.value.errors] == ["origins"]


async def test_the_owner_alone_names_the_sites(house: House, door: Door) -> None:
    bob, nobody, olga = await sign_in(door(), house, BOB), door(), await sign_in(door(), house, OLGA)
    for window, status in ((bob, 403), (nobody, 303)):
        assert (await window.get("/desk/settings/embed")).status_code == status
        assert (await window.post("/desk/settings/embed", data={"origins": SITE})).status_code == status
    assert "/desk/settings/embed" not in (await bob.get("/desk/settings")).text
    answer = await olga.post("/desk/settings/embed", data={"origins": "http://a.example"})
    assert answer.status_code == 422
    assert typed(answer.text, "origins") == ["http://a.example"]
    assert "Only https is safe here" in answer.text
    await allow(olga, house, SITE)
    page = (await olga.get("/desk/settings/embed?saved")).text
    snippet = f'<script src="{HOME}/embed.js" data-product="{house.products["plate"]}" async></script>'
    assert snippet in html.unescape(page)
