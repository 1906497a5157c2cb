"""Photos: which there are, which of their bytes are here, pages for phones, and money that waits for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_photos"
down_revision = "0005_alerts"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the column of what was complete when the policy looked."""
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", COUNTER, nullable=False),
        sa.Column("mime", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("complete_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blobs")),
    )
    op.create_table(
        "photos",
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("said_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "event_id", name=op.f("pk_photos")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_photos_sha256"), "photos", ["sha256"])
    with op.batch_alter_table("refund_intents") as table:
        table.add_column(sa.Column("photos_complete", sa.Boolean(), nullable=False, server_default=sa.true()))
