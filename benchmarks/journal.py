"""How much of raw SQLite's speed a journal commit keeps, and whether it stays so in a large journal.

Baseline: the very statements and rows that the journal wrote, replayed with ``sqlite3`` alone on a file of the same
schema and pragmas. Both commit with ``synchronous=FULL``; the two alternate in blocks of 100, so that a busy disk
hits both. Run ``python -m benchmarks.journal [--events N]``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def compare(folder: Path, parcels: int, before: int = 0) -> tuple[float, float]:
    """Median seconds of a journal commit and of its raw twin.

    Args:
        folder: an empty one.
        parcels: how many parcels are measured.
        before: events that both files already hold.
    """
    recording = open_at(folder / "recorded")
    filled = fill(recording, before) if before else 0
    recording.close()
    raw_folder, journal_folder = folder / "raw", folder / "journal"
    for copy in (raw_folder, journal_folder):
        copy.mkdir()
        shutil.copyfile(folder / "recorded" / "journal.sqlite", copy / "journal.sqlite")
    recording = open_at(folder / "recorded")
    connection = recording.database.connection
    recorder = Recorder(connection)
    recording.database.connection = recorder  # type: ignore[assignment]
    raw, journal = open_database(raw_folder, holder="benchmark"), open_at(journal_folder)
    ours: list[float] = []
    theirs: list[float] = []
    pending: list[Commit] = []
    for number in range(filled, filled + parcels):
        pending += parcel(recording, number)
        if len(pending) < BLOCK and number + 1 < filled + parcels:
            continue
        recorder.commits.clear()
        run(recording, pending)
        ours += run(journal, pending)
        theirs += replay(raw.connection, recorder.commits)
        pending = []
    journal.close()
    raw.close()
    recording.database.connection = connection
    recording.close()
    return statistics.median(ours), statistics.median(theirs)


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


def main() -> int:
    """Measure and print; exit code 1 when a promise of the issue is not kept."""
    parser = argparse.ArgumentParser("benchmarks.journal", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--events", type=int, default=0, help="also in a journal of this many events")
    parser.add_argument("--folder", default=".", help="where: the disk that is measured")
    parser.add_argument("--parcels", type=int, default=150, help="parcels measured")
    given = parser.parse_args()
    kept = True
    medians = []
    for before in sorted({0, given.events}):
        with tempfile.TemporaryDirectory(prefix="journal-benchmark-", dir=given.folder) as folder:
            ours, theirs = compare(Path(folder), given.parcels, before)
        medians.append(ours)
        ratio = theirs / ours
        kept = kept and ratio >= 0.7
        sys.stdout.write(
            f"journal of {before:>7} events: commit {ours * 1e6:5.0f} us, raw sqlite3 {theirs * 1e6:5.0f} us, "
            f"ratio {ratio:.2f} (promise: at least 0.70)\n"
        )
    if len(medians) == 2:
        growth = medians[1] / medians[0]
        kept = kept and growth <= 1.2
        sys.stdout.write(f"growth to {given.events} events: {growth:.2f} (promise: at most 1.20)\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
