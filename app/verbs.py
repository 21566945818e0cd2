"""Every verb there is, and the one way to do one, whichever door it came through (DESIGN §3)."""

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import access, cids
from app.author import Actor, Author
from app.catalogue.actions import VERBS as CATALOGUE
from app.catalogue.plan_actions import VERBS as PLANS
from app.db import Database
from app.errors import Problem, unavailable
from app.labels.actions import VERBS as LABELS
from app.messages.actions import VERBS as MESSAGES
from app.messages.actions import Text
from app.messages.corrections import VERBS as CORRECTIONS
from app.messages.together import Message
from app.orders.actions import VERBS as ORDERS
from app.orders.model import Order, order_id
from app.orders.queries import rows
from app.payments.actions import VERBS as PAYMENTS
from app.quotes.actions import VERBS as QUOTES
from app.quotes.templates import VERBS as QUOTE_TEMPLATES
from app.replies.actions import VERBS as REPLIES
from app.subscriptions.actions import VERBS as SUBSCRIPTIONS
from app.subscriptions.queries import subscription_for
from app.tags import Tags, tag_of
from app.unread.verbs import VERBS as UNREAD
from app.verb import Call, Done, Verb, answered, validate
from app.webhooks.actions import VERBS as WEBHOOKS
from app.writer import Writer

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        *ORDERS,
        *MESSAGES,
        *CORRECTIONS,
        *QUOTES,
        *QUOTE_TEMPLATES,
        *LABELS,
        *UNREAD,
        *CATALOGUE,
        *PLANS,
        *PAYMENTS,
        *SUBSCRIPTIONS,
        *WEBHOOKS,
        *REPLIES,
    )
}
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done. `expected`: only if the order is still as one of these tags says."""

    verb: Verb
    number: object
    data: Any
    cid: str | None
    expected: Tags | None


async def perform(
    db: Database,
    actor: Actor,
    name: object,
    number: object,
    data: Any,
    cid: str | None = None,
    expected: Tags | None = None,
    *,
    writer: Writer | None = None,
) -> Done:
    """Do a verb, once per `cid`. Raises Problem; then nothing has changed.

    With a `writer`, messages share a transaction where they can.

    A token's scope never changes, so the handshake's holds, and a token that may only read waits for no lock.
    """
    verb = VERBS.get(name) if isinstance(name, str) else None
    if verb is None:
        raise Problem("malformed", "There is no such verb.")
    if expected is not None and not verb.on_order:
        raise Problem("malformed", "If-Match is for what is done to an order.")
    access.check_writes(actor)
    wish = Wish(verb, number, data, cids.checked(cid), expected)
    try:
        return await _together(writer, actor, wish) or await _retried(db, actor, wish)
    except Problem as problem:
        if problem.status == 409:
            problem.order = await _current(db, actor, wish)
        raise


async def _together(writer: Writer | None, actor: Actor, wish: Wish) -> Done | None:
    """A message among others; None: this goes its own way."""
    order = order_id(wish.number)
    if writer is None or wish.verb.name != "messages.send" or wish.expected is not None:
        return None
    if order is None or not actor.ticket or (isinstance(wish.data, dict) and "attachments" in wish.data):
        return None
    data = validate(Text, wish.data)
    digest = _digest(wish.verb.name, wish.number, {"text": data.text}) if wish.cid else None
    seq = await writer.store(Message(actor, order, data.text, wish.cid, digest))
    return None if seq is None else Done(seq, order)


async def _retried(db: Database, actor: Actor, wish: Wish) -> Done:
    for attempt in (1, 2, 3):
        try:
            return await _once(db, actor, wish)
        except IntegrityError:
            if attempt == 3:
                raise
            logger.info("%s met a concurrent twin and is tried again", wish.verb.name)
        except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error
        except DBAPIError as error:
            if not _passing(error):
                raise
            if attempt == 3:
                raise _unavailable(error) from error
    raise AssertionError("unreachable")


async def _once(db: Database, actor: Actor, wish: Wish) -> Done:
    verb = wish.verb
    async with db.transaction() as tx:
        actor = await access.still(tx.session, actor)
        order = await access.locked_order_for(tx, actor, wish.number) if verb.on_order else None
        if actor.side not in verb.who:
            raise Problem("forbidden", "This is not yours to do.")
        call = Call(tx, actor, _author(actor, order), validate(verb.schema, wish.data), order)
        return await _answered_before(call, wish) or await _as_expected(call, wish)


async def _answered_before(call: Call, wish: Wish) -> Done | None:
    if wish.cid is None:
        return None
    call.tx.cid = wish.cid
    call.tx.digest = _digest(wish.verb.name, wish.number, call.data.model_dump(mode="json"))
    return await answered(call.tx, call.author.person)


async def _as_expected(call: Call, wish: Wish) -> Done:
    """The order is locked: what it is compared with cannot change before the verb is done."""
    if wish.expected is not None:
        shown = (await rows(call.tx.session, call.actor, call.tx.shop, [call.order]))[0].as_dict()
        if not wish.expected.match(tag_of(shown)):
            problem = Problem("changed", "The order is not what it was when you read it.")
            problem.order = shown
            raise problem
    return await wish.verb.run(call)


def _author(actor: Actor, order: Order | None) -> Author:
    if order is not None:
        return actor.as_author(order)
    if actor.member_id:
        return Author(f"m{actor.member_id}", "member", actor.name, actor.member_id)
    person = f"c{actor.customer_id}" if actor.customer_id else ""
    return Author(person, "customer", actor.name)


def _digest(name: str, number: object, data: dict[str, Any]) -> str:
    plain = [name, number, data]
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _current(db: Database, actor: Actor, wish: Wish) -> dict[str, Any] | None:
    """The order as it stands, for a 409; None where the verb is about none."""
    assert db.shop is not None
    async with db.read() as session:
        number = wish.number
        if wish.verb.shows == "subscription":
            number = (await subscription_for(session, actor, wish.data.get("id"))).order
        elif not wish.verb.on_order:
            return None
        order = await access.order_for(session, actor, number)
        return (await rows(session, actor, db.shop, [order]))[0].as_dict()


def _passing(error: DBAPIError) -> bool:
    """PostgreSQL's deadlocks and lost serializations, which a second try gets past."""
    return getattr(error.orig, "sqlstate", "") in ("40P01", "40001", "55P03", "57014")


def _unavailable(error: BaseException) -> Problem:
    logger.warning("the database did not answer: %s", str(error).partition("\n")[0] or type(error).__name__)
    return unavailable()
