"""On PostgreSQL every entry of the feed names its transaction, and numbers come from a sequence."""

from __future__ import annotations

from alembic import op

revision = "0013_feed_order"
down_revision = "0012_quarantine"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SEQUENCE feed_seq OWNED BY feed.seq",
    "SELECT setval('feed_seq', (SELECT coalesce(max(seq), 0) + 1 FROM feed), false)",
    "ALTER TABLE feed ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX ix_feed_order ON feed (xid, seq)",
)


def upgrade() -> None:
    """Entries that are here count as written by this migration, in the order of their numbers."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in STATEMENTS:
            op.execute(statement)
