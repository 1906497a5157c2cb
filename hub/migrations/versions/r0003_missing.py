"""Pieces the hub has said to be missing, for finding the cases it still has to say it of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_missing"
down_revision = "0002_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was said yet."""
    op.add_column("cases", sa.Column("missing", sa.Integer(), server_default="0", nullable=False))
