"""Pictures whose files are being deleted, and the orders that a mail gathers"""

import re

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

FIRST = 1000  # the number of an order is its id and this
AT_ONCE = 500
MAILS = sa.table("mails", *(sa.column(name) for name in ("id", "order_id", "kind", "text")))
ORDERS = sa.table("orders", sa.column("id"))


def upgrade() -> None:
    with op.batch_alter_table("pictures") as pictures:
        pictures.add_column(sa.Column("drop_at", UtcDateTime(), nullable=True))
        pictures.create_check_constraint(
            op.f("ck_pictures_drop"), "drop_at IS NULL OR loose_since IS NOT NULL"
        )
    op.create_index(op.f("ix_mails_order_id"), "mails", ["order_id"])
    op.create_index(op.f("ix_mails_recipient"), "mails", ["recipient"])
    gathered = op.create_table(
        "mail_orders",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mails.id"], name=op.f("fk_mail_orders_mail_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_mail_orders_order_id")),
        sa.PrimaryKeyConstraint("mail_id", "order_id", name=op.f("pk_mail_orders")),
    )
    op.create_index(op.f("ix_mail_orders_order_id"), "mail_orders", ["order_id"])
    _fill(op.get_bind(), gathered)


def _fill(connection: sa.Connection, gathered: sa.Table) -> None:
    """Of the mails there are: by their links, of which some may be quoted, and lead to no order."""
    after = 0
    wanted = sa.select(MAILS.c.id, MAILS.c.text).where(
        MAILS.c.order_id.is_(None), MAILS.c.kind == "new_messages"
    )
    while some := connection.execute(
        wanted.where(MAILS.c.id > after).order_by(MAILS.c.id).limit(AT_ONCE)
    ).all():
        after = some[-1].id
        pairs = {
            (mail.id, int(number) - FIRST)
            for mail in some
            for number in re.findall(r"/desk/orders/([0-9]{1,9})\b", mail.text)
        }
        keys = sorted({order for _, order in pairs})
        known: set[int] = set()
        for start in range(0, len(keys), AT_ONCE):
            here = sa.select(ORDERS.c.id).where(ORDERS.c.id.in_(keys[start : start + AT_ONCE]))
            known.update(connection.scalars(here))
        rows = [{"mail_id": mail, "order_id": order} for mail, order in sorted(pairs) if order in known]
        if rows:
            connection.execute(gathered.insert(), rows)


def downgrade() -> None:
    op.drop_table("mail_orders")
    op.drop_index(op.f("ix_mails_recipient"), "mails")
    op.drop_index(op.f("ix_mails_order_id"), "mails")
    with op.batch_alter_table("pictures") as pictures:
        pictures.drop_constraint(op.f("ck_pictures_drop"), type_="check")
        pictures.drop_column("drop_at")
