"""A mail to the customer before their quote expires, once.

When it is due is fixed as the quote is sent; whatever ends the quote, or answers it with an offer, takes that
away, and so does the mail itself: of two workers the second finds nothing to do. Nothing is written in the
conversation: the mail is a memory aid, not an answer.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import access
from app.db import Database, Transaction
from app.errors import FieldError, Problem
from app.mail import quote_letters as letters
from app.quotes.closing import open_quote_of
from app.quotes.model import Quote
from app.quotes.views import is_over
from app.shop import Fact

DAYS = "quote_reminder_days"
USUAL_DAYS = 2
MOST_DAYS = 60
AT = time(9)  # in the shop's zone
AT_ONCE = 100


async def reminder_days(session: AsyncSession) -> int:
    """How many days before its last one a quote is reminded of; 0: never."""
    fact = await session.get(Fact, DAYS)
    return int(fact.value) if fact else USUAL_DAYS


async def save_days(session: AsyncSession, text: str) -> bool:
    """Whether that changed anything. Raises 422. Quotes that were sent already keep their day."""
    plain = text.strip() or "0"
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 3 or int(plain) > MOST_DAYS:
        detail = "Please give a number of days between 0 and 60."
        raise Problem("invalid", detail, errors=[FieldError(DAYS, "days", detail)])
    changed = int(plain) != await reminder_days(session)
    await session.merge(Fact(name=DAYS, value=str(int(plain))))
    return changed


async def remind_at(tx: Transaction, valid_until: date | None) -> datetime | None:
    """None for a quote without an end, or with one so near that its own mail is the reminder."""
    days = await reminder_days(tx.session) if valid_until else 0
    if not valid_until or not days or (valid_until - tx.shop.today(tx.now)).days <= days:
        return None
    return datetime.combine(valid_until - timedelta(days=days), AT, tzinfo=tx.shop.zone)


async def remind(db: Database, now: datetime) -> int:
    """Write the reminders that are due; answers how many were looked at."""
    due = select(Quote.order_id, Quote.version).where(Quote.status == "sent", Quote.remind_at <= now)
    async with db.read() as session:
        found = (await session.execute(due.order_by(Quote.remind_at).limit(AT_ONCE))).all()
    for order_id, version in found:
        async with db.transaction(now) as tx:
            await _remind(tx, order_id, version)
    return len(found)


async def _remind(tx: Transaction, order_id: int, version: int) -> None:
    order = await access.lock(tx, order_id)
    quote = await open_quote_of(tx, order)
    if quote is None or quote.version != version or quote.remind_at is None or quote.remind_at > tx.now:
        return
    quote.remind_at = None
    if not is_over(quote.valid_until, tx.shop.today(tx.now)):
        await letters.quote_reminder(tx, order, quote)
