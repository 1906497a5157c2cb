"""Wrong PINs are counted for each place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_pin_tries"
down_revision = "0018_rule_words"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Whoever is locked out stays so, everywhere; up to four wrong tries before are forgiven once."""
    op.create_table(
        "pin_tries",
        sa.Column("worker_id", sa.String(length=6), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("locks", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(length=32), nullable=True),
        sa.Column("last_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", "place", name=op.f("pk_pin_tries")),
    )
    op.execute(
        "INSERT INTO pin_tries (worker_id, place, wrong, counted, locks, locked_until, last_at) "
        "SELECT worker_id, '*', 0, 0, 0, locked_until, locked_until FROM people WHERE locked_until IS NOT NULL"
    )
    op.drop_column("people", "wrong")
    op.drop_column("people", "locked_until")
