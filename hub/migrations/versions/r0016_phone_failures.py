"""Phone pages count what was no photo, and end after some of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_phone_failures"
down_revision = "0015_surplus_case"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; nothing has failed."""
    op.add_column("phone_pages", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
