"""What payments hold of a customer: amounts, which stay, and cards, which go."""

from sqlalchemy import delete, select, update

from app.orders.model import Order
from app.payments.model import Attempt, Card, CardSetup, Payment, Refund
from app.payments.queries import payments_of
from app.privacy.holding import Asking, Erasing, Holding, Told, plain


async def person(asking: Asking) -> Told:
    mine = (Card.customer_id == asking.subject.customer_id, Card.removed_at.is_(None))
    cards = await asking.session.scalars(select(Card).where(*mine).order_by(Card.id))
    return {"cards": [plain(card, "id", "gateway", "ref", "payer", "removed_at") for card in cards]}


async def order(asking: Asking, row: Order) -> Told:
    wanted = select(Refund).join(Payment, Payment.id == Refund.payment_id).where(Payment.order_id == row.id)
    refunds = [
        plain(found, "member_id", "key", "ref", "error", "due_at", "tries")
        for found in await asking.session.scalars(wanted)
    ]
    lines = {payment.id: payment for payment in await payments_of(asking.session, row.id)}
    told = [
        payment.as_dict()
        | {"receipt": payment.receipt, "text": payment.text, "card": payment.card}
        | {
            "lines": [
                {"title": line.title, "amount": line.amount.as_dict(), "tax_rate": line.tax_rate}
                for line in payment.lines
            ]
        }
        for payment in lines.values()
    ]
    return {"payments": told, "refunds": refunds}


async def erase(erasing: Erasing) -> None:
    """Receipts keep their numbers, days, sums and taxes, and name nobody."""
    session, subject = erasing.tx.session, erasing.subject
    for payment in await session.scalars(select(Payment).where(Payment.order_id.in_(subject.orders))):
        payment.text = payment.card = ""
        titles = [subject.unnamed(line["title"]) for line in payment.lines]
        payment.lines = [line | {"title": title} for line, title in zip(payment.lines, titles, strict=True)]
    theirs = select(Payment.id).where(Payment.order_id.in_(subject.orders))
    tried = update(Attempt).where(Attempt.payment_id.in_(theirs)).values(action_url="", error="", person="")
    await session.execute(tried)
    await session.execute(update(Refund).where(Refund.payment_id.in_(theirs)).values(reason="", error=""))
    await session.execute(delete(CardSetup).where(CardSetup.customer_id == subject.customer_id))
    for card in await session.scalars(select(Card).where(Card.customer_id == subject.customer_id)):
        erasing.cards.append((card.gateway, card.ref, card.payer))
        card.ref, card.payer = f"erased-{card.id}", ""
        card.brand = card.last4 = card.expires = ""
        card.removed_at = card.removed_at or erasing.tx.now


HELD = Holding((Payment, Attempt, Refund, Card, CardSetup), erase, person, order)
