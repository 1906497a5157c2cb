"""Photos that are nowhere else, copied beside a bundle, one at a time: sealed where the bundle is, and read back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.errors import Malformed, StorageFailed
from rma_station.store.photo_files import PhotoFiles
from sync import bundle_photos


@dataclass(frozen=True)
class Copied:
    """What is beside the bundle now, and what is not."""

    photos: tuple[str, ...] = ()
    """SHA-256 of each photo."""
    sealed: tuple[str, ...] = ()
    """SHA-256 of its file, in the same order; empty where they are not sealed."""
    lost: tuple[str, ...] = ()
    """Photos that nobody has any more: damaged, or not on this disk."""


def copy(here: PhotoFiles, going: Iterable[str], target: Path, key: bytes) -> Copied:
    """Copy photos, and read each back.

    Args:
        here: the station's photos.
        going: SHA-256 of those that go along.
        target: the folder beside the bundle.
        key: the bundle's, for photos; empty leaves them as they are.

    Raises:
        StorageFull, StorageFailed: the disk does not take them, or does not hold what was written to it.
    """
    there = PhotoFiles(target)
    photos, sealed, lost = [], [], []
    for sha256 in going:
        photo = here.read(sha256)
        if photo is None or hashlib.sha256(photo).hexdigest() != sha256:
            lost.append(sha256)
            continue
        name = there.keep(bundle_photos.sealed(key, sha256, photo) if key else photo).sha256
        if not _holds(there, name, sha256, key):
            raise StorageFailed(
                f"{target} does not hold what was written to it. Try another disk.",
                say("stopped.copy_bad", path=str(target)),
            )
        photos.append(sha256)
        sealed += [name] if key else []
    return Copied(tuple(photos), tuple(sealed), tuple(lost))


def _holds(there: PhotoFiles, name: str, sha256: str, key: bytes) -> bool:
    """Whether the file gives the photo again."""
    data = there.read(name)
    try:
        photo = bundle_photos.opened(key, sha256, data) if key and data is not None else data
    except Malformed:
        return False
    return photo is not None and hashlib.sha256(photo).hexdigest() == sha256
