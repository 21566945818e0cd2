"""Letters to the owners about their webhooks."""

from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import speaking
from app.mail.outbox import Letter, in_line, post
from app.mail.recipients import member_reader
from app.team.queries import members
from app.webhooks.model import Webhook


async def webhook_disabled(tx: Transaction, webhook: Webhook) -> None:
    """It failed for three days, or said that it is gone."""
    link = f"{tx.shop.public_url}/desk/settings/webhooks/{webhook.id}"
    for member in await members(tx.session):
        if member.role != "owner":
            continue
        reader = member_reader(tx.shop, member)
        with speaking(reader.language):
            letter = Letter("webhook_disabled", _("A webhook was disabled"), _body(webhook))
            letter.button, letter.link = _("See the webhook"), link
            letter.facts = [(_("Address"), in_line(webhook.url, 200))]
            post(tx, reader, letter, None)


def _body(webhook: Webhook) -> list[str]:
    why = (
        _("It answered that it is gone for good (410).")
        if webhook.disabled == "gone"
        else _("Nothing could be delivered to it for three days.")
    )
    return [why, _("What is for it is kept for 30 days and goes out, in order, once you enable it again.")]
