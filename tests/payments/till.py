"""A shop with the demo bank: cards, the worker at any time, and what the bank really moved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.demo_bank.gateway import DemoBank
from app.demo_bank.model import BankCharge
from app.jobs import Worker
from app.orders.model import FIRST
from app.payments.cards import keep
from app.payments.model import Attempt, Payment
from app.payments.queries import payments_of
from app.payments.views import PaymentView
from app.subscriptions.model import Subscription
from app.subscriptions.queries import page, subscription_for
from app.subscriptions.views import SubscriptionView
from tests.cast import ALICE, BOB, Person
from tests.rules.house import House

PAYS = "4242424242424242"
DECLINES = "4000000000000341"
ASKS = "4000000000003220"
STOLEN = "4000000000009979"


class Till:
    """The house's money."""

    def __init__(self, house: House) -> None:
        self.house = house
        gateway = house.context.gateway
        assert isinstance(gateway, DemoBank)
        self.bank = gateway

    async def card(self, who: Person = ALICE, number: str = PAYS) -> None:
        """`who` saves a card with their account."""
        saved = await self.bank.save(number, str(uuid4()))
        customer_id = self.house.actor(who).customer_id
        assert customer_id is not None
        async with self.house.db.transaction() as tx:
            await keep(tx, customer_id=customer_id, order_id=None, gateway="demo", saved=saved)

    async def work(self, now: datetime | None = None, **later: float) -> int:
        """`orderline worker --once --now …`."""
        moment = (now or self.house.db.clock()) + timedelta(**later)
        return await Worker(self.house.context).once(moment)

    async def confirmed(self, product: str = "plate", who: Person = ALICE, **more: Any) -> str:
        """An order that was confirmed and whose charge is over."""
        number = await self.house.place(who, product, **more)
        await self.house.do(BOB, "orders.confirm", number)
        await self.work()
        return number

    async def payments(self, number: str) -> list[PaymentView]:
        async with self.house.db.read() as session:
            return await payments_of(session, int(number) - FIRST)

    async def statuses(self, number: str) -> list[tuple[str, int, str]]:
        """(kind, amount, status) of an order's payments."""
        return [(one.kind, one.amount.amount, one.status) for one in await self.payments(number)]

    async def moved(self, number: str) -> int:
        """What the bank has taken for the order and not given back, in minor units."""
        mine = (BankCharge.order_number == number, BankCharge.status == "succeeded")
        async with self.house.db.read() as session:
            return sum(
                charge.amount - charge.refunded
                for charge in await session.scalars(select(BankCharge).where(*mine))
            )

    async def attempts(self, number: str) -> list[Attempt]:
        of_order = select(Payment.id).where(Payment.order_id == int(number) - FIRST)
        wanted = select(Attempt).where(Attempt.payment_id.in_(of_order)).order_by(Attempt.id)
        async with self.house.db.read() as session:
            return list(await session.scalars(wanted))

    async def subscription(self, number: str) -> SubscriptionView:
        async with self.house.db.read() as session:
            mine = select(Subscription.id).where(Subscription.order_id == int(number) - FIRST)
            key = await session.scalar(mine.order_by(Subscription.id.desc()).limit(1))
            return await subscription_for(session, self.house.actor(BOB), key)

    async def listed(self, state: str, who: Person = BOB) -> list[str]:
        """The orders of the subscriptions in a filter."""
        async with self.house.db.read() as session:
            found, _ = await page(session, self.house.actor(who), state)
        return [view.order for view in found]

    async def plan(self, price: int, every: int = 1, unit: str = "month", **more: Any) -> int:
        data: dict[str, Any] = {
            "name": f"{price} a {unit}",
            "price": price,
            "interval": {"every": every, "unit": unit},
        }
        done = await self.house.do(BOB, "plans.create", **(data | more))
        key: int = done.body["plan"]["id"]
        return key

    async def product(self, name: str, plan: int, price: int = 10_000, **more: Any) -> None:
        """Something with this plan, that can be placed as `name`."""
        data: dict[str, Any] = {
            "title": name.title(),
            "pricing": "fixed",
            "price": price,
            "plan": plan,
        } | more
        done = await self.house.do(BOB, "products.create", **data)
        self.house.products[name] = done.body["product"]["id"]

    @asynccontextmanager
    async def at(self, moment: datetime) -> AsyncIterator[None]:
        """What is done inside is done at this moment."""
        before, self.house.db.clock = self.house.db.clock, lambda: moment
        try:
            yield
        finally:
            self.house.db.clock = before
