"""The shop's texts in all their versions, and which terms an order was placed under"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0016"
down_revision = "0011"
branch_labels = None
depends_on = None

REFUSED = "texts in force are only ever added to"
SQLITE_TRIGGERS = [
    f"CREATE TRIGGER legal_texts_no_{what.lower()} BEFORE {what} ON legal_texts "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for what in ("UPDATE", "DELETE")
]
POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION legal_texts_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER legal_texts_append_only BEFORE UPDATE OR DELETE ON legal_texts
FOR EACH ROW EXECUTE FUNCTION legal_texts_append_only()
"""


def upgrade() -> None:
    op.create_table(
        "legal_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("de", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('terms', 'privacy', 'imprint')", name=op.f("ck_legal_texts_kind")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_legal_texts_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_texts")),
    )
    op.create_index("ix_legal_texts_kind", "legal_texts", ["kind", "id"])
    terms = sa.ForeignKey("legal_texts.id", name=op.f("fk_orders_terms_id"))
    op.add_column("orders", sa.Column("terms_id", sa.Integer(), terms, nullable=True), inline_references=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        op.execute(POSTGRESQL_TRIGGER)
    else:
        for trigger in SQLITE_TRIGGERS:
            op.execute(trigger)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("orders", "terms_id")
    else:
        with op.batch_alter_table("orders") as batch:
            batch.drop_column("terms_id")
    op.drop_table("legal_texts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION legal_texts_append_only")
