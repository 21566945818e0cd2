"""Putting a text into force. The one before stays, for the orders that were placed under it."""

from typing import Any, Final

from app.audit.recording import record
from app.author import Actor
from app.db import Transaction
from app.errors import FieldError, Problem
from app.i18n import LANGUAGES
from app.legal.model import LegalText
from app.shop import Fact, put, remember

MOST: Final = 60_000


async def publish(tx: Transaction, actor: Actor, kind: str, texts: dict[str, str]) -> bool:
    """From now on this is in force; False when it already was. `texts` by language, `checked`."""
    await remember(tx.session, {kind: ""})
    fact = await tx.session.get_one(Fact, kind, with_for_update=True, populate_existing=True)
    before = await tx.session.get(LegalText, int(fact.value)) if fact.value else None
    was = {"en": before.en, "de": before.de} if before else dict.fromkeys(LANGUAGES, "")
    if was == texts:
        return False
    text = LegalText(kind=kind, at=tx.now, member_id=actor.member_id or 0, **texts)
    tx.session.add(text)
    await tx.session.flush()
    await put(tx.session, {kind: "" if text.empty else str(text.id)})
    record(tx, actor, "legal_text", fields=[kind])
    return True


def checked(values: dict[str, Any]) -> dict[str, str]:
    """What was typed, by language. Raises 422."""
    texts, errors = {}, []
    for language in LANGUAGES:
        text = str(values.get(language, "")).strip()
        if len(text) > MOST:
            errors.append(FieldError(language, "string_too_long", "This is too long."))
        if "\x00" in text:
            wrong = "This holds characters that cannot be shown."
            errors.append(FieldError(language, "characters", wrong))
        texts[language] = text
    if errors:
        raise Problem("invalid", errors[0].detail, errors=errors)
    return texts
