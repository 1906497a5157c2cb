"""A flood of dead letters: something is wrong with a station, and nobody knows with what else (sync reference row 48).

Its upload goes on, nothing is refused and nothing lost; but what it says from then on marks the cases it touches, and
their money waits for a supervisor. So do the unsent refunds that rest on what it said before (``doubted.py``). A person
who has looked releases it and those; the marks stay with their cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection, func, or_, select, update

from hub import acts, alerts, store
from hub.intake import doubted
from hub.tables import dead_letters, stations
from rma_station.domain.alerts import Alert
from rma_station.domain.clean import clean
from rma_station.errors import Refused

MARK = "quarantine"
"""Code of the mark, and of the alert."""
LETTERS = 50
"""So many dead letters of one station, received within ``WITHIN``, are a flood."""
WITHIN = timedelta(hours=1)
"""The time in which ``LETTERS`` are counted."""


def look(connection: Connection, station: str, more: int, now: datetime) -> bool:
    """Whether what a station says now is in doubt.

    Args:
        connection: in the transaction of ingest.
        station: its name.
        more: dead letters of the batch in hand, not stored yet.
        now: the hub's time.
    """
    query = select(stations.c.quarantined_at).where(stations.c.name == station)
    if connection.scalar(query) is not None:
        return True
    if not more:
        return False
    recent = dead_letters.c.station == station, dead_letters.c.received_at > now - WITHIN
    count = more + (connection.scalar(select(func.count()).select_from(dead_letters).where(*recent)) or 0)
    here = stations.c.name == station
    if count < LETTERS or connection.execute(update(stations).where(here).values(quarantined_at=now)).rowcount == 0:
        return False
    held = doubted.hold(connection, now)
    words = f"{count} dead letters within an hour; refunds held: {held}"
    acts.record(connection, "hub", "quarantine", station, words, now)
    alerts.raised(connection, _key(station), Alert(MARK, store.stamp(now), station, count=count), now)
    return True


def release(connection: Connection, station: str, why: str, by: str, now: datetime) -> int:
    """Somebody has looked, and believes the station again; how many refunds go on.

    Raises:
        Refused: it is not in quarantine, or no reason is given.
    """
    if not why.strip():
        raise Refused("this needs a reason; it is kept with your name")
    where = stations.c.name == station, stations.c.quarantined_at.is_not(None)
    if connection.execute(update(stations).where(*where).values(quarantined_at=None)).rowcount == 0:
        raise Refused(f"station {clean(station, 64)!r} is not in quarantine; see: hub alerts list")
    count = doubted.release(connection, why, by, now)
    acts.record(connection, by, "release", station, f"{why} (refunds that go on: {count})", now)
    alerts.ended(connection, _key(station), by, now)
    return count


def source(connection: Connection, now: datetime) -> Iterable[Metric]:
    """Dead letters by station, and who is in quarantine."""
    still = or_(dead_letters.c.redriven_result.is_(None), dead_letters.c.redriven_result.like("dead_letter%"))
    letters = GaugeMetricFamily("rma_station_dead_letters", "Dead letters that are open.", labels=["station"])
    query = select(dead_letters.c.station, func.count()).where(still).group_by(dead_letters.c.station)
    for name, count in connection.execute(query.order_by(dead_letters.c.station)):
        letters.add_metric([name], count)
    words = "1 while what it says is in doubt."
    doubted = GaugeMetricFamily("rma_station_quarantined", words, labels=["station"])
    names = select(stations.c.name, stations.c.quarantined_at).where(stations.c.revoked_at.is_(None))
    for name, since in connection.execute(names.order_by(stations.c.name)):
        doubted.add_metric([name], float(since is not None))
    return [letters, doubted]


def _key(station: str) -> str:
    return f"quarantine:{station}"
