"""Says when something was plugged in or pulled out, so that a device need not wait out its pause.

::

    udev event (tty, input, hidraw, usbmisc) --.
                                                +--> changed()      once for a burst: one scanner makes a dozen events
    a node is new, gone or another of its name -'

udev is listened to through pyudev where it is installed; looking at the folders goes on beside it, because in a
container, or without udevd, events never come. Pyudev is loaded by the thread, not by importing this page. Only events
that udev has worked off are taken: before that a node has no rights and no lasting name.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from drivers.handles import Wake

log = logging.getLogger(__name__)

SUBSYSTEMS = ("tty", "input", "hidraw", "usbmisc")
LOOK, LOOK_ALONE = 5.0, 1.0
"""Seconds between looks at the folders: beside udev, and without it."""
QUIET = 0.1
"""Seconds without an event after which a burst is over."""
LONGEST_BURST = 1.0
"""Seconds after which a burst is told even though events still come."""
_FOLDERS = ("dev", "dev/input", "dev/usb", "dev/serial/by-id", "dev/serial/by-path", "dev/input/by-id")


class Entry(NamedTuple):
    """A name in a folder of devices.

    The number of its node and the time it was made, or its rights were changed, tell it from another of the same name
    that took its place between two looks: a plug that wobbles. Folders have neither: other programs write into them.
    """

    path: str
    target: str = ""
    number: int = 0
    made_ns: int = 0


class Monitor(Protocol):
    """A source of udev events, as ``pyudev.Monitor`` is one."""

    def fileno(self) -> int:
        """To be waited on."""

    def poll(self, timeout: float) -> object | None:
        """The next event, ``None`` when none waits."""


class Hotplug:
    """Watches in a thread of its own.

    Args:
        changed: called in that thread; what it raises is logged.
        root: folder that has ``dev``.
        listen: opens the source of events; raises whatever it likes when there is none.
        look: seconds between looks at the folders, with and without events.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        root: Path = Path("/"),
        listen: Callable[[], Monitor] | None = None,
        look: tuple[float, float] = (LOOK, LOOK_ALONE),
    ) -> None:
        self._changed, self._root, self._look = changed, root, look
        self._listen = listen or udev_monitor
        self._wake = Wake()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hotplug", daemon=True)

    def start(self) -> None:
        """Begin; ``changed`` is called once at the start."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits at most a second."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        monitor: Monitor | None = None
        try:
            monitor = self._listen()
        except Exception as error:
            log.info("no udev events (%s); looking for devices every %g s instead", error, self._look[1])
        seen = listing(self._root)
        self._tell()
        while not self._stopping.is_set():
            events = self._wait(monitor)
            now = listing(self._root)
            if (events or now != seen) and not self._stopping.is_set():
                self._tell()
            seen = now
        self._wake.close()

    def _wait(self, monitor: Monitor | None) -> bool:
        """Sleep until something may have changed; true when udev said so."""
        if monitor is None:
            select.select([self._wake.fd], [], [], self._look[1])
            return False
        if not self._comes(monitor, self._look[0]):
            return False
        for _ in range(round(LONGEST_BURST / QUIET)):
            while monitor.poll(0) is not None:
                continue
            if self._stopping.is_set() or not self._comes(monitor, QUIET):
                break
        return True

    def _comes(self, monitor: Monitor, seconds: float) -> bool:
        ready, _, _ = select.select([monitor.fileno(), self._wake.fd], [], [], seconds)
        return bool(ready) and self._wake.fd not in ready

    def _tell(self) -> None:
        try:
            self._changed()
        except Exception:
            log.exception("looking at what was plugged in failed")


def udev_monitor() -> Monitor:
    """The events of udev for the subsystems we use; raises ``ImportError`` or ``OSError`` where it cannot be."""
    import pyudev  # noqa: PLC0415 - 20 ms, and nobody needs it before the first paint

    monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source="udev")
    for subsystem in SUBSYSTEMS:
        monitor.filter_by(subsystem)
    monitor.start()
    found: Monitor = monitor
    return found


def listing(root: Path) -> frozenset[Entry]:
    """What is in the folders where devices appear; never raises."""
    found: set[Entry] = set()
    for folder in _FOLDERS:
        with contextlib.suppress(OSError), os.scandir(root / folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    found.add(_entry(entry))
    return frozenset(found)


def _entry(entry: os.DirEntry[str]) -> Entry:
    """Raises ``OSError`` when it is gone by now."""
    if entry.is_dir(follow_symlinks=False):
        return Entry(entry.path)
    facts = entry.stat(follow_symlinks=False)
    target = os.readlink(entry.path) if entry.is_symlink() else ""
    return Entry(entry.path, target, facts.st_ino, facts.st_ctime_ns)
