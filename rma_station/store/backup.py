"""A verified copy of the journal while the station runs: SQLite's backup interface on the one connection, in slices.

``sqlite3`` offers the backup as one long call with a callback between its steps. A thread makes that call and stops
in the callback until the station gives it the next slice; so the connection is never used by two at once, and what is
committed between two slices is in the copy. Checking the copy happens in that thread alone, and so does copying the
pictures the hub has not said it has into a folder beside it.
"""

from __future__ import annotations

import os
import queue
import shutil
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from rma_station.domain import envelope as en
from rma_station.errors import JournalDamaged, Refused, StorageFailed
from rma_station.ports import Progress, Steps
from rma_station.store import chain, driver
from rma_station.store.database import Database, translate
from rma_station.store.photo_files import FOLDER, PhotoFiles
from rma_station.store.photos import UNSENT
from rma_station.store.swap import sync

PAGES_IN_A_SLICE = 64
"""256 KiB: a few milliseconds also on a slow card."""
PHOTOS = ".photos"
"""Ending of the folder beside the copy."""
POLL_SECONDS = 0.005
"""How long a slice waits for the copy's checks, which need nothing of the station."""


def backup(database: Database, target: Path) -> Steps:
    """Copy the database to a new file, verify the copy, then give it its name.

    Args:
        database: an open one; it may be written between two slices.
        target: absolute path of a file that does not exist yet; made with access for this user only.

    Returns:
        ``{"path": ..., "events": n, "photos": n}``, as the generator's value. Pictures the hub lacks are copied too,
        into the folder ``<target>.photos``; there is none without them.

    Raises:
        Refused: the file exists already.
        StorageFull, StorageFailed: the copy cannot be written; nothing is left behind.
        JournalDamaged: the copy does not verify, so neither does the journal.
    """
    if target.exists():
        raise Refused(f"{target} exists already: give another name, or move it away.")
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StorageFailed(f"{part} cannot be written ({error.strerror}). Give a folder you can write to.") from error
    photos = target.with_name(target.name + PHOTOS)
    if photos.exists():
        raise Refused(f"{photos} exists already: give another name, or move it away.")
    copy = _Copy(database, part, photos)
    copy.start()
    done = False
    try:
        step: Progress | None = Progress(0, 1)
        while True:
            step = copy.step()
            if copy.events is not None:
                break
            if step is not None:
                yield step
        part.replace(target)
        sync(target.parent)
        done = True
    finally:
        copy.stop()
        part.unlink(missing_ok=True)
        if not done:
            shutil.rmtree(photos, ignore_errors=True)
    return {"path": str(target), "events": copy.events, "photos": copy.photos}


class _Copy(threading.Thread):
    def __init__(self, database: Database, part: Path, photos: Path) -> None:
        super().__init__(name="backup", daemon=True)
        self.events: int | None = None
        self.photos = 0
        self._database, self._part, self._photos = database, part, photos
        self._go = threading.Semaphore(0)
        self._said: queue.SimpleQueue[Progress | BaseException | None] = queue.SimpleQueue()
        self._last = Progress(0, 1)
        self._copying, self._stopping = True, False
        self._target: sqlite3.Connection | None = None

    def step(self) -> Progress | None:
        """Let the thread do one slice; raises what it raised."""
        if self._copying:
            self._go.release()
        try:
            said = self._said.get(timeout=None if self._copying else POLL_SECONDS)
        except queue.Empty:
            return self._last
        if isinstance(said, BaseException):
            raise said
        if said is not None:
            self._last = said
        return said

    def stop(self) -> None:
        """End the thread; returns when it no longer uses the connection."""
        self._stopping = True
        self._go.release()
        if self._target is not None:
            with suppress(*driver.errors()):  # closed by now
                self._target.interrupt()
        self.join()

    def run(self) -> None:
        """Copy slice by slice, then check the copy."""
        try:
            self._go.acquire()
            target = self._target = driver.connect(self._part, self._database.key)
            try:
                self._database.connection.backup(target, pages=PAGES_IN_A_SLICE, progress=self._between, sleep=0)
                # From here on nothing of the station is used.
                self._copying = False
                self._said.put(self._last)
                events = self._verify(target)
                self._copy_photos(target)
            finally:
                target.close()
            sync(self._part)
            self.events = events
            self._said.put(None)
        except driver.errors() as error:
            self._said.put(translate(error, self._part))
        except BaseException as error:
            self._said.put(error)

    def _between(self, _status: int, remaining: int, total: int) -> None:
        if remaining:
            self._said.put(Progress(total - remaining, total))
            self._go.acquire()
        if self._stopping:
            raise InterruptedError("backup stopped")

    def _verify(self, target: sqlite3.Connection) -> int:
        # One file, no write-ahead log beside it: that is what a backup is expected to be.
        target.execute("PRAGMA journal_mode=DELETE").fetchall()
        found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise JournalDamaged(f"{self._part}: the copy does not verify ({found}). Check the disk it was written to.")
        events = 0
        for (number,) in target.execute("SELECT number FROM logs ORDER BY number").fetchall():
            base = number << 40
            place, previous, last = base, en.GENESIS, False
            while not last and not self._stopping:
                rows = target.execute(
                    "SELECT place, hash, line FROM events WHERE place > ? AND place < ? ORDER BY place LIMIT 500",
                    (place, base + (1 << 40)),
                ).fetchall()
                last = not rows
                place, previous = chain.verify(rows, place, previous, self._part)
            events += place - base
        return events

    def _copy_photos(self, target: sqlite3.Connection) -> None:
        ours, theirs = PhotoFiles(self._database.folder / FOLDER), PhotoFiles(self._photos)
        for (sha256,) in target.execute(UNSENT):
            data = ours.read(sha256)
            if data is None or self._stopping:  # sent and gone meanwhile: the hub has it
                continue
            theirs.keep(data)
            self.photos += 1
