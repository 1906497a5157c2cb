"""Files that commands write: whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import StorageFailed


def write_file(path: Path, data: bytes) -> None:
    """Write a file and the folders above it; labels and sheets carry codes that can command a station, hence 0600.

    Raises:
        StorageFailed: it cannot be written; nothing is left behind under its name.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        said = say("stopped.unwritten", path=str(path), reason=str(error.strerror))
        words = f"{path} cannot be written ({error.strerror}). Name another folder, or mend the rights on this one."
        raise StorageFailed(words, said) from error
