"""What a chosen device sends: bytes or keys, until it is silent. Nothing is sent to it here but what the caller gives.

A device is open only while it is listened to. A scanner that types is grabbed for that time, so that its code does not
end up in the conversation; time or its own silence gives it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from drivers.evdev_scanner import KeyEvent
from drivers.hid_pos import PosReports
from drivers.transport import Stream
from rma_station.domain.record import dataclass
from rma_station.ports import RawScan

MOST = 64 * 1024
"""Bytes after which a device that never stops is heard enough."""


@dataclass(frozen=True)
class Times:
    """How long the wizard waits, in seconds."""

    scan: float = 60.0
    """For somebody to scan."""
    pause: float = 0.6
    """Silence after which a scan counts as whole."""
    listen: float = 1.5
    """At each setting of a scale's line, without a word (hardware reference 3.10)."""
    answer: float = 0.6
    """For the answer to a probe."""
    stable: float = 15.0
    """For a weight that does not move."""


@dataclass(frozen=True)
class HeardKeys:
    """The keys of one scan."""

    keys: tuple[KeyEvent, ...]
    caps: bool


def scan(opened: Callable[[], Stream], times: Times) -> bytes:
    """All bytes of one scan; empty when none came in time.

    Args:
        opened: opens the line.
        times: how long to wait.

    Raises:
        DeviceLost: it cannot be opened, or was unplugged.
    """
    with closing(opened()) as stream:
        return _until_silent(stream, times)


def keys(opened: Callable[[], Any], times: Times) -> HeardKeys:
    """All keys of one scan; none when none came in time.

    Args:
        opened: opens and grabs a ``KeyStream``.
        times: how long to wait for the first key, and for no more.

    Raises:
        DeviceLost: it cannot be opened or grabbed, or was unplugged.
    """
    with closing(opened()) as stream:
        found: list[KeyEvent] = []
        until = time.monotonic() + times.scan
        while time.monotonic() < until and len(found) < MOST:
            events: Sequence[KeyEvent] = stream.events(times.pause)
            found += events
            if found and not events:
                break
        return HeardKeys(tuple(found), bool(stream.caps))


def report(opened: Callable[[], Any], times: Times) -> RawScan | None:
    """One scan of a scanner in HID POS mode; ``None`` when none came in time.

    Args:
        opened: opens a ``PosStream``.
        times: how long to wait.

    Raises:
        DeviceLost: it cannot be opened, or was unplugged.
    """
    with closing(opened()) as stream:
        reports = PosReports("", stream.layout)
        until = time.monotonic() + times.scan
        while (left := until - time.monotonic()) > 0:
            data = stream.read(min(left, times.pause))
            now = time.monotonic()
            scans = reports.feed(data, now) if data else reports.idle(now)
            if scans:
                return scans[0]
        return None


def listen(stream: Stream, seconds: float) -> bytes:
    """All bytes of so many seconds."""
    until = time.monotonic() + seconds
    heard = bytearray()
    while (left := until - time.monotonic()) > 0 and len(heard) < MOST:
        heard += stream.read(left)
    return bytes(heard)


def _until_silent(stream: Stream, times: Times) -> bytes:
    until = time.monotonic() + times.scan
    heard = bytearray()
    while (left := until - time.monotonic()) > 0 and len(heard) < MOST:
        data = stream.read(min(left, times.pause) if heard else left)
        heard += data
        if heard and not data:
            break
    return bytes(heard)
