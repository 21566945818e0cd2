"""The team, and every way in: sessions, tokens, mailed links."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, true
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.orders.model import one_of

ROLES = ("owner", "agent")
SCOPES = ("read", "write")
EITHER = "(member_id IS NULL) <> (customer_id IS NULL)"
OPEN = sql("accepted_at IS NULL AND withdrawn_at IS NULL")


class Member(Base):
    """One of the team. A removed member keeps the row, since entries name them.

    `seen_at` is right to a minute, see app.team.uses. `totp_*` are of app.team.two_factor: the secret is
    encrypted and, while `totp_since` is NULL, not confirmed yet; `totp_step` is the last one used.
    `shortcuts`: whether single keys do something on the desk.
    """

    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    totp_since: Mapped[datetime | None]
    totp_step: Mapped[int | None]
    shortcuts: Mapped[bool] = mapped_column(default=True, server_default=true())

    __table_args__ = (CheckConstraint(one_of("role", ROLES), name="role"),)


class RecoveryCode(Base):
    """What opens once instead of a code of the second factor; only its hash is kept, and only until then."""

    __tablename__ = "recovery_codes"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)


class Invitation(Base):
    """Somebody asked to join. Only the hash of the link's secret is kept; at most one is open an address."""

    __tablename__ = "invitations"
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    invited_by: Mapped[int] = mapped_column(ForeignKey("members.id"))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("role", ROLES), name="role"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="over"),
        Index("ix_invitations_open", "email", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )


class Session(Base):
    """A browser that is known. Neither member nor customer: a guest of the orders it was granted."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("member_id IS NULL OR customer_id IS NULL", name="one"),
        Index("ix_sessions_member", "member_id"),
        Index("ix_sessions_customer", "customer_id"),
    )


class Grant(Base):
    """An order that a session may see and use, and nothing else of its customer's."""

    __tablename__ = "grants"
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)


class Token(Base):
    """A program's bearer token; only its hash is kept. `used_at` is right to a minute, see app.team.uses."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str] = mapped_column(String(100), server_default="")
    scope: Mapped[str] = mapped_column(String(5), server_default="write")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(EITHER, name="one"),
        CheckConstraint(one_of("scope", SCOPES), name="scope"),
        Index("ix_tokens_member", "member_id"),
        Index("ix_tokens_customer", "customer_id"),
    )


class SignInLink(Base):
    """A link that signs in once; only its hash is kept."""

    __tablename__ = "sign_in_links"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint(EITHER, name="one"),)
