"""The station's own secret: signs its command sheets. A file of mode 0600 in the data folder, made at first start."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rma_station.domain.record import dataclass
from rma_station.errors import Refused, StorageFailed
from rma_station.ports import Random

FILE = "station-key.json"


@dataclass(frozen=True)
class StationKey:
    """Secret and the generation of command sheets that is printed now; this one and the one before are accepted."""

    master: bytes
    generation: int = 1


def load_or_make(folder: Path, random: Random) -> StationKey:
    """The key of a data folder, made when there is none.

    Raises:
        Refused: others can read the file, or it is damaged; says what to do.
    """
    file = folder / FILE
    try:
        return _read(file)
    except FileNotFoundError:
        return write(folder, StationKey(random.bytes(32)))


def renew(folder: Path, random: Random, generations: int = 1) -> StationKey:
    """Begin new generations of command sheets: 1 leaves those printed last valid, 2 voids all that were ever printed.

    Raises:
        Refused: as ``load_or_make``.
        StorageFailed: the key cannot be written; the old one is as good as before.
    """
    key = load_or_make(folder, random)
    try:
        return write(folder, StationKey(key.master, key.generation + generations))
    except OSError as error:
        raise StorageFailed(f"{folder / FILE} cannot be written ({error.strerror}). The old key stays.") from error


def write(folder: Path, key: StationKey) -> StationKey:
    """Store a key: whole or not at all, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f"{FILE}.new"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        json.dump({"master": key.master.hex(), "generation": key.generation}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(folder / FILE)
    return key


def _read(file: Path) -> StationKey:
    with file.open() as stream:
        if os.fstat(stream.fileno()).st_mode & 0o077:
            raise Refused(f"others can read {file}. Run: chmod 600 {file}")
        try:
            data = json.load(stream)
            return StationKey(bytes.fromhex(data["master"]), int(data["generation"]))
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{file} is damaged. Remove it: command sheets have to be printed anew.") from None
