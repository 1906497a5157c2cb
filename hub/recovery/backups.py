"""When the hub is backed up, and what follows from it: ``stable_through``, figures, an alert.

A station may give up an old event only when it is in a good backup on another disk. So ``stable_through`` moves after
the restore test and never for a copy beside the database; a bad backup moves nothing (sync reference R4, row 28).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Boolean, Column, Connection, String, Table, Text, func, insert, select, update

from hub import alerts, store
from hub.metadata import Counter, UtcText, metadata
from hub.recovery import backup
from hub.tables import logs
from rma_station.domain.alerts import Alert
from rma_station.domain.clean import clean
from rma_station.errors import StationError

HOUR = 2
"""Of the night, by the clock of the hub's machine."""
KEEP = 14
"""Backups that are kept in the folder of the nightly ones."""
OLD = timedelta(hours=36)
"""A hub that is backed up by itself and has no good backup for so long says so."""
AGAIN = timedelta(hours=1)
"""After a backup that failed."""
ALERT = "backup"

backups = Table(
    "backups",
    metadata,
    Column("backup_id", Counter, primary_key=True),
    Column("begun_at", UtcText, nullable=False),
    Column("ended_at", UtcText, nullable=False),
    Column("path", Text, nullable=False),
    Column("good", Boolean, nullable=False),
    Column("elsewhere", Boolean, nullable=False),
    Column("events", Counter, nullable=False),
    Column("bytes", Counter, nullable=False),
    Column("detail", String(400), nullable=False),
)
"""Every backup that was tried. ``good`` passed the restore test; ``elsewhere`` lies on another disk, or somebody said
that it is taken away from this machine."""


@dataclass(frozen=True)
class Plan:
    """Nightly backups."""

    folder: Path
    keep: int = KEEP
    elsewhere: bool = False
    """The folder is taken off this machine, whatever disk it seems to be on."""


@dataclass
class Job:
    """The backup a running hub makes now, or made last; one at a time."""

    state: str = "idle"
    """``idle``, ``running``, ``good`` or ``bad``."""
    done: int = 0
    of: int = 0
    said: Mapping[str, str | int | bool] = field(default_factory=dict)
    """What came of it."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, work: Callable[[backup.Progress], Mapping[str, str | int | bool]]) -> bool:
        """Do it in a thread of its own; false when one is being made already."""
        with self._lock:
            if self.state == "running":
                return False
            self.state, self.done, self.of, self.said = "running", 0, 0, {}
        threading.Thread(target=self._run, args=(work,), name="hub-backup", daemon=True).start()
        return True

    def _run(self, work: Callable[[backup.Progress], Mapping[str, str | int | bool]]) -> None:
        try:
            self.said = work(self._progress)
            self.state = "good" if self.said["good"] else "bad"
        except Exception as error:
            self.said = {"good": False, "detail": clean(f"{type(error).__name__}: {error}", 400)}
            self.state = "bad"

    def _progress(self, done: int, of: int) -> None:
        self.done, self.of = done, of


def make(
    database: store.Database,
    data: Path,
    target: Path,
    now: Callable[[], datetime],
    *,
    elsewhere: bool = False,
    progress: backup.Progress = lambda done, of: None,
) -> dict[str, str | int | bool]:
    """Make a backup and keep what came of it, good or bad.

    Args:
        database: the hub's.
        data: its data folder.
        target: the file to make.
        now: the hub's clock.
        elsewhere: somebody said that it is taken off this machine.
        progress: told after each slice.
    """
    begun = now()
    row: dict[str, str | int | bool] = {"path": str(target), "events": 0, "bytes": 0, "detail": ""}
    row |= {"good": False, "elsewhere": False}
    held: Mapping[str, int] = {}
    try:
        made = backup.make(database, data, target, progress)
        held = made.examined.logs
        row |= {"good": True, "elsewhere": made.elsewhere or elsewhere}
        row |= {"events": made.examined.events, "bytes": made.bytes}
    except StationError as error:
        row["detail"] = clean(str(error), 400)
    with database.transaction() as connection:
        connection.execute(insert(backups).values(**row, begun_at=begun, ended_at=now()))
        if row["elsewhere"]:
            _stable(connection, held)
        look(connection, now(), planned=False)
    return row


def due(connection: Connection, now: datetime) -> bool:
    """Whether last night's backup is still to be made.

    Args:
        connection: in a transaction.
        now: the hub's time, in the zone of its machine.
    """
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    night -= timedelta(days=1) if night > now else timedelta()
    good, tried = _newest(connection)
    return (good is None or good < night) and (tried is None or tried <= now - AGAIN)


def look(connection: Connection, now: datetime, *, planned: bool) -> None:
    """Bring the alert in step: the last backup was bad, or there is no good one for too long."""
    last = connection.execute(select(backups).order_by(backups.c.backup_id.desc()).limit(1)).first()
    good, _ = _newest(connection)
    bad = last is not None and not last.good
    old = planned and last is not None and (good is None or now - good > OLD)
    if not bad and not old:
        alerts.ended(connection, ALERT, "hub", now)
        return
    values = {"last": store.stamp(good)[:16].replace("T", " ") if good else "-"}
    values["reason"] = clean(last.detail, 200) if last is not None and bad else "-"
    alerts.raised(connection, ALERT, Alert("backup", store.stamp(now), values=values), now)


def source(connection: Connection, now: datetime) -> Iterable[Metric]:
    """How old the newest good backup is; infinite when an SQLite hub has none."""
    good, _ = _newest(connection)
    if good is None and connection.dialect.name != "sqlite":
        return []
    tested = connection.scalar(select(func.max(backups.c.ended_at)).where(backups.c.good))
    words = "Since the newest good backup was begun."
    again = "Since a backup passed the restore test."
    return [
        GaugeMetricFamily("rma_backup_age_seconds", words, value=_age(good, now)),
        GaugeMetricFamily("rma_restore_test_age_seconds", again, value=_age(tested, now)),
    ]


def _newest(connection: Connection) -> tuple[datetime | None, datetime | None]:
    """When the newest good backup was begun, and when one was tried last."""
    good = connection.scalar(select(func.max(backups.c.begun_at)).where(backups.c.good))
    return good, connection.scalar(select(func.max(backups.c.begun_at)))


def _stable(connection: Connection, held: Mapping[str, int]) -> None:
    for log_id, through in held.items():
        where = logs.c.log_id == log_id, logs.c.stable_through < through
        connection.execute(update(logs).where(*where).values(stable_through=through))


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else float("inf")
