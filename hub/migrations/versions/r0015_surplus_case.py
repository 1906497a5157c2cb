"""A unit that is in two cases is held in both: surplus units are known by case and unit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_surplus_case"
down_revision = "0014_claims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew with its rows: SQLite cannot change a primary key."""
    connection = op.get_bind()
    rows = [dict(row) for row in connection.execute(sa.text("SELECT * FROM surplus_units")).mappings()]
    op.drop_index(op.f("ix_surplus_units_case_id"), "surplus_units")
    op.drop_table("surplus_units")
    table = op.create_table(
        "surplus_units",
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("lpn", sa.String(length=16), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("noted_at", sa.String(length=32), nullable=True),
        sa.Column("noted_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "unit_id", name=op.f("pk_surplus_units")),
    )
    op.bulk_insert(table, rows)
