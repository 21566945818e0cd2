"""Customers who are deleted, and those who change their address"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

LEFT = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.add_column("customers", sa.Column("deleted_at", UtcDateTime(), nullable=True))
    op.create_table(
        "address_changes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_address_changes_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
    )
    op.create_index(op.f("ix_address_changes_customer_id"), "address_changes", ["customer_id"])
    op.create_index(op.f("ix_address_changes_expires_at"), "address_changes", ["expires_at"])
    op.create_table(
        "erasures",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("cards", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(done_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_erasures_due")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_erasures_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_due", "erasures", ["due_at"], sqlite_where=LEFT, postgresql_where=LEFT)


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("address_changes")
    op.drop_column("customers", "deleted_at")
