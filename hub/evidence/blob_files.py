"""The hub's folder of photos and files: named by their SHA-256, begun beside, moved into place when they are whole.

::

    blobs/5f/5f3a...        whole: its bytes have this SHA-256, and they were on the disk before it had its name
    blobs/partial/bench-1.5f3a...    what a station has sent of it so far

A partial file belongs to one station, so that the bytes of one cannot spoil the photo of another. It is not synced byte
for byte: what a power cut makes of it is found by the hash at the end, and sent again. Only the last step waits for the
disk.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rma_station.errors import StorageFailed, StorageFull
from sync import blobs

FOLDER = "blobs"
"""In the hub's data folder."""
PARTIAL = "partial"
RESERVE_BYTES = 256 * 1024 * 1024
"""So much of the disk is left free: photos never take the room the database needs."""


@dataclass(frozen=True)
class Step:
    """Where a blob stands after a call."""

    offset: int
    """Bytes that are here; the next one goes there."""
    media_type: str = ""
    """Set when it is whole."""
    refused: str = ""
    """Code of ``sync.blobs``, or ``malformed`` or ``too_large``: nothing of the call was kept."""

    @property
    def whole(self) -> bool:
        """All of it is in its place."""
        return bool(self.media_type)


def _free(path: Path) -> int:
    return shutil.disk_usage(path).free


class Folder:
    """The files below one folder; made when something is kept for the first time.

    Args:
        path: ``blobs`` in the hub's data folder. Several processes may use it.
        limit: most bytes of one blob.
        free: tells how many bytes of a folder's disk are free.
    """

    def __init__(self, path: Path, limit: int = blobs.LIMIT, free: Callable[[Path], int] = _free) -> None:
        self.path, self.limit, self._free = path, limit, free

    def path_of(self, sha256: str) -> Path:
        """Where a whole blob is, or would be."""
        return self.path / sha256[:2] / sha256

    def size_of(self, sha256: str) -> int | None:
        """Bytes of a whole blob; ``None`` when it is not here."""
        with contextlib.suppress(FileNotFoundError):
            return self.path_of(sha256).stat().st_size
        return None

    def look(self, station: str, sha256: str) -> Step:
        """Where a station has to go on. One that was whole when the hub was stopped is put into its place now.

        Raises:
            StorageFull, StorageFailed: the disk.
        """
        with _disk(self.path):
            if self.path_of(sha256).exists():
                return self._read_again(sha256)
            partial = self._partial(station, sha256)
            if not partial.exists():
                return Step(0)
            with _locked(partial, create=False) as descriptor:
                if descriptor is None:
                    return Step(0)
                size = os.fstat(descriptor).st_size
                return self._finished(descriptor, partial, sha256) or Step(size)

    def append(self, station: str, sha256: str, offset: int, length: int, data: bytes) -> Step:
        """Add the next bytes of a blob, and put it into its place when they are the last.

        Args:
            station: whose upload it is.
            sha256: what its bytes have to have.
            offset: where these bytes belong.
            length: of all of it.
            data: the next bytes.

        Raises:
            StorageFull: the disk has no room; what was here before still is.
            StorageFailed: it cannot be written for another reason.
        """
        if length > self.limit:
            return Step(0, refused="too_large")
        if length < 1 or offset + len(data) > length:
            return Step(0, refused="malformed")
        with _disk(self.path):
            partial = self._partial(station, sha256)
            _make(partial.parent)
            self._look_for_room(len(data))
            with _locked(partial) as descriptor:
                assert descriptor is not None
                here = os.fstat(descriptor).st_size
                if here != offset:
                    return Step(here, refused="offset")
                _write(descriptor, data, offset)
                end = offset + len(data)
                if end >= min(blobs.HEAD_BYTES, length) and not _type_of(descriptor):
                    partial.unlink()
                    return Step(0, refused="media_type")
                if end < length:
                    return Step(end)
                whole = self._finished(descriptor, partial, sha256)
                if whole is None:
                    partial.unlink()
                return whole or Step(0, refused="hash")

    def stage(self, data: bytes) -> Staged:
        """Write bytes that are whole already beside their place, and wait until the disk has them.

        Raises:
            StorageFull, StorageFailed: nothing was kept.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        place = self.path_of(sha256)
        with _disk(self.path):
            if self.size_of(sha256) == len(data):
                return Staged(sha256, place, None)
            _make(self.path / PARTIAL)
            _make(place.parent)
            self._look_for_room(len(data))
            descriptor, name = tempfile.mkstemp(prefix="new.", dir=self.path / PARTIAL)
            try:
                _write(descriptor, data, 0)
                os.fsync(descriptor)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            finally:
                os.close(descriptor)
        return Staged(sha256, place, Path(name))

    def sweep(self, before: datetime) -> int:
        """Remove what nobody has gone on with since then; how many files."""
        removed = 0
        with contextlib.suppress(FileNotFoundError):
            for partial in (self.path / PARTIAL).iterdir():
                with contextlib.suppress(FileNotFoundError), _locked(partial, create=False) as descriptor:
                    if descriptor is not None and os.fstat(descriptor).st_mtime < before.timestamp():
                        partial.unlink()
                        removed += 1
        return removed

    def _partial(self, station: str, sha256: str) -> Path:
        return self.path / PARTIAL / f"{station}.{sha256}"

    def _look_for_room(self, size: int) -> None:
        if self._free(self.path) < RESERVE_BYTES + size:
            raise StorageFull(
                f"the disk under {self.path} has less than {RESERVE_BYTES // 2**20} MiB left, which the hub keeps for "
                "its database; no photos are taken until there is room"
            )

    def _finished(self, descriptor: int, partial: Path, sha256: str) -> Step | None:
        """Into its place, when the hash is right."""
        media_type = _type_of(descriptor)
        if not media_type or _hash(descriptor) != sha256:
            return None
        size = os.fstat(descriptor).st_size
        self._place(descriptor, partial, sha256)
        return Step(size, media_type)

    def _place(self, descriptor: int, from_path: Path, sha256: str) -> None:
        os.fsync(descriptor)
        place = self.path_of(sha256)
        _make(place.parent)
        from_path.replace(place)
        _sync_folder(place.parent)

    def _read_again(self, sha256: str) -> Step:
        """A file in its place that the database may not know: it counts as far as its bytes are right."""
        with self.path_of(sha256).open("rb") as file:
            media_type = _type_of(file.fileno())
            right = media_type and _hash(file.fileno()) == sha256
            size = os.fstat(file.fileno()).st_size
        if right:
            return Step(size, media_type)
        self.path_of(sha256).unlink()
        return Step(0)


class Staged:
    """Bytes that are on the disk beside their place. Moving them there, in a transaction, waits for a name only."""

    def __init__(self, sha256: str, place: Path, beside: Path | None) -> None:
        self.sha256, self._place, self._beside = sha256, place, beside

    def keep(self) -> None:
        """Into their place; raises ``StorageFull`` or ``StorageFailed``."""
        if self._beside is not None:
            with _disk(self._place.parent):
                self._beside.replace(self._place)
                _sync_folder(self._place.parent)

    def drop(self) -> None:
        """Nothing is left beside, whether they were kept or not."""
        if self._beside is not None:
            self._beside.unlink(missing_ok=True)


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"the disk under {path} is full; photos wait at the stations") from error
        raise StorageFailed(f"photos cannot be kept in {path}: {error.strerror or type(error).__name__}") from error


@contextlib.contextmanager
def _locked(path: Path, *, create: bool = True) -> Iterator[int | None]:
    """A descriptor of the file that only this caller has; ``None`` when it went away."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
        except FileNotFoundError:
            yield None
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, path):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the file was not put into its place, or thrown away, while we waited for it."""
    try:
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _write(descriptor: int, data: bytes, offset: int) -> None:
    """All of it or nothing: a disk that fills up in the middle leaves the file as it was."""
    try:
        left = memoryview(data)
        at = offset
        while left:
            written = os.pwrite(descriptor, left, at)
            left, at = left[written:], at + written
    except OSError:
        os.ftruncate(descriptor, offset)
        raise


def _type_of(descriptor: int) -> str:
    return blobs.media_type(os.pread(descriptor, blobs.HEAD_BYTES, 0)) or ""


def _hash(descriptor: int) -> str:
    digest, at = hashlib.sha256(), 0
    while chunk := os.pread(descriptor, 1024 * 1024, at):
        digest.update(chunk)
        at += len(chunk)
    return digest.hexdigest()


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
