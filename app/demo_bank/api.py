"""For programs: a customer gives the demo bank a card, as they would on its page."""

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import access, cids
from app.access import digest
from app.api import answer, who
from app.bodies import json_body
from app.demo_bank.cards import CardNumber
from app.demo_bank.gateway import DemoBank
from app.errors import Problem
from app.payments import cards
from app.payments.gateway import GatewayAway, GatewayRefused, SavedCard
from app.verb import validate


async def save_card(request: Request) -> Response:
    """The account has another card, the one that is charged from now on."""
    context, actor = await who(request)
    access.check_writes(actor)
    bank = context.gateway
    if not isinstance(bank, DemoBank):
        raise Problem("not_found", "There is nothing here.")
    if actor.customer_id is None:
        raise Problem("forbidden", "Cards belong to customers.")
    wanted: Any = validate(CardNumber, await json_body(request))
    cid = cids.of(request) or str(uuid4())
    saved = await _save(bank, wanted.number, digest(f"{actor.key} {cid}"))
    async with context.db.transaction() as tx:
        await cards.keep(tx, customer_id=actor.customer_id, order_id=None, gateway=bank.name, saved=saved)
    return answer({"card": {"brand": saved.brand, "last4": saved.last4, "expires": saved.expires}}, 201)


def routes() -> list[Route]:
    return [Route("/demo/card", save_card, methods=["POST"])]


async def _save(bank: DemoBank, digits: str, key: str) -> SavedCard:
    try:
        return await bank.save(digits, key)
    except GatewayRefused:
        raise Problem("cid_reused", "This id was used for another request.") from None
    except GatewayAway:
        detail = "The bank does not answer right now. Please try again."
        raise Problem("unavailable", detail, retry_after=5) from None
