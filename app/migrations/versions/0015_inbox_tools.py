"""The Inbox as a tool: snoozed orders, orders marked unread, canned replies, filters, shortcuts"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

RARE = "payment_status NOT IN ('unpaid', 'paid')"
INDEXES = (
    ("ix_orders_snoozed", "orders", ["sorted_at", "id"], "snoozed_at IS NOT NULL"),
    ("ix_orders_snoozed_until", "orders", ["snoozed_until"], "snoozed_until IS NOT NULL"),
    ("ix_orders_assignee", "orders", ["assignee_id", "sorted_at", "id"], "assignee_id IS NOT NULL"),
    ("ix_orders_money", "orders", ["payment_status", "sorted_at", "id"], RARE),
)
# in words that both databases know, see 0004
COLUMNS = (
    "snoozed_at {moment} CONSTRAINT ck_orders_snoozed CHECK (snoozed_at IS NULL OR turn = 'team')",
    "snoozed_until {moment} "
    "CONSTRAINT ck_orders_snoozed_until CHECK (snoozed_until IS NULL OR snoozed_at IS NOT NULL)",
)


def upgrade() -> None:
    op.add_column("readings", sa.Column("marked", sa.Integer(), nullable=True))
    op.add_column("members", sa.Column("shortcuts", sa.Boolean(), nullable=False, server_default=sa.true()))
    _orders()
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.drop_index("ix_readings_unread", "readings")
    _of_readings("ix_readings_news", " OR marked IS NOT NULL")
    op.create_index("ix_order_labels_label", "order_labels", ["label_id", "order_id"])
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("name", name=op.f("uq_canned_replies_name")),
    )


def _of_readings(name: str, more: str) -> None:
    sqlite, postgresql = sa.text(f"unread = 1{more}"), sa.text(f"unread{more}")
    op.create_index(name, "readings", ["member_id"], sqlite_where=sqlite, postgresql_where=postgresql)


def _orders() -> None:
    moment = UtcDateTime().compile(op.get_bind().dialect)
    for column in COLUMNS:
        op.execute(f"ALTER TABLE orders ADD COLUMN {column.format(moment=moment)}")


def downgrade() -> None:
    op.drop_table("canned_replies")
    op.drop_index("ix_order_labels_label", "order_labels")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_index("ix_readings_news", "readings")
    _of_readings("ix_readings_unread", "")
    op.execute("UPDATE box_tallies SET box = 'inbox' WHERE box = 'snoozed'")
    op.drop_column("orders", "snoozed_until")
    op.drop_column("orders", "snoozed_at")
    op.drop_column("members", "shortcuts")
    op.drop_column("readings", "marked")
