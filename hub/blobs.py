"""Where a blob stands, its next bytes, and what follows when it is whole: it is on record, and the policy looks again.

The file is written outside any transaction, and is in its place before it is on record. A process that ends between
the two leaves a file nobody knows; the next question about it puts it on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub import ingest, photos, projection, store
from hub.blob_files import Folder, Step
from hub.booking import Transactions


@dataclass(frozen=True)
class Blob:
    """Bytes that are in their place, and right."""

    sha256: str
    size: int
    media_type: str
    source: str
    """The station that sent them, or ``phone``."""


def arrived(connection: Connection, blob: Blob, now: datetime, propose: ingest.Propose) -> None:
    """Put a blob on record; saying it again changes nothing.

    Args:
        connection: in a transaction. The bytes are on the disk already: what is on record is there.
        blob: what came.
        now: the hub's time.
        propose: what money follows; called with the cases the blob is evidence in.
    """
    if photos.blob(connection, blob.sha256) is not None:
        return
    row = {"sha256": blob.sha256, "size": blob.size, "mime": blob.media_type, "source": blob.source}
    store.upsert(connection, photos.blobs, [{**row, "complete_at": now}])
    case_ids = photos.cases_with(connection, blob.sha256)
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
        return self._here(sha256) or self._recorded(station, sha256, self.folder.look(station, sha256), now)

    def append(self, station: str, sha256: str, offset: int, length: int, data: bytes, now: datetime) -> Step:
        """The next bytes of a blob, as ``Folder.append``; one that is whole is whole again.

        Raises:
            StorageFull, StorageFailed: the disk; nothing of these bytes was kept.
        """
        here = self._here(sha256)
        if here is not None:
            return here
        return self._recorded(station, sha256, self.folder.append(station, sha256, offset, length, data), now)

    def _here(self, sha256: str) -> Step | None:
        with self.database.transaction() as connection:
            row = photos.blob(connection, sha256)
        return Step(row.size, row.mime) if row and self.folder.size_of(sha256) == row.size else None

    def _recorded(self, station: str, sha256: str, step: Step, now: datetime) -> Step:
        if step.whole:
            with self.database.transaction() as connection:
                arrived(connection, Blob(sha256, step.offset, step.media_type, station), now, self.propose)
        return step
