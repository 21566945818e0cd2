"""Analytics: tallies by day, filled from the orders, entries and quotes that are there

Payments and subscriptions came with 0002 and have no past of their own yet.
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime
from app.migrations.tallies_0003 import fill

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tally_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("figure", sa.String(length=24), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_moves")),
    )
    op.create_index("ix_tally_moves_figure", "tally_moves", ["figure", "day"])
    op.create_table(
        "tallies",
        sa.Column("figure", sa.String(length=24), nullable=False),
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("span IN (1, 4, 16, 64, 256)", name=op.f("ck_tallies_span")),
        sa.PrimaryKeyConstraint("figure", "span", "block", "key", "currency", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tallies_rank", "tallies", ["figure", "span", "block", "amount"])
    op.create_table(
        "counted_orders",
        sa.Column("order_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("quoted_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("out", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'confirmed', 'rejected', 'cancelled')",
            name=op.f("ck_counted_orders_status"),
        ),
        sa.CheckConstraint(
            "(status = 'confirmed') = (confirmed_on IS NOT NULL)", name=op.f("ck_counted_orders_confirmed_on")
        ),
        sa.CheckConstraint("open >= 0 AND open <= confirmed", name=op.f("ck_counted_orders_open")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_counted_orders_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_counted_orders")),
    )
    op.create_table(
        "counted_subscriptions",
        sa.Column("subscription_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'active', 'overdue', 'cancelled', 'ended')",
            name=op.f("ck_counted_subscriptions_state"),
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_counted_subscriptions_subscription_id")
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_counted_subscriptions")),
    )
    fill(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what was counted is not forgotten")
