"""Quotes with tax, optional lines, counter-offers and reminders, and templates for them"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPROVED = (
    "approved_amount IS NULL OR (status = 'approved' AND approved_amount > 0"
    " AND approved_amount <= 1000000000000)"
)
COUNTERED = (
    "(counter_amount IS NULL AND countered_at IS NULL) OR (countered_at IS NOT NULL AND counter_amount > 0"
    " AND counter_amount <= 1000000000000)"
)
REMINDED = sa.text("status = 'sent' AND remind_at IS NOT NULL")


def upgrade() -> None:
    add = op.add_column
    add("quotes", sa.Column("tax_rate", sa.String(length=8), nullable=True))
    add("quotes", sa.Column("tax_included", sa.Boolean(), nullable=False, server_default=sa.true()))
    approved = sa.CheckConstraint(APPROVED, name=op.f("ck_quotes_approved_amount"))
    add("quotes", sa.Column("approved_amount", sa.BigInteger(), approved, nullable=True))
    add("quotes", sa.Column("ticked", sa.JSON(), nullable=False, server_default="[]"))
    add("quotes", sa.Column("seen_at", UtcDateTime(), nullable=True))
    add("quotes", sa.Column("counter_amount", sa.BigInteger(), nullable=True))
    add("quotes", sa.Column("counter_text", sa.Text(), nullable=False, server_default=""))
    countered = sa.CheckConstraint(COUNTERED, name=op.f("ck_quotes_counter"))
    add("quotes", sa.Column("countered_at", UtcDateTime(), countered, nullable=True))
    add("quotes", sa.Column("remind_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE quotes SET approved_amount = amount WHERE status = 'approved'")
    op.create_index(
        "ix_quotes_remind", "quotes", ["remind_at"], sqlite_where=REMINDED, postgresql_where=REMINDED
    )
    _templates()


def _templates() -> None:
    op.create_table(
        "quote_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("valid_days > 0", name=op.f("ck_quote_templates_valid_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_templates")),
    )
    current = sa.text("archived_at IS NULL")
    op.create_index(
        "uq_quote_templates_name",
        "quote_templates",
        ["name"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def downgrade() -> None:
    op.drop_table("quote_templates")
    op.drop_index("ix_quotes_remind", "quotes")
    # a check goes with its own column, so that one goes before the other that the check names
    for name in (
        "remind_at",
        "countered_at",
        "counter_text",
        "counter_amount",
        "seen_at",
        "ticked",
        "approved_amount",
        "tax_included",
        "tax_rate",
    ):
        op.drop_column("quotes", name)
