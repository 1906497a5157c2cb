"""Several processes on PostgreSQL remember the nonces of signed calls together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_nonces"
down_revision = "0016_phone_failures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was signed before the process began is refused anyway."""
    op.create_table(
        "nonces",
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "nonce", name=op.f("pk_nonces")),
    )
    op.create_index(op.f("ix_nonces_until"), "nonces", ["until"])
