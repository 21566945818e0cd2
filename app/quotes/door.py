"""What the form of a quote does besides sending it: its steps, its preview, and where it begins."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import access
from app.errors import Problem
from app.forms import Form, whole
from app.money import Money
from app.orders.model import Order
from app.quotes import editor
from app.quotes.actions import check_day
from app.quotes.model import Quote
from app.quotes.pricing import offer_of, terms_of
from app.quotes.queries import next_version
from app.quotes.schemas import Send
from app.quotes.templates import template_for
from app.quotes.views import QuoteView, view_of
from app.verb import validate
from app.web import Visit


async def stepped(visitor: Visit, number: str, values: dict[str, Any]) -> Form | None:
    """The form as one of its buttons leaves it; None when the quote is to be sent. Raises Problem."""
    step = str(values.get("step", ""))
    again = values if step == "edit" else editor.stepped(values, step)
    if step == "template":
        again = await _from_template(visitor, values)
    elif step == "save_template":
        again = await _save_template(visitor, values)
    if again is not None:
        return Form(again)
    return await _preview(visitor, number, values) if step == "preview" else None


async def begun(
    visitor: Visit, session: AsyncSession, order: Order, open_quote: QuoteView | None
) -> Form | None:
    """A form that is filled already, as ?quote= asks: with the offer on the open quote, or with its lines."""
    start = visitor.request.query_params.get("quote", "")
    if visitor.side != "team" or open_quote is None or start not in ("counter", "again"):
        return None
    if start == "counter":
        values = editor.from_counter(open_quote, visitor.language)
        return Form(values) if values else None
    quote = await session.get_one(Quote, (order.id, open_quote.version))
    return Form(editor.from_quote(quote, order.currency, visitor.language))


async def _preview(visitor: Visit, number: str, values: dict[str, Any]) -> Form:
    """The quote as the customer would see it, before it is sent."""
    shop = visitor.context.shop
    sent = validate(Send, editor.data_of(values, shop.currency, visitor.language))
    check_day(sent, shop.today(datetime.now(UTC)))
    form = Form(values)
    async with visitor.context.db.read() as session:
        order = await access.order_for(session, visitor.actor, number)
        version = await next_version(session, order.id)
        offer = offer_of(sent, await terms_of(session, order))
    form.preview = view_of(
        offer,
        order.currency,
        ticked=[],
        version=version,
        total=Money(offer.amount, order.currency),
        note=sent.note or "",
        status="sent",
        valid_until=sent.valid_until,
        sent_at=datetime.now(UTC),
        decided_at=None,
        on_behalf=False,
        reason="",
        seq=0,
    )
    return form


async def _from_template(visitor: Visit, values: dict[str, Any]) -> dict[str, Any]:
    key, shop = whole(values.get("template", "")), visitor.context.shop
    if not isinstance(key, int):
        raise Problem("not_found", "There is no such template.")
    async with visitor.context.db.read() as session:
        template = await template_for(session, key)
    today = shop.today(datetime.now(UTC))
    filled = editor.from_template(template, shop.currency, visitor.language, today)
    kept = {name: values[name] for name in ("cid", "valid_until", "template") if values.get(name)}
    return kept | filled | {"focus": "first"}


async def _save_template(visitor: Visit, values: dict[str, Any]) -> dict[str, Any]:
    """The lines and the note, under a name; the quote itself is still to be sent."""
    named = values | {"name": values.get("template_name", ""), "valid_days": ""}
    data = editor.template_of(named, visitor.context.shop.currency, visitor.language)
    await visitor.context.do(visitor.actor, "quote_templates.create", None, data, None)
    return values | {"saved": data["name"].strip(), "template_name": ""}
