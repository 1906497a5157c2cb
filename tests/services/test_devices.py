"""Devices run beside each other: states by name, messages handed on unchanged, no failure spreads."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from pathlib import Path

from drivers.serial_scanner import SerialScanner
from drivers.transport import open_url
from rma_station.domain.outcome import Kind
from rma_station.domain.weight import Reading
from rma_station.ports import DeviceState, DeviceStatus, RawScan, Sink, Weighing
from rma_station.services.devices import Devices
from rma_station.system import SystemClock
from tests.drivers.support import QUICK, Inbox, Line

READY, ERROR, OFFLINE = DeviceState.READY, DeviceState.ERROR, DeviceState.OFFLINE


class FakeDevice:
    """A scanner and a scale in one; tests put messages into ``sink``."""

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        self.name = name
        self.sink: Sink | None = None
        self.done: list[str] = []
        self._fault = fault

    def start(self, sink: Sink) -> None:
        if self._fault:
            raise self._fault
        self.sink = sink

    def stop(self) -> None:
        if self._fault:
            raise self._fault
        self.done.append("stop")

    def signal(self, kind: Kind) -> None:
        self.done.append(kind.value)

    def zero(self) -> None:
        self.done.append("zero")

    def tare(self) -> None:
        self.done.append("tare")


def test_messages_are_handed_on_unchanged_and_states_kept_by_name() -> None:
    """Scans and readings reach the inbox as they are."""
    inbox = Inbox()
    left, scale = FakeDevice("left"), FakeDevice("scale")
    devices = Devices([left], [scale], inbox)
    assert [status.state for status in devices.statuses()] == [OFFLINE, OFFLINE]
    devices.start()
    assert left.sink
    assert scale.sink

    messages = [
        RawScan("left", b"A", 1.0),
        Weighing("scale", Reading(Decimal("1.0"), "kg", True, b"", 1.0)),
        DeviceStatus("scale", "scale", READY, "B1"),
    ]
    left.sink(messages[0])
    scale.sink(messages[1])
    scale.sink(messages[2])

    assert inbox.messages == messages
    assert devices.statuses() == (DeviceStatus("left", "scanner", OFFLINE), messages[2])


def test_one_that_cannot_start_or_stop_is_a_status_and_the_others_run() -> None:
    """A defect in one driver is not the station's."""
    inbox = Inbox()
    broken, good = FakeDevice("broken", RuntimeError("oops\x1b")), FakeDevice("good")
    devices = Devices([broken, good], [], inbox)
    devices.start()
    devices.stop()

    assert devices.statuses()[0] == DeviceStatus("broken", "scanner", ERROR, "defect: oops␛")
    assert good.done == ["stop"]


def test_the_scanner_that_scanned_beeps_and_a_scale_is_zeroed_by_name() -> None:
    """A scan from the keyboard beeps nowhere here."""
    left, right, scale = FakeDevice("left"), FakeDevice("right"), FakeDevice("scale")
    devices = Devices([left, right], [scale], Inbox())
    devices.signal(Kind.STOP, "right")
    devices.signal(Kind.OK, "keyboard")
    devices.zero("scale")
    devices.zero("left")
    devices.tare("scale")
    devices.tare("left")

    assert (left.done, right.done, scale.done) == ([], ["stop"], ["zero", "tare"])


def test_stopping_waits_a_second_at_most_for_all_together() -> None:
    """Devices that hang do not add up."""
    never = threading.Event()

    class Hanging(FakeDevice):
        def stop(self) -> None:
            never.wait(60)

    devices = Devices([Hanging("a"), Hanging("b"), Hanging("c")], [], Inbox())
    began = time.monotonic()
    devices.stop()
    never.set()

    assert time.monotonic() - began < 2.5


def test_unplugging_one_never_affects_another(tmp_path: Path) -> None:
    """While one is gone, every scan of the other arrives."""
    inbox = Inbox()
    lines = [Line(tmp_path, "left"), Line(tmp_path, "right")]
    scanners = [
        SerialScanner(line.path.name, lambda line=line: open_url(line.url), SystemClock(), backoff=QUICK)  # type: ignore[misc]
        for line in lines
    ]
    devices = Devices(scanners, [], inbox)
    devices.start()
    inbox.until(lambda: [status.state for status in devices.statuses()] == [READY, READY])

    lines[0].unplug()
    inbox.until(lambda: devices.statuses()[0].state is ERROR)
    codes = [f"R{number}".encode() for number in range(100)]
    lines[1].send(b"".join(code + b"\r" for code in codes))
    inbox.until(lambda: len(inbox.scans) == 100)
    assert inbox.data == codes
    assert devices.statuses()[1].state is READY
    lines[0].plug()
    inbox.until(lambda: devices.statuses()[0].state is READY)
    devices.stop()
    for line in lines:
        line.unplug()
