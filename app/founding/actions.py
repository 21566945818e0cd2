"""The first start: one request gives the shop its name, its money and its owner, or changes nothing."""

from dataclasses import dataclass

from app.access import as_member
from app.audit.recording import record
from app.db import Transaction
from app.errors import Problem, invalid
from app.founding.code import anybody, fits, use_up
from app.founding.steps import FACT
from app.shop import put
from app.shop_settings.currency import check_gateway
from app.team.actions import add_member
from app.team.sessions import start

TOO_LATE = "Somebody else has just set this shop up."


@dataclass(frozen=True, slots=True)
class Opening:
    """`facts`: the shop's settings by name, checked. `language` is the owner's own."""

    code: str
    facts: dict[str, str]
    name: str
    email: str
    password_hash: str
    language: str
    address: str


async def set_up(tx: Transaction, opening: Opening) -> str:
    """The secret of the owner's session. Raises 422 for a wrong code, 409 when somebody was quicker.

    The code's row is locked first: of two who come at once, the second finds it used up.
    """
    right = await fits(tx.session, opening.code, lock=True)
    if await anybody(tx.session):
        raise Problem("conflict", TOO_LATE)
    if not right:
        raise invalid("code", "This is not the code.", "wrong")
    check_gateway(tx.shop, opening.facts["currency"])
    await use_up(tx.session)
    await put(tx.session, opening.facts | {FACT: "shown"})
    member = await add_member(tx, opening.email, "owner", opening.name)
    member.password_hash, member.language = opening.password_hash, opening.language
    record(tx, as_member(member), "set_up", opening.facts["name"], address=opening.address)
    return await start(tx, member_id=member.id)
