"""A device that waits is opened at once when it is plugged in: by udev's events, or by looking."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.address import parse_url
from drivers.hotplug import Hotplug, listing, udev_monitor
from drivers.serial_scanner import SerialScanner
from drivers.thread import Backoff
from drivers.transport import open_address
from rma_station.ports import DeviceState
from rma_station.system import SystemClock
from tests.drivers.support import DEADLINE, Inbox, Line, wait_until


class Events:
    """udev as a pipe: each byte is an event."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)

    def fileno(self) -> int:
        return self._read

    def poll(self, timeout: float) -> object | None:
        try:
            return os.read(self._read, 1) or None
        except BlockingIOError:
            return None

    def happen(self, count: int = 1) -> None:
        os.write(self._write, b"e" * count)


class Told:
    """Counts calls."""

    def __init__(self) -> None:
        self.count = 0
        self._news = threading.Condition()

    def __call__(self) -> None:
        with self._news:
            self.count += 1
            self._news.notify_all()

    def until(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.count >= count, DEADLINE), self.count


@pytest.fixture
def running() -> Iterator[list[Hotplug]]:
    started: list[Hotplug] = []
    yield started
    for each in started:
        each.stop()


def no_udev() -> Events:
    raise ImportError("no libudev here")


def test_a_burst_of_events_is_told_once(tmp_path: Path, running: list[Hotplug]) -> None:
    """One scanner makes a dozen; the call at the start comes before."""
    told, events = Told(), Events()
    running.append(Hotplug(told, tmp_path, lambda: events, look=(60.0, 60.0)))
    running[0].start()
    told.until(1)

    events.happen(12)
    told.until(2)
    events.happen(12)
    told.until(3)

    assert told.count == 3


def test_without_udev_the_folders_are_looked_at(tmp_path: Path, running: list[Hotplug]) -> None:
    """A new node, a new link, a link that leads elsewhere, and a node that is gone."""
    told = Told()
    (tmp_path / "dev/serial/by-id").mkdir(parents=True)
    running.append(Hotplug(told, tmp_path, no_udev, look=(60.0, 0.01)))
    running[0].start()
    told.until(1)

    (tmp_path / "dev/ttyUSB0").touch()
    told.until(2)
    link = tmp_path / "dev/serial/by-id/usb-A"
    link.symlink_to("../../ttyUSB0")
    told.until(3)
    link.unlink()
    told.until(4)


def test_folders_are_looked_at_beside_udev(tmp_path: Path, running: list[Hotplug]) -> None:
    """In a container the events never come."""
    told, events = Told(), Events()
    (tmp_path / "dev").mkdir()
    running.append(Hotplug(told, tmp_path, lambda: events, look=(0.01, 60.0)))
    running[0].start()
    told.until(1)

    (tmp_path / "dev/hidraw0").touch()
    told.until(2)


def test_nothing_is_told_while_nothing_changes(tmp_path: Path, running: list[Hotplug]) -> None:
    """The same folders, looked at again and again; nor when a program writes into a folder beside the devices."""
    (tmp_path / "dev/shm").mkdir(parents=True)
    (tmp_path / "dev/tty0").touch()
    before = listing(tmp_path)
    (tmp_path / "dev/shm/sem.other").touch()

    assert listing(tmp_path) == before
    assert {Path(each.path).name for each in before} == {"shm", "tty0"}
    assert listing(tmp_path / "nothing") == frozenset()


def test_a_plug_that_wobbles_between_two_looks_is_seen(tmp_path: Path) -> None:
    """Gone and back under its name, it is another node."""
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/ttyUSB0").touch()
    before = listing(tmp_path)
    (tmp_path / "dev/new").touch()
    (tmp_path / "dev/new").rename(tmp_path / "dev/ttyUSB0")

    after = listing(tmp_path)

    assert [Path(each.path).name for each in after] == ["ttyUSB0"]
    assert after != before


def test_what_the_receiver_raises_does_not_end_the_watch(tmp_path: Path, running: list[Hotplug]) -> None:
    """Its defect is logged, and the next change is told."""
    told, events = Told(), Events()

    def fails() -> None:
        told()
        raise ValueError("a defect")

    running.append(Hotplug(fails, tmp_path, lambda: events, look=(60.0, 60.0)))
    running[0].start()
    told.until(1)
    events.happen()
    told.until(2)


def test_a_device_that_waits_is_opened_when_its_node_appears(
    tmp_path: Path, running: list[Hotplug], inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own pause is a minute; it is lost once and back once in the log."""
    caplog.set_level("INFO", "drivers.thread")
    (tmp_path / "dev").mkdir()
    line = Line(tmp_path / "dev")
    address = parse_url(line.url)
    scanner = SerialScanner(
        "left", lambda: open_address(address), SystemClock(), backoff=Backoff(first=60.0, longest=60.0)
    )
    scanner.start(inbox)
    inbox.until_state(DeviceState.OPENING, DeviceState.READY)
    told = Told()

    def changed() -> None:
        scanner.retry()
        told()

    running.append(Hotplug(changed, tmp_path, no_udev, look=(60.0, 0.01)))
    running[0].start()
    told.until(1)

    line.unplug()
    inbox.until(lambda: inbox.states[-1] is DeviceState.ERROR)
    told.until(2)
    line.plug()
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY)

    scanner.stop()
    line.unplug()
    words = [record.message.split(":")[0] for record in caplog.records if record.name == "drivers.thread"]
    assert words == ["scanner left is lost", "scanner left is back"]


def test_hurrying_a_device_that_works_changes_nothing(line: Line, inbox: Inbox) -> None:
    """It stays open; a stop still ends it at once."""
    address = parse_url(line.url)
    scanner = SerialScanner("left", lambda: open_address(address), SystemClock())
    scanner.start(inbox)
    inbox.until_state(DeviceState.OPENING, DeviceState.READY)

    scanner.retry()
    line.send(b"590\r")
    inbox.until(lambda: inbox.data == [b"590"])
    scanner.stop()

    assert inbox.states == [DeviceState.OPENING, DeviceState.READY, DeviceState.OFFLINE]


def test_a_pause_ends_at_once_when_the_device_is_stopped(tmp_path: Path, inbox: Inbox) -> None:
    """A station that stops waits for no device that is not there."""
    address = parse_url(f"serial:{tmp_path}/nothing")
    scanner = SerialScanner("left", lambda: open_address(address), SystemClock(), backoff=Backoff(60.0, 60.0))
    scanner.start(inbox)
    inbox.until_state(DeviceState.OPENING, DeviceState.ERROR)

    scanner.stop()

    wait_until(lambda: inbox.states[-1] is DeviceState.OFFLINE)


def test_the_real_udev_can_be_listened_to() -> None:
    """Where libudev is installed; nothing is plugged in here, so only that nothing waits is seen."""
    try:
        monitor = udev_monitor()
    except (ImportError, OSError) as error:
        pytest.skip(f"no udev here: {error}")

    assert (monitor.fileno() >= 0, monitor.poll(0)) == (True, None)
