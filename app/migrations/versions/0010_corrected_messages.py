"""What became of messages that were corrected or withdrawn"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amendments",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_amendments_order_id")),
        sa.PrimaryKeyConstraint("order_id", "seq", name=op.f("pk_amendments")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_amendments_target", "amendments", ["order_id", "target"])


def downgrade() -> None:
    op.drop_table("amendments")
