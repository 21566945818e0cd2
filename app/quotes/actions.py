"""Quotes: a member proposes a price, the customer answers."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from app import log
from app.entries import Side
from app.errors import Problem, invalid
from app.mail import letters
from app.orders.actions import take_into_work
from app.orders.lifecycle import UNDECIDED, give_turn, refuse
from app.quotes import lifecycle
from app.quotes.closing import expire_if_over, open_quote_of
from app.quotes.model import Quote
from app.quotes.queries import next_version
from app.quotes.views import is_over
from app.verb import EVERYBODY, TEAM, Amount, Call, Data, Day, Done, Flag, Optional, Short, Verb, Whole

MOST_AMOUNT = 10**12


class SentLine(Data):
    title: Short
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    unit_price: Annotated[int, Field(strict=True, ge=0, le=MOST_AMOUNT)]


class Send(Data):
    """`amount` in minor units, or `lines` that add up to it."""

    amount: Amount | None = None
    lines: Annotated[list[SentLine], Field(max_length=200)] | None = None
    note: Optional | None = None
    valid_until: Day | None = None

    @model_validator(mode="after")
    def one_price(self) -> "Send":
        if (self.amount is None) == (not self.lines):
            raise ValueError("give an amount or lines, and not both")
        return self

    @property
    def sum(self) -> int:
        return self.amount or sum(line.quantity * line.unit_price for line in self.lines or ())


class Decide(Data):
    version: Whole
    on_behalf: Flag = False
    reason: Optional | None = None


class Cancel(Data):
    version: Whole


async def send(call: Call) -> Done:
    """The next version; it supersedes the open one and takes a pending order into work."""
    order, tx, data = call.order, call.tx, call.data
    if order.status not in UNDECIDED:
        raise refuse()
    check(data, tx.shop.today(tx.now))
    if order.status == "pending":
        await take_into_work(call, "process", answers=False)
    supersedes = await _supersede(call)
    version = await next_version(tx.session, order.id)
    shown: dict[str, Any] = {"version": version}
    if supersedes is not None:
        shown["supersedes"] = supersedes
    entry = await log.append(tx, order, call.author, "quote", shown)
    quote = _quote(call, version, entry.seq)
    tx.session.add(quote)
    order.open_quote, order.quote_until = version, data.valid_until
    give_turn(tx, order, "customer")
    await letters.quote_sent(tx, order, quote)
    return Done(entry.seq, order.id)


async def approve(call: Call) -> Done:
    """The quote's amount becomes the order's price."""
    quote = await _decided(call, "approve")
    call.order.total = quote.amount
    call.order.approved_quote = quote.version
    return await _record(call, quote)


async def reject(call: Call) -> Done:
    """The version that the reader saw is turned down; the order is the team's turn again."""
    quote = await _decided(call, "reject")
    return await _record(call, quote)


async def cancel(call: Call) -> Done:
    """The team takes its open quote back."""
    quote = await _open(call, call.data.version)
    await lifecycle.move(call.tx, call.order, quote, "cancel", "team")
    give_turn(call.tx, call.order, "team")
    return await _entry(call, quote)


def check(data: Send, today: date) -> None:
    """What a quote's fields cannot say alone. Raises 422."""
    if not 0 < data.sum <= MOST_AMOUNT:
        raise invalid("lines", "The sum must be more than nothing and at most 10^12.", "amount")
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


def _quote(call: Call, version: int, seq: int) -> Quote:
    lines = [line.model_dump() for line in call.data.lines or ()]
    return Quote(
        order_id=call.order.id,
        version=version,
        seq=seq,
        amount=call.data.sum,
        lines=lines,
        note=call.data.note or "",
        status="sent",
        valid_until=call.data.valid_until,
        sent_by=call.author.member_id,
        sent_at=call.tx.now,
        decided_at=None,
        on_behalf=False,
        reason="",
    )


async def _decided(call: Call, verb: str) -> Quote:
    """The version that the reader saw, now decided."""
    side: Side = call.actor.side
    if side == "team" and not call.data.on_behalf:
        raise Problem("forbidden", "The customer decides; on their word, say so with on_behalf.")
    quote = await _open(call, call.data.version)
    await lifecycle.move(call.tx, call.order, quote, verb, side)
    quote.on_behalf = side == "team"
    quote.reason = call.data.reason or ""
    give_turn(call.tx, call.order, "team")
    return quote


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
    await letters.quote_decided(call.tx, call.order, quote, done.seq)
    return done


async def _entry(call: Call, quote: Quote) -> Done:
    data: dict[str, Any] = {"version": quote.version, "status": quote.status}
    if quote.reason:
        data["reason"] = quote.reason
    if quote.on_behalf:
        data["on_behalf"] = True
    entry = await log.append(call.tx, call.order, call.author, "quote_decision", data)
    return Done(entry.seq, call.order.id)


_ONE = "/orders/{number}/quotes/{version}"
VERBS = (
    Verb("quotes.send", "/orders/{number}/quotes", TEAM, send, Send),
    Verb("quotes.approve", f"{_ONE}/approve", EVERYBODY, approve, Decide),
    Verb("quotes.reject", f"{_ONE}/reject", EVERYBODY, reject, Decide),
    Verb("quotes.cancel", f"{_ONE}/cancel", TEAM, cancel, Cancel),
)
