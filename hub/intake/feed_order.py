"""The order of the feed where several transactions may append at a time: PostgreSQL (sync reference D5, R12).

A sequence gives numbers that never repeat, but a smaller one may be committed after a larger one: a reader that goes by
numbers alone would pass it over for ever. So every row carries the id of its transaction (``xid8``, which does not wrap
around), rows are read in the order of ``(xid, seq)``, and only those of transactions before ``pg_snapshot_xmin``: all
of these have ended, and none that is still to come can be before them. A transaction that stays open holds the feed up;
``rma_pg_oldest_xact_seconds`` shows it.

On SQLite one connection writes, and the number alone is the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import DDL, ColumnElement, Connection, Row, and_, event, literal_column, select, text, tuple_

from hub.tables import feed

STATEMENTS = (
    "CREATE SEQUENCE feed_seq OWNED BY feed.seq",
    "SELECT setval('feed_seq', (SELECT coalesce(max(seq), 0) + 1 FROM feed), false)",
    "ALTER TABLE feed ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX ix_feed_order ON feed (xid, seq)",
)
"""What PostgreSQL has besides the common table; ``migrations/`` runs the same."""
SETTLED = "3"
"""A transaction id before all others (the first normal one), for rows that came from another server."""

for _statement in STATEMENTS:
    event.listen(feed, "after_create", DDL(_statement).execute_if(dialect="postgresql"))  # type: ignore[no-untyped-call]

_XID: ColumnElement[Any] = literal_column("feed.xid")
_ENDED: ColumnElement[bool] = literal_column("feed.xid < pg_snapshot_xmin(pg_current_snapshot())")


def next_numbers(connection: Connection, count: int, last: int) -> Sequence[int]:
    """Numbers for new entries, in order.

    Args:
        connection: in the transaction that appends.
        count: how many.
        last: the last number that is here, by which SQLite goes on.
    """
    if connection.dialect.name != "postgresql":
        return range(last + 1, last + count + 1)
    drawn = text("SELECT nextval('feed_seq') FROM generate_series(1, :count)")
    return sorted(connection.scalars(drawn, {"count": count}))


def last_entry(connection: Connection) -> Row[Any, Any] | None:
    """The entry behind which new ones go."""
    order = [feed.c.seq.desc()] if connection.dialect.name != "postgresql" else [_XID.desc(), feed.c.seq.desc()]
    return connection.execute(select(feed.c.seq, feed.c.entry_id).order_by(*order).limit(1)).first()


def after(connection: Connection, seq: int) -> tuple[ColumnElement[bool], Sequence[ColumnElement[Any]]]:
    """The condition for entries behind one, and their order; ``seq`` 0 is the beginning.

    Only entries before which nothing can appear any more.
    """
    if connection.dialect.name != "postgresql":
        return feed.c.seq > seq, (feed.c.seq,)
    order = (_XID, feed.c.seq)
    if seq == 0:
        return _ENDED, order
    place = select(_XID).where(feed.c.seq == seq).correlate(None).scalar_subquery()
    return and_(_ENDED, tuple_(_XID, feed.c.seq) > tuple_(place, literal_column(str(int(seq))))), order


def from_another_server(connection: Connection) -> bool:
    """Whether there are entries of transactions this server has not begun yet.

    The database was made of a dump: it is an older state, whatever anybody says. Its entries are given a transaction
    before all others, in the order of their numbers; else no reader would see them.
    """
    if connection.dialect.name != "postgresql":
        return False
    ahead = text("SELECT EXISTS (SELECT 1 FROM feed WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))")
    if not connection.scalar(ahead):
        return False
    connection.execute(text("UPDATE feed SET xid = CAST(:settled AS xid8)"), {"settled": SETTLED})
    return True


def source(connection: Connection, now: datetime) -> Iterable[Metric]:
    """How long the oldest transaction of the server's that has written is open; it holds the feed up."""
    if connection.dialect.name != "postgresql":
        return []
    query = text(
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity "
        "WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
    )
    words = "Since the oldest open transaction that writes was begun; the feed waits for it."
    return [GaugeMetricFamily("rma_pg_oldest_xact_seconds", words, value=float(connection.scalar(query) or 0))]
