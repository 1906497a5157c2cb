"""How far each station's clock was off, and units that fill no slot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_conflicts"
down_revision = "0008_phone_pages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the table."""
    op.add_column("stations", sa.Column("clock_offset", sa.Integer(), nullable=True))
    op.add_column("events", sa.Column("clock_offset", sa.Integer(), nullable=True))
    op.create_table(
        "surplus_units",
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("lpn", sa.String(length=16), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("noted_at", sa.String(length=32), nullable=True),
        sa.Column("noted_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_surplus_units")),
    )
    op.create_index(op.f("ix_surplus_units_case_id"), "surplus_units", ["case_id"], unique=False)
