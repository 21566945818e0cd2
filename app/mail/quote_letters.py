"""What the product writes about quotes: of new ones and of their end to customers, of answers to the team."""

from app.author import Author
from app.db import Transaction
from app.i18n import gettext as _
from app.i18n import speaking
from app.mail.outbox import Letter, in_line
from app.mail.recipients import customer_of_order, names, responsible, to_customer, to_team
from app.money import Money
from app.notifications.recipients import customer_wants_mail
from app.orders.model import Order
from app.quotes.model import Quote
from app.quotes.views import QuoteView, quote_view
from app.rendering import day, money, percent, quantity

MOST_LINES = 60
Facts = list[tuple[str, str]]


async def quote_sent(tx: Transaction, order: Order, quote: Quote) -> None:
    if not await customer_wants_mail(tx.session, order.customer_id, "quote"):
        return
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        view, facts = _shown(tx, order, quote), _names(order, quote)
        subject = _("Your quote for order %(number)s: %(amount)s") % facts
        body = [_("We propose %(amount)s for %(title)s.") % facts]
        if view.optional:
            body.append(_("Some of it is optional: tick what you want, and the total follows."))
        if quote.valid_until:
            body.append(_("The quote is valid until %(day)s.") % {"day": day(quote.valid_until)})
        body.append(_("You can approve or reject it with one click, or ask us in the chat first."))
        letter = Letter("quote_sent", subject, body, _("See the quote"), quoted=quote.note, facts=_sums(view))
        to_customer(tx, order, letter, reader, quote.seq)


async def quote_reminder(tx: Transaction, order: Order, quote: Quote) -> None:
    """It is still open, and soon over."""
    if not await customer_wants_mail(tx.session, order.customer_id, "quote"):
        return
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = _names(order, quote) | {"day": day(quote.valid_until)}
        subject = _("Order %(number)s: our quote is valid until %(day)s") % facts
        body = [
            _("We proposed %(amount)s for %(title)s and have not heard from you yet.") % facts,
            _("The quote is valid until %(day)s. After that we would have to make a new one.") % facts,
        ]
        sums = _sums(_shown(tx, order, quote))
        letter = Letter("quote_reminder", subject, body, _("See the quote"), facts=sums)
        to_customer(tx, order, letter, reader, quote.seq)


async def quote_countered(tx: Transaction, order: Order, quote: Quote, seq: int) -> None:
    for reader in await responsible(tx, order, "counter_offer"):
        with speaking(reader.language):
            offered = Money(quote.counter_amount or 0, order.currency)
            facts = _names(order, quote) | {"offer": money(offered)}
            subject = _("Order %(number)s: %(offer)s offered instead of %(amount)s") % facts
            body = [
                _("%(name)s offers %(offer)s instead of your quote of %(amount)s.") % facts,
                _("Your quote stays open: it can still be approved until you send another."),
            ]
            letter = Letter("quote_countered", subject, body, quoted=quote.counter_text)
            to_team(tx, order, letter, reader, seq)


async def quote_decided(tx: Transaction, order: Order, author: Author, quote: Quote, seq: int | None) -> None:
    for reader in await responsible(tx, order, author=author):
        with speaking(reader.language):
            subject, body = _decision(order, quote)
            facts = _ticked(_shown(tx, order, quote)) if quote.status == "approved" else []
            letter = Letter("quote_decided", subject, body, quoted=quote.reason, facts=facts)
            to_team(tx, order, letter, reader, seq)
    if quote.on_behalf:
        await _tell_customer_of_their_word(tx, order, quote, seq)


def _decision(order: Order, quote: Quote) -> tuple[str, list[str]]:
    facts = _names(order, quote)
    if quote.status == "approved":
        subject = _("Quote approved: order %(number)s, %(amount)s") % facts
        body = [_("%(name)s has approved your quote of %(amount)s.") % facts]
    else:
        subject = _("Quote rejected: order %(number)s, %(amount)s") % facts
        body = [_("%(name)s has rejected your quote of %(amount)s.") % facts]
    if quote.on_behalf:
        body.append(_("A member of the team entered this on the customer's word."))
    return subject, body


async def _tell_customer_of_their_word(tx: Transaction, order: Order, quote: Quote, seq: int | None) -> None:
    reader = await customer_of_order(tx, order)
    with speaking(reader.language):
        facts = _names(order, quote)
        subject = _("Order %(number)s: your answer to our quote was noted") % facts
        approved = _("On your word we noted: you approve %(amount)s.")
        rejected = _("On your word we noted: you reject %(amount)s.")
        body = [(approved if quote.status == "approved" else rejected) % facts]
        body.append(_("If this is not right, please tell us in the chat."))
        shown = _sums(_shown(tx, order, quote)) if quote.status == "approved" else []
        letter = Letter("quote_noted", subject, body, quoted=quote.reason, facts=shown)
        to_customer(tx, order, letter, reader, seq)


def _names(order: Order, quote: Quote) -> dict[str, str]:
    return names(order) | {"amount": money(Money(quote.approved_amount or quote.amount, order.currency))}


def _shown(tx: Transaction, order: Order, quote: Quote) -> QuoteView:
    return quote_view(quote, order.currency, tx.shop.today(tx.now))


def _sums(view: QuoteView) -> Facts:
    """The lines and what they add up to; of a quote without lines only the tax, if there is any."""
    lines = [line for line in view.lines if view.status == "sent" or not line.left_out]
    facts = [
        (
            in_line(f"{quantity(line.quantity)} × {line.title}"),
            _("optional: %(amount)s") % {"amount": money(line.amount)}
            if line.left_out
            else money(line.amount),
        )
        for line in lines[:MOST_LINES]
    ]
    if len(lines) > MOST_LINES:
        facts.append(("…", _("and %(num)s more lines") % {"num": len(lines) - MOST_LINES}))
    if view.is_taxed:
        facts.append((_("Net"), money(view.money(view.sums.net))))
        for rate in view.sums.rates:
            facts.append((_("Tax, %(rate)s") % {"rate": percent(rate.rate)}, money(view.money(rate.tax))))
    return [*facts, (_("Total"), money(view.total))] if facts else []


def _ticked(view: QuoteView) -> Facts:
    return [(in_line(line.title), money(line.amount)) for line in view.optional if line.ticked]
