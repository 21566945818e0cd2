"""The demo bank as a gateway: a bank of our own that behaves like a remote one, faults included.

Every call is a short transaction of its own. Never call it inside another: on SQLite that waits for itself.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

from itsdangerous import BadData, URLSafeSerializer

from app.db import Database, Transaction
from app.demo_bank import charges, faults, refunds, setups, webhooks
from app.demo_bank.model import BankCharge, BankRefund
from app.payments.gateway import Charge, Event, Outcome, Refunded, SavedCard, Setup, SetupRequest

Kind = Literal["cards", "approvals"]


class DemoBank:
    """`secret` signs webhooks and the addresses of the bank's pages, which live under `public_url`."""

    name = "demo"
    live = False

    def __init__(self, db: Database, secret: str, public_url: str) -> None:
        self.db = db
        self.secret = secret
        self.public_url = public_url

    async def close(self) -> None:
        """It holds nothing of its own open."""

    async def setup(self, wanted: SetupRequest) -> Setup:
        async with self._call("setup") as tx:
            ref = await setups.open_setup(tx, wanted)
        return Setup(ref, self._page("cards", ref))

    async def saved_card(self, setup_ref: str) -> SavedCard | None:
        async with self._call("saved_card") as tx:
            return await setups.saved_card(tx.session, setup_ref)

    async def forget(self, card: SavedCard) -> None:
        async with self._call("forget") as tx:
            await setups.forget(tx, card.ref)

    async def prepare(self, charge: Charge) -> str:
        async with self._call("prepare") as tx:
            return await charges.prepare(tx, charge)

    async def charge(self, ref: str, key: str, return_url: str | None) -> Outcome:
        async with self._call("charge") as tx:
            return self._outcome(await charges.run(tx, ref, key, return_url))

    async def look_up(self, ref: str) -> Outcome:
        async with self._call("look_up") as tx:
            return self._outcome(await charges.find(tx, ref))

    async def give_up(self, ref: str) -> Outcome:
        async with self._call("give_up") as tx:
            return self._outcome(await charges.give_up(tx, ref))

    async def refund(self, ref: str, amount: int, key: str) -> Refunded:
        async with self._call("refund") as tx:
            return _refunded(await refunds.refund(tx, ref, amount, key))

    async def look_up_refund(self, ref: str) -> Refunded:
        async with self._call("look_up_refund") as tx:
            return _refunded(await refunds.find(tx, ref))

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Event:
        return webhooks.read_event(self.secret, body, headers, now)

    async def save(self, digits: str, key: str) -> SavedCard:
        """A saved card of this test number, without a page; once per key. Raises GatewayRefused."""
        async with self._call("save") as tx:
            return await setups.save(tx, digits, key)

    def named(self, kind: Kind, token: str) -> str:
        """The ref in the address of a page; "" for a forged one."""
        try:
            ref = self._signer(kind).loads(token)
        except BadData:
            return ""
        return ref if isinstance(ref, str) else ""

    @asynccontextmanager
    async def _call(self, call: str) -> AsyncIterator[Transaction]:
        await faults.before(self.db, call)
        async with self.db.transaction() as tx:
            yield tx
        await faults.after(self.db, call)

    def _page(self, kind: Kind, ref: str) -> str:
        return f"{self.public_url}/demo-bank/{kind}/{self._signer(kind).dumps(ref)}"

    def _signer(self, kind: Kind) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt=f"demo bank {kind}")

    def _outcome(self, charge: BankCharge) -> Outcome:
        status: Any = charge.status
        return Outcome(
            status=status,
            ref=charge.ref,
            amount=charge.amount,
            currency=charge.currency,
            code=charge.code,
            hard=charge.hard,
            action_url=self._page("approvals", charge.ref) if status == "action" else "",
        )


def _refunded(refund: BankRefund) -> Refunded:
    status: Any = refund.status
    return Refunded(status, refund.ref)
