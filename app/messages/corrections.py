"""Messages and notes that their author corrects or withdraws, for as long as it is `IN_TIME`.

The entry's row stays as it was written, and so do those of earlier corrections: together they are the record
for the team. What everybody reads is the newest (app.messages.model.Amendment), whichever entry they read.
"""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import func, or_, select, update

from app import log
from app.attachments.views import named, said
from app.entries import Entry, words_now
from app.errors import Problem, invalid
from app.messages.model import IN_TIME, KINDS, Amendment, amended
from app.messages.together import preview
from app.orders.model import MOST_ID, EntryRow
from app.verb import EVERYBODY, Call, Data, Done, Required, Verb, Whole

MOST = 20  # corrections of one message: what it was is kept, and shown to the team


class Named(Data):
    seq: Annotated[Whole, Field(ge=1, le=MOST_ID)]


class Correction(Named):
    text: Required


async def correct(call: Call) -> Done:
    """Other words for one's own message or note, within five minutes. Everybody sees that it was edited."""
    entry = await _own(call)
    if call.data.text == entry.data["text"]:
        return Done(None, call.order.id)
    if entry.amended and await _corrections(call) >= MOST:
        raise Problem("conflict", "This message was corrected often enough. You can withdraw it.")
    return await _amend(call, entry, "correct", call.data.text)


async def withdraw(call: Call) -> Done:
    """Take one's own message or note back, within five minutes. Everybody sees that there was one."""
    return await _amend(call, await _own(call), "withdraw", None)


async def _own(call: Call) -> Entry:
    """What the caller may still amend, as it reads now."""
    found = await log.read_some(call.tx.session, call.order.id, [call.data.seq], call.actor.side)
    if not found:
        raise Problem("not_found", "There is no such message.")
    (entry,) = found
    if entry.kind not in KINDS:
        raise invalid("seq", "This is no message.", "no_message")
    if entry.person != call.author.person:
        raise Problem("forbidden", "Somebody else wrote this.")
    if "withdrawn_at" in entry.data:
        raise Problem("conflict", "This message was withdrawn.")
    if call.tx.now - entry.at > IN_TIME:
        raise Problem("conflict", "A message can be changed for five minutes; they are over.")
    return entry


async def _corrections(call: Call) -> int:
    of_entry = (Amendment.order_id == call.order.id, Amendment.target == call.data.seq)
    rows = await call.tx.session.scalar(select(func.count()).select_from(Amendment).where(*of_entry))
    return (rows or 1) - 1


async def _amend(call: Call, entry: Entry, action: str, text: str | None) -> Done:
    data: dict[str, Any] = {"seq": entry.seq, "action": action} | words_now(text, call.tx.now)
    edit = await log.append(call.tx, call.order, call.author, "edit", data, audience=entry.audience)
    await _remember(call, entry, edit, text)
    await log.search_instead(call.tx, call.order, entry.data["text"], text, entry.audience)
    if text is None and "attachments" in entry.data:
        await log.search_instead(call.tx, call.order, named(entry.data["attachments"]), None, entry.audience)
    if entry.kind == "message":
        call.order.last_text = await _last_text(call)
    return Done(edit.seq, call.order.id)


async def _remember(call: Call, entry: Entry, edit: Entry, text: str | None) -> None:
    """These are the words now, of the message and of each correction that it had."""
    session, order_id = call.tx.session, call.order.id
    of_entry = (Amendment.order_id == order_id, Amendment.target == entry.seq)
    new = [edit.seq] if entry.amended else [entry.seq, edit.seq]
    await session.execute(update(Amendment).where(*of_entry).values(text=text, at=call.tx.now))
    session.add_all(
        Amendment(order_id=order_id, seq=seq, target=entry.seq, text=text, at=call.tx.now) for seq in new
    )
    await session.flush()


async def _last_text(call: Call) -> str:
    """What lists show of the newest message that still says something."""
    wanted = select(EntryRow.data, Amendment.text).outerjoin(Amendment, amended())
    messages = (EntryRow.order_id == call.order.id, EntryRow.kind == "message")
    still = or_(Amendment.seq.is_(None), Amendment.text.is_not(None))
    newest = wanted.where(*messages, still).order_by(EntryRow.seq.desc()).limit(1)
    found = (await call.tx.session.execute(newest)).first()
    if found is None:
        return ""
    first, text = found
    return preview(said(first["text"] if text is None else text, first.get("attachments", [])))


VERBS = (
    Verb("messages.correct", "/orders/{number}/messages/{seq}/correct", EVERYBODY, correct, Correction),
    Verb("messages.withdraw", "/orders/{number}/messages/{seq}/withdraw", EVERYBODY, withdraw, Named),
)
