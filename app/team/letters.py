"""What the team is written about itself."""

from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import speaking
from app.mail.outbox import Letter, Reader, in_line, post
from app.team.model import Invitation


def invitation(tx: Transaction, invited: Invitation, by: str, secret: str) -> None:
    with speaking(invited.language):
        names = {"name": in_line(by), "shop": in_line(tx.shop.name)}
        subject = _("%(name)s invites you to the team of %(shop)s") % names
        body = [
            _("You will read and answer the orders of %(shop)s there.") % names,
            _("The link works once, within 7 days. If you do not know what this is about, do nothing."),
        ]
        link = f"{tx.shop.public_url}/join/{secret}"
        letter = Letter("invitation", subject, body, _("Accept the invitation"), link)
        post(tx, Reader(invited.email, invited.language), letter, None)
