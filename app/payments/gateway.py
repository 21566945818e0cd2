"""The port to whoever moves money. Two adapters: `app.payments.stripe` and `app.demo_bank.gateway`.

A charge has two steps, so that no crash can charge twice or lose a charge: `prepare` makes it known to the
gateway and moves nothing; its `ref` is stored; `charge` moves the money. Whoever holds a `ref` can always ask
what became of it, and without a stored `ref` nothing was ever charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


class GatewayAway(Exception):
    """No answer, or none that says what happened: the outcome is unknown, ask again later."""


class GatewayRefused(Exception):
    """A definite refusal before any money moved: a card that is gone, a request that cannot be right."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class BadSignature(Exception):
    """An event that the gateway did not sign, or too long ago."""


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """Asks for a card. `payer` is the gateway's name of a customer that it knows; absent: a new one."""

    key: str
    payer: str | None
    email: str
    language: str
    return_url: str


@dataclass(frozen=True, slots=True)
class Setup:
    """Where the customer gives the card to the gateway: `url` is a page of the gateway's."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card as we may know it. `expires` is "2030-04"."""

    ref: str
    payer: str
    brand: str
    last4: str
    expires: str


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be charged: `amount` in minor units of `currency`. `key` is the attempt's own."""

    key: str
    amount: int
    currency: str
    payer: str
    card: str
    order: str
    payment: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway knows of a charge; `amount` and `currency` are what it has.

    prepared: nothing was moved. action: the payer has to approve at `action_url`. processing: ask later.
    failed: definite; `code` is the gateway's, `hard` says that trying the same card again is of no use.
    """

    status: Literal["prepared", "action", "processing", "succeeded", "failed"]
    ref: str
    amount: int
    currency: str
    code: str = ""
    hard: bool = False
    action_url: str = ""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of a refund."""

    status: Literal["processing", "succeeded", "failed"]
    ref: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to `ref`. A hint: what happened is asked, so that no order of events matters."""

    id: str
    kind: Literal["charge", "setup", "refund", "other"]
    ref: str
    at: datetime


class Gateway(Protocol):
    """Every method may raise GatewayAway; those that say so, GatewayRefused."""

    name: str
    live: bool
    """Real money: the clock must not be put forward."""

    async def close(self) -> None:
        """Let go of connections."""

    async def setup(self, wanted: SetupRequest) -> Setup:
        """A page that saves a card. The same key gives the same page."""

    async def saved_card(self, setup_ref: str) -> SavedCard | None:
        """The card that was saved there; None as long as none was."""

    async def forget(self, card: SavedCard) -> None:
        """Delete a saved card; one that is gone already is no error."""

    async def prepare(self, charge: Charge) -> str:
        """The charge's ref; nothing is moved. The same key gives the same ref. Raises GatewayRefused."""

    async def charge(self, ref: str, key: str, return_url: str | None) -> Outcome:
        """Move the money, once, however often called. `return_url`: the customer is there to approve."""

    async def look_up(self, ref: str) -> Outcome:
        """What became of a charge."""

    async def give_up(self, ref: str) -> Outcome:
        """Cancel a charge that has not succeeded. The outcome says whether it had succeeded after all."""

    async def refund(self, ref: str, amount: int, key: str) -> Refunded:
        """Give back part of a charge, once per key. Raises GatewayRefused."""

    async def look_up_refund(self, ref: str) -> Refunded:
        """What became of a refund."""

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Event:
        """A webhook's event. Raises BadSignature."""
