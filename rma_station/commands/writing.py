"""What commands write: files, whole or not at all and their owner's alone; and output nobody reads any more."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import StorageFailed


def drop_output() -> None:
    """Throw away what Python would still flush: the reader of our output (``head``, ``less``) has gone.

    Without this it would complain of the broken pipe when it closes the pipe itself.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
