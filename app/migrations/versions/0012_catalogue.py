"""Edited products with pictures, and baskets"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.Column("pictures", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    op.add_column("products", empty)
    first = sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    op.add_column("products", first)
    op.create_table(
        "pictures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("loose_since", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_loose_since"), "pictures", ["loose_since"])
    op.create_table(
        "baskets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baskets")),
    )
    op.create_index(op.f("ix_baskets_changed_at"), "baskets", ["changed_at"])


def downgrade() -> None:
    op.drop_table("baskets")
    op.drop_table("pictures")
    op.drop_column("products", "version")
    op.drop_column("products", "pictures")
