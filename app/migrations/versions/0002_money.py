"""Money: cards, payments, attempts, refunds, subscriptions, and the demo bank's own tables"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_calls",
        sa.Column("call", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call", "key", name=op.f("pk_bank_calls")),
    )
    op.create_table(
        "bank_charges",
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_number", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("return_url", sa.String(length=1000), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(status = 'failed') = (code <> '')", name=op.f("ck_bank_charges_code")),
        sa.CheckConstraint(
            "(status = 'processing') = (due_at IS NOT NULL)", name=op.f("ck_bank_charges_due")
        ),
        sa.CheckConstraint(
            "(status IN ('succeeded', 'failed')) = (ended_at IS NOT NULL)", name=op.f("ck_bank_charges_ended")
        ),
        sa.CheckConstraint("refunded = 0 OR status = 'succeeded'", name=op.f("ck_bank_charges_paid_before")),
        sa.CheckConstraint(
            "status IN ('prepared', 'action', 'processing', 'succeeded', 'failed')",
            name=op.f("ck_bank_charges_status"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_charges_amount")),
        sa.CheckConstraint("refunded >= 0 AND refunded <= amount", name=op.f("ck_bank_charges_refunded")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_bank_charges")),
    )
    with op.batch_alter_table("bank_charges", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bank_charges_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status = 'processing'"),
            postgresql_where=sa.text("status = 'processing'"),
        )

    op.create_table(
        "bank_events",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('setup', 'charge', 'refund')", name=op.f("ck_bank_events_kind")),
        sa.CheckConstraint(
            "(delivered_at IS NOT NULL) = (copies = 0)", name=op.f("ck_bank_events_delivered")
        ),
        sa.CheckConstraint("copies >= 0", name=op.f("ck_bank_events_copies")),
        sa.CheckConstraint("delivered_at IS NULL OR due_at IS NULL", name=op.f("ck_bank_events_due")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_events")),
    )
    with op.batch_alter_table("bank_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bank_events_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_bank_events_ref"), ["ref"], unique=False)

    op.create_table(
        "bank_faults",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=20), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "name IN ('away', 'late', 'slow', 'duplicate', 'hang')", name=op.f("ck_bank_faults_name")
        ),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_bank_faults_remaining")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_bank_faults_seconds")),
        sa.PrimaryKeyConstraint("name", "call", name=op.f("pk_bank_faults")),
    )
    op.create_table(
        "bank_methods",
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("expires", sa.String(length=7), nullable=False),
        sa.Column("behaviour", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("forgotten_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "behaviour IN ('pays', 'declines', 'asks', 'no_funds', 'stolen')",
            name=op.f("ck_bank_methods_behaviour"),
        ),
        sa.CheckConstraint("length(last4) = 4", name=op.f("ck_bank_methods_last4")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_bank_methods")),
    )
    op.create_table(
        "bank_refunds",
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("charge", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(status = 'processing') = (due_at IS NOT NULL)", name=op.f("ck_bank_refunds_due")
        ),
        sa.CheckConstraint("status IN ('processing', 'succeeded')", name=op.f("ck_bank_refunds_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_refunds_amount")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_bank_refunds")),
    )
    with op.batch_alter_table("bank_refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_refunds_charge"), ["charge"], unique=False)
        batch_op.create_index(
            "ix_bank_refunds_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status = 'processing'"),
            postgresql_where=sa.text("status = 'processing'"),
        )

    op.create_table(
        "bank_setups",
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("return_url", sa.String(length=1000), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_bank_setups")),
    )
    op.create_table(
        "gateway_events",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "id", name=op.f("pk_gateway_events")),
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("payer", sa.String(length=200), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("expires", sa.String(length=7), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_cards_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_cards_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cards_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cards_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "uq_cards_account",
            ["gateway", "ref", "customer_id"],
            unique=True,
            sqlite_where=sa.text("order_id IS NULL"),
            postgresql_where=sa.text("order_id IS NULL"),
        )
        batch_op.create_index("uq_cards_order", ["gateway", "ref", "order_id"], unique=True)

    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("next_plan", sa.JSON(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("tax_rate", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("plan_cycle", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("next_charge_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'overdue') = (failed_at IS NOT NULL)", name=op.f("ck_subscriptions_failed")
        ),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'ended')) = (ended_at IS NOT NULL)", name=op.f("ck_subscriptions_ended")
        ),
        sa.CheckConstraint(
            "state IN ('scheduled', 'active', 'overdue', 'cancelled', 'ended')",
            name=op.f("ck_subscriptions_state"),
        ),
        sa.CheckConstraint(
            "credit >= 0 AND period >= 0 AND cycle >= 0", name=op.f("ck_subscriptions_counts")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_subscriptions_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_subscriptions_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscriptions_cancel",
            ["cancel_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
            postgresql_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
        )
        batch_op.create_index(batch_op.f("ix_subscriptions_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_subscriptions_due",
            ["next_charge_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
            postgresql_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
        )
        batch_op.create_index(
            "ix_subscriptions_ends",
            ["ends_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
            postgresql_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
        )
        batch_op.create_index(batch_op.f("ix_subscriptions_order_id"), ["order_id"], unique=False)
        batch_op.create_index("ix_subscriptions_state", ["state", "next_charge_at", "id"], unique=False)
        batch_op.create_index(
            "uq_subscriptions_live",
            ["order_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
            postgresql_where=sa.text("state IN ('scheduled', 'active', 'overdue')"),
        )

    op.create_table(
        "payments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("card", sa.String(length=60), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(status = 'succeeded') = (paid_at IS NOT NULL)", name=op.f("ck_payments_paid")),
        sa.CheckConstraint(
            "(status = 'succeeded') = (receipt IS NOT NULL)", name=op.f("ck_payments_receipt")
        ),
        sa.CheckConstraint(
            "kind IN ('order', 'renewal', 'change', 'request')", name=op.f("ck_payments_kind")
        ),
        sa.CheckConstraint(
            "method IN ('online', 'bank_transfer', 'cash', 'invoice')", name=op.f("ck_payments_method")
        ),
        sa.CheckConstraint(
            "status IN ('due', 'pending', 'succeeded', 'failed', 'withdrawn')",
            name=op.f("ck_payments_status"),
        ),
        sa.CheckConstraint("amount > 0 AND amount <= 1000000000000", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("refunded >= 0 AND refunded <= amount", name=op.f("ck_payments_refunded")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_payments_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("receipt", name=op.f("uq_payments_receipt")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payments_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payments_subscription_id"), ["subscription_id"], unique=False)
        batch_op.create_index(
            "uq_payments_cycle",
            ["subscription_id", "cycle"],
            unique=True,
            sqlite_where=sa.text("status <> 'withdrawn' AND cycle IS NOT NULL"),
            postgresql_where=sa.text("status <> 'withdrawn' AND cycle IS NOT NULL"),
        )

    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("on_session", sa.Boolean(), nullable=False),
        sa.Column("person", sa.String(length=24), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("action_url", sa.String(length=1000), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('open', 'action')) = (due_at IS NOT NULL)", name=op.f("ck_attempts_due")
        ),
        sa.CheckConstraint(
            "(status IN ('open', 'action')) = (ended_at IS NULL)", name=op.f("ck_attempts_ended")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'action', 'succeeded', 'failed')", name=op.f("ck_attempts_status")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_attempts_card_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_attempts_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("key", name=op.f("uq_attempts_key")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_attempts_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('open', 'action')"),
            postgresql_where=sa.text("status IN ('open', 'action')"),
        )
        batch_op.create_index(batch_op.f("ix_attempts_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempts_ref"), ["ref"], unique=False)
        batch_op.create_index(
            "uq_attempts_payment",
            ["payment_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'failed'"),
            postgresql_where=sa.text("status <> 'failed'"),
        )

    op.create_table(
        "card_setups",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("own_order", sa.Boolean(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_card_setups_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_card_setups_order_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_card_setups_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_setups")),
    )
    with op.batch_alter_table("card_setups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_setups_ref"), ["ref"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(status = 'open') = (due_at IS NOT NULL)", name=op.f("ck_refunds_due")),
        sa.CheckConstraint("status IN ('open', 'succeeded', 'failed')", name=op.f("ck_refunds_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_refunds_member_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("key", name=op.f("uq_refunds_key")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refunds_ref"), ["ref"], unique=False)

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("account_card", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    raise NotImplementedError("payments are not forgotten")
