"""What the log says of a record, in the language that is being spoken."""

from typing import Any

from app.audit.model import Record
from app.i18n import gettext as _
from app.i18n import ngettext


def group_word(group: str) -> str:
    return {
        "sign_in": _("Signing in"),
        "team": _("Team"),
        "tokens": _("Tokens"),
        "settings": _("Settings"),
        "webhooks": _("Webhooks"),
        "data": _("Exports and deletions"),
    }.get(group, group)


def kind_word(kind: str) -> str:
    return {
        "signed_in": _("Signed in"),
        "sign_in_failed": _("Tried to sign in in vain"),
        "signed_out_everywhere": _("Signed out everywhere"),
        "password_changed": _("Changed the password"),
        "two_factor_on": _("Switched two-factor sign-in on"),
        "two_factor_off": _("Switched two-factor sign-in off"),
        "two_factor_reset": _("Reset two-factor sign-in"),
        "recovery_codes_made": _("Made new recovery codes"),
        "recovery_code_used": _("Used a recovery code"),
        "invited": _("Invited"),
        "invitation_sent": _("Sent an invitation again"),
        "invitation_withdrawn": _("Withdrew an invitation"),
        "joined": _("Joined the team"),
        "member_added": _("Added a member"),
        "role_changed": _("Changed a role"),
        "member_removed": _("Removed a member"),
        "token_made": _("Made a token"),
        "token_revoked": _("Revoked a token"),
        "set_up": _("Set the shop up"),
        "shop_settings": _("Changed the shop"),
        "legal_text": _("Changed a text of the shop"),
        "money_settings": _("Changed settings about money"),
        "quote_settings": _("Changed settings about quotes"),
        "embed_settings": _("Changed the sites that show the panel"),
        "webhook_made": _("Made a webhook"),
        "webhook_changed": _("Changed a webhook"),
        "webhook_secret": _("Made a new secret for a webhook"),
        "webhook_deleted": _("Deleted a webhook"),
        "exported": _("Exported"),
        "deleted": _("Deleted"),
    }.get(kind, kind)


def details(record: Record) -> list[str]:
    """Further facts of a record, each a few words; what this page has no words for is left out."""
    data = record.data
    said = [_word(name, data[name]) for name in ("role", "how", "scope") if name in data]
    if "address" in data:
        said.append(_("from %(address)s") % {"address": data["address"]})
    if "sessions" in data:
        number = data["sessions"]
        said.append(ngettext("%(num)s session", "%(num)s sessions", number) % {"num": number})
    if "left" in data:
        number = data["left"]
        said.append(ngettext("%(num)s code left", "%(num)s codes left", number) % {"num": number})
    if "customer" in data:
        said.append(_("customer %(id)s") % {"id": data["customer"]})
    return said + [_field(name) for name in data.get("fields", ())]


def _word(name: str, value: Any) -> str:
    words = {
        ("role", "owner"): _("Owner"),
        ("role", "agent"): _("Agent"),
        ("how", "password"): _("with the password"),
        ("how", "link"): _("with a mailed link"),
        ("how", "code"): _("wrong code"),
        ("scope", "read"): _("Read only"),
        ("scope", "write"): _("Read and write"),
    }
    return words.get((name, value), str(value))


def _field(name: str) -> str:
    return {
        "shop_name": _("Name"),
        "currency": _("Currency"),
        "timezone": _("Time zone"),
        "language": _("Language"),
        "tax_rate": _("Tax rate"),
        "tax_included": _("Whether prices include tax"),
        "color": _("Colour"),
        "logo": _("Logo"),
        "terms": _("Terms"),
        "privacy": _("Privacy"),
        "imprint": _("Imprint"),
        "bank_details": _("Bank details"),
        "address": _("Address"),
        "tax_number": _("Tax number"),
        "retry_days": _("Days of retries"),
        "customers_may_cancel": _("Whether customers may cancel"),
        "quote_reminder_days": _("Days before a reminder"),
        "url": _("Address"),
        "kinds": _("Kinds of entries"),
        "team_only": _("What only the team sees"),
        "enabled": _("Enabled"),
        "disabled": _("Disabled"),
    }.get(name, name)
