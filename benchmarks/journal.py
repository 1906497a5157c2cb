"""How much of raw SQLite's speed a journal commit keeps, and whether it stays so in a large journal.

Baseline: the very statements and rows that the journal wrote, replayed with ``sqlite3`` alone on a file of the same
schema and pragmas. Both commit with ``synchronous=FULL``; the two alternate in blocks of 100, so that a busy disk
hits both. Compared is throughput: commits a second in the median block.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import Figure
from rma_station.domain import events as ev
from rma_station.domain.effects import PrintUnitLabel
from rma_station.store.database import open_database
from rma_station.store.journal import Journal
from rma_station.system import SystemClock, SystemRandom

BLOCK = 100
UNITS_IN_A_PARCEL = 4
WORKER, SESSION = "000001", "019a0000-0000-7000-8000-0000000000aa"

Statement = tuple[str, str, Any]
Commit = tuple[list[ev.Stated], list[PrintUnitLabel], bytes]


class Recorder:
    """Stands in for the connection and notes what is written through it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.commits: list[list[Statement]] = []

    @property
    def in_transaction(self) -> bool:
        """As the connection's."""
        return self._connection.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Note and run."""
        if sql.startswith("BEGIN"):
            self.commits.append([])
        elif not sql.startswith(("SELECT", "COMMIT", "ROLLBACK")):
            self.commits[-1].append(("execute", sql, tuple(values)))
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Sequence[Any]) -> sqlite3.Cursor:
        """Note and run."""
        self.commits[-1].append(("executemany", sql, list(rows)))
        return self._connection.executemany(sql, rows)


def parcel(journal: Journal, number: int) -> list[Commit]:
    """The commits of one parcel with its units, as the receive flow makes them."""
    fresh = journal.fresh()
    case, parcel_id = f"RMA-2026-{number % 1_000_000:06}-{number // 1_000_000}", fresh.uuid()
    about = ev.Subject((case,), parcel_id)
    resume = json.dumps({"is": "Open", "parcel_id": parcel_id, "worker_id": WORKER, "steps": ["x" * 40] * 6}).encode()
    opened = ev.ParcelOpened(parcel_id, "tracking", f"1309{number:010}", (case,), f"1309{number:010}", "dpd")
    commits: list[Commit] = [([ev.Stated(opened, about)], [], resume)]
    for _ in range(UNITS_IN_A_PARCEL):
        unit, lpn, job = fresh.uuid(), fresh.lpn(), fresh.uuid()
        subject = ev.Subject((case,), parcel_id, unit)
        identified = ev.UnitIdentified(unit, parcel_id, lpn, "05901234123457", "gtin", case, "l-1", "SHIRT-M")
        answers = {"seal": "open", "worn": "no", "complete": "yes"}
        graded = ev.UnitGraded(unit, "apparel", 3, answers, "B", "B", "outlet", "outlet", "OUT-1")
        asked = ev.LabelAsked(job, unit, lpn, "unit")
        label = PrintUnitLabel(job, unit, lpn, "B", "outlet", "OUT-1", case, "SHIRT-M", "Koszula flanelowa")
        commits.append(([ev.Stated(identified, subject)], [], resume))
        commits.append(([ev.Stated(graded, subject), ev.Stated(asked, subject)], [label], resume))
        confirmed = ev.LabelConfirmed(unit, lpn, "scan_back", job)
        placed = ev.UnitPlaced(unit, lpn, "OUT-1")
        commits.append(([ev.Stated(confirmed, subject), ev.Stated(placed, subject)], [], resume))
    commits.append(([ev.Stated(ev.ParcelDone(parcel_id), about)], [], b""))
    return commits


def open_at(folder: Path) -> Journal:
    """A live journal of this machine."""
    clock, random = SystemClock(), SystemRandom()
    return Journal.open(folder, station="bench", mode="live", app_version="0", clock=clock, random=random)


def run(journal: Journal, commits: Sequence[Commit]) -> list[float]:
    """Seconds of each journal commit."""
    took = []
    for stated, labels, resume in commits:
        started = time.perf_counter()
        journal.commit(stated, worker_id=WORKER, session_id=SESSION, resume=resume, jobs=labels)
        took.append(time.perf_counter() - started)
    return took


def replay(connection: sqlite3.Connection, commits: Sequence[Sequence[Statement]]) -> list[float]:
    """Seconds of each raw transaction with the same rows."""
    took = []
    for statements in commits:
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for how, sql, values in statements:
            getattr(connection, how)(sql, values)
        connection.execute("COMMIT")
        took.append(time.perf_counter() - started)
    return took


class Pair:
    """A journal and its raw twin, side by side on files that were the same.

    Args:
        folder: an empty one.
        before: events that both files already hold.
    """

    def __init__(self, folder: Path, before: int = 0) -> None:
        recording = open_at(folder / "recorded")
        self._number = fill(recording, before) if before else 0
        recording.close()
        for copy in ("raw", "journal"):
            (folder / copy).mkdir()
            shutil.copyfile(folder / "recorded" / "journal.sqlite", folder / copy / "journal.sqlite")
        self._recording = open_at(folder / "recorded")
        self._connection = self._recording.database.connection
        self._recorder = Recorder(self._connection)
        self._recording.database.connection = self._recorder  # type: ignore[assignment]
        self._raw, self._journal = open_database(folder / "raw", holder="benchmark"), open_at(folder / "journal")
        self.ours: list[float] = []
        self.theirs: list[float] = []

    def block(self) -> None:
        """Measure one block of each."""
        pending: list[Commit] = []
        while len(pending) < BLOCK:
            pending += parcel(self._recording, self._number)
            self._number += 1
        self._recorder.commits.clear()
        run(self._recording, pending)
        ours, theirs = run(self._journal, pending), replay(self._raw.connection, self._recorder.commits)
        self.ours.append(len(ours) / sum(ours))
        self.theirs.append(len(theirs) / sum(theirs))

    def rates(self) -> tuple[float, float]:
        """Commits a second of the journal and of its raw twin in the median block; closes both."""
        self._journal.close()
        self._raw.close()
        self._recording.database.connection = self._connection
        self._recording.close()
        return statistics.median(self.ours), statistics.median(self.theirs)


def fill(journal: Journal, events: int) -> int:
    """Put events into the journal quickly, a parcel a commit; returns how many parcels."""
    number = 0
    while journal.last_seq < events:
        commits = parcel(journal, number)
        stated = [item for events_of, _, _ in commits for item in events_of]
        labels = [label for _, labels_of, _ in commits for label in labels_of]
        journal.commit(stated, worker_id=WORKER, session_id=SESSION, resume=b"", jobs=labels)
        number += 1
    return number


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Against raw SQLite, and a large journal against an empty one."""
    blocks, large = (8, 20_000) if quick else (28, 500_000)
    for name in ("empty", "large"):
        (folder / name).mkdir()
    pairs = Pair(folder / "empty"), Pair(folder / "large", large)
    for _ in range(blocks):
        for pair in pairs:
            pair.block()
    (ours, raw), (ours_large, raw_large) = (pair.rates() for pair in pairs)
    growth = (ours_large / raw_large) / (ours / raw)
    return [
        Figure("journal commits", f"{ours:.0f}/s", f"raw sqlite3, same rows {raw:.0f}/s", ours / raw, 0.7, "at least"),
        Figure(
            f"journal of {large:,} events",
            f"{ours_large:.0f}/s",
            f"empty journal {ours:.0f}/s",
            ours_large / ours,
            0.8,
            "at least",
            (f"ratio to raw sqlite3 beside each: {ours_large / raw_large:.2f}, {growth:.2f} of the empty journal's",),
        ),
    ]
