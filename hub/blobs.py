"""A blob is whole: it is on record, and the policy looks again at the cases that waited for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub import ingest, photos, projection, store


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
