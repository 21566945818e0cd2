"""Mails to a customer, and those to the team that speak of their orders."""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, delete, or_, select

from app.mail.model import Mail, Notice
from app.orders.model import FIRST
from app.privacy.holding import Asking, Erasing, Holding, Subject, Told, plain

SECRETS = re.compile(r"(/(?:o|sign-in|join|account/email)/)[\w.-]+")
AT_ONCE = 500


async def person(asking: Asking) -> Told:
    """What was sent to them; links in it open nothing any more."""
    wanted = select(Mail).where(Mail.recipient.in_(asking.subject.addresses)).order_by(Mail.id)
    mails = [
        plain(mail, "html", "error", "attempts", "due_at") for mail in await asking.session.scalars(wanted)
    ]
    return {"mails": [mail | {"text": SECRETS.sub(r"\1…", mail["text"])} for mail in mails]}


async def erase(erasing: Erasing) -> None:
    """Mails go whole, also those of the team: what they quote is what was erased."""
    session, subject = erasing.tx.session, erasing.subject
    await session.execute(delete(Mail).where(Mail.recipient.in_(subject.addresses)))
    await session.execute(delete(Notice).where(Notice.person == f"c{subject.customer_id}"))
    for some in _some(subject.orders):
        await session.execute(delete(Mail).where(Mail.order_id.in_(some)))
        await session.execute(delete(Notice).where(Notice.order_id.in_(some)))
    gathered = select(Mail.id, Mail.text).where(Mail.order_id.is_(None), Mail.kind == "new_messages")
    about = [key for key, text in await session.execute(gathered) if _speaks_of(text, subject)]
    for some in _some(about):
        await session.execute(delete(Mail).where(Mail.id.in_(some)))
    await session.execute(delete(Mail).where(_names(subject)))


def _speaks_of(text: str, subject: Subject) -> bool:
    """Whether a mail that gathers several orders has one of theirs, by its link to the desk."""
    theirs = {str(key + FIRST) for key in subject.orders}
    return not theirs.isdisjoint(re.findall(r"/desk/orders/(\d+)", text))


def _names(subject: Subject) -> ColumnElement[bool]:
    """Whatever else says an address of theirs."""
    texts = (Mail.text, Mail.subject)
    return or_(*(text.contains(address, autoescape=True) for text in texts for address in subject.addresses))


def _some(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


HELD = Holding((Mail, Notice), erase, person)
