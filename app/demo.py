"""The demo shop: a sign workshop with a catalogue, people, orders in every box; the real verbs made it."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import verbs
from app.access import as_member, by_token
from app.attachments.uploading import take
from app.author import Actor
from app.catalogue.pictures import keep as keep_picture
from app.context import Context
from app.customers.actions import customer_of, link_used
from app.db import Transaction
from app.demo_bank.gateway import DemoBank
from app.demo_scenes import PEOPLE, tell
from app.demo_texts import texts
from app.errors import Problem
from app.founding.code import use_up
from app.legal.actions import publish
from app.money_settings import DEFAULTS, save
from app.notifications.actions import Chosen, choose
from app.orders.model import FIRST, Order
from app.payments.cards import keep
from app.shop import Fact, put
from app.subscriptions.renewals import run_due
from app.team.actions import add_member
from app.team.queries import member_by_email
from app.team.sessions import hash_password, new_token, revoke

PASSWORD = "orderline-demo"  # noqa: S105 - announced, and only ever on the demo
NAMES = {"owner@demo.example": "Olga Brandt", "agent@demo.example": "Jonas Weidner"}
SETTINGS = DEFAULTS | {
    "bank_details": "Lindengold Sign Workshop\nIBAN DE00 1234 5678 9012 3456 78 (demo)\nBIC DEMODEFFXXX",
    "address": "Lindenstraße 12\n10969 Berlin",
    "tax_number": "DE000000000",
}
NIGHTS = {"quiet_from": 20 * 60, "quiet_until": 7 * 60, "quiet_days": list(range(7)), "zone": "Europe/Berlin"}
CHOICES: dict[str, dict[str, Any]] = {
    "owner": {"channels": {"message_others": ["screen"]}, "zone": "Europe/Berlin"},
    "agent": {"channels": {"new_order": ["screen", "push"]}} | NIGHTS,
}
CUSTOMERS = {
    "customer@demo.example": "Nora Lindqvist",
    "hoelzl@demo.example": "Bäckerei Hölzl & Töchter",
    "diallo@demo.example": "Dr. Amadou Diallo",
    "marlene@demo.example": "Marlene Freifrau von Oberlander-Freudenberg",
    "kaja@demo.example": "Kaja Wiśniewska",
}


async def fill(context: Context, *, own: bool = False) -> bool:
    """Make the demo, once. False, and nothing changed, when it is there. Raises 409 in a real shop.

    `own`: the shop has a name and an owner; the demo's team cannot sign in, whose password everybody knows.
    """
    async with context.db.read() as session:
        if await session.get(Fact, "demo") is not None:
            return False
        if await session.scalar(select(func.count()).select_from(Order)):
            raise Problem("conflict", "this shop has orders; the demo is for an empty one")
    await _found(context, own)
    if not own:
        await _texts(context)
    await context.load()
    stage = await Stage.set(context)
    try:
        await tell(stage)
    finally:
        await stage.leave()
    async with context.db.transaction() as tx:
        tx.session.add(Fact(name="demo", value="yes"))
    return True


@dataclass
class Stage:
    """The cast, acting through the verbs at times in the past."""

    context: Context
    actors: dict[str, Actor]
    now: datetime
    products: dict[str, int]

    @classmethod
    async def set(cls, context: Context) -> "Stage":
        actors = {}
        for email in [PEOPLE["owner"], PEOPLE["agent"], *CUSTOMERS]:
            actors[email.partition("@")[0]] = await _actor(context, email)
        stage = cls(context, actors, datetime.now(UTC), {})
        context.db.clock = lambda: stage.now
        return stage

    async def leave(self) -> None:
        self.context.db.clock = lambda: datetime.now(UTC)
        async with self.context.db.transaction() as tx:
            for actor in self.actors.values():
                await revoke(tx, actor.ticket)

    def at(self, **ago: float) -> None:
        """Go on from this long ago."""
        self.now = datetime.now(UTC) - timedelta(**ago)

    async def do(self, who: str, verb: str, number: str | None = None, **data: Any) -> Any:
        """One step of the play; a few minutes pass."""
        done = await verbs.perform(self.context.db, self.actors[who], verb, number, data)
        await self.settle()
        self.now = min(self.now + timedelta(minutes=4), datetime.now(UTC))
        return done

    async def attach(self, who: str, number: str, name: str, data: bytes) -> int:
        """Upload a file for the next message; its id."""
        return (await take(self.context, self.actors[who], number, name, io.BytesIO(data))).id

    async def settle(self) -> None:
        """What is due by now is charged."""
        while await run_due(self.context.db, self.now) + await self.context.cashier.run_due(self.now):
            pass

    async def hang(self, data: bytes, alt: str) -> list[dict[str, str]]:
        """A picture for a product."""
        found = await keep_picture(self.context.db, self.context.files, data)
        return [{"id": found.id, "alt": alt}]

    async def card(self, who: str, number: str) -> None:
        """Save a card of the demo bank; a shop with Stripe has nobody's."""
        gateway = self.context.gateway
        if not isinstance(gateway, DemoBank):
            return
        saved = await gateway.save(number, f"demo {who} {number}")
        customer_id = self.actors[who].customer_id
        assert customer_id is not None
        async with self.context.db.transaction() as tx:
            await keep(tx, customer_id=customer_id, order_id=None, gateway=gateway.name, saved=saved)

    async def place(
        self,
        who: str,
        product: str,
        *,
        method: str = "online",
        note: str = "",
        starts_on: str | None = None,
        **options: Any,
    ) -> str:
        chosen = [{"option": name, "value": value} for name, value in options.items()]
        line = {"product": self.products[product], "quantity": 1, "options": chosen}
        done = await self.do(
            who, "orders.place", lines=[line], payment_method=method, note=note, starts_on=starts_on
        )
        return str(done.order_id + FIRST)


async def _found(context: Context, own: bool) -> None:
    """The shop's name and its people."""
    async with context.db.transaction() as tx:
        await use_up(tx.session)
        if not own:
            await put(tx.session, {"name": "Lindengold Sign Workshop", "tax_rate": "19"})
            await save(tx.session, SETTINGS)
        for role in ("owner", "agent"):
            await _member(tx, role, own)
        for email, name in CUSTOMERS.items():
            customer = await customer_of(tx, email, name, None)
            await link_used(tx, customer.id)


async def _texts(context: Context) -> None:
    """In force long before the first order of the play."""
    async with context.db.transaction(datetime.now(UTC) - timedelta(days=90)) as tx:
        owner = as_member(await member_by_email(tx.session, PEOPLE["owner"]))
        for kind, written in texts().items():
            await publish(tx, owner, kind, written)


async def _member(tx: Transaction, role: str, own: bool) -> None:
    email = PEOPLE[role]
    if own and await member_by_email(tx.session, email):
        return
    member = await add_member(tx, email, "agent" if own else role, NAMES[email])
    member.password_hash = None if own else hash_password(PASSWORD)
    if not own:
        await tx.session.flush()
        await choose(tx, f"m{member.id}", Chosen.model_validate(CHOICES[role]))


async def _actor(context: Context, email: str) -> Actor:
    async with context.db.transaction() as tx:
        if email in NAMES:
            member = await member_by_email(tx.session, email)
            assert member is not None
            secret = await new_token(tx, member_id=member.id)
        else:
            secret = await new_token(tx, customer_id=(await customer_of(tx, email, "", None)).id)
    async with context.db.read() as session:
        actor = await by_token(session, secret)
    assert actor is not None
    return actor
