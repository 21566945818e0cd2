"""What orders hold of their customer: what was ordered, and everything that was said about it."""

from collections.abc import Collection

from sqlalchemy import select

from app import log
from app.author import NOBODY, Actor
from app.entries import Side
from app.erased import without_answers
from app.messages.model import Amendment
from app.messages.queries import versions_of
from app.orders.events import event_of
from app.orders.model import EntryRow, Line, Order, OrderText
from app.orders.queries import order_view
from app.privacy.holding import Asking, Erasing, Holding, Told

PAGE = 500
ANONYMOUS = "Deleted customer"
WHOLE_TEAM = Actor(side="team", member_id=0)


async def order(asking: Asking, row: Order) -> Told:
    """The order as its customer, or for the owner as the team sees it, with every entry."""
    side: Side = "team" if asking.team else "customer"
    view = await order_view(asking.session, row, WHOLE_TEAM if asking.team else NOBODY, asking.shop)
    entries, after = [], 0
    while found := await log.read_after(asking.session, row.id, after, PAGE, side):
        entries += [event_of(entry, side) for entry in found]
        after = found[-1].seq
    said = view.as_dict()
    said.pop("unread")
    told = {"order": said, "timeline": entries}
    return told | await _versions(asking, row) if asking.team else told


async def _versions(asking: Asking, row: Order) -> Told:
    """What corrected and withdrawn messages were before: the team's record."""
    wanted = select(Amendment.target).where(Amendment.order_id == row.id).distinct()
    seqs: Collection[int] = (await asking.session.scalars(wanted)).all()
    found = await versions_of(asking.session, row.id, seqs) if seqs else {}
    return {"earlier_versions": {str(seq): [v.text for v in versions] for seq, versions in found.items()}}


async def erase(erasing: Erasing) -> None:
    tx, mine = erasing.tx, Order.customer_id == erasing.subject.customer_id
    for row in (await tx.session.scalars(select(Order).where(mine).order_by(Order.id))).all():
        row.customer_name, row.note, row.last_text = ANONYMOUS, "", ""
        row.account_card = False
        for line in await tx.session.scalars(select(Line).where(Line.order_id == row.id)):
            line.options = without_answers(line.options)
        await log.erase(tx, row)


HELD = Holding((Order, Line, EntryRow, Amendment, OrderText), erase, order=order)
