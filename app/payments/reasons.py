"""Why a charge did not go through, in words."""

from app.i18n import gettext as _

GONE = frozenset(
    {"lost_card", "stolen_card", "pickup_card", "card_gone", "invalid_account", "incorrect_number"}
)
NOT_APPROVED = frozenset({"payment_intent_authentication_failure", "canceled"})


def reason(code: str) -> str:
    """A sentence for the customer and the team; the bank's own words are for neither."""
    if code == "no_card":
        return _("There is no card yet.")
    if code == "insufficient_funds":
        return _("There is not enough money on the account of this card.")
    if code == "expired_card":
        return _("This card has expired.")
    if code == "authentication_required":
        return _("The bank wants the cardholder to approve the payment.")
    if code == "currency_not_supported":
        return _("Cards cannot be charged in this currency.")
    if code in NOT_APPROVED:
        return _("The payment was not approved.")
    if code in GONE:
        return _("This card can no longer be used.")
    return _("The bank has declined the charge.")
