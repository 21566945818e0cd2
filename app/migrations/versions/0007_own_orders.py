"""A customer's orders in the order in which they are listed"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_orders_customer", "orders")
    op.create_index("ix_orders_customer", "orders", ["customer_id", "sorted_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_orders_customer", "orders")
    op.create_index("ix_orders_customer", "orders", ["customer_id", "id"])
