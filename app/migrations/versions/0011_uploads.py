"""Files that come with messages"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0011"
down_revision = "0014"
branch_labels = None
depends_on = None

UNSENT = sa.text("seq IS NULL")


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("preview", sa.Boolean(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(seq IS NULL) = (expires_at IS NOT NULL)", name=op.f("ck_attachments_expires")),
        sa.CheckConstraint("seq IS NULL OR ready", name=op.f("ck_attachments_ready")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_attachments_size")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_attachments_order_id")),
        sa.ForeignKeyConstraint(
            ["order_id", "seq"], ["entries.order_id", "entries.seq"], name="fk_attachments_entry"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("key", name=op.f("uq_attachments_key")),
    )
    op.create_index("ix_attachments_entry", "attachments", ["order_id", "seq"])
    for name, column in (("unsent", "person"), ("expires", "expires_at")):
        op.create_index(
            f"ix_attachments_{name}", "attachments", [column], sqlite_where=UNSENT, postgresql_where=UNSENT
        )


def downgrade() -> None:
    op.drop_table("attachments")
