"""What every door is handed: the settings, the database, and the limits."""

from dataclasses import dataclass, field
from typing import Any

from app import verbs
from app.author import Actor
from app.db import Database
from app.limits import Limits
from app.settings import Settings
from app.shop import Shop, facts, load_shop
from app.verb import Done

WRITING = frozenset({"messages.send", "notes.add"})


@dataclass(slots=True)
class Context:
    settings: Settings
    db: Database
    epoch: str = ""
    demo: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def shop(self) -> Shop:
        assert self.db.shop is not None
        return self.db.shop

    async def load(self) -> None:
        """Read what the database knows of the deployment."""
        async with self.db.read() as session:
            self.db.shop = await load_shop(session, self.settings)
            known = await facts(session)
        self.epoch, self.demo = known["epoch"], known.get("demo") == "yes"

    async def do(
        self, actor: Actor, name: object, number: object = None, data: Any = None, cid: str | None = None
    ) -> Done:
        """Do a verb for somebody, within the limits. Raises Problem."""
        if name in WRITING:
            self.limits.writing.take(f"{actor.key} {number}")
        return await verbs.perform(self.db, actor, name, number, data, cid)
