"""Backups that were made, good or bad, and how far each log is in a good one that lies elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_backups"
down_revision = "0010_restores"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; no backup is known to hold anything yet."""
    op.create_table(
        "backups",
        sa.Column("backup_id", COUNTER, nullable=False),
        sa.Column("begun_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("elsewhere", sa.Boolean(), nullable=False),
        sa.Column("events", COUNTER, nullable=False),
        sa.Column("bytes", COUNTER, nullable=False),
        sa.Column("detail", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("backup_id", name=op.f("pk_backups")),
    )
    op.add_column("logs", sa.Column("stable_through", COUNTER, server_default="0", nullable=False))
