"""Every verb there is, and the one way to do one, whichever door it came through (DESIGN §3)."""

import hashlib
import logging
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import access
from app.author import Actor, Author
from app.catalogue.actions import VERBS as CATALOGUE
from app.db import Database
from app.errors import FieldError, Problem
from app.labels.actions import VERBS as LABELS
from app.messages.actions import VERBS as MESSAGES
from app.orders.actions import VERBS as ORDERS
from app.orders.model import Order
from app.orders.queries import order_view
from app.payments.actions import VERBS as PAYMENTS
from app.quotes.actions import VERBS as QUOTES
from app.subscriptions.actions import VERBS as SUBSCRIPTIONS
from app.unread.verbs import VERBS as UNREAD
from app.verb import Call, Data, Done, Verb, answered, validate

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        *ORDERS,
        *MESSAGES,
        *QUOTES,
        *LABELS,
        *UNREAD,
        *CATALOGUE,
        *PAYMENTS,
        *SUBSCRIPTIONS,
    )
}
logger = logging.getLogger(__name__)


async def perform(
    db: Database,
    actor: Actor,
    name: object,
    number: object,
    data: Any,
    cid: str | None = None,
) -> Done:
    """Do a verb, once per `cid`. Raises Problem; then nothing has changed."""
    verb = VERBS.get(name) if isinstance(name, str) else None
    if verb is None:
        raise Problem("malformed", "There is no such verb.")
    try:
        return await _retried(db, verb, actor, number, data, _checked_cid(cid))
    except Problem as problem:
        if problem.status == 409 and verb.on_order:
            problem.order = await _current(db, actor, number)
        raise


async def _retried(
    db: Database, verb: Verb, actor: Actor, number: object, data: Any, cid: str | None
) -> Done:
    for attempt in (1, 2, 3):
        try:
            return await _once(db, verb, actor, number, data, cid)
        except IntegrityError:
            if attempt == 3:
                raise
            logger.info("%s met a concurrent twin and is tried again", verb.name)
        except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error
        except DBAPIError as error:
            if not _passing(error):
                raise
            if attempt == 3:
                raise _unavailable(error) from error
    raise AssertionError("unreachable")


async def _once(db: Database, verb: Verb, actor: Actor, number: object, data: Any, cid: str | None) -> Done:
    async with db.transaction() as tx:
        actor = await access.still(tx.session, actor)
        order = await access.locked_order_for(tx, actor, number) if verb.on_order else None
        if actor.side not in verb.who:
            raise Problem("forbidden", "This is not yours to do.")
        parsed = validate(verb.schema, data)
        call = Call(tx, actor, _author(actor, order), parsed, order)
        return await _unless_answered(call, verb, number, cid)


async def _unless_answered(call: Call, verb: Verb, number: object, cid: str | None) -> Done:
    if cid is None:
        return await verb.run(call)
    call.tx.cid = cid
    call.tx.digest = _digest(verb.name, number, call.data)
    return await answered(call.tx, call.author.person) or await verb.run(call)


def _author(actor: Actor, order: Order | None) -> Author:
    if order is not None:
        return actor.as_author(order)
    if actor.member_id:
        return Author(f"m{actor.member_id}", "member", actor.name, actor.member_id)
    person = f"c{actor.customer_id}" if actor.customer_id else ""
    return Author(person, "customer", actor.name)


def _checked_cid(cid: str | None) -> str | None:
    if cid is None or cid == "":
        return None
    try:
        return cid if len(cid) == 36 and UUID(cid) else str(UUID(cid))
    except (ValueError, AttributeError, TypeError):
        detail = "The id of a request must be a UUID."
        raise Problem("invalid", detail, errors=[FieldError("cid", "uuid_parsing", detail)]) from None


def _digest(name: str, number: object, data: Data) -> str:
    plain = [name, number, data.model_dump(mode="json")]
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _current(db: Database, actor: Actor, number: object) -> dict[str, Any] | None:
    async with db.read() as session:
        order = await access.order_for(session, actor, number)
        assert db.shop is not None
        view = await order_view(session, order, actor, db.shop)
        return view.as_dict()


def _passing(error: DBAPIError) -> bool:
    """PostgreSQL's deadlocks and lost serializations, which a second try gets past."""
    return getattr(error.orig, "sqlstate", "") in ("40P01", "40001", "55P03", "57014")


def _unavailable(error: BaseException) -> Problem:
    logger.warning("the database did not answer: %s", str(error).partition("\n")[0] or type(error).__name__)
    return Problem("unavailable", "This cannot be done right now. Please try again.", retry_after=1)
