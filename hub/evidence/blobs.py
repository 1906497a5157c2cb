"""Where a blob stands, its next bytes, and what follows when it is whole: it is on record, and the policy looks again.

The file is written outside any transaction, and is in its place before it is on record. A process that ends between
the two leaves a file nobody knows; the next question about it puts it on record.

A database that was put back may name files that are not there, or not whole: what it has on record from before counts
only when its bytes were read again, by the next question about it or by ``Kept.read_again``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete

from hub import acts, ingest, store
from hub.evidence import photos
from hub.evidence.blob_files import Folder, Step
from hub.intake import projection
from hub.money.booking import Transactions
from hub.recovery import restores

AT_A_TIME = 500
"""Blobs that are read again in one go: some gigabytes at most."""
FOUND = "found"
"""Source of a blob whose file was here and on no record."""


@dataclass(frozen=True)
class Blob:
    """Bytes that are in their place, and right."""

    sha256: str
    size: int
    media_type: str
    source: str
    """The station that sent them, or ``phone``."""


def lost(connection: Connection, sha256: str, now: datetime, propose: ingest.Propose) -> None:
    """Take a blob off the record whose bytes are not here; money that is not on its way waits for it again.

    Args:
        connection: in a transaction.
        sha256: which.
        now: the hub's time.
        propose: as for ``arrived``.
    """
    connection.execute(delete(photos.blobs).where(photos.blobs.c.sha256 == sha256))
    acts.record(connection, "hub", "blob-lost", sha256, "its file is missing or damaged", now)
    _propose(connection, sha256, now, propose)


def arrived(connection: Connection, blob: Blob, now: datetime, propose: ingest.Propose) -> None:
    """Put a blob on record; saying it again says only that its bytes were read once more.

    Args:
        connection: in a transaction. The bytes are on the disk already: what is on record is there.
        blob: what came.
        now: the hub's time.
        propose: what money follows; called with the cases the blob is evidence in.
    """
    known = photos.blob(connection, blob.sha256)
    source = known.source if known else blob.source
    row = {"sha256": blob.sha256, "size": blob.size, "mime": blob.media_type, "source": source}
    store.upsert(connection, photos.blobs, [{**row, "complete_at": now}])
    if known is not None:
        return
    _propose(connection, blob.sha256, now, propose)


def _propose(connection: Connection, sha256: str, now: datetime, propose: ingest.Propose) -> None:
    case_ids = photos.cases_with(connection, sha256)
    if case_ids:
        work = projection.load(connection, case_ids)
        propose(connection, work.cases, work.rmas, now)


@dataclass(frozen=True)
class Kept:
    """Where this hub keeps blobs. Its calls wait for the disk: not for the event loop's thread.

    Args:
        database: the hub's.
        folder: the files.
        propose: what money follows.
    """

    database: Transactions
    folder: Folder
    propose: ingest.Propose

    def look(self, station: str, sha256: str, now: datetime) -> Step:
        """Where a station has to go on; nothing is here at offset 0.

        Raises:
            StorageFull, StorageFailed: the disk.
        """
        here = self._here(sha256)
        if here is not None:
            return here
        step = self.folder.look(station, sha256)
        if not step.whole:
            self._gone(sha256, now)
        return self._recorded(station, sha256, step, now)

    def append(self, station: str, sha256: str, offset: int, length: int, data: bytes, now: datetime) -> Step:
        """The next bytes of a blob, as ``Folder.append``; one that is whole is whole again.

        Raises:
            StorageFull, StorageFailed: the disk; nothing of these bytes was kept.
        """
        here = self._here(sha256)
        if here is not None:
            return here
        return self._recorded(station, sha256, self.folder.append(station, sha256, offset, length, data), now)

    def read_again(self, now: datetime, most: int = AT_A_TIME) -> int:
        """Read blobs that are on record from before the hub was put back; how many of them are not here any more.

        Photos that are waited for while their file is there are put on record: it may have come after the database.

        Raises:
            StorageFull, StorageFailed: the disk.
        """
        with self.database.transaction() as connection:
            since = restores.began(connection)
            doubtful = photos.blobs_before(connection, since, most) if since else []
        gone = 0
        for sha256, source in doubtful:
            step = self.folder.look(source, sha256)
            if step.whole:
                self._recorded(source, sha256, step, now)
            else:
                self._gone(sha256, now)
                gone += 1
        with self.database.transaction() as connection:
            awaited = photos.awaited(connection)
        for sha256 in [one for one in awaited if self.folder.size_of(one) is not None][:most]:
            self._recorded(FOUND, sha256, self.folder.look(FOUND, sha256), now)
        return gone

    def _here(self, sha256: str) -> Step | None:
        with self.database.transaction() as connection:
            row, since = photos.blob(connection, sha256), restores.began(connection)
        if row is None or (since is not None and row.complete_at < since):
            return None
        return Step(row.size, row.mime) if self.folder.size_of(sha256) == row.size else None

    def _gone(self, sha256: str, now: datetime) -> None:
        with self.database.transaction() as connection:
            if photos.blob(connection, sha256) is not None:
                lost(connection, sha256, now, self.propose)

    def _recorded(self, station: str, sha256: str, step: Step, now: datetime) -> Step:
        if step.whole:
            with self.database.transaction() as connection:
                arrived(connection, Blob(sha256, step.offset, step.media_type, station), now, self.propose)
        return step
