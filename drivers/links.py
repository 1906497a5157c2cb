"""Whether udev's links can be believed at this moment.

When one device goes and another takes its number, ``/dev/serial/by-id/...`` of the first leads to the second until
udev has worked off the events: a station that reopens meanwhile would read a stranger under a known name. Seen on a
real kernel, with udev kept busy.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from rma_station.errors import DeviceLost

QUEUE = Path("/run/udev/queue")
"""There while udev has events to work off; ``udevadm settle`` waits for the same file."""
PATIENCE = 3.0
"""Seconds to wait for a busy udev; after that a link is used as it is."""


def wait_for_udev(path: str, queue: Path = QUEUE, patience: float = PATIENCE) -> None:
    """Return when udev is idle, or at once when ``path`` is no link."""
    until = time.monotonic() + patience
    while os.path.islink(path) and queue.exists() and time.monotonic() < until:
        time.sleep(0.02)


def confirm(path: str, handle: int, queue: Path = QUEUE, patience: float = PATIENCE) -> None:
    """Make sure that an open handle is the device ``path`` leads to, also when udev is done.

    Raises:
        DeviceLost: the path leads elsewhere or nowhere by now.
    """
    wait_for_udev(path, queue, patience)
    try:
        same = os.stat(path).st_rdev == os.fstat(handle).st_rdev
    except OSError as error:
        raise DeviceLost(f"{path}: went away while it was opened") from error
    if not same:
        raise DeviceLost(f"{path}: led to another device while it was opened")
