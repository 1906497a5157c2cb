"""Which station has what in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_claims"
down_revision = "0013_feed_order"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody has anything in hand."""
    op.create_table(
        "claims",
        sa.Column("name_sha256", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name_sha256", "station", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_expires_at"), "claims", ["expires_at"])
