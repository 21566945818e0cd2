"""Action labels: made by the team, put on orders and taken off."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import log
from app.answers import LabelDone
from app.errors import Problem, invalid
from app.labels.model import Color, Label, OrderLabel
from app.orders.words import words
from app.verb import TEAM, Call, Data, Done, Key, Short, Verb

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Named(Data):
    label: Annotated[Key, Field(max_length=60)]


class Create(Data):
    name: Annotated[Short, Field(max_length=60)]
    color: Color = "slate"


class Update(Data):
    label: Annotated[Key, Field(max_length=60)]
    name: Annotated[Short, Field(max_length=60)] | None = None
    color: Color | None = None


async def add(call: Call) -> Done:
    """Put a label on the order, for the team to see."""
    label = await _label(call.tx.session, call.data.label, usable=True)
    if await call.tx.session.get(OrderLabel, (call.order.id, label.id)):
        return Done(None, call.order.id)
    call.tx.session.add(OrderLabel(order_id=call.order.id, label_id=label.id))
    return await _record(call, label, "add")


async def remove(call: Call) -> Done:
    """Take a label off; one that is not there is no error."""
    label = await _label(call.tx.session, call.data.label, usable=False)
    mine = (OrderLabel.order_id == call.order.id, OrderLabel.label_id == label.id)
    gone = await call.tx.session.execute(delete(OrderLabel).where(*mine).returning(OrderLabel.label_id))
    return await _record(call, label, "remove") if gone.first() else Done(None, call.order.id)


async def create(call: Call) -> Done:
    """A new label; its slug is made of its name and never changes."""
    slug = "-".join(words(call.data.name))[:60].strip("-")
    if not SLUG.fullmatch(slug) or await _find(call.tx.session, slug):
        raise invalid("name", "A label needs a name of its own, with letters or digits.", "taken")
    label = Label(slug=slug, name=call.data.name, color=call.data.color, archived_at=None)
    call.tx.session.add(label)
    return Done(created=True, body={"label": label_dict(label)})


async def change(call: Call) -> Done:
    """Another name or colour; what is absent stays."""
    label = await _existing(call)
    label.name = call.data.name or label.name
    label.color = call.data.color or label.color
    return Done(body={"label": label_dict(label)})


async def archive(call: Call) -> Done:
    """The label stays where it is, and cannot be put on any more."""
    label = await _existing(call)
    label.archived_at = label.archived_at or call.tx.now
    return Done(body={"label": label_dict(label)})


async def restore(call: Call) -> Done:
    """An archived label can be put on orders again."""
    label = await _existing(call)
    label.archived_at = None
    return Done(body={"label": label_dict(label)})


def label_dict(label: Label) -> dict[str, object]:
    plain = {"slug": label.slug, "name": label.name, "color": label.color}
    return plain | {"archived": label.archived_at is not None}


async def _record(call: Call, label: Label, action: str) -> Done:
    data = {"label": label.slug, "name": label.name, "color": label.color, "action": action}
    entry = await log.append(call.tx, call.order, call.author, "label", data)
    return Done(entry.seq, call.order.id)


async def _label(session: AsyncSession, slug: str, *, usable: bool) -> Label:
    label = await _find(session, slug)
    if label is None or (usable and label.archived_at is not None):
        raise invalid("label", "There is no such label.", "unknown")
    return label


async def _existing(call: Call) -> Label:
    label = await _find(call.tx.session, call.data.label)
    if label is None:
        raise Problem("not_found", "There is no such label.")
    return label


async def _find(session: AsyncSession, slug: str) -> Label | None:
    return await session.scalar(select(Label).where(Label.slug == slug))


def _of_label(name: str, path: str, run: Any, schema: type[Data], status: Literal[200, 201] = 200) -> Verb:
    return Verb(f"labels.{name}", path, TEAM, run, schema, on_order=False, status=status, answer=LabelDone)


_ORDER = "/orders/{number}/labels"
VERBS = (
    Verb("labels.add", f"{_ORDER}/add", TEAM, add, Named),
    Verb("labels.remove", f"{_ORDER}/remove", TEAM, remove, Named),
    _of_label("create", "/labels", create, Create, status=201),
    _of_label("update", "/labels/{label}/update", change, Update),
    _of_label("archive", "/labels/{label}/archive", archive, Named),
    _of_label("restore", "/labels/{label}/restore", restore, Named),
)
