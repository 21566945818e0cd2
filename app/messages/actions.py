"""Messages to everyone, and notes for the team alone."""

from app.attachments.sending import Writing, write
from app.attachments.views import said
from app.messages.together import preview
from app.orders.actions import take_into_work
from app.orders.lifecycle import give_turn
from app.quotes.closing import expire_if_over
from app.quotes.queries import decision_waits
from app.verb import EVERYBODY, TEAM, Call, Data, Done, Required, Verb


class Text(Data):
    """Words alone, which is what most messages are."""

    text: Required


async def send(call: Call) -> Done:
    """A message, of words, files or both. The team's first one takes a pending order into work.

    Most come another way, many at a time (app.writer); app.messages.together decides what this does here.
    """
    if call.actor.side == "team" and call.order.status == "pending":
        await take_into_work(call, "process", answers=False)
    await expire_if_over(call.tx, call.order)
    entry = await write(call, "message")
    call.order.last_text = preview(said(call.data.text, entry.data.get("attachments", [])))
    await _pass_turn(call)
    return Done(entry.seq, call.order.id)


async def add_note(call: Call) -> Done:
    """A note that the customer never sees, nor its files."""
    entry = await write(call, "note")
    return Done(entry.seq, call.order.id)


async def _pass_turn(call: Call) -> None:
    """A decision stays with the team, whatever they write, until they act on it."""
    if call.actor.side == "customer":
        give_turn(call.tx, call.order, "team")
    elif call.order.is_open and not await decision_waits(call.tx.session, call.order):
        give_turn(call.tx, call.order, "customer")


VERBS = (
    Verb("messages.send", "/orders/{number}/messages", EVERYBODY, send, Writing),
    Verb("notes.add", "/orders/{number}/notes", TEAM, add_note, Writing),
)
