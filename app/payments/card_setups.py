"""A customer gives a card to the gateway: there and back, and found again when they never came back."""

from sqlalchemy import select, update

from app import access
from app.author import Actor, Author
from app.context import Context
from app.customers.model import Customer
from app.db import Transaction
from app.errors import Problem
from app.orders.model import FIRST, Order
from app.payments.cards import account_card, keep
from app.payments.collecting import begin
from app.payments.gateway import GatewayAway, GatewayRefused, SavedCard, SetupRequest
from app.payments.lifecycle import TRANSITIONS
from app.payments.model import Card, CardSetup, Payment


async def begin_setup(
    context: Context, actor: Actor, order: Order, payment_id: int | None, language: str
) -> str:
    """The gateway's page for a card. A guest's card is for this order alone. Raises 503."""
    secret = access.new_secret()
    customer_id, own = order.customer_id, actor.customer_id is None
    async with context.db.transaction() as tx:
        tx.session.add(
            CardSetup(
                id=access.digest(secret),
                customer_id=customer_id,
                order_id=order.id,
                own_order=own,
                payment_id=payment_id,
                gateway=context.gateway.name,
                ref=None,
                created_at=tx.now,
                done_at=None,
            )
        )
        customer = await tx.session.get_one(Customer, customer_id)
        payer = await _payer(tx, context, order, own)
    wanted = SetupRequest(
        key=access.digest(secret)[:40],
        payer=payer,
        email=customer.email,
        language=language,
        return_url=f"{context.shop.public_url}/orders/{order.id + FIRST}/cards/{secret}",
    )
    try:
        setup = await context.gateway.setup(wanted)
    except (GatewayAway, GatewayRefused) as error:
        detail = "The bank does not answer right now. Please try again."
        raise Problem("unavailable", detail, retry_after=10) from error
    async with context.db.transaction() as tx:
        mine = CardSetup.id == access.digest(secret)
        await tx.session.execute(update(CardSetup).where(mine).values(ref=setup.ref))
    return setup.url


async def come_back(context: Context, secret: str) -> CardSetup | None:
    """The set-up that the browser comes back from, finished if a card was saved; None for an unknown one."""
    async with context.db.read() as session:
        found = await session.get(CardSetup, access.digest(secret))
    if found is None or found.ref is None:
        return None
    try:
        await finish_setup(context, found.ref)
    except GatewayAway:
        return found  # the webhook or the next visit finishes it
    async with context.db.read() as session:
        return await session.get(CardSetup, found.id)


async def finish_setup(context: Context, ref: str) -> None:
    """Keep the card that a set-up has saved; once, whoever comes first. Raises GatewayAway."""
    async with context.db.read() as session:
        mine = (CardSetup.ref == ref, CardSetup.gateway == context.gateway.name)
        found = await session.scalar(select(CardSetup).where(*mine))
    if found is None or found.done_at is not None:
        return
    saved = await context.gateway.saved_card(ref)
    if saved is not None:
        async with context.db.transaction() as tx:
            await _keep(tx, context, found, saved)


async def _keep(tx: Transaction, context: Context, setup: CardSetup, saved: SavedCard) -> None:
    mine = (CardSetup.id == setup.id, CardSetup.done_at.is_(None))
    if not (await tx.session.execute(update(CardSetup).where(*mine).values(done_at=tx.now))).rowcount:  # type: ignore[attr-defined]
        return
    order_id = setup.order_id if setup.own_order else None
    if setup.order_id is not None and not setup.own_order:
        allow = update(Order).where(Order.id == setup.order_id)
        await tx.session.execute(allow.values(account_card=True))
    name = context.gateway.name
    card = await keep(tx, customer_id=setup.customer_id, order_id=order_id, gateway=name, saved=saved)
    if setup.payment_id is not None and setup.order_id is not None:
        await _pay(tx, setup.order_id, setup.payment_id, card)


async def _pay(tx: Transaction, order_id: int, payment_id: int, card: Card) -> None:
    """The card was given for this payment, so it pays, if nothing else has meanwhile."""
    order = await access.lock(tx, order_id)
    payment = await tx.session.get_one(Payment, payment_id, populate_existing=True)
    if ("pay", "customer") in {(verb, by) for status, verb, by in TRANSITIONS if status == payment.status}:
        author = Author(f"c{order.customer_id}", "customer", order.customer_name)
        await begin(tx, order, payment, card, author, by="customer", on_session=True)


async def _payer(tx: Transaction, context: Context, order: Order, own: bool) -> str | None:
    if own:
        wanted = select(Card.payer).where(Card.order_id == order.id, Card.gateway == context.gateway.name)
        return await tx.session.scalar(wanted.limit(1))
    card = await account_card(tx.session, order.customer_id, context.gateway.name)
    return card.payer if card else None
