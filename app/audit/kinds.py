"""What is written down, in groups that the page filters by."""

from typing import Final

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "sign_in": (
        "signed_in",
        "sign_in_failed",
        "signed_out_everywhere",
        "password_changed",
        "two_factor_on",
        "two_factor_off",
        "two_factor_reset",
        "recovery_codes_made",
        "recovery_code_used",
    ),
    "team": (
        "invited",
        "invitation_sent",
        "invitation_withdrawn",
        "joined",
        "member_added",
        "role_changed",
        "member_removed",
    ),
    "tokens": ("token_made", "token_revoked"),
    "settings": ("set_up", "shop_settings", "legal_text", "money_settings", "embed_settings"),
    "webhooks": ("webhook_made", "webhook_changed", "webhook_secret", "webhook_deleted"),
    "data": ("exported", "deleted"),
}
