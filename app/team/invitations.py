"""Invitations: mailed by an owner, open for a week, used once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import access
from app.access import digest, new_secret
from app.audit.recording import record
from app.author import Actor
from app.db import Transaction
from app.errors import Problem, invalid
from app.team import letters
from app.team.actions import add_member
from app.team.model import Invitation, Member

LASTS = timedelta(days=7)
MOST = 50
WAITING = (Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))


async def invite(tx: Transaction, actor: Actor, email: str, role: str, language: str) -> None:
    """Mail somebody a link that makes them a member. Raises 422 for no address, a member's or an invited one.

    The mail is in the language of who invites, but for somebody who was in the team before.
    """
    await _by_owner(tx, actor)
    address = _address(email)
    known = await tx.session.scalar(select(Member).where(Member.email == address))
    if known and known.removed_at is None:
        raise invalid("email", "This address belongs to the team already.", "member")
    waiting = await invitations(tx.session)
    if any(invitation.email == address for invitation in waiting):
        raise _is_invited()
    if len(waiting) >= MOST:
        raise invalid("email", "There are too many open invitations.", "too_many")
    invitation = Invitation(email=address, role=role, invited_by=actor.member_id or 0)
    invitation.language = (known and known.language) or language
    tx.session.add(invitation)
    _send(tx, actor, invitation)
    try:
        await tx.session.flush()
    except IntegrityError:  # another owner was quicker
        raise _is_invited() from None
    record(tx, actor, "invited", address, role=role)


async def send_again(tx: Transaction, actor: Actor, key: int) -> None:
    """Another week, with a new link: the one before ends. Raises 404."""
    await _by_owner(tx, actor)
    invitation = await _waiting(tx, key)
    invitation.invited_by = actor.member_id or 0
    _send(tx, actor, invitation)
    record(tx, actor, "invitation_sent", invitation.email)


async def withdraw(tx: Transaction, actor: Actor, key: int) -> None:
    """Raises 404."""
    await _by_owner(tx, actor)
    invitation = await _waiting(tx, key)
    invitation.withdrawn_at = tx.now
    record(tx, actor, "invitation_withdrawn", invitation.email)


async def invitations(session: AsyncSession) -> Sequence[Invitation]:
    """Those that wait, the latest first; whose week is over, wait to be sent again or withdrawn."""
    wanted = select(Invitation).where(*WAITING).order_by(Invitation.sent_at.desc(), Invitation.id.desc())
    return (await session.scalars(wanted)).all()


async def invitation_of(
    session: AsyncSession, secret: str, now: datetime
) -> tuple[Invitation, Member] | None:
    """What a link invites to, and who did; None for one that does not work (any more)."""
    wanted = select(Invitation, Member).join(Member, Member.id == Invitation.invited_by)
    mine = wanted.where(Invitation.secret == digest(secret), Invitation.expires_at > now, *WAITING)
    found = (await session.execute(mine)).first()
    return None if found is None else (found[0], found[1])


async def accept(tx: Transaction, secret: str, name: str, password_hash: str, language: str) -> Member | None:
    """The new member; None when the link does not work any more. Raises 409 for whose address is in."""
    mine = (Invitation.secret == digest(secret), Invitation.expires_at > tx.now, *WAITING)
    used = update(Invitation).where(*mine).values(accepted_at=tx.now).returning(Invitation)
    invitation = await tx.session.scalar(used)
    if invitation is None:
        return None
    member = await add_member(tx, invitation.email, invitation.role, name)
    member.password_hash, member.language = password_hash, language
    record(tx, access.as_member(member), "joined", member.email, role=member.role)
    return member


async def _by_owner(tx: Transaction, actor: Actor) -> None:
    """As of now, and for as long as this takes: nobody who is being demoted invites meanwhile."""
    await access.still(tx.session, actor)
    mine = select(Member.role).where(Member.id == actor.member_id).with_for_update(key_share=True)
    if await tx.session.scalar(mine) != "owner":
        raise Problem("forbidden", "This is for the owner.")


async def _waiting(tx: Transaction, key: int) -> Invitation:
    wanted = select(Invitation).where(Invitation.id == min(key, 2**31 - 1), *WAITING).with_for_update()
    found = await tx.session.scalar(wanted)
    if found is None:
        raise Problem("not_found", "There is no such invitation.")
    return found


def _send(tx: Transaction, actor: Actor, invitation: Invitation) -> None:
    secret = new_secret()
    invitation.secret, invitation.sent_at = digest(secret), tx.now
    invitation.expires_at = tx.now + LASTS
    letters.invitation(tx, invitation, actor.name or actor.email, secret)


def _is_invited() -> Problem:
    return invalid("email", "This address is invited already. You can send the invitation again.", "open")


def _address(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise invalid("email", "This is not a mail address.", "no_address") from None
