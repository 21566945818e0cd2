"""Mail as rows: written with the change, sent by the worker, kept where no server is named."""

from dataclasses import dataclass, field

from app.db import Transaction
from app.i18n import language
from app.mail.model import Mail
from app.rendering import render


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
    sections: list[tuple[str, str, str]] = field(default_factory=list)


def post(tx: Transaction, reader: Reader, letter: Letter, order_id: int | None) -> None:
    """Write a letter down, rendered in the language that is being spoken."""
    subject = " ".join(letter.subject.split())[:200]
    context = {"letter": letter, "shop_name": tx.shop.name, "subject": subject, "language": language()}
    tx.session.add(
        Mail(
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
    )
