"""Saved cards: whose they are, and which one pays for an order."""

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Transaction
from app.orders.model import Order
from app.payments.gateway import SavedCard
from app.payments.model import Card


async def keep(
    tx: Transaction, *, customer_id: int, order_id: int | None, gateway: str, saved: SavedCard
) -> Card:
    """Remember a card: the account's, or with `order_id` that order's alone. Keeping it twice is once."""
    same = (Card.gateway == gateway, Card.ref == saved.ref, Card.customer_id == customer_id)
    mine = Card.order_id.is_(None) if order_id is None else Card.order_id == order_id
    card = await tx.session.scalar(select(Card).where(*same, mine))
    if card is not None:
        card.removed_at = None
        return card
    card = Card(
        customer_id=customer_id,
        order_id=order_id,
        gateway=gateway,
        ref=saved.ref,
        payer=saved.payer,
        brand=saved.brand,
        last4=saved.last4,
        expires=saved.expires,
        created_at=tx.now,
        removed_at=None,
    )
    tx.session.add(card)
    await tx.session.flush()
    return card


async def card_for(session: AsyncSession, order: Order, gateway: str) -> Card | None:
    """The card that pays for this order: the newest of its own and, where it may, of the account."""
    own = Card.order_id == order.id
    account = and_(Card.order_id.is_(None), Card.customer_id == order.customer_id)
    wanted = select(Card).where(Card.gateway == gateway, Card.removed_at.is_(None))
    wanted = wanted.where(or_(own, account) if order.account_card else own)
    return await session.scalar(wanted.order_by(Card.id.desc()).limit(1))


async def account_card(session: AsyncSession, customer_id: int, gateway: str) -> Card | None:
    """The card that an account has saved last."""
    mine = (Card.customer_id == customer_id, Card.order_id.is_(None), Card.removed_at.is_(None))
    wanted = select(Card).where(*mine, Card.gateway == gateway)
    return await session.scalar(wanted.order_by(Card.id.desc()).limit(1))


def words(card: Card) -> str:
    """What people call a card: "Visa ···· 4242"."""
    return f"{card.brand} ···· {card.last4}"


def saved(card: Card) -> SavedCard:
    return SavedCard(card.ref, card.payer, card.brand, card.last4, card.expires)
