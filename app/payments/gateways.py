"""Which gateway this deployment has."""

from app.db import Database
from app.payments.gateway import Gateway
from app.settings import Settings
from app.shop import Shop


def gateway_of(settings: Settings, db: Database, shop: Shop) -> Gateway:
    """Stripe where its key is given, else the demo bank. Imported when needed: commands start sooner."""
    if settings.stripe_secret_key is not None:
        from app.payments.stripe import StripeGateway

        return StripeGateway(
            settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_base
        )
    from app.demo_bank.gateway import DemoBank

    return DemoBank(db, shop.secret, shop.public_url)
