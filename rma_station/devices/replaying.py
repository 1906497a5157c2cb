"""``devices replay``: a recording through today's drivers, and what comes out."""

from __future__ import annotations

import dataclasses
import math
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from drivers.replay import ENDS, Player, Recording, ReplayClock, read
from rma_station.config import ScaleSection, ScannerSection, from_data
from rma_station.devices.running import described
from rma_station.domain.clean import clean_bytes
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed
from rma_station.ports import DeviceMessage, DeviceStatus, RawScan, Scale, Scanner, Weighing
from rma_station.wiring.devices import scales, scanners

LOOK = 0.05
"""Seconds between two looks at what was said."""
Line = tuple[float, str]
"""Seconds since the beginning of the recording, and what a device said then."""


@dataclass
class _Playing:
    """One device being played."""

    device: Scanner | Scale
    clock: ReplayClock
    player: Player
    said: queue.SimpleQueue[Line] = field(default_factory=queue.SimpleQueue)
    _last: str = ""

    def start(self) -> None:
        self.device.start(self._says)

    def _says(self, message: DeviceMessage) -> None:
        if isinstance(message, DeviceStatus) and message.detail == ENDS:
            return
        line = described(message)
        if line != self._last or isinstance(message, RawScan):
            self.said.put((_at(message, self.clock), line))
        self._last = line


def replay(file: Path, speed: float) -> Iterator[str]:
    """Play a recording; a line for whatever the drivers say, the time of the recording in front.

    Args:
        file: made by ``--record``.
        speed: recorded seconds in a real one; 0 for as fast as it goes.

    Raises:
        StorageFailed, Malformed: the file cannot be played.
    """
    recording = read(file)
    playing = [
        _playing(file, section, recording, speed) for section in recording.devices if section["kind"] != "printer"
    ]
    printers = [section["name"] for section in recording.devices if section["kind"] == "printer"]
    for each in playing:
        each.start()
    try:
        lines = _as_they_come(playing) if speed else iter(_in_order(playing))
        yield from (f"{at:10.3f}  {line}" for at, line in lines)
    finally:
        for each in playing:
            each.device.stop()
    for name in printers:
        yield from (f"{at:10.3f}  {line}" for at, line in _printed(name, recording))
    if not recording.whole:
        yield "the recording is not whole: it became full, or was cut off"


def _printed(name: str, recording: Recording) -> Iterator[Line]:
    """What a printer was sent and said: nothing is asked of it again, so its bytes are shown as they are."""
    for entry in recording.entries.get(name, ()):
        if entry.data:
            words = "said" if entry.kind == "in" else f"sent {len(entry.data)} bytes"
            yield entry.at, f"{name:<16} {words}  {clean_bytes(entry.data, 100)}"


def _as_they_come(playing: list[_Playing]) -> Iterator[Line]:
    """Each as soon as no device can say anything earlier: on a busy machine one device's thread may lag behind."""
    said: list[Line] = []
    while True:
        reached = [each.clock.monotonic() for each in playing if not each.player.ended.is_set()]
        said = sorted(said + _sorted(playing), key=lambda line: line[0])
        until = min(reached, default=math.inf)
        yield from (line for line in said if line[0] < until)
        if not reached:
            return
        said = [line for line in said if line[0] >= until]
        time.sleep(LOOK)


def _in_order(playing: list[_Playing]) -> list[Line]:
    for each in playing:
        each.player.ended.wait()
    return _sorted(playing)


def _sorted(playing: list[_Playing]) -> list[Line]:
    """What was said since the last look, in the order of the recording's time."""
    return sorted((line for each in playing for line in _taken(each.said)), key=lambda line: line[0])


def _taken(said: queue.SimpleQueue[Line]) -> Iterator[Line]:
    while not said.empty():
        yield said.get()


def _at(message: DeviceMessage, clock: ReplayClock) -> float:
    if isinstance(message, RawScan):
        return message.at
    return message.reading.at if isinstance(message, Weighing) else clock.monotonic()


def _playing(file: Path, section: Mapping[str, Any], recording: Recording, speed: float) -> _Playing:
    """The recorded device, opened as its section said then; what a newer section has more is left at its default."""
    kinds: dict[str, tuple[type, Callable[..., Any]]] = {
        "scanner": (ScannerSection, scanners),
        "scale": (ScaleSection, scales),
    }
    if section["kind"] not in kinds:
        raise Malformed(f"{file}: a device of the kind {section['kind']!r}; known: {', '.join(kinds)}")
    sections, opened = kinds[section["kind"]]
    known = {each.name for each in dataclasses.fields(sections)}
    config = from_data({section["kind"]: [{key: value for key, value in section.items() if key in known}]}, str(file))
    clock = ReplayClock(speed)
    player = Player(recording.entries.get(section["name"], ()), clock, answers=section["kind"] == "scale")
    return _Playing(opened(config, clock, player.through)[0], clock, player)
