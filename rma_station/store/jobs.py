"""Rows of print jobs: written with the events that ask for a label, and marked as the label goes its way.

``queued -> sending -> sent -> confirmed``, or ``unknown`` (bytes went out, then something broke: never sent again by
itself) or ``failed``. ``sending`` is durable before the first byte, so that no crash can print a label twice.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

from rma_station.domain import codec
from rma_station.domain.effects import Printable, PrintDocument, PrintLabel, PrintUnitLabel, key_of
from rma_station.domain.print_jobs import JobState, Moved, Step, take
from rma_station.domain.record import dataclass
from rma_station.store.bodies import write_body

_log = logging.getLogger(__name__)
STATES = ("queued", "sending", "sent", "confirmed", "unknown", "failed")
OPEN = ("queued", "sending", "unknown")
"""States in which somebody still has to do something."""
_OTHERS: dict[str, type[PrintDocument] | type[PrintLabel]] = {"document": PrintDocument, "label": PrintLabel}
"""By the key around their fields; a unit label's fields stand alone."""
_COLUMNS = "job_id, state, label, attempts, printer, detail, changed_at"


@dataclass(frozen=True)
class PrintJob:
    """A label or document on its way."""

    job_id: str
    state: str
    label: Printable
    attempts: int = 0
    """How often it was begun to be sent."""
    printer: str = ""
    detail: str = ""
    changed_at: str = ""

    @property
    def unit_id(self) -> str:
        """Unit whose label it is; empty for everything else."""
        return self.label.unit_id if isinstance(self.label, PrintUnitLabel) else ""


@dataclass(frozen=True)
class JobMark:
    """What happened to a print job."""

    job_id: str
    step: Step
    printer: str = ""
    detail: str = ""


_EARLIER = (
    "UPDATE print_jobs SET state = 'failed', changed_at = ?1, detail = 'a label of the unit was seen' "
    "WHERE state IN ('queued', 'sending', 'unknown') AND state = 'unknown' AND unit_id <> '' "
    "AND unit_id = (SELECT unit_id FROM print_jobs WHERE job_id = ?2) "
    "AND number < (SELECT number FROM print_jobs WHERE job_id = ?2)"
)
"""The first condition makes SQLite use the index of open jobs, which are few; there is no index by unit."""


def queue(connection: sqlite3.Connection, labels: Iterable[Printable], now: str) -> None:
    """Insert jobs into the transaction that is open; a job for the same thing (``effects.key_of``) is not made twice.

    A job without a row cannot start (``Journal.start_job``), so that nothing is printed twice under one key.
    """
    for label in labels:
        done = connection.execute(
            "INSERT INTO print_jobs (job_id, unit_id, state, changed_at, label, key) VALUES (?,?,'queued',?,?,?) "
            "ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING",
            (label.job_id, getattr(label, "unit_id", ""), now, _write(label), key_of(label)),
        )
        if not done.rowcount:
            _log.warning("print job %s is of the same thing as one before: %s", label.job_id, key_of(label))


def _write(label: Printable) -> str:
    if isinstance(label, PrintUnitLabel):
        return write_body(label)
    name = next(name for name, kind in _OTHERS.items() if isinstance(label, kind))
    return codec.to_text({name: codec.encode(label)})


def _read(text: str) -> Printable:
    data = codec.from_bytes(text.encode())
    for name, kind in _OTHERS.items():
        if isinstance(data, dict) and list(data) == [name]:
            return codec.decode(kind, data[name])
    return codec.decode(PrintUnitLabel, data)


def mark(connection: sqlite3.Connection, marks: Iterable[JobMark], now: str) -> None:
    """Take steps of print jobs, in the transaction that is open.

    A step that is impossible where the job is (a late report about a label that was scanned back), or of a job that
    is not known, changes nothing and is logged. Once a unit's label was seen, nobody has to look any more for one that
    was asked for before it.
    """
    for item in marks:
        row = connection.execute("SELECT state FROM print_jobs WHERE job_id = ?", (item.job_id,)).fetchone()
        moved = take(JobState(row[0]), item.step) if row else None
        if item.step is Step.SEEN:
            connection.execute(_EARLIER, (now, item.job_id))
        if not isinstance(moved, Moved):
            _log.info("print job %s: %s", item.job_id, moved.reason if moved else "not known")
            continue
        connection.execute(
            "UPDATE print_jobs SET state = ?, changed_at = ?, attempts = attempts + ?, "
            "printer = coalesce(nullif(?, ''), printer), detail = ? WHERE job_id = ?",
            (moved.state.value, now, item.step is Step.START, item.printer, item.detail, item.job_id),
        )


def orphan_sending(connection: sqlite3.Connection, now: str) -> None:
    """Jobs whose sending was cut off by the end of the process become ``unknown``."""
    connection.execute(
        "UPDATE print_jobs SET state = 'unknown', changed_at = ?, detail = 'interrupted' WHERE state = 'sending'",
        (now,),
    )


def open_jobs(connection: sqlite3.Connection) -> list[PrintJob]:
    """Jobs in a state of ``OPEN``, oldest first."""
    return _jobs(connection, "WHERE state IN ('queued', 'sending', 'unknown') ORDER BY number")


def newest_jobs(connection: sqlite3.Connection, count: int) -> list[PrintJob]:
    """The last jobs in whatever state, newest first."""
    return _jobs(connection, "ORDER BY number DESC LIMIT ?", (count,))


def job(connection: sqlite3.Connection, job_id: str) -> PrintJob | None:
    """One job."""
    return next(iter(_jobs(connection, "WHERE job_id = ?", (job_id,))), None)


def job_of(connection: sqlite3.Connection, label: Printable) -> PrintJob | None:
    """The job with this ``effects.key_of``; ``None`` when there is none."""
    return next(iter(_jobs(connection, "WHERE key = ?", (key_of(label),))), None)


def _jobs(connection: sqlite3.Connection, where: str, values: tuple[object, ...] = ()) -> list[PrintJob]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM print_jobs {where}", values)
    return [PrintJob(job_id, state, _read(label), *rest) for job_id, state, label, *rest in rows]
