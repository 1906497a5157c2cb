"""Pictures as files, each under the SHA-256 of its bytes: ``photos/ab/abcd…``. Any thread may use them.

A file is whole or not there: it is written beside its place, made durable, then given its name. It is there before
the event that names it is committed; what no event names is swept away later (``photos.py``).
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.errors import StorageFailed, StorageFull

FOLDER = "photos"
PART = ".part"
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True)
class Kept:
    """A picture that is durable."""

    sha256: str
    size: int


class PhotoFiles:
    """The files of one data folder.

    Args:
        folder: of the pictures; made when the first one is kept, with access for this user only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes) -> Kept:
        """Make a picture durable; one that is there already is not written again.

        Raises:
            StorageFull: there is no room for it; nothing is left of it.
            StorageFailed: the folder cannot be written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        place = self.place(sha256)
        if self.read(sha256) != data:
            try:
                self._write(place, data)
            except OSError as error:
                kind = StorageFull if error.errno in _NO_ROOM else StorageFailed
                reason = clean(str(error.strerror or error))
                raise kind(
                    f"{place} cannot be written ({reason}). Free space on this disk, check its rights.",
                    say("stopped.photo_unwritten", path=str(place), reason=reason),
                ) from error
        return Kept(sha256, len(data))

    def _write(self, place: Path, data: bytes) -> None:
        for folder in (self.folder, place.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(folder.parent)
        part = place.with_name(f"{place.name}-{threading.get_ident():x}{PART}")
        try:
            handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync(place.parent)

    def place(self, sha256: str) -> Path:
        """Where the picture with this hash is, or would be.

        Raises:
            ValueError: it is no hash, and might be the name of something else.
        """
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"{sha256[:80]!r} is not a SHA-256 in hexadecimal digits")
        return self.folder / sha256[:2] / sha256

    def read(self, sha256: str, offset: int = 0, length: int = -1) -> bytes | None:
        """Bytes of a picture from ``offset`` on, at most ``length``; ``None`` when it cannot be read."""
        try:
            with open(self.place(sha256), "rb") as opened:
                opened.seek(offset)
                return opened.read(length)
        except OSError:
            return None

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are those that were kept."""
        data = self.read(sha256)
        return data is not None and hashlib.sha256(data).hexdigest() == sha256

    def drop(self, sha256: str) -> int:
        """Remove a picture; the bytes this freed, 0 when it was not there or cannot be removed."""
        place = self.place(sha256)
        try:
            size = place.stat().st_size
            place.unlink()
        except OSError:
            return 0
        return size

    def all(self) -> Iterator[Path]:
        """Every picture's file, folder by folder; none where they cannot be read."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from (file for file in sorted(folder.iterdir()) if _HASH.fullmatch(file.name))

    def stray(self, older_than: float) -> Iterator[Path]:
        """Every file that was changed before this wall-clock time, folder by folder; none where they cannot be read."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for file in sorted(folder.iterdir()):
                try:
                    if file.stat().st_mtime < older_than:
                        yield file
                except OSError:
                    continue


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
