"""What has happened in the demo shop before one looks at it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.demo_catalogue import LABELS, PLANS, PRODUCTS, QUOTED, REPLIES, TEMPLATE
from app.demo_files import facade, typefaces
from app.demo_pictures import pictures

if TYPE_CHECKING:
    from app.demo import Stage

PEOPLE = {
    "owner": "owner@demo.example",
    "agent": "agent@demo.example",
    "customer": "customer@demo.example",
}


async def tell(stage: "Stage") -> None:
    stage.at(days=40)
    plans = {
        name: (await stage.do("owner", "plans.create", **plan)).body["plan"]["id"]
        for name, plan in PLANS.items()
    }
    shown = {name: await stage.hang(data, alt) for name, (data, alt) in pictures().items()}
    for name, product in PRODUCTS.items():
        plan = plans[product["plan"]] if "plan" in product else None
        more = {"plan": plan, "pictures": shown.get(name, [])}
        made = await stage.do("owner", "products.create", **(product | more))
        stage.products[name] = made.body["product"]["id"]
    for name, color in LABELS.items():
        await stage.do("owner", "labels.create", name=name, color=color)
    await stage.do("owner", "quote_templates.create", **TEMPLATE)
    for name, text in REPLIES.items():
        await stage.do("owner", "replies.create", name=name, text=text)
    for scene in SCENES:
        await scene(stage)


async def _rejected(stage: "Stage") -> None:
    stage.at(days=12)
    number = await stage.place(
        "kaja", "mural", method="invoice", surface="inside", note="A mural on the 14th floor, outside."
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "messages.send", number, text="That is beyond our scaffolding, I am afraid.")
    await stage.do("agent", "orders.reject", number, reason="We only work up to the third floor.")


async def _cancelled(stage: "Stage") -> None:
    stage.at(days=9)
    number = await stage.place("diallo", "plate", size="small", engraving="Dr. A. Diallo")
    await stage.do("diallo", "orders.cancel", number, reason="The practice moves, I need another text.")
    await stage.do("agent", "orders.done", number)


async def _confirmed(stage: "Stage") -> None:
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
    stage.at(days=5)
    await stage.do("agent", "payments.record", number, amount=186000, note="On the account on Tuesday.")
    for who in ("agent", "owner", "hoelzl"):
        await stage.do(who, "read", number, seq=10_000)


async def _recurring(stage: "Stage") -> None:
    stage.at(days=4)
    await stage.card("marlene", "4242424242424242")
    number = await stage.place(
        "marlene", "care", note="Please start with the lettering on the carriage house."
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do(
        "agent", "messages.send", number, text="With pleasure. We come by on the first Monday of each month."
    )
    await stage.do("agent", "orders.confirm", number)
    await stage.do("marlene", "read", number, seq=10_000)


async def _overdue(stage: "Stage") -> None:
    """A month ago the card still paid; the second month it does not."""
    stage.now = _a_month_ago()
    await stage.card("kaja", "5555555555554444")
    number = await stage.place("kaja", "care", notes="The brass plate at the door.")
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "orders.confirm", number)
    for who in ("agent", "owner", "kaja"):
        await stage.do(who, "read", number, seq=10_000)
    await stage.card("kaja", "4000000000000341")
    stage.at(hours=1)
    await stage.settle()


async def _paid(stage: "Stage") -> None:
    stage.at(days=16)
    await stage.card("customer", "4242424242424242")
    number = await stage.place("customer", "plate", size="small", engraving="KERAMIK\nbitte läuten")
    await stage.do("agent", "orders.open_chat", number)
    await stage.do("agent", "messages.send", number, text="Engraved and packed, you can fetch it on Friday.")
    await stage.do("customer", "messages.send", number, text="Wonderful, thank you!")
    await stage.do("agent", "orders.confirm", number)
    for who in ("agent", "owner", "customer"):
        await stage.do(who, "read", number, seq=10_000)


async def _scheduled(stage: "Stage") -> None:
    stage.at(days=1)
    await stage.card("diallo", "4242424242424242")
    starts = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    number = await stage.place("diallo", "care", starts_on=starts, notes="The new practice, once it is open.")
    await stage.do("agent", "orders.confirm", number)
    await stage.do("agent", "payments.request", number, amount=4500, text="A second key for the light box")
    for who in ("agent", "owner"):
        await stage.do(who, "read", number, seq=10_000)


def _a_month_ago() -> datetime:
    """A day whose monthly renewal is today or was yesterday, whatever the length of the month."""
    now = datetime.now(UTC)
    last = now.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(now.day, last.day)) - timedelta(hours=3)


async def _approved(stage: "Stage") -> None:
    stage.at(days=2)
    number = await stage.place(
        "diallo", "lettering", method="invoice", area="3.5", finish="frosted", hours="Mon–Fri 8–12, Tue 15–18"
    )
    await stage.do("agent", "quotes.send", number, amount=52000, note="Frosted film, cut and applied.")
    await stage.do(
        "diallo",
        "quotes.counter",
        number,
        version=1,
        amount=47000,
        text="Could it be a little less? The door is only 90 cm wide.",
    )
    await stage.do("agent", "messages.send", number, text="You are right, I had measured with the frame.")
    await stage.do(
        "agent", "quotes.send", number, amount=47550, note="Frosted film for the bare glass, cut and applied."
    )
    await stage.do("owner", "notes.add", number, text="He always pays on the day. Keep him happy.")
    await stage.do("agent", "labels.add", number, label="measure-on-site")
    await stage.do("diallo", "quotes.approve", number, version=2)


async def _awaiting(stage: "Stage") -> None:
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
        text="Warm, please. Something like https://example.com/warm-light, and above this door:",
        attachments=[await stage.attach("customer", number, "our shop.jpg", facade())],
    )
    await stage.do("agent", "orders.assign", number, member=PEOPLE["agent"])
    until = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    await stage.do(
        "agent",
        "quotes.send",
        number,
        lines=QUOTED,
        note="Powder-coated steel, warm white LED.\nTransformer with timer included.",
        valid_until=until,
    )


async def _talking(stage: "Stage") -> None:
    stage.at(hours=3)
    number = await stage.place(
        "kaja", "plate", method="cash", size="large", engraving="Kaja Wiśniewska\nPsychotherapie"
    )
    await stage.do("agent", "orders.open_chat", number)
    await stage.do(
        "agent",
        "messages.send",
        number,
        text="Which typeface do you like? We have samples here.",
        attachments=[await stage.attach("agent", number, "typefaces.pdf", typefaces())],
    )
    await stage.do(
        "kaja", "messages.send", number, text="Something quiet, without serifs. And is the ś no problem?"
    )
    await stage.do("owner", "labels.add", number, label="proof-needed")


async def _pending(stage: "Stage") -> None:
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


SCENES = (
    _overdue,
    _paid,
    _rejected,
    _cancelled,
    _confirmed,
    _recurring,
    _approved,
    _scheduled,
    _awaiting,
    _talking,
    _pending,
)
