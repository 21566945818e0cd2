"""Changing the team."""

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, update

from app.db import Transaction
from app.errors import Problem
from app.orders.model import Order
from app.team.model import Member


async def add_member(tx: Transaction, email: str, role: str, name: str = "") -> Member:
    """A new member, who starts with nothing unread. Raises 422 for no address, 409 for a member's.

    Whoever was removed comes back as who they were, so that their entries stay theirs.
    """
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Problem("invalid", f"{email} is not a mail address") from None
    member = await tx.session.scalar(select(Member).where(Member.email == address).with_for_update())
    if member is None:
        member = Member(email=address, name=name or _name(address), created_at=tx.now, password_hash=None)
        tx.session.add(member)
    elif member.removed_at is None:
        raise Problem("conflict", f"{address} is a member already")
    member.role, member.name, member.removed_at = role, name or member.name, None
    await tx.session.flush()
    # the next entry of any order has to be spread again: this member has no reading anywhere
    await tx.session.execute(update(Order).where(Order.settled.is_(False)).values(settled=True))
    return member


def _name(address: str) -> str:
    """What to call somebody until they say it: anna.berg@… becomes Anna Berg."""
    words = address.partition("@")[0].replace("_", ".").replace("-", ".").split(".")
    return " ".join(word.capitalize() for word in words if word)[:200] or address
