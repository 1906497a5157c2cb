"""Restores of the hub, what they wait for, and refunds that are known to have left before one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_restores"
down_revision = "0009_conflicts"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; no provider was asked about any refund before its first sending yet."""
    op.create_table(
        "restores",
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("past_ends", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_restores")),
    )
    op.create_table(
        "restore_waits",
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("heads", sa.Text(), nullable=True),
        sa.Column("met_at", sa.String(length=32), nullable=True),
        sa.Column("by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("why", sa.String(length=300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("epoch", "kind", "name", name=op.f("pk_restore_waits")),
    )
    op.create_table(
        "sent_before",
        sa.Column("refund_key", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("amount_minor", COUNTER, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("refund_key", name=op.f("pk_sent_before")),
    )
    op.add_column("refund_intents", sa.Column("asked_at", sa.String(length=32), nullable=True))
