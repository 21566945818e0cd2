"""People at the pages, without a browser: what their forms send and what comes back."""

import html
import re

import httpx2

from app.orders.model import FIRST
from app.team.sessions import new_link
from tests.cast import Person
from tests.rules.house import House

HTMX = {"HX-Request": "true"}


async def sign_in(window: httpx2.AsyncClient, house: House, who: Person) -> httpx2.AsyncClient:
    """Through a fresh mailed link, as everybody can."""
    secret = await link_of(house, who)
    answer = await window.post(f"/sign-in/{secret}")
    assert answer.status_code == 303, answer.text
    return window


async def link_of(house: House, who: Person) -> str:
    actor = house.actor(who)
    async with house.db.transaction() as tx:
        return await new_link(tx, member_id=actor.member_id, customer_id=actor.customer_id)


def order_link(house: House, number: str) -> str:
    """The path of a mailed link to this order."""
    return house.context.shop.order_link(int(number) - FIRST).removeprefix(house.context.shop.public_url)


def typed(page: str, name: str) -> list[str]:
    """What the fields of this name hold on a page."""
    fields = re.findall(rf'<input[^>]*\bname="{name}"[^>]*>', page)
    held = [value for field in fields for value in re.findall(r'\bvalue="([^"]*)"', field)]
    held += re.findall(rf'<textarea[^>]*\bname="{name}"[^>]*>\n?([^<]*)</textarea>', page)
    return [html.unescape(value) for value in held]
