"""Somebody who pays by card at Stripe."""

from dataclasses import dataclass, field
from itertools import count

from app.payments.gateway import Charge, Outcome, SavedCard, SetupRequest
from app.payments.stripe import StripeGateway
from tests.payments.localstripe import Localstripe

GOOD, DECLINED = "4242424242424242", "4000000000000341"
ASKS, ASKS_ON_THE_SPOT = "4000000000003220", "4000002500003155"
BACK = "https://shop.example/orders/1042?payment=1"


@dataclass
class Payer:
    """`name` is in every key, so that no two payers share one."""

    stripe: Localstripe
    gateway: StripeGateway
    name: str
    numbers: "count[int]" = field(default_factory=count)

    def key(self) -> str:
        """A fresh key."""
        return f"{self.name}-{next(self.numbers)}"

    def wish(self, payer: str | None = None, language: str = "de") -> SetupRequest:
        return SetupRequest(self.key(), payer, f"{self.name}@example.org", language, BACK)

    async def card(self, number: str = GOOD) -> SavedCard:
        """A card that was given on Stripe's page."""
        setup = await self.gateway.setup(self.wish())
        await self.stripe.fill(setup.ref, number)
        card = await self.gateway.saved_card(setup.ref)
        assert card is not None
        return card

    def owes(self, card: SavedCard, amount: int = 4800, currency: str = "EUR") -> Charge:
        return Charge(self.key(), amount, currency, card.payer, card.ref, "1042", 7)

    async def pays(self, card: SavedCard, amount: int = 4800, return_url: str | None = None) -> Outcome:
        owed = self.owes(card, amount)
        return await self.gateway.charge(await self.gateway.prepare(owed), owed.key, return_url)
