"""What every door is handed: the settings, the database, and the limits."""

import asyncio
import logging
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from app import access, verbs
from app.author import Actor
from app.db import AWAY, Database
from app.errors import Problem
from app.legal.queries import TERMS_CHANGED
from app.limits import Limits
from app.operations import logs, metrics
from app.operations.failures import Failures
from app.orders.model import FIRST
from app.payments.cashier import Cashier
from app.payments.gateway import Gateway
from app.payments.gateways import gateway_of
from app.settings import Settings
from app.shop import CHANGED, Fact, Shop, facts, load_shop
from app.storage import Storage, storage_of
from app.tags import Tags
from app.team.uses import Uses
from app.verb import Done
from app.writer import Writer

FOLLOWS: Final = 2.0
logger = logging.getLogger(__name__)
WRITING = frozenset({"messages.send", "messages.correct", "notes.add"})


@dataclass(slots=True)
class Context:
    settings: Settings
    db: Database
    epoch: str = ""
    demo: bool = False
    founded: bool = False
    first_steps: str | None = None
    _changed: str = ""
    limits: Limits = field(default_factory=Limits)
    _gateway: Gateway | None = None
    _cashier: Cashier | None = None
    _uses: Uses | None = None
    _writer: Writer | None = None
    _files: Storage | None = None

    @property
    def shop(self) -> Shop:
        assert self.db.shop is not None
        return self.db.shop

    @property
    def gateway(self) -> Gateway:
        """Who moves the money: Stripe, else the demo bank."""
        if self._gateway is None:
            self._gateway = gateway_of(self.settings, self.db, self.shop)
        return self._gateway

    @property
    def cashier(self) -> Cashier:
        if self._cashier is None:
            self._cashier = Cashier(self.db, self.gateway, self.shop.payment_link)
        return self._cashier

    @property
    def writer(self) -> Writer:
        """Stores messages that arrive together."""
        if self._writer is None:
            self._writer = Writer(self.db)
        return self._writer

    @property
    def files(self) -> Storage:
        """Where files lie."""
        if self._files is None:
            self._files = storage_of(self.settings)
        return self._files

    @property
    def uses(self) -> Uses:
        """Told of every use of a token."""
        if self._uses is None:
            self._uses = Uses(self.db)
        return self._uses

    async def load(self) -> None:
        """Read what the database knows of the deployment."""
        async with self.db.read() as session:
            self.db.shop = await load_shop(session, self.settings)
            known = await facts(session)
        self.epoch, self.demo = known["epoch"], known.get("demo") == "yes"
        self.first_steps = known.get("first_steps")
        self._changed = known.get(CHANGED, "")

    async def refresh(self) -> bool:
        """Read it anew if another process has changed it; answers whether one has."""
        async with self.db.read() as session:
            fact = await session.get(Fact, CHANGED)
        if fact is None or fact.value == self._changed:
            return False
        await self.load()
        return True

    async def follow(self) -> None:
        """For ever take over what other processes change, within two seconds."""
        failures = Failures(logger)
        while True:
            await asyncio.sleep(FOLLOWS)
            with failures.told("reading the shop's settings"):  # what is known holds until it works again
                await self.refresh()

    async def do(
        self,
        actor: Actor,
        name: object,
        number: object = None,
        data: Any = None,
        cid: str | None = None,
        expected: Tags | None = None,
    ) -> Done:
        """Do a verb for somebody, within the limits. Raises Problem."""
        self.uses.seen(actor)
        if name in WRITING:
            self.limits.write(actor, number)
        elif name == "orders.place":
            await self.limits.place(actor)
        elif name == "quotes.counter":
            await self._counter(actor, number)
        began = perf_counter()
        try:
            done = await verbs.perform(self.db, actor, name, number, data, cid, expected, writer=self.writer)
        except Problem as problem:
            metrics.refused(problem.code)
            if any(error.code == TERMS_CHANGED for error in problem.errors):
                await self.refresh()  # this process may not have heard of it
            raise
        if name == "messages.send":
            metrics.acknowledged(perf_counter() - began)
        if done.order_id is not None:
            logs.about_order(done.order_id + FIRST)
        return done

    async def _counter(self, actor: Actor, number: object) -> None:
        """Counted by the order's customer. What goes wrong here, the verb itself says."""
        try:
            async with self.db.read() as session:
                order = await access.order_for(session, actor, number)
        except (Problem, *AWAY):
            return
        await self.limits.counter(actor.as_author(order), order.number)
