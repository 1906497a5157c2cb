"""A file of 2 MB that lies beside the journal so that a full disk is not the end.

When a commit finds no room the ballast is let go; what it frees is kept for closing words (the open parcel set
aside, sign-out, labels settled, the queue's bookkeeping), and ordinary work is refused until there is room for a
new ballast.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from rma_station.domain import events as ev
from rma_station.errors import StorageFull

BALLAST = "ballast"
"""Its name in the data folder."""
SIZE = 2 * 1024 * 1024
MARGIN = 1024 * 1024
"""Free bytes that must stay beside a new ballast: otherwise the next commit would let it go again."""
CLOSING = (ev.ParcelSetAside, ev.WorkerSignedOut, ev.LabelSent, ev.LabelConfirmed, ev.LabelOwed)
"""What may be said when only the ballast's room is left: it closes work, it does not begin any."""


def is_closing(stated: Sequence[ev.Stated]) -> bool:
    """Whether these events may be committed without a ballast in place."""
    return all(isinstance(item.event, CLOSING) for item in stated)


def no_room(folder: Path) -> StorageFull:
    """What a worker's event is refused with once the ballast is gone."""
    return StorageFull(
        f"The disk of {folder} is full: free space on it. Until then the open parcel can be set aside and what was "
        "saved can be sent."
    )


class Ballast:
    """The file; ``in_place`` is true while it is there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.in_place = path.exists() and path.stat().st_size == SIZE

    def let_go(self) -> None:
        """Give its room back to the disk."""
        self._path.unlink(missing_ok=True)
        self.in_place = False

    def lay(self) -> bool:
        """Put it in place if the disk has room for it; returns whether it is there."""
        if self.in_place:
            return True
        try:
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < SIZE + MARGIN:
                return False
            self._write()
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        self.in_place = True
        return True

    def _write(self) -> None:
        handle = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # Bytes that do not compress, so that it takes its room on every file system.
            block = os.urandom(64 * 1024)
            for _ in range(SIZE // len(block)):
                if os.write(handle, block) != len(block):
                    raise OSError("short write")
            os.fsync(handle)
        finally:
            os.close(handle)
