"""Tokens have a name, a scope and the time of their last use; those that are there may still write

Columns are added where the table stands: making it anew, as alembic does on SQLite for a constraint, would
drop a table that others refer to. So the CHECK comes with its column, in words that both databases know.
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("used_at", UtcDateTime(), nullable=True))
    op.execute(
        "ALTER TABLE tokens ADD COLUMN scope VARCHAR(5) DEFAULT 'write' NOT NULL "
        "CONSTRAINT ck_tokens_scope CHECK (scope IN ('read', 'write'))"
    )
    op.create_index("ix_tokens_member", "tokens", ["member_id"])
    op.create_index("ix_tokens_customer", "tokens", ["customer_id"])


def downgrade() -> None:
    raise NotImplementedError("a read token must not become one that writes")
