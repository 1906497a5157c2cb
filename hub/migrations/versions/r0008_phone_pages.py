"""Pages for phones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_phone_pages"
down_revision = "0007_trust"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "phone_pages",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=True),
        sa.Column("case_ids", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("photos", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_phone_pages")),
    )
    op.create_index(op.f("ix_phone_pages_station"), "phone_pages", ["station"])
