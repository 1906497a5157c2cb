"""Money and people: orders' payments, intents, attempts, decisions, bank files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_money"
down_revision = "0001_core"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

STATES = (
    "'proposed', 'held', 'approved', 'queued', 'in_flight', 'succeeded', "
    "'unknown', 'needs_human', 'declined', 'cancelled'"
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bank_accounts",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=70), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=True),
        sa.PrimaryKeyConstraint("currency", name=op.f("pk_bank_accounts")),
    )
    op.create_table(
        "bank_batches",
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total_minor", COUNTER, nullable=False),
        sa.Column("debtor", sa.JSON(), nullable=False),
        sa.Column("execute_on", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("answered_at", sa.String(length=32), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("state IN ('made', 'confirmed', 'answered')", name=op.f("ck_bank_batches_state")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_bank_batches")),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", COUNTER, nullable=False),
        sa.Column("refund_key", sa.String(length=36), nullable=True),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_case_id"), "decisions", ["case_id"], unique=False)
    op.create_index(op.f("ix_decisions_refund_key"), "decisions", ["refund_key"], unique=False)
    op.create_table(
        "line_money",
        sa.Column("subject", sa.String(length=170), nullable=False),
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("rma_id", sa.String(length=80), nullable=True),
        sa.Column("line_id", sa.String(length=80), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("paid_minor", COUNTER, nullable=True),
        sa.Column("start_minor", COUNTER, nullable=True),
        sa.Column("committed_minor", COUNTER, server_default="0", nullable=False),
        sa.CheckConstraint(
            "committed_minor >= 0 AND committed_minor <= paid_minor", name=op.f("ck_line_money_within_paid")
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_line_money")),
    )
    op.create_index(op.f("ix_line_money_order_id"), "line_money", ["order_id"], unique=False)
    op.create_index(op.f("ix_line_money_rma_id"), "line_money", ["rma_id"], unique=False)
    op.create_table(
        "money_switches",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_money_switches")),
    )
    op.create_table(
        "order_money",
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_minor", COUNTER, nullable=False),
        sa.Column("committed_minor", COUNTER, server_default="0", nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column("delivery_paid_minor", COUNTER, server_default="0", nullable=False),
        sa.Column("delivery_standard_minor", COUNTER, nullable=True),
        sa.Column("holder", sa.String(length=140), nullable=True),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.CheckConstraint(
            "committed_minor >= 0 AND committed_minor <= paid_minor", name=op.f("ck_order_money_within_paid")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_money")),
    )
    op.create_table(
        "payments",
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("payment_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("means", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_minor", COUNTER, nullable=False),
        sa.Column("committed_minor", COUNTER, server_default="0", nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "committed_minor >= 0 AND committed_minor <= paid_minor", name=op.f("ck_payments_within_paid")
        ),
        sa.PrimaryKeyConstraint("order_id", "payment_id", name=op.f("pk_payments")),
    )
    op.create_table(
        "people",
        sa.Column("worker_id", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("language", sa.String(length=2), server_default="pl", nullable=False),
        sa.Column("verifier", sa.String(length=200), nullable=True),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.String(length=32), nullable=True),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_people")),
    )
    op.create_table(
        "refund_intents",
        sa.Column("refund_key", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=170), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("right_minor", COUNTER, nullable=False),
        sa.Column("deduction_minor", COUNTER, server_default="0", nullable=False),
        sa.Column("amount_minor", COUNTER, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deadline_on", sa.String(length=10), server_default="", nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("graders", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.String(length=60), server_default="", nullable=False),
        sa.Column("policy_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("explanation", sa.String(length=300), server_default="", nullable=False),
        sa.Column("proposed_at", sa.String(length=32), nullable=False),
        sa.Column("settles_at", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("frozen_at", sa.String(length=32), nullable=True),
        sa.Column("connector", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("absences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_check_at", sa.String(length=32), nullable=True),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("late_at", sa.String(length=32), nullable=True),
        sa.Column("retry_asked_by", sa.String(length=40), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            f"state IN ({STATES})",
            name=op.f("ck_refund_intents_state"),
        ),
        sa.CheckConstraint("amount_minor >= 0 AND amount_minor <= right_minor", name=op.f("ck_refund_intents_amount")),
        sa.CheckConstraint("deduction_minor >= 0", name=op.f("ck_refund_intents_deduction")),
        sa.PrimaryKeyConstraint("refund_key", name=op.f("pk_refund_intents")),
    )
    op.create_index(op.f("ix_refund_intents_case_id"), "refund_intents", ["case_id"], unique=False)
    op.create_index(op.f("ix_refund_intents_order_id"), "refund_intents", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_refund_intents_state_refund_intents_settles_at"),
        "refund_intents",
        ["state", "settles_at"],
        unique=False,
    )
    op.create_table(
        "refund_losses",
        sa.Column("loss_id", COUNTER, nullable=False),
        sa.Column("refund_key", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("amount_minor", COUNTER, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_losses_amount")),
        sa.PrimaryKeyConstraint("loss_id", name=op.f("pk_refund_losses")),
    )
    op.create_index(op.f("ix_refund_losses_refund_key"), "refund_losses", ["refund_key"], unique=False)
    op.create_table(
        "refund_steps",
        sa.Column("step_id", COUNTER, nullable=False),
        sa.Column("refund_key", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_refund_steps")),
    )
    op.create_index(op.f("ix_refund_steps_refund_key"), "refund_steps", ["refund_key"], unique=False)
    op.create_table(
        "bank_entries",
        sa.Column("refund_key", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("amount_minor", COUNTER, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("holder", sa.String(length=70), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("description", sa.String(length=140), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["bank_batches.message_id"], name=op.f("fk_bank_entries_message_id_bank_batches")
        ),
        sa.ForeignKeyConstraint(
            ["refund_key"], ["refund_intents.refund_key"], name=op.f("fk_bank_entries_refund_key_refund_intents")
        ),
        sa.PrimaryKeyConstraint("refund_key", name=op.f("pk_bank_entries")),
        sa.UniqueConstraint("end_to_end_id", name=op.f("uq_bank_entries_end_to_end_id")),
    )
    op.create_index(op.f("ix_bank_entries_message_id"), "bank_entries", ["message_id"], unique=False)
    op.create_table(
        "refund_attempts",
        sa.Column("attempt_id", COUNTER, nullable=False),
        sa.Column("refund_key", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("connector", sa.String(length=40), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", COUNTER, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("deadline_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("detail", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["refund_key"], ["refund_intents.refund_key"], name=op.f("fk_refund_attempts_refund_key_refund_intents")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_refund_attempts")),
        sa.UniqueConstraint("refund_key", "number", name=op.f("uq_refund_attempts_refund_key_number")),
    )
    op.create_index(op.f("ix_refund_attempts_started_at"), "refund_attempts", ["started_at"], unique=False)
    op.create_table(
        "slot_money",
        sa.Column("subject", sa.String(length=170), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("paid_minor", COUNTER, nullable=False),
        sa.Column("committed_minor", COUNTER, server_default="0", nullable=False),
        sa.CheckConstraint(
            "committed_minor >= 0 AND committed_minor <= paid_minor", name=op.f("ck_slot_money_within_paid")
        ),
        sa.ForeignKeyConstraint(["subject"], ["line_money.subject"], name=op.f("fk_slot_money_subject_line_money")),
        sa.PrimaryKeyConstraint("subject", "slot", name=op.f("pk_slot_money")),
    )
