"""A recording played back: streams that say again what a device said, to the driver that asks as it asked.

Each device has a clock of its own that goes from one recorded byte to the next, so that a day can be replayed in a
second and comes out the same every time. A scale's answer comes only after the driver has asked the same question:
what follows an ``out`` in the file waits for a ``write`` of these bytes. A question that nobody asks today (setting
zero) is passed over. What was written to a scanner (a beep) is left out.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from drivers.recording import KEY, VERSION
from rma_station.domain.record import dataclass
from rma_station.errors import DeviceLost, Malformed, StorageFailed

LINGER = 3.0
"""Seconds after the last byte in which a driver may say that a scan stayed incomplete, and seconds a recorded question
waits to be asked."""
ENDS = "the recording ends here"
"""Reason of the last ``DeviceLost`` of every device."""
LONGEST = 10_000_000.0
"""Seconds of a recording: four months."""


@dataclass(frozen=True)
class Entry:
    """One line about a device."""

    at: float
    kind: str
    """``opened``, ``in``, ``out`` or ``lost``."""
    data: bytes = b""
    text: str = ""
    """What was opened, or why it was lost."""
    descriptor: bytes = b""
    """Report descriptor of a raw HID device."""
    vendor: str = ""
    """USB vendor of such a device."""
    caps: bool = False
    """Caps Lock when a scanner that types was opened."""
    down: frozenset[int] = frozenset()
    """Keys that were down then."""


@dataclass(frozen=True)
class PlayedKey:
    """A key event as ``evdev_scanner.KeyEvent`` is one."""

    at: float
    type: int
    code: int
    value: int

    def timestamp(self) -> float:
        """The kernel's time in seconds."""
        return self.at


@dataclass(frozen=True)
class Recording:
    """A file that was read."""

    made: str
    devices: tuple[Mapping[str, Any], ...]
    """As they were given to ``Recorder``."""
    entries: Mapping[str, Sequence[Entry]]
    """Name of each device to what happened, in its order."""
    whole: bool
    """False when the recording became full or its last line is cut off."""


def read(path: Path) -> Recording:
    """Read a recording; a last line that was cut off by a crash is left out.

    Raises:
        StorageFailed: the file cannot be read.
        Malformed: it is no recording; names the line.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise Malformed(f"{path} is not a recording of devices") from None
    cut_off = lines.pop()
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    head: dict[str, Any] = {}
    whole = not cut_off
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            if number == 1:
                head = {"made": str(found["made"]), "devices": tuple(_device(each) for each in found["devices"])}
                if found["recording"] != VERSION:
                    raise ValueError(f"version {found['recording']}; this program reads {VERSION}")
            elif "full" in found:
                whole = False
            else:
                entries[str(found["device"])].append(_entry(found))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Malformed(f"{path}, line {number} is not of a recording of devices ({error})") from None
    if not head:
        raise Malformed(f"{path} is not a recording of devices: it is empty")
    return Recording(**head, entries=dict(entries), whole=whole)


def _device(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"kind": str(given["kind"]), "name": str(given["name"]), "url": str(given["url"]), **given}


def _entry(found: Mapping[str, Any]) -> Entry:
    at = float(found["at"])
    if not 0 <= at <= LONGEST:
        raise ValueError(f"at = {at}")
    for kind in ("in", "out"):
        if kind in found:
            return Entry(at, kind, data=bytes.fromhex(found[kind]))
    if "opened" in found:
        descriptor, down = bytes.fromhex(found.get("descriptor", "")), frozenset(map(int, found.get("down", ())))
        vendor, caps = str(found.get("vendor", "")), bool(found.get("caps"))
        return Entry(at, "opened", b"", str(found["opened"]), descriptor, vendor, caps, down)
    return Entry(at, "lost", text=str(found["lost"]))


class ReplayClock:
    """A device's time, which goes on when it reads or pauses.

    Args:
        speed: recorded seconds that pass in a real one; 0 waits for nothing.
    """

    def __init__(self, speed: float = 0.0) -> None:
        self._speed = speed
        self._now = 0.0
        self._began = time.monotonic()
        self._over = False

    def monotonic(self) -> float:
        """Seconds since the recording began."""
        return self._now

    def unix(self) -> float:
        """The same; a replay has no date."""
        return self._now

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """A driver's pause; see ``thread.PacedClock``."""
        if self._over:
            return event.wait(seconds)
        self.reach(self._now + seconds)
        return event.is_set()

    def reach(self, at: float) -> None:
        """Let it become ``at``; never goes back."""
        self._now = max(self._now, at)
        if self._speed:
            time.sleep(max(0.0, self._began + self._now / self._speed - time.monotonic()))

    def end(self) -> None:
        """Nothing is played any more: pauses are real ones."""
        self._over = True


class Player:
    """Plays one device.

    Args:
        entries: of the device, in order.
        clock: its time.
        answers: what came is an answer to what was written, as with a scale.
    """

    def __init__(self, entries: Sequence[Entry], clock: ReplayClock, *, answers: bool) -> None:
        self._entries = deque(entry for entry in entries if answers or entry.kind != "out")
        self._clock = clock
        self.ended = threading.Event()
        """Everything was played, and the driver had its time to say what stayed incomplete."""

    def connect(self) -> _Played:
        """The next time the device was opened.

        Raises:
            DeviceLost: it was not opened again.
        """
        while self._entries and self._entries[0].kind != "opened":
            self._entries.popleft()
        if not self._entries:
            self._clock.end()
            self.ended.set()
            raise DeviceLost(ENDS)
        opened = self._entries.popleft()
        self._clock.reach(opened.at)
        return _Played(opened, self._entries, self._clock)

    def through(self, name: str, connect: Callable[[], Any], /) -> Callable[[], Any]:
        """For ``catalogue.open_scanner`` and ``open_scale``: the device itself is never opened."""
        return self.connect


class _Played:
    """``transport.Stream`` and ``evdev_scanner.KeyStream`` from a recording."""

    def __init__(self, opened: Entry, entries: deque[Entry], clock: ReplayClock) -> None:
        self.detail = opened.text
        self.descriptor, self.vendor = opened.descriptor, opened.vendor
        self.caps, self.down = opened.caps, opened.down
        self._entries, self._clock = entries, clock
        self._until: float | None = None

    def read(self, timeout: float) -> bytes:
        """See ``Stream``; passes the time instead of waiting."""
        until = self._clock.monotonic() + max(0.0, timeout)
        coming = self._entries[0] if self._entries else None
        if coming is None or coming.kind in ("opened", "out"):
            return self._wait(coming, until)
        if coming.at > until:
            self._clock.reach(until)
            return b""
        self._until = None
        self._entries.popleft()
        self._clock.reach(coming.at)
        if coming.kind == "lost":
            raise DeviceLost(coming.text)
        return coming.data

    def _wait(self, coming: Entry | None, until: float) -> bytes:
        """For the driver's question, or for what it has to say at the end."""
        now = self._clock.monotonic()
        asked = coming is not None and coming.kind == "out"
        self._until = self._until or max(now, coming.at if coming is not None and asked else now) + LINGER
        if now >= self._until:
            self._until = None
            if not asked:
                raise DeviceLost(ENDS)
            self._entries.popleft()
        else:
            self._clock.reach(min(until, self._until))
        return b""

    def write(self, data: bytes) -> None:
        """See ``Stream``: the answer to the next question of these bytes may come now."""
        for place, entry in enumerate(self._entries):
            if entry.kind == "opened":
                return
            if entry.kind == "out" and entry.data == data:
                for _ in range(place + 1):
                    self._entries.popleft()
                self._until = None
                self._clock.reach(entry.at)
                return

    def events(self, timeout: float) -> Sequence[PlayedKey]:
        """See ``evdev_scanner.KeyStream``."""
        data = self.read(timeout)
        whole = data[: len(data) - len(data) % KEY.size]
        return [PlayedKey(second + micro / 1_000_000, *key) for second, micro, *key in KEY.iter_unpack(whole)]

    def release(self) -> None:
        """See ``evdev_scanner.KeyStream``: nothing was taken."""

    def set_feature(self, report: bytes) -> None:
        """Nothing is there to be set."""

    def wake(self) -> None:
        """See ``Stream``: a read never waits."""

    def close(self) -> None:
        """See ``Stream``."""
