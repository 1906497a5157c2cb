"""Photos at a bench: a camera of a few bytes, and files on a disk that may be full, lose one, or spoil one."""

from __future__ import annotations

import errno
import hashlib
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rma_station.store.photo_files import FOLDER, PhotoFiles

if TYPE_CHECKING:
    from tests.sim.bench import Bench
    from tests.sim.world import World

PIECE = 110
"""Bytes of a photo in one call: most photos need two or three."""
_JPEG = b"\xff\xd8\xff"


class Image(NamedTuple):
    """A copy of a station's disk."""

    journal: bytes
    photos: Mapping[str, bytes]
    """Files by their names, which are hashes."""


class Files(PhotoFiles):
    """The product's files, on a disk that may be full; whoever removes one is asked whether it may go."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.folder / FOLDER)
        self._bench, self.full = bench, False

    def _write(self, place: Path, data: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super()._write(place, data)

    def drop(self, sha256: str) -> int:
        """Remove a picture; that makes room."""
        freed = super().drop(sha256)
        if freed:
            self._bench.evicted(sha256)
        return freed


def picture(chance: random.Random) -> bytes:
    """What a camera would give."""
    return _JPEG + chance.randbytes(chance.randint(20, 280))


def stored(folder: Path) -> dict[str, bytes]:
    """Files below a folder that have a hash for their name, whole or not."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("??/*")) if len(file.name) == 64}


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files where the product looks for them."""
    for name, data in files.items():
        place = folder / name[:2] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def is_whole(folder: Path, sha256: str) -> bool:
    """Whether a folder has all of it."""
    file = folder / sha256[:2] / sha256
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256


def spoil(file: Path, chance: random.Random) -> None:
    """One byte is another, or the end is missing."""
    data = bytearray(file.read_bytes())
    if not data:
        return
    if chance.random() < 0.5:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    else:
        del data[chance.randrange(len(data)) :]
    file.write_bytes(bytes(data))


def folders(world: World) -> Iterable[Path]:
    """Of every disk there is."""
    return (world.hub.kept.folder.path, *(station.folder / FOLDER for station in world.stations))


def count_lost(world: World) -> None:
    """Something happened to a disk: pictures of which no disk has a whole copy any more cannot be had."""
    book = world.promises
    places = list(folders(world))
    lost = {one for one in book.pictures if not any(is_whole(place, one) for place in places)}
    if lost - book.pictures_lost:
        world.note("fault", f"no disk has {sorted(one[:8] for one in lost - book.pictures_lost)} any more")
    book.pictures_lost |= lost
