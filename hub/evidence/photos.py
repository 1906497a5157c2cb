"""Which photos there are, and which of their bytes are here: two tables beside the cases.

``photos`` is kept in step with the cases by ``projection.write``: it finds the cases that wait for a blob, and says how
many wait. What a photo is of, who took it and what it shows is in the case. The files are ``blob_files.py``'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Column, Connection, Row, String, Table, delete, desc, func, insert, select, tuple_

from hub import store
from hub.metadata import Counter, UtcText, metadata
from rma_station.domain.rma import Case
from sync.blobs import is_sha256

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Counter, nullable=False),
    Column("mime", String(32), nullable=False),
    Column("source", String(64), nullable=False),
    Column("complete_at", UtcText, nullable=False),
)
"""Blobs whose bytes are here and right; they were read at ``complete_at``. ``source`` is the station that sent them,
or ``phone``."""

photos = Table(
    "photos",
    metadata,
    Column("case_id", String(80), primary_key=True),
    Column("event_id", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("said_at", UtcText, nullable=False),
    sqlite_with_rowid=False,
)
"""Every photo that counts in a case, by the event that said it; ``said_at`` is the hub's time."""


def follow(connection: Connection, cases: Mapping[str, Case], now: datetime) -> None:
    """Bring ``photos`` in step with these cases."""
    known: set[tuple[str, str]] = set()
    for some in store.pieces(list(cases)):
        query = select(photos.c.case_id, photos.c.event_id).where(photos.c.case_id.in_(some))
        known.update((row.case_id, row.event_id) for row in connection.execute(query))
    wanted = {
        (case_id, photo.event_id): photo.sha256
        for case_id, case in cases.items()
        for photo in case.photos
        if is_sha256(photo.sha256)
    }
    new = [
        {"case_id": case_id, "event_id": event_id, "sha256": wanted[case_id, event_id], "said_at": now}
        for case_id, event_id in wanted
        if (case_id, event_id) not in known
    ]
    if new:
        connection.execute(insert(photos), new)
    for some in store.pieces(sorted(known - set(wanted)), 1000):
        connection.execute(delete(photos).where(tuple_(photos.c.case_id, photos.c.event_id).in_(some)))


def here(connection: Connection, hashes: Collection[str]) -> frozenset[str]:
    """Those of these blobs whose bytes are here."""
    found: set[str] = set()
    for some in store.pieces(sorted(one for one in set(hashes) if is_sha256(one))):
        found.update(connection.scalars(select(blobs.c.sha256).where(blobs.c.sha256.in_(some))))
    return frozenset(found)


def blob(connection: Connection, sha256: str) -> Row[tuple[str, int, str, str, datetime]] | None:
    """What is known of a blob that is here."""
    return connection.execute(select(blobs).where(blobs.c.sha256 == sha256)).first()


def blobs_before(connection: Connection, since: datetime, most: int) -> list[tuple[str, str]]:
    """SHA-256 and source of blobs whose bytes were not read since then, at most so many."""
    query = select(blobs.c.sha256, blobs.c.source).where(blobs.c.complete_at < since).order_by(blobs.c.sha256)
    return [(row.sha256, row.source) for row in connection.execute(query.limit(most))]


def awaited(connection: Connection) -> list[str]:
    """SHA-256 of the photos that were said and are not on record, the newest first."""
    query = select(photos.c.sha256, func.max(photos.c.said_at).label("at")).where(
        photos.c.sha256.not_in(select(blobs.c.sha256))
    )
    return [row.sha256 for row in connection.execute(query.group_by(photos.c.sha256).order_by(desc("at")))]


def cases_with(connection: Connection, sha256: str) -> list[str]:
    """The cases a blob is evidence in."""
    query = select(photos.c.case_id).where(photos.c.sha256 == sha256).distinct().order_by(photos.c.case_id)
    return list(connection.scalars(query))


def source(connection: Connection, now: datetime) -> Iterable[Metric]:
    """How many photos are here, how many are not yet, and for how long."""
    count, size = connection.execute(select(func.count(), func.coalesce(func.sum(blobs.c.size), 0))).one()
    awaited = photos.outerjoin(blobs, blobs.c.sha256 == photos.c.sha256)
    query = select(func.count(photos.c.sha256.distinct()), func.min(photos.c.said_at))
    waiting, oldest = connection.execute(query.select_from(awaited).where(blobs.c.sha256.is_(None))).one()
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return [
        GaugeMetricFamily("rma_blobs", "Photos and files that are here.", value=count),
        GaugeMetricFamily("rma_blob_bytes", "What they take.", value=int(size)),
        GaugeMetricFamily("rma_photos_waiting", "Photos that were said and whose bytes are not here.", value=waiting),
        GaugeMetricFamily("rma_photos_waiting_oldest_seconds", "Since the oldest of them was said.", value=age),
    ]
