"""The demo shop: a sign workshop with a catalogue, people, orders in every box; the real verbs made it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import verbs
from app.access import by_token
from app.author import Actor
from app.context import Context
from app.customers.actions import customer_of, link_used
from app.demo_catalogue import LABELS, PLANS, PRODUCTS
from app.errors import Problem
from app.orders.model import FIRST, Order
from app.shop import Fact
from app.team.actions import add_member
from app.team.queries import member_by_email
from app.team.sessions import hash_password, new_token, revoke

PEOPLE = {
    "owner": "owner@demo.example",
    "agent": "agent@demo.example",
    "customer": "customer@demo.example",
}
PASSWORD = "orderline-demo"  # noqa: S105 - announced, and only ever on the demo
NAMES = {"owner@demo.example": "Olga Brandt", "agent@demo.example": "Jonas Weidner"}
CUSTOMERS = {
    "customer@demo.example": "Nora Lindqvist",
    "hoelzl@demo.example": "Bäckerei Hölzl & Töchter",
    "diallo@demo.example": "Dr. Amadou Diallo",
    "marlene@demo.example": "Marlene Freifrau von Oberlander-Freudenberg",
    "kaja@demo.example": "Kaja Wiśniewska",
}


async def fill(context: Context) -> bool:
    """Make the demo, once. False, and nothing changed, when it is there. Raises 409 in a real shop."""
    async with context.db.read() as session:
        if await session.get(Fact, "demo") is not None:
            return False
        if await session.scalar(select(func.count()).select_from(Order)):
            raise Problem("conflict", "this shop has orders; the demo is for an empty one")
    await _found(context)
    await context.load()
    stage = await Stage.set(context)
    try:
        await _tell(stage)
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
        self.now = min(self.now + timedelta(minutes=4), datetime.now(UTC))
        return done

    async def place(
        self, who: str, product: str, *, method: str = "online", note: str = "", **options: Any
    ) -> str:
        chosen = [{"option": name, "value": value} for name, value in options.items()]
        line = {"product": self.products[product], "quantity": 1, "options": chosen}
        done = await self.do(who, "orders.place", lines=[line], payment_method=method, note=note)
        return str(done.order_id + FIRST)


async def _found(context: Context) -> None:
    """The shop's name and its people."""
    async with context.db.transaction() as tx:
        (await tx.session.get_one(Fact, "name")).value = "Lindengold Sign Workshop"
        for role in ("owner", "agent"):
            email = PEOPLE[role]
            member = await add_member(tx, email, role, NAMES[email])
            member.password_hash = hash_password(PASSWORD)
        for email, name in CUSTOMERS.items():
            customer = await customer_of(tx, email, name, None)
            await link_used(tx, customer.id)


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


async def _tell(stage: Stage) -> None:
    stage.at(days=30)
    plans = {
        name: (await stage.do("owner", "plans.create", **plan)).body["plan"]["id"]
        for name, plan in PLANS.items()
    }
    for name, product in PRODUCTS.items():
        plan = plans[product["plan"]] if "plan" in product else None
        made = await stage.do("owner", "products.create", **(product | {"plan": plan}))
        stage.products[name] = made.body["product"]["id"]
    for name, color in LABELS.items():
        await stage.do("owner", "labels.create", name=name, color=color)
    for scene in (_rejected, _cancelled, _confirmed, _recurring, _approved, _awaiting, _talking, _pending):
        await scene(stage)


async def _rejected(stage: Stage) -> None:
    stage.at(days=12)
    number = await stage.place(
        "kaja", "mural", method="invoice", surface="inside", note="A mural on the 14th floor, outside."
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "messages.send", number, text="That is beyond our scaffolding, I am afraid.")
    await stage.do("agent", "orders.reject", number, reason="We only work up to the third floor.")


async def _cancelled(stage: Stage) -> None:
    stage.at(days=9)
    number = await stage.place("diallo", "plate", size="small", engraving="Dr. A. Diallo")
    await stage.do("diallo", "orders.cancel", number, reason="The practice moves, I need another text.")
    await stage.do("agent", "orders.done", number)


async def _confirmed(stage: Stage) -> None:
    stage.at(days=7)
    number = await stage.place(
        "hoelzl",
        "sign",
        method="bank_transfer",
        material="oak",
        extras=["gold"],
        text="Hölzl & Töchter, seit 1932",
        width="240",
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "messages.send", number, text="Good morning! Is the wall brick or plaster?")
    await stage.do("hoelzl", "messages.send", number, text="Plaster, painted two years ago.")
    await stage.do(
        "agent",
        "quotes.send",
        number,
        amount=186000,
        note="Oak, gold leaf on the letters, mounting included.",
    )
    await stage.do("hoelzl", "quotes.approve", number, version=1)
    await stage.do("owner", "orders.confirm", number)
    for who in ("agent", "owner", "hoelzl"):
        await stage.do(who, "read", number, seq=10_000)


async def _recurring(stage: Stage) -> None:
    stage.at(days=4)
    number = await stage.place(
        "marlene", "care", note="Please start with the lettering on the carriage house."
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do(
        "agent", "messages.send", number, text="With pleasure. We come by on the first Monday of each month."
    )
    await stage.do("agent", "orders.confirm", number)
    await stage.do("marlene", "read", number, seq=10_000)


async def _approved(stage: Stage) -> None:
    stage.at(days=2)
    number = await stage.place(
        "diallo", "lettering", method="invoice", area="3.5", finish="frosted", hours="Mon–Fri 8–12, Tue 15–18"
    )
    await stage.do("agent", "quotes.send", number, amount=52000, note="Frosted film, cut and applied.")
    await stage.do(
        "diallo", "messages.send", number, text="Could it be a little less? The door is only 90 cm wide."
    )
    await stage.do("agent", "messages.send", number, text="You are right, I had measured with the frame.")
    await stage.do(
        "agent", "quotes.send", number, amount=47550, note="Frosted film for the bare glass, cut and applied."
    )
    await stage.do("owner", "notes.add", number, text="He always pays on the day. Keep him happy.")
    await stage.do("agent", "labels.add", number, label="measure-on-site")
    await stage.do("diallo", "quotes.approve", number, version=2)


async def _awaiting(stage: Stage) -> None:
    stage.at(hours=20)
    number = await stage.place(
        "customer",
        "sign",
        material="steel",
        extras=["light", "mounting"],
        text="LINDQVIST KERAMIK",
        width="180",
        note="It should look good in the rain.",
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "messages.send", number, text="Hello Nora, lovely. Warm white or neutral light?")
    await stage.do(
        "customer",
        "messages.send",
        number,
        text="Warm, please. Something like https://example.com/warm-light",
    )
    await stage.do("agent", "orders.assign", number, member=PEOPLE["agent"])
    until = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    await stage.do(
        "agent",
        "quotes.send",
        number,
        amount=248000,
        note="Powder-coated steel, warm white LED, mounted.\nTransformer with timer included.",
        valid_until=until,
    )


async def _talking(stage: Stage) -> None:
    stage.at(hours=3)
    number = await stage.place(
        "kaja", "plate", method="cash", size="large", engraving="Kaja Wiśniewska\nPsychotherapie"
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "messages.send", number, text="Which typeface do you like? We have samples here.")
    await stage.do(
        "kaja", "messages.send", number, text="Something quiet, without serifs. And is the ś no problem?"
    )
    await stage.do("owner", "labels.add", number, label="proof-needed")


async def _pending(stage: Stage) -> None:
    stage.at(minutes=50)
    await stage.place(
        "marlene",
        "sign",
        method="invoice",
        material="oak",
        text="Gutsverwaltung",
        width="320",
        note="Monument protection: please ask the office in Schwäbisch Gmünd before anything is drilled.",
    )
    stage.at(minutes=14)
    await stage.place("customer", "cards", paper="cotton")
