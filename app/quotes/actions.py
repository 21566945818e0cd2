"""Quotes: a member proposes a price, the customer answers."""

from datetime import date
from typing import Any

from app import log
from app.entries import Side
from app.errors import Problem, invalid
from app.mail import quote_letters as letters
from app.money import Money
from app.orders.actions import take_into_work
from app.orders.lifecycle import UNDECIDED, give_turn, refuse
from app.quotes import lifecycle
from app.quotes.closing import expire_if_over, open_quote_of
from app.quotes.lines import Offer, priced, sums_of
from app.quotes.model import Quote
from app.quotes.pricing import offer_of, terms_of, ticked_of
from app.quotes.queries import next_version
from app.quotes.reminding import remind_at
from app.quotes.schemas import Approve, Counter, Decide, Named, Send
from app.quotes.views import is_over
from app.verb import CUSTOMER, EVERYBODY, TEAM, Call, Done, Verb


async def send(call: Call) -> Done:
    """The next version; it supersedes the open one and takes a pending order into work."""
    order, tx, data = call.order, call.tx, call.data
    if order.status not in UNDECIDED:
        raise refuse()
    check_day(data, tx.shop.today(tx.now))
    offer = offer_of(data, await terms_of(tx.session, order))
    if order.status == "pending":
        await take_into_work(call, "process", answers=False)
    supersedes = await _supersede(call)
    version = await next_version(tx.session, order.id)
    shown: dict[str, Any] = {"version": version}
    if supersedes is not None:
        shown["supersedes"] = supersedes
    entry = await log.append(tx, order, call.author, "quote", shown)
    quote = _quote(call, version, entry.seq, offer)
    quote.remind_at = await remind_at(tx, data.valid_until)
    tx.session.add(quote)
    order.open_quote, order.quote_until = version, data.valid_until
    give_turn(tx, order, "customer")
    await letters.quote_sent(tx, order, quote)
    return Done(entry.seq, order.id)


async def approve(call: Call) -> Done:
    """What the quote and its ticked lines add up to becomes the order's price."""
    quote = await _to_decide(call)
    ticked = ticked_of(quote.lines, call.data.optional)
    amount = sums_of(quote.lines, ticked, included=quote.tax_included).gross if quote.lines else quote.amount
    await _move(call, quote, "approve", approved_amount=amount, ticked=ticked)
    call.order.total = amount
    call.order.approved_quote = quote.version
    return await _record(call, quote)


async def reject(call: Call) -> Done:
    """The version that the reader saw is turned down; the order is the team's turn again."""
    quote = await _to_decide(call)
    await _move(call, quote, "reject")
    return await _record(call, quote)


async def cancel(call: Call) -> Done:
    """The team takes its open quote back."""
    quote = await _open(call, call.data.version)
    await lifecycle.move(call.tx, call.order, quote, "cancel", "team")
    give_turn(call.tx, call.order, "team")
    return await _entry(call, quote)


async def counter(call: Call) -> Done:
    """The customer offers another amount. The quote stays open and can be approved; a later offer replaces
    this one on the card, and both stay in the timeline.

    The entry says `status: sent`, which is what holds, so that a client that knows no counter-offers leaves
    the card as it is.
    """
    quote, data = await _open(call, call.data.version), call.data
    offered = {"counter_amount": data.amount, "counter_text": data.text, "countered_at": call.tx.now}
    seen = quote.seen_at or call.tx.now
    await lifecycle.move(
        call.tx, call.order, quote, "counter", "customer", **offered, seen_at=seen, remind_at=None
    )
    give_turn(call.tx, call.order, "team")
    amount = Money(data.amount, call.order.currency).as_dict()
    said = {"version": quote.version, "status": quote.status, "decision": "countered", "amount": amount}
    entry = await log.append(call.tx, call.order, call.author, "quote_decision", said | {"text": data.text})
    if data.text:
        log.searchable(call.tx, call.order, data.text)
    await letters.quote_countered(call.tx, call.order, quote, entry.seq)
    return Done(entry.seq, call.order.id)


def check_day(data: Send, today: date) -> None:
    """Raises 422 for a last day that is over."""
    if is_over(data.valid_until, today):
        raise invalid("valid_until", "This day is over.", "past")


async def _supersede(call: Call) -> int | None:
    if await expire_if_over(call.tx, call.order):
        return None
    before = await open_quote_of(call.tx, call.order)
    if before is None:
        return None
    await lifecycle.move(call.tx, call.order, before, "supersede", "team")
    return before.version


def _quote(call: Call, version: int, seq: int, offer: Offer) -> Quote:
    return Quote(
        order_id=call.order.id,
        version=version,
        seq=seq,
        amount=offer.amount,
        lines=offer.lines,
        tax_rate=offer.tax_rate,
        tax_included=offer.tax_included,
        note=call.data.note or "",
        status="sent",
        valid_until=call.data.valid_until,
        sent_by=call.author.member_id,
        sent_at=call.tx.now,
        decided_at=None,
        on_behalf=False,
        reason="",
        ticked=[],
        counter_text="",
    )


async def _to_decide(call: Call) -> Quote:
    """The version that the reader saw, if it is theirs to decide."""
    if call.actor.side == "team" and not call.data.on_behalf:
        raise Problem("forbidden", "The customer decides; on their word, say so with on_behalf.")
    return await _open(call, call.data.version)


async def _move(call: Call, quote: Quote, verb: str, **more: Any) -> None:
    side: Side = call.actor.side
    if side == "customer":
        more["seen_at"] = quote.seen_at or call.tx.now
    await lifecycle.move(call.tx, call.order, quote, verb, side, **more)
    quote.on_behalf = side == "team"
    quote.reason = call.data.reason or ""
    give_turn(call.tx, call.order, "team")


async def _open(call: Call, version: int) -> Quote:
    if not 0 < version < 2**31:
        raise Problem("not_found", "There is no such quote.")
    quote = await call.tx.session.get(Quote, (call.order.id, version))
    if quote is None:
        raise Problem("not_found", "There is no such quote.")
    if quote.status != "sent" or is_over(quote.valid_until, call.tx.shop.today(call.tx.now)):
        raise lifecycle.closed()
    return quote


async def _record(call: Call, quote: Quote) -> Done:
    done = await _entry(call, quote)
    await letters.quote_decided(call.tx, call.order, call.author, quote, done.seq)
    return done


async def _entry(call: Call, quote: Quote) -> Done:
    data: dict[str, Any] = {"version": quote.version, "status": quote.status}
    if quote.approved_amount is not None:
        data["amount"] = Money(quote.approved_amount, call.order.currency).as_dict()
    if quote.ticked:
        lines = [line for line in priced(quote.lines) if line.id in quote.ticked]
        data["optional"] = [{"id": line.id, "title": line.title} for line in lines]
    if quote.reason:
        data["reason"] = quote.reason
    if quote.on_behalf:
        data["on_behalf"] = True
    entry = await log.append(call.tx, call.order, call.author, "quote_decision", data)
    return Done(entry.seq, call.order.id)


_ONE = "/orders/{number}/quotes/{version}"
VERBS = (
    Verb("quotes.send", "/orders/{number}/quotes", TEAM, send, Send),
    Verb("quotes.approve", f"{_ONE}/approve", EVERYBODY, approve, Approve),
    Verb("quotes.reject", f"{_ONE}/reject", EVERYBODY, reject, Decide),
    Verb("quotes.cancel", f"{_ONE}/cancel", TEAM, cancel, Named),
    Verb("quotes.counter", f"{_ONE}/counter", CUSTOMER, counter, Counter),
)
