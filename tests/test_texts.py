"""Every word that people see is in the catalogs, in German too, and comes from there."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import nodes

from app import rendering
from app.i18n import LANGUAGES, LOCALES
from tests.cast import OLGA
from tests.marks import EMBEDDED
from tests.product import ROOT, Deployment

NAMES = {"Orderline", "English", "Deutsch"}
SPOKEN = {"title", "alt", "placeholder", "aria-label", "aria-description", "label"}
WORD = re.compile(r"[^\W\d_]{2,}")
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')  # a macro may give the attributes of a tag
CAPITAL = re.compile(r"[A-Z][a-z]+\b")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?\w+>")
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))


def catalog(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> dict[str, Message]:
    return {first(message.id): message for message in catalog(language) if message.id}


def first(text: Any) -> str:
    return str(text[0] if isinstance(text, (tuple, list)) else text)


def forms(text: Any) -> list[str]:
    return list(text) if isinstance(text, (tuple, list)) else [text]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every text in the source, as `make catalogs` would find it."""
    template = tmp_path_factory.mktemp("catalogs") / "messages.pot"
    wanted = ["extract", "--mapping", str(LOCALES / "babel.cfg"), "--output", str(template), "."]
    pybabel = [sys.executable, "-m", "babel.messages.frontend", "--quiet"]
    subprocess.run([*pybabel, *wanted], cwd=ROOT, check=True)
    with template.open("rb") as file:
        return {first(message.id) for message in read_po(file) if message.id}


# The catalogs


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogs_hold_every_text_of_the_source_and_no_other(language: str, extracted: set[str]) -> None:
    known = set(messages(language))
    assert extracted - known == set(), "run `make catalogs`, then translate"
    assert known - extracted == set(), "run `make catalogs`"


def test_every_text_is_translated_into_german() -> None:
    untranslated = [text for text, message in messages("de").items() if not all(forms(message.string))]
    assert untranslated == []
    assert [text for text, message in messages("de").items() if message.fuzzy] == []


def test_no_translation_loses_a_placeholder_or_a_tag() -> None:
    known = catalog("de")
    for message in messages("de").values():
        for original, german in zip(forms(message.id), forms(message.string), strict=True):
            wanted, found = (sorted(PLACEHOLDER.findall(text)) for text in (original, german))
            singular = original == first(message.id) and len(forms(message.id)) > 1
            assert wanted == found or (singular and set(found) <= set(wanted)), german
        assert not list(message.check(known)), message.id


def test_translations_end_and_are_spaced_as_their_originals() -> None:
    for text, message in messages("de").items():
        german = forms(message.string)[0]
        assert german == german.strip(), german
        assert text.endswith(".") == german.removesuffix("MwSt.").endswith("."), german
        assert text.endswith("?") == german.endswith("?"), german


def test_the_german_words_are_those_of_the_design() -> None:
    words = {
        "Inbox": "Posteingang", "Pending": "Ausstehend", "Processing": "In Bearbeitung",
        "Confirmed": "Bestätigt", "Rejected": "Abgelehnt", "Cancelled": "Storniert",
        "Awaiting response": "Wartende Antwort", "Quote %(n)s": "Preisangebot %(n)s",
        "Send quote": "Preisangebot senden", "By quote": "Nach Angebot", "Internal note": "Interne Notiz",
        "Action label": "Aktionslabel", "Payment method": "Zahlungsmethode", "Plan": "Plan",
    }  # fmt: skip
    german = messages("de")
    assert {text: german[text].string for text in words} == words


# The templates


class Literals(HTMLParser):
    """Text and spoken attributes of HTML whose expressions were cut out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        self.found += [value or "" for name, value in attributes if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(ATTRIBUTE.sub("", data))


def literals(source: str) -> Iterator[str]:
    """What a template says outside of expressions, {% trans %} and the blocks that fill a class."""
    said: list[str] = []
    inside: list[str] = []
    tokens = [token[1:] for token in rendering.environment().lex(source) if token[1] != "whitespace"]
    for position, (kind, value) in enumerate(tokens):
        if kind == "block_begin":
            _step(inside, tokens[position + 1][1], tokens[position + 2][1])
        elif kind == "variable_end":
            said.append("x0")
        elif kind == "data" and not any(name == "trans" or name.endswith("_class") for name in inside):
            said.append(value)
    yield from Literals("".join(said)).found


def _step(inside: list[str], tag: str, name: str) -> None:
    if tag in ("block", "trans"):
        inside.append("trans" if tag == "trans" else name)
    elif tag in ("endblock", "endtrans"):
        inside.pop()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_speaks_for_itself(path: Path) -> None:
    source = path.read_text()
    assert [text.strip() for text in literals(source) if set(WORD.findall(text)) - NAMES] == []
    assert [text for text in constants(rendering.environment().parse(source)) if text not in NAMES] == []


def constants(node: nodes.Node) -> Iterator[str]:
    """Strings in expressions that read like words for people and are not handed to gettext."""
    for child in node.iter_child_nodes():
        called = child.node if isinstance(child, nodes.Call) else None
        if isinstance(called, nodes.Name) and called.name in ("_", "gettext", "ngettext"):
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str) and CAPITAL.match(child.value):
            yield child.value
        yield from constants(child)


def test_the_page_hands_the_browser_every_word_it_asks_for() -> None:
    asked = set()
    for file in (ROOT / "static").glob("live/*.js"):
        for call in re.findall(r"\b(?:text|counted)\(([^()]*)", file.read_text()):
            asked |= set(re.findall(r'"([a-z_]+)"', call))
    given = set(re.findall(r'"(\w+)": _\(', (ROOT / "templates" / "_texts.html").read_text()))
    assert asked and asked - given == set()


# The pages


async def visible(client: httpx2.AsyncClient, path: str) -> set[str]:
    answer = await client.get(path)
    assert '<html lang="de">' in answer.text, path
    return {text.strip() for text in Literals(answer.text).found}


@EMBEDDED
async def test_no_page_shows_english_to_a_german(deployment: Deployment) -> None:
    url = deployment.urls[0]
    headers = {"Accept-Language": "de-DE", "Origin": url}
    async with httpx2.AsyncClient(
        base_url=url, headers=headers, trust_env=False, follow_redirects=True, timeout=30
    ) as client:
        await client.post(await deployment.sign_in_link(OLGA, url))
        boxes = ("inbox", "pending", "processing", "awaiting", "confirmed", "rejected", "cancelled", "all")
        pages = [f"/desk/{box}" for box in boxes] + [f"/desk/orders/{number}" for number in range(1001, 1010)]
        pages += [
            "/desk/settings",
            "/desk/analytics",
            "/desk/inbox?q=zzzz",
            "/desk/nowhere",
            "/orders",
            "/orders/1",
            "/nowhere",
        ]
        pages += ["/", "/products/1", "/products/2", "/sign-in", "/sign-in?sent", "/sign-in/used-up"]
        shown = {path: await visible(client, path) for path in pages}
    english = set(messages("de")) - {t for t, m in messages("de").items() if m.string == t}
    assert {path: found & english for path, found in shown.items() if found & english} == {}
