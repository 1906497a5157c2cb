"""Stations from which more comes that cannot be taken than any mistake of a day explains."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_quarantine"
down_revision = "0011_backups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody is in quarantine."""
    op.add_column("stations", sa.Column("quarantined_at", sa.String(length=32), nullable=True))
