"""Where simulated disks lie: in memory where the machine has such a place."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def made() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    memory = Path("/dev/shm")
    found = Path(tempfile.mkdtemp(prefix="rma-sim-", dir=memory if memory.is_dir() else None))
    try:
        yield found
    finally:
        shutil.rmtree(found, ignore_errors=True)
