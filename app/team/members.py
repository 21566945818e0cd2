"""Roles, removal and signing out: done by an owner, and never so that no owner is left.

The rows of all owners are locked first, in one order: of two who demote each other at once, the second finds
that there is one owner less. The lock lets others refer to these rows (FOR NO KEY UPDATE).
"""

from sqlalchemy import delete, or_, select, update

from app import access, log
from app.audit.recording import record
from app.author import Actor
from app.db import Transaction
from app.errors import Problem
from app.orders.model import OPEN, Order
from app.team.model import Invitation, Member, RecoveryCode, Session, SignInLink, Token
from app.team.sessions import end_sessions


async def locked(tx: Transaction, actor: Actor, member_id: int) -> tuple[Member, bool]:
    """A member, and whether they are the only owner. Raises 403 for who is no owner now, 404 for nobody."""
    await access.still(tx.session, actor)
    wanted = select(Member).where(
        Member.removed_at.is_(None), or_(Member.role == "owner", Member.id == min(member_id, 2**31 - 1))
    )
    rows = await tx.session.scalars(
        wanted.order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)  # as they are now that the lock is ours
    )
    found = {member.id: member for member in rows}
    owners = [key for key, member in found.items() if member.role == "owner"]
    if actor.member_id not in owners:
        raise Problem("forbidden", "This is for the owner.")
    if member_id not in found:
        raise Problem("not_found", "There is no such member.")
    return found[member_id], owners == [member_id]


async def change_role(tx: Transaction, actor: Actor, member_id: int, role: str) -> None:
    """Owner or agent, from their next click on. Raises 409 for the last owner."""
    member, last = await locked(tx, actor, member_id)
    if member.role == role:
        return
    _not_the_last(last)
    member.role = role
    if role != "owner":
        await _withdraw_invitations_of(tx, member)
    record(tx, actor, "role_changed", member.email, role=role)


async def remove(tx: Transaction, actor: Actor, member_id: int) -> None:
    """Out of the team: what they wrote keeps their name, and nothing opens for them any more.

    Their open orders are nobody's again, so that the whole team hears of them. Raises 409 for the last owner.
    """
    member, last = await locked(tx, actor, member_id)
    _not_the_last(last)
    member.removed_at, member.password_hash = tx.now, None
    await forget_second_factor(tx, member)
    await _end_everything(tx, member)
    await _withdraw_invitations_of(tx, member)
    await _unassign(tx, actor, member)
    record(tx, actor, "member_removed", member.email)


async def sign_out_everywhere(tx: Transaction, actor: Actor, member_id: int) -> None:
    """By an owner: ends all of a member's sessions, and their links that wait in mailboxes."""
    member, _ = await locked(tx, actor, member_id)
    ended = await end_sessions(tx, member.id, but=actor.ticket)
    record(tx, actor, "signed_out_everywhere", member.email, sessions=ended)


async def reset_two_factor(tx: Transaction, actor: Actor, member_id: int) -> None:
    """By an owner, for who lost the device and the recovery codes. For oneself there is one's own page."""
    member, _ = await locked(tx, actor, member_id)
    if member.id == actor.member_id:
        raise Problem("conflict", "Switch your own second factor off in your settings, with a code.")
    if member.totp_secret is not None:
        await forget_second_factor(tx, member)
        record(tx, actor, "two_factor_reset", member.email)


async def forget_second_factor(tx: Transaction, member: Member) -> None:
    """From the next sign-in on nothing but the password, or a mailed link, is asked."""
    member.totp_secret = member.totp_since = member.totp_step = None
    await tx.session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))


def _not_the_last(last: bool) -> None:
    if last:
        raise Problem("conflict", "This is the last owner. Make somebody else an owner first.")


async def _end_everything(tx: Transaction, member: Member) -> None:
    """Ended, and not only out of reach: whoever is invited again starts with none of it."""
    for table in (Session, Token):
        mine = update(table).where(table.member_id == member.id, table.revoked_at.is_(None))
        await tx.session.execute(mine.values(revoked_at=tx.now))
    await tx.session.execute(delete(SignInLink).where(SignInLink.member_id == member.id))
    tx.barred.append(f"m{member.id}")


async def _withdraw_invitations_of(tx: Transaction, member: Member) -> None:
    """An invitation holds as long as whoever sent it may invite."""
    theirs = (Invitation.invited_by == member.id, Invitation.accepted_at.is_(None))
    waiting = update(Invitation).where(*theirs, Invitation.withdrawn_at.is_(None))
    await tx.session.execute(waiting.values(withdrawn_at=tx.now))


async def _unassign(tx: Transaction, actor: Actor, member: Member) -> None:
    mine = select(Order.id).where(Order.assignee_id == member.id, Order.status.in_(OPEN))
    for key in (await tx.session.scalars(mine.order_by(Order.id))).all():
        order = await access.lock(tx, key)
        if order.assignee_id == member.id and order.status in OPEN:
            order.assignee_id = None
            await log.append(tx, order, actor.as_author(order), "assigned", {"member": None, "email": None})
