"""Every way in that a customer has or had."""

from sqlalchemy import delete, or_, select

from app.privacy.holding import Asking, Erasing, Holding, Told, plain
from app.team.model import Grant, Session, SignInLink, Token
from app.team.sessions import windows_of


async def person(asking: Asking) -> Told:
    mine = asking.subject.customer_id
    sessions = select(Session).where(Session.customer_id == mine).order_by(Session.created_at)
    tokens = select(Token).where(Token.customer_id == mine).order_by(Token.created_at)
    return {
        "sign_ins": [plain(row, "id", "member_id") for row in await asking.session.scalars(sessions)],
        "tokens": [plain(row, "id", "member_id") for row in await asking.session.scalars(tokens)],
    }


async def erase(erasing: Erasing) -> None:
    """Sessions, tokens and links, and every guest's browser that one of their orders was opened in."""
    session, subject, revoked = erasing.tx.session, erasing.subject, erasing.tx.revoked
    keys = (await session.scalars(windows_of(subject.customer_id))).all()
    tokens = (await session.scalars(select(Token.id).where(Token.customer_id == subject.customer_id))).all()
    await session.execute(
        delete(Grant).where(or_(Grant.session_id.in_(keys), Grant.order_id.in_(subject.orders)))
    )
    await session.execute(delete(Session).where(Session.id.in_(keys)))
    await session.execute(delete(Token).where(Token.id.in_(tokens)))
    await session.execute(delete(SignInLink).where(SignInLink.customer_id == subject.customer_id))
    revoked += [*(f"s:{key}" for key in keys), *(f"t:{key}" for key in tokens)]


HELD = Holding((Session, Grant, Token, SignInLink), erase, person)
