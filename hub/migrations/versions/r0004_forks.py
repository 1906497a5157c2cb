"""Forks of logs, the letters of each log's labels, and dead letters found by their event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from rma_station.domain.codes import log_letters

revision = "0004_forks"
down_revision = "0003_missing"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; every log that is here gets its letters."""
    op.create_table(
        "forks",
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("new_log", sa.String(length=64), nullable=False),
        sa.Column("at_seq", COUNTER, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "station", "new_log", name=op.f("pk_forks")),
    )
    op.create_index(op.f("ix_dead_letters_event_id"), "dead_letters", ["event_id"], unique=False)
    op.add_column("logs", sa.Column("letters", sa.String(length=4), server_default="", nullable=False))
    op.create_index(op.f("ix_logs_letters"), "logs", ["letters"], unique=False)
    logs = sa.table("logs", sa.column("log_id", sa.String), sa.column("letters", sa.String))
    connection = op.get_bind()
    for (log_id,) in connection.execute(sa.select(logs.c.log_id)).all():
        connection.execute(sa.update(logs).where(logs.c.log_id == log_id).values(letters=log_letters(log_id)))
