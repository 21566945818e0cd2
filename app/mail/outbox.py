"""Mail as rows: written with the change, sent by the worker, kept where no server is named."""

import re
from dataclasses import dataclass, field
from typing import Any

from app.branding.palette import palette_of
from app.customers.model import shown
from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import language
from app.mail.model import Mail
from app.rendering import render
from app.shop import Logo, Shop

# embeddings, overrides and isolates: what turns the text around them
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
ISOLATES = re.compile("[\u2066-\u2069]")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
MOST_QUOTED = 2000
LOGO = "cid:logo"  # how the HTML part names the picture that goes along
LOGO_HEIGHT = 36


@dataclass(frozen=True, slots=True)
class Reader:
    """Where a letter goes, and the language it is read in."""

    email: str
    language: str


@dataclass(slots=True)
class Letter:
    """`quoted` is what somebody wrote; `sections` are (heading, quoted, link) of several orders."""

    kind: str
    subject: str
    body: list[str]
    button: str = ""
    link: str = ""
    quoted: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    sections: list[tuple[str, str, str]] = field(default_factory=list)


def post(tx: Transaction, reader: Reader, letter: Letter, order_id: int | None) -> Mail | None:
    """Write a letter down, rendered in the language that is being spoken; to who was deleted, none."""
    if not shown(reader.email):
        return None
    subject = in_line(letter.subject, 200)
    context = {"letter": letter, "shop": tx.shop, "subject": subject, "language": language()}
    context |= {"shades": palette_of(tx.shop.color), "logo": _logo(tx.shop.logo), "legal": _legal(tx.shop)}
    mail = Mail(
        kind=letter.kind,
        order_id=order_id,
        recipient=reader.email,
        language=reader.language,
        subject=subject,
        text=render("mail/letter.txt", **context),
        html=render("mail/letter.html", **context),
        status="kept" if tx.shop.keep_mail else "waiting",
        attempts=0,
        error="",
        created_at=tx.now,
        due_at=None if tx.shop.keep_mail else tx.now,
    )
    tx.session.add(mail)
    return mail


def _logo(logo: Logo | None) -> dict[str, Any] | None:
    """As large as it is shown; a wide one stands for the name."""
    if logo is None:
        return None
    scale = min(LOGO_HEIGHT / logo.height, 240 / logo.width)
    size = {"width": max(1, round(logo.width * scale)), "height": max(1, round(logo.height * scale))}
    return {"address": LOGO, "wide": logo.wide} | size


def _legal(shop: Shop) -> list[tuple[str, str]]:
    """(words, address) of the texts that there are."""
    words = {"imprint": _("Imprint"), "privacy": _("Privacy"), "terms": _("Terms")}
    return [(words[kind], f"{shop.public_url}/{kind}") for kind in words if kind in shop.legal]


def in_line(text: str, most: int = 120) -> str:
    """Somebody's words within a line of ours: they neither break it, nor turn it around, nor fill it."""
    line = shortened(" ".join(CONTROLS.sub(" ", text).split()), most)
    return f"\u2068{ISOLATES.sub('', line)}\u2069" if TURNS.search(line) else line


def shortened(text: str, most: int = MOST_QUOTED) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
