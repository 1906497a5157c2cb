"""The driver against a simulated scale of every protocol on a pseudo-terminal: weighing, faults, unplugging."""

from __future__ import annotations

import os
import random
import select
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.catalogue import PROTOCOLS, open_scale, scale_protocol
from drivers.faults import Faults, damaged
from drivers.scales.peer import Peer
from drivers.scales.platform import MODES, Platform
from drivers.serial_scale import SerialScale
from drivers.transport import open_url
from rma_station.domain.weight import CapturePolicy, CaptureState, observe, ready
from rma_station.ports import DeviceState
from rma_station.system import SystemClock
from tests.drivers.support import QUICK, Inbox, Line

NO_STABILITY = {"adam"}
LINES = {"toledo-8217": "&bits=7&parity=E", "nci": "&bits=7&parity=E", "dialog06": "&bits=7&parity=O"}


QUICK_FRAMES = 0.02
"""Seconds between two questions, and two frames of a scale that streams; real ones take five or ten times as long."""


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.serial_scale.POLL", QUICK_FRAMES)
    monkeypatch.setattr("drivers.serial_scale.POLL_SILENT", QUICK_FRAMES)
    monkeypatch.setattr("drivers.serial_scale.ANSWER_TIMEOUT", 0.15)


class Scale:
    """A simulated scale at the far end of a line, with a thread of its own."""

    def __init__(self, folder: Path, protocol: str) -> None:
        self.line = Line(folder)
        self.platform = Platform()
        self.peer = Peer(protocol, self.platform)
        self.faults = Faults()
        self.noise = b""
        self.heard = b""
        self._random = random.Random(1)
        self.start()

    def start(self) -> None:
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            found, _, _ = select.select([self.line.near, self._stop], [], [], QUICK_FRAMES)
            if self._stop in found:
                return
            now = time.monotonic()
            heard = os.read(self.line.near, 100) if found else b""
            self.heard += heard
            answers = self.peer.received(heard, now) if found else []
            frames = [answer.data for answer in answers] or ([] if found else [self.peer.streamed(now)])
            for frame in filter(None, (*([self.noise] if self.noise else []), *frames)):
                for piece in damaged(frame, self.faults, self._random):
                    self.line.send(piece)

    def unplug(self) -> None:
        """The thread ends first, because a reader would keep the line alive."""
        os.write(self._stopped, b"x")
        self._thread.join()
        self.line.unplug()

    def plug(self) -> None:
        self.line.plug()
        self.start()


@pytest.fixture(params=PROTOCOLS)
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scale]:
    scale = Scale(tmp_path, request.param)
    yield scale
    scale.unplug()


@pytest.fixture
def near(far: Scale, inbox: Inbox) -> Iterator[SerialScale]:
    name = far.peer.protocol
    url = far.line.url + "?baud=9600" + LINES.get(name, "")
    scale = SerialScale("scale", lambda: open_url(url), SystemClock(), scale_protocol(name), unit="kg", backoff=QUICK)
    scale.start(inbox)
    yield scale
    scale.stop()


def last(inbox: Inbox) -> tuple[Decimal | None, bool | None]:
    """Value and stability of the newest reading."""
    return (inbox.weighings[-1].reading.value, inbox.weighings[-1].reading.stable) if inbox.weighings else (None, None)


def captured(inbox: Inbox) -> list[int]:
    """All weights that could have been captured."""
    state, found = CaptureState(), []
    for weighing in inbox.weighings:
        state = observe(state, weighing.reading)
        weight = ready(state, weighing.reading.at, CapturePolicy())
        found += [weight.grams] if weight else []
    return found


def test_weighing_overload_and_replugging(far: Scale, near: SerialScale, inbox: Inbox) -> None:
    """A weight, no weight, ERROR while it is away, and the weight again when it is back."""
    stable = None if far.peer.protocol in NO_STABILITY else True
    far.platform.put(1250, time.monotonic() - 10)
    inbox.until(lambda: last(inbox) == (Decimal("1.250"), stable))
    assert near is not None
    assert inbox.states[-1] is DeviceState.READY

    far.platform.switch("over", time.monotonic())
    inbox.until(lambda: last(inbox)[0] is None)
    far.unplug()
    inbox.until(lambda: inbox.states[-1] is DeviceState.ERROR)
    far.platform.switch("stable", time.monotonic())
    far.plug()
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY and last(inbox) == (Decimal("1.250"), stable))
    assert set(captured(inbox)) <= {1250}


GARBAGE = bytes(random.Random(2).randbytes(2000))


@pytest.mark.parametrize("name", ["mt-sics", "toledo-continuous"])
def test_garbage_is_shown_and_survived(tmp_path: Path, inbox: Inbox, name: str) -> None:
    """A line at the wrong speed, or another device: the scale is in ERROR with what came, until it is right."""
    far = Scale(tmp_path, name)
    far.platform.switch("mute", 0.0)
    far.noise = GARBAGE
    protocol = replace(scale_protocol(name), patience=0.2)
    scale = SerialScale("scale", lambda: open_url(far.line.url), SystemClock(), protocol, backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: bool(inbox.states) and inbox.states[-1] is DeviceState.ERROR)
    reason = [item.detail for item in inbox.messages if hasattr(item, "detail")][-1]
    far.noise = b""
    far.platform.switch("stable", 0.0)
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY and last(inbox)[0] == 0)
    scale.stop()
    far.unplug()

    assert reason.startswith(f"does not speak {protocol.short}: ")


@pytest.mark.parametrize("name", ["t-scale", "a-and-d"])
def test_a_megabyte_without_an_ending_is_visible_and_bounded(tmp_path: Path, inbox: Inbox, name: str) -> None:
    """The scale is in ERROR; nothing grows; a scale that comes to its senses works at once."""
    far = Scale(tmp_path, name)
    far.platform.switch("mute", 0.0)
    protocol = replace(scale_protocol(name), patience=0.2)
    scale = SerialScale("scale", lambda: open_url(far.line.url), SystemClock(), protocol, backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: DeviceState.OPENING in inbox.states)
    for _ in range(256):
        far.line.send(b"9" * 4096)
    inbox.until(lambda: inbox.states[-1] is DeviceState.ERROR)
    far.platform.switch("stable", 0.0)
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY)
    scale.stop()
    far.unplug()

    assert captured(inbox) == []


def test_a_flood_is_read_and_the_newest_weight_counts(tmp_path: Path, inbox: Inbox) -> None:
    """Two hundred frames at once, ten times a second: the station is told twenty times a second at most."""
    far = Scale(tmp_path, "t-scale")
    far.faults = Faults(flood=200)
    scale = SerialScale(
        "scale", lambda: open_url(far.line.url), SystemClock(), scale_protocol("t-scale"), backoff=QUICK
    )
    scale.start(inbox)
    far.platform.put(3000, time.monotonic() - 10)
    inbox.until(lambda: last(inbox) == (Decimal("3.000"), True))
    scale.stop()
    far.unplug()

    times = [weighing.reading.at for weighing in inbox.weighings]
    assert len(times) <= 3 + (times[-1] - times[0]) / 0.05


@pytest.mark.parametrize("name", ["mt-sics", "radwag", "toledo-8217", "a-and-d", "nci", "kern", "adam"])
def test_zero_and_tare_are_obeyed_and_told(tmp_path: Path, inbox: Inbox, name: str) -> None:
    """What came of it stands beside the state."""
    far = Scale(tmp_path, name)
    far.platform.put(200, time.monotonic() - 10)
    protocol = scale_protocol(name)
    scale = SerialScale("scale", lambda: open_url(far.line.url), SystemClock(), protocol, unit="kg", backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: last(inbox)[0] == Decimal("0.200"))
    scale.tare()
    inbox.until(lambda: last(inbox)[0] == 0)
    told = [item.detail for item in inbox.messages if hasattr(item, "detail")][-1].rpartition("; ")[2]
    scale.stop()
    far.unplug()

    assert told == ("tare: set" if protocol.tare and protocol.tare.told else "tare: sent")


def test_a_protocol_without_zero_says_so(tmp_path: Path, inbox: Inbox) -> None:
    """The state says it, and the scale hears nothing but the question for its weight."""
    far = Scale(tmp_path, "dibal")
    scale = SerialScale("scale", lambda: open_url(far.line.url), SystemClock(), scale_protocol("dibal"), backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: bool(inbox.weighings))
    scale.zero()
    inbox.until(lambda: any("zero: not in Dibal" in item.detail for item in inbox.messages if hasattr(item, "detail")))
    scale.stop()
    far.unplug()

    assert far.heard.replace(scale_protocol("dibal").ask[0], b"") == b""


@pytest.mark.parametrize("mode", MODES)
def test_a_scale_that_is_made_up_has_every_fault(inbox: Inbox, mode: str) -> None:
    """``sim:`` in the same process: nothing but the weight that lies on it is ever captured."""
    scale = open_scale("scale", f"sim:scale?grams=700&mode={mode}", "mt-sics", SystemClock())
    scale.start(inbox)
    if mode == "mute":
        inbox.until(lambda: bool(inbox.states) and inbox.states[-1] is DeviceState.ERROR)
    else:
        inbox.until(lambda: len(inbox.weighings) >= 3)
    if mode == "stable":
        inbox.until(lambda: last(inbox) == (Decimal("0.700"), True))
    scale.stop()

    assert set(captured(inbox)) <= ({700} if mode == "stable" else set())
