"""Mails to a customer, and those to the team that speak of their orders."""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import delete, or_, select

from app.mail.model import Mail, MailOrder, Notice
from app.privacy.holding import Asking, Erasing, Holding, Told, plain

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
    """Mails go whole, also those of the team: what they quote is what was erased.

    Those that only name the customer, since somebody wrote so in an order of their own, are not about them:
    they stay as what was written there does.
    """
    session, subject = erasing.tx.session, erasing.subject
    await session.execute(delete(Mail).where(Mail.recipient.in_(subject.addresses)))
    await session.execute(delete(Notice).where(Notice.person == f"c{subject.customer_id}"))
    for some in _some(subject.orders):
        gathered = select(MailOrder.mail_id).where(MailOrder.order_id.in_(some))
        await session.execute(delete(Mail).where(or_(Mail.order_id.in_(some), Mail.id.in_(gathered))))
        await session.execute(delete(Notice).where(Notice.order_id.in_(some)))


def _some(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


HELD = Holding((Mail, MailOrder, Notice), erase, person)
