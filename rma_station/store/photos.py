"""Which pictures this station has, which of them are at the hub, and which may make room. On the station thread.

A row is written in the transaction of the event that names the picture. What is said here of the hub is memory: the
hub is asked before a picture goes up (sync reference R11), and asked anew about all when its past is another one.
Only a picture the hub has may go from this disk, the oldest first: when the pictures take more than their share, and
before anything else when the disk is full.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rma_station.domain import events as ev
from rma_station.domain.record import dataclass
from rma_station.errors import StationError
from rma_station.store.database import Database
from rma_station.store.photo_files import FOLDER, PhotoFiles

SHARE = 2_000_000_000
"""Bytes the pictures may take before those the hub has make room."""
OTHERS = frozenset({"phone"})
"""Sources of photos whose bytes this station never has: a phone hands them in at the hub."""
STRAY_SECONDS = 86_400
AT_A_TIME = 20
"""Pictures whose place at the hub is written in one transaction."""
IN_A_SLICE = 8
"""Files removed between two inputs: a few milliseconds also on a slow card."""
UNSENT = "SELECT sha256 FROM photos WHERE at_hub = '' AND refused <> 'gone' AND here = 1 ORDER BY number"
"""Pictures that are nowhere else, as far as this station remembers."""
HERE = "SELECT sha256, size FROM photos WHERE refused <> 'gone' AND here = 1 ORDER BY number"
"""Pictures that are on this disk."""

_ADD = (
    "INSERT INTO photos (sha256, size, taken_at) VALUES (?,?,?) "
    "ON CONFLICT (sha256) DO UPDATE SET here = 1, refused = CASE refused WHEN 'gone' THEN '' ELSE refused END"
)
_DUE = "SELECT sha256, size FROM photos WHERE at_hub = '' AND refused = '' ORDER BY number"
_HERE = "SELECT sha256, at_hub FROM photos WHERE here = 1 ORDER BY number"


class DuePhoto(NamedTuple):
    """A picture the hub has not said it has."""

    sha256: str
    size: int


@dataclass(frozen=True)
class PhotoCounts:
    """For the service screen and ``doctor``."""

    here: int = 0
    here_bytes: int = 0
    waiting: int = 0
    waiting_bytes: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    """Hash and code of those the hub will not have, or whose file is gone."""


class Photos:
    """The rows of one journal's pictures, and the files behind them."""

    def __init__(self, database: Database, share: int = SHARE) -> None:
        self.files = PhotoFiles(database.folder / FOLDER)
        self.share = share
        self._database = database
        self._epoch = ""
        """Of the hub that was asked last."""
        self._noted: dict[str, str] = {}
        """What the hub has, by hash, and is not written yet."""

    def add(self, connection: sqlite3.Connection, stated: Sequence[ev.Stated], now: str) -> None:
        """Rows for the pictures these events name, in the transaction that is open."""
        for item in stated:
            if isinstance(item.event, ev.PhotoTaken) and item.event.source not in OTHERS:
                connection.execute(_ADD, (item.event.sha256, item.event.size, now))

    # --- to the hub ----------------------------------------------------------------------------------------

    def due(self, epoch: str) -> DuePhoto | None:
        """The oldest picture that this hub, in this epoch, has not said it has."""
        if epoch != self._epoch:
            # Noted of another past: written down it would let pictures go that this hub may not have.
            self._noted = {}
            with self._database.transaction() as connection:
                connection.execute("UPDATE photos SET at_hub = '' WHERE at_hub NOT IN ('', ?)", (epoch,))
            self._epoch = epoch
        with self._database.reading() as connection:
            found = next((row for row in connection.execute(_DUE) if row[0] not in self._noted), None)
        if found is None:
            self._flush()
            return None
        return DuePhoto(str(found[0]), int(found[1]))

    def note_at_hub(self, sha256: str, epoch: str) -> None:
        """The hub has all of it.

        Written some at a time: a commit for each would make scans wait, and one that is forgotten in a crash costs a
        question to the hub. When the pictures here take too much room, the oldest of those the hub has go.
        """
        self._noted[sha256] = epoch
        if len(self._noted) >= AT_A_TIME:
            self._flush()

    def _flush(self) -> None:
        if not self._noted:
            return
        rows = [(epoch, sha256) for sha256, epoch in self._noted.items()]
        with self._database.transaction() as connection:
            connection.executemany("UPDATE photos SET at_hub = ?, refused = '' WHERE sha256 = ?", rows)
        self._noted = {}
        self.trim()

    def note_refused(self, sha256: str, code: str) -> None:
        """It will not go up by itself: the hub's code, or ``gone`` or ``damaged`` for our own file."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE photos SET refused = ? WHERE sha256 = ?", (code[:40], sha256))

    def counts(self) -> PhotoCounts:
        """How many photos there are, wait for the hub, and were refused."""
        with contextlib.suppress(StationError):
            self._flush()
        with self._database.reading() as connection:
            here, here_bytes = connection.execute("SELECT count(*), sum(size) FROM photos WHERE here = 1").fetchone()
            waiting = connection.execute(
                "SELECT count(*), sum(size) FROM photos WHERE at_hub = '' AND refused = ''"
            ).fetchone()
            refused = connection.execute(
                "SELECT sha256, refused FROM photos WHERE refused <> '' ORDER BY number LIMIT 20"
            ).fetchall()
        return PhotoCounts(
            here, here_bytes or 0, waiting[0], waiting[1] or 0, tuple((str(one), str(why)) for one, why in refused)
        )

    # --- room ----------------------------------------------------------------------------------------------

    def trim(self) -> int:
        """When all take more than their share, remove the oldest of those the hub has; the bytes freed."""
        with self._database.reading() as connection:
            taken = connection.execute("SELECT sum(size) FROM photos WHERE here = 1").fetchone()[0] or 0
        return self.make_room(taken - self.share) if taken > self.share else 0

    def make_room(self, wanted: int) -> int:
        """Remove the oldest pictures the hub has, a slice's worth; the bytes freed, 0 when there is none to spare."""
        with contextlib.suppress(StationError):
            self._flush()
        freed, gone, removed = 0, [], 0
        with self._database.reading() as connection:
            for sha256, at_hub in connection.execute(_HERE):
                if not at_hub and sha256 not in self._noted:
                    continue
                bytes_freed = self.files.drop(sha256)
                gone.append((sha256,))
                freed, removed = freed + bytes_freed, removed + bool(bytes_freed)
                if freed >= wanted or removed == IN_A_SLICE:
                    break
        if gone:
            # On a full disk even this may fail; the missing file says the same.
            with contextlib.suppress(StationError), self._database.transaction() as connection:
                connection.executemany("UPDATE photos SET here = 0 WHERE sha256 = ?", gone)
        return freed

    def adopt(self, now: str) -> Iterator[int]:
        """Offer the hub every file that no row names: the journal lost events, and one of them may have named it.

        A picture nobody took goes up with them; that costs less than the evidence of a return. What is damaged is found
        when it is sent. Yields how many.

        Args:
            now: wall clock, ISO 8601.
        """
        adopted = 0
        for file in self.files.all():
            if not self._is_named(file):
                with self._database.transaction() as connection:
                    connection.execute(_ADD, (file.name, file.stat().st_size, now))
                adopted += 1
            yield adopted

    def sweep(self, unix: float) -> Iterator[int]:
        """Remove old files no event names: pictures nobody took, and what a crash left. Yields how many are gone.

        Args:
            unix: the wall clock now; younger than a day is left alone, its event may be on the way.
        """
        removed = 0
        for file in self.files.stray(unix - STRAY_SECONDS):
            if not self._is_named(file):
                with contextlib.suppress(OSError):
                    file.unlink()
                    removed += 1
            yield removed

    def _is_named(self, file: Path) -> bool:
        with self._database.reading() as connection:
            return connection.execute("SELECT 1 FROM photos WHERE sha256 = ?", (file.name,)).fetchone() is not None
