"""Canned replies: written, changed, archived and brought back by the team, for all of it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from sqlalchemy import func, select

from app.errors import Problem, invalid
from app.orders.model import MOST_ID
from app.replies.answers import ReplyDone
from app.replies.model import CannedReply
from app.replies.placeholders import check
from app.verb import TEAM, Call, Data, Done, Filled, Required, Verb, Whole

MOST = 200
NAME = r"^[\w-]+$"


def _lower(name: str) -> str:
    return name.lower()


Name = Annotated[
    Filled,
    AfterValidator(_lower),
    Field(max_length=40, pattern=NAME, description="Typed after a slash: letters, digits, _ and -"),
]
Id = Annotated[Whole, Field(ge=1, le=MOST_ID)]


class Create(Data):
    name: Name
    text: Required


class Named(Data):
    id: Id


class Update(Named):
    name: Name | None = None
    text: Required | None = None


async def create(call: Call) -> Done:
    """A new canned reply; its name is what one types after a slash."""
    session = call.tx.session
    live = select(func.count()).select_from(CannedReply).where(CannedReply.archived_at.is_(None))
    if (await session.scalar(live) or 0) >= MOST:
        raise invalid("name", "There are 200 canned replies. Archive one first.", "too_many")
    await _free(call, call.data.name)
    reply = CannedReply(name=call.data.name, text=check(call.data.text), archived_at=None)
    session.add(reply)
    await session.flush()
    return Done(created=True, body={"reply": reply_dict(reply)})


async def change(call: Call) -> Done:
    """Another name or text; what is absent stays."""
    reply = await _existing(call)
    if call.data.name is not None and call.data.name != reply.name:
        await _free(call, call.data.name)
        reply.name = call.data.name
    if call.data.text is not None:
        reply.text = check(call.data.text)
    return Done(body={"reply": reply_dict(reply)})


async def archive(call: Call) -> Done:
    """It is offered to nobody any more, and can be restored."""
    reply = await _existing(call)
    reply.archived_at = reply.archived_at or call.tx.now
    return Done(body={"reply": reply_dict(reply)})


async def restore(call: Call) -> Done:
    """An archived reply is offered again."""
    reply = await _existing(call)
    reply.archived_at = None
    return Done(body={"reply": reply_dict(reply)})


def reply_dict(reply: CannedReply) -> dict[str, object]:
    plain = {"id": reply.id, "name": reply.name, "text": reply.text}
    return plain | {"archived": reply.archived_at is not None}


async def _free(call: Call, name: str) -> None:
    """An archived one keeps its name, so that it can come back."""
    if await call.tx.session.scalar(select(CannedReply.id).where(CannedReply.name == name)):
        raise invalid("name", "There is one of this name, perhaps an archived one.", "taken")


async def _existing(call: Call) -> CannedReply:
    reply = await call.tx.session.get(CannedReply, call.data.id, with_for_update=True)
    if reply is None:
        raise Problem("not_found", "There is no such canned reply.")
    return reply


def _of(name: str, run: Any, schema: type[Data], status: Literal[200, 201] = 200) -> Verb:
    path = "/replies" if name == "create" else f"/replies/{{id}}/{name}"
    return Verb(f"replies.{name}", path, TEAM, run, schema, on_order=False, status=status, answer=ReplyDone)


VERBS = (
    _of("create", create, Create, 201),
    _of("update", change, Update),
    _of("archive", archive, Named),
    _of("restore", restore, Named),
)
