"""What changes an order. Each is a verb: it runs in one transaction on a locked order."""

from typing import Any

from app import log
from app.errors import Problem, invalid
from app.mail import letters
from app.orders import lifecycle
from app.orders.lifecycle import give_turn
from app.orders.place import VERB as PLACE
from app.orders.schemas import Assign, Confirm, Reason, SetPaymentMethod
from app.orders.snooze import Snooze, snooze, wake
from app.payments import following
from app.quotes.closing import close_open_quote, expire_if_over
from app.team.model import Member
from app.team.queries import member_by_email
from app.verb import EVERYBODY, TEAM, Call, Data, Done, Verb


async def open_chat(call: Call) -> Done:
    """Open the chat: a pending order goes into work."""
    return await take_into_work(call, "open_chat")


async def process(call: Call) -> Done:
    """Take a pending order into work."""
    return await take_into_work(call, "process")


async def take_into_work(call: Call, verb: str, *, answers: bool = True) -> Done:
    """Pending → processing; the opener is recorded. Already there: nothing happens."""
    if not await lifecycle.move(call.tx, call.order, verb, "team"):
        return Done(None, call.order.id)
    call.order.opened_by = call.author.member_id
    return await _record(call, verb, {}, answers=answers)


async def confirm(call: Call) -> Done:
    """Pending or processing → confirmed. A by-quote order without a quote only knowingly so."""
    lifecycle.require(call.order, "confirm", "team")
    await expire_if_over(call.tx, call.order)
    if call.order.open_quote is not None:
        raise Problem("quote_open", "A quote is still open: wait for the answer, or cancel it first.")
    unpriced = call.order.by_quote and call.order.approved_quote is None
    if unpriced and not call.data.without_quote:
        raise Problem("conflict", "No quote was approved. To confirm all the same, say so.")
    if call.order.plan and call.order.payment_method != "online":
        raise invalid("payment_method", "A plan needs the payment method online.", "plan_needs_online")
    await lifecycle.move(call.tx, call.order, "confirm", "team")
    call.order.without_quote = unpriced
    give_turn(call.tx, call.order, "none")
    done = await _record(call, "confirm", {"without_quote": unpriced} if unpriced else {})
    asked = await following.confirmed(call)
    await letters.order_confirmed(call.tx, call.order, done.seq, asked=asked)
    return done


async def reject(call: Call) -> Done:
    """Pending or processing → rejected; an open quote is cancelled."""
    lifecycle.require(call.order, "reject", "team")
    await close_open_quote(call.tx, call.order, call.author)
    await lifecycle.move(call.tx, call.order, "reject", "team")
    give_turn(call.tx, call.order, "none")
    done = await _record(call, "reject", _reason(call.data))
    await letters.order_rejected(call.tx, call.order, call.data.reason, done.seq)
    return done


async def cancel(call: Call) -> Done:
    """The customer's before confirmation, the team's after it."""
    side = call.actor.side
    lifecycle.require(call.order, "cancel", side)
    await close_open_quote(call.tx, call.order, call.author)
    await lifecycle.move(call.tx, call.order, "cancel", side)
    give_turn(call.tx, call.order, "team" if side == "customer" else "none")
    done = await _record(call, "cancel", _reason(call.data))
    await following.cancelled(call)
    await letters.order_cancelled(call.tx, call.order, call.author, call.data.reason, done.seq)
    return done


async def reopen(call: Call) -> Done:
    """Rejected or cancelled → processing."""
    await lifecycle.move(call.tx, call.order, "reopen", "team")
    give_turn(call.tx, call.order, "team")
    return await _record(call, "reopen", {})


async def done(call: Call) -> Done:
    """Nothing to do now: the order leaves the Inbox until the customer writes again."""
    await expire_if_over(call.tx, call.order)
    if call.order.turn == "none":
        return Done(None, call.order.id)
    give_turn(call.tx, call.order, "none")
    data = {"status": call.order.status, "verb": "done"}
    entry = await log.append(call.tx, call.order, call.author, "status", data, audience="team")
    return Done(entry.seq, call.order.id)


async def set_payment_method(call: Call) -> Done:
    """Another way to pay, until confirmation or while nothing was paid."""
    order, method = call.order, call.data.payment_method
    if not lifecycle.may_change_method(order):
        raise lifecycle.refuse()
    if order.plan and method != "online":
        raise invalid("payment_method", "A plan needs the payment method online.", "plan_needs_online")
    if order.payment_method == method:
        return Done(None, order.id)
    data = {"payment_method": method, "previous": order.payment_method}
    order.payment_method = method
    entry = await log.append(call.tx, order, call.author, "payment_method", data)
    await following.method_changed(call)
    return Done(entry.seq, order.id)


async def assign(call: Call) -> Done:
    """Give the order to a member, or to nobody."""
    member = None
    if call.data.member is not None:
        member = await member_by_email(call.tx.session, call.data.member)
        if member is None:
            raise invalid("member", "There is no such member.", "unknown")
    chosen = member.id if member else None
    if call.order.assignee_id == chosen:
        return Done(None, call.order.id)
    await _still_there(call, member)
    call.order.assignee_id = chosen
    data = {"member": member and member.name, "email": member and member.email}
    entry = await log.append(call.tx, call.order, call.author, "assigned", data)
    return Done(entry.seq, call.order.id)


async def _still_there(call: Call, member: Member | None) -> None:
    """Who is being removed at this moment gets no order any more, see app.team.members."""
    if member is not None:
        await call.tx.session.refresh(member, with_for_update={"read": True, "key_share": False})
        if member.removed_at is not None:
            raise invalid("member", "There is no such member.", "unknown")


async def _record(call: Call, verb: str, data: dict[str, Any], *, answers: bool = True) -> Done:
    data = {"status": call.order.status, "verb": verb} | data
    entry = await log.append(call.tx, call.order, call.author, "status", data, answers=answers)
    return Done(entry.seq, call.order.id)


def _reason(data: Any) -> dict[str, str]:
    return {"reason": data.reason} if data.reason else {}


def _on_order(name: str, run: Any, schema: type[Data] = Data, who: Any = TEAM) -> Verb:
    return Verb(f"orders.{name}", f"/orders/{{number}}/{name}", who, run, schema)


VERBS = (
    PLACE,
    _on_order("open_chat", open_chat),
    _on_order("process", process),
    _on_order("confirm", confirm, Confirm),
    _on_order("reject", reject, Reason),
    _on_order("cancel", cancel, Reason, EVERYBODY),
    _on_order("reopen", reopen),
    _on_order("done", done),
    _on_order("snooze", snooze, Snooze),
    _on_order("wake", wake),
    _on_order("set_payment_method", set_payment_method, SetPaymentMethod),
    _on_order("assign", assign, Assign),
)
