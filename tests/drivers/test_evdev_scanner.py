"""A scanner that types: grabbed, drained, let go when it is a keyboard, back after it was unplugged."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.address import LOOKED_UP, parse_url
from drivers.catalogue import open_scanner
from drivers.evdev_scanner import EvdevScanner, KeyStream, WedgeSettings, opener, wedge_settings
from drivers.keymaps import DE, LAYOUTS, US
from drivers.keys import EV_KEY, FUNCTION_KEYS, LED_CAPS
from drivers.keystrokes import Event, typed
from rma_station.domain.outcome import Kind
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import DeviceState, DeviceStatus
from rma_station.system import SystemClock
from tests.drivers.machine import Machine
from tests.drivers.support import QUICK, Inbox, KeyEvent, wait_until

OFFLINE, OPENING, READY, ERROR = DeviceState.OFFLINE, DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR
BATCH = 64


class FakeDevice:
    """An event node in memory: ``send`` is the scanner, ``fd`` can be waited for, at most 64 events come at once."""

    def __init__(self, *, caps: bool = False, down: tuple[int, ...] = (), held: bool = False) -> None:
        self.fd, self._far = os.pipe()
        self._events: deque[KeyEvent] = deque()
        self._lock = threading.Lock()
        self._caps, self._down, self._held = caps, list(down), held
        self._gone = False
        self._now = 0.0
        self.story: list[str] = []

    def send(self, events: list[Event], gap: float = 0.001) -> None:
        """Key events, so many seconds from one to the next."""
        with self._lock:
            for event in events:
                self._now += gap
                self._events.append(KeyEvent(*event, self._now))
        os.write(self._far, b"x")

    def unplug(self) -> None:
        self._gone = True
        os.write(self._far, b"x")

    def grab(self) -> None:
        if self._held:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.story.append("grab")

    def ungrab(self) -> None:
        self.story.append("ungrab")

    def leds(self) -> list[int]:
        return [LED_CAPS] if self._caps else []

    def set_led(self, led_num: int, value: int) -> None:
        self.story.append(f"led {led_num} {value}")
        self.send([(17, led_num, value)])

    def active_keys(self) -> list[int]:
        return self._down

    def read(self) -> Iterator[KeyEvent]:
        if self._gone:
            raise OSError(errno.ENODEV, "No such device")
        with self._lock:
            batch = [self._events.popleft() for _ in range(min(BATCH, len(self._events)))]
            if not self._events:
                os.read(self.fd, 4096)
        if not batch:
            raise BlockingIOError
        return iter(batch)

    def close(self) -> None:
        self.story.append("close")
        os.close(self.fd)
        os.close(self._far)
        self.fd = -1


class Desk:
    """Plugs fake devices in, one after the other, for a scanner to open."""

    def __init__(self) -> None:
        self.device: FakeDevice | None = FakeDevice()

    def connect(self) -> KeyStream:
        if self.device is None:
            raise DeviceLost("not plugged in")
        return KeyStream(self.device, "Honeywell 1900 0c2e:0b61")

    @property
    def plugged(self) -> FakeDevice:
        assert self.device is not None
        return self.device


@pytest.fixture
def desk() -> Desk:
    return Desk()


def started(desk: Desk, inbox: Inbox, settings: WedgeSettings = WedgeSettings()) -> EvdevScanner:  # noqa: B008
    scanner = EvdevScanner("left", desk.connect, SystemClock(), settings, backoff=QUICK)
    scanner.start(inbox)
    inbox.until(lambda: READY in inbox.states)
    return scanner


def test_scans_arrive_and_the_device_is_ours_alone(desk: Desk, inbox: Inbox) -> None:
    """Grabbed at once, let go by closing."""
    scanner = started(desk, inbox)
    desk.plugged.send(typed("]C10105901234123457\x1d21X", US) + typed("RMA-12", US))
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.signal(Kind.OK)
    scanner.stop()

    assert [(scan.aim, scan.data, scan.damaged) for scan in inbox.scans] == [
        ("]C1", b"0105901234123457\x1d21X", None),
        (None, b"RMA-12", None),
    ]
    assert inbox.states == [OPENING, READY, OFFLINE]
    assert desk.plugged.story == ["grab", "close"]


def test_every_batch_is_drained(desk: Desk, inbox: Inbox) -> None:
    """A hundred scans in one go, far more than one read takes; none is lost."""
    scanner = started(desk, inbox)
    codes = [f"590-{number:04}" for number in range(100)]
    desk.plugged.send([event for code in codes for event in typed(code, US)])
    inbox.until(lambda: len(inbox.scans) == 100)
    scanner.stop()

    assert inbox.data == [code.encode() for code in codes]


def test_lost_events_make_a_damaged_scan(desk: Desk, inbox: Inbox) -> None:
    """After the kernel said ``SYN_DROPPED`` the scan is shown and not submitted."""
    scanner = started(desk, inbox)
    desk.plugged.send([*typed("590", US, ends=()), (0, 3, 0), (0, 0, 0), *typed("7", US), *typed("OK", US)])
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.stop()

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"5907", "overflow"), (b"OK", None)]


def test_a_scan_without_its_end_is_reported(desk: Desk, inbox: Inbox) -> None:
    """After half a second of silence it is shown as incomplete."""
    scanner = started(desk, inbox)
    desk.plugged.send(typed("590", US, ends=()))
    inbox.until(lambda: len(inbox.scans) == 1)
    scanner.stop()

    assert (inbox.scans[0].data, inbox.scans[0].damaged) == (b"590", "incomplete")


def test_unplugged_while_read_and_back(desk: Desk, inbox: Inbox) -> None:
    """ENODEV closes the device, half a scan is told, and the same scanner is read again when it is back."""
    scanner = started(desk, inbox)
    first = desk.plugged
    first.send(typed("590", US, ends=()))
    wait_until(lambda: not first._events)
    desk.device = None
    first.unplug()
    inbox.until(lambda: inbox.states[-1] is ERROR)
    desk.device = FakeDevice()
    inbox.until(lambda: inbox.states[-1] is READY)
    desk.device.send(typed("OK", US))
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.stop()

    reasons = [item.detail for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is ERROR]
    assert reasons[0] == "Honeywell 1900 0c2e:0b61: No such device"
    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"590", "incomplete"), (b"OK", None)]
    assert first.story == ["grab", "close"]


def test_a_device_held_by_another_program_is_said(desk: Desk, inbox: Inbox) -> None:
    """A second station, or a remapping tool; its handle is closed."""
    desk.device = FakeDevice(held=True)
    scanner = EvdevScanner("left", desk.connect, SystemClock(), backoff=QUICK)
    scanner.start(inbox)
    inbox.until(lambda: ERROR in inbox.states)
    scanner.stop()

    status = next(item for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is ERROR)
    assert "held by another program" in status.detail
    assert desk.device.story[0] == "close"


def test_a_keyboard_configured_by_mistake_is_let_go_and_named(desk: Desk, inbox: Inbox) -> None:
    """It may be the only one; what was typed on it is shown as typed."""
    scanner = started(desk, inbox)
    desk.plugged.send(typed("hello", US) + typed("world", US), gap=0.05)
    inbox.until(lambda: inbox.states[-1] is ERROR)
    device = desk.plugged
    assert device.story == ["grab", "ungrab"]
    device.send(typed("my letter", US), gap=0.05)
    wait_until(lambda: not device._events)
    desk.device = None
    device.unplug()
    inbox.until(lambda: isinstance(inbox.messages[-1], DeviceStatus) and "not plugged" in inbox.messages[-1].detail)
    scanner.stop()

    reason = next(item.detail for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is ERROR)
    assert "typed on by hand: a keyboard, no scanner; it was let go" in reason
    assert {scan.damaged for scan in inbox.scans} == {"typed"}
    assert b"my letter" not in inbox.data


def test_a_scan_under_way_while_opening_is_damaged(desk: Desk, inbox: Inbox) -> None:
    """Its beginning went to the terminal."""
    desk.plugged.send(typed("3457", US))
    scanner = started(desk, inbox)
    desk.plugged.send(typed("OK", US))
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.stop()

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"3457", "incomplete"), (b"OK", None)]


def test_caps_lock_is_read_from_its_led_and_put_out(inbox: Inbox) -> None:
    """A scanner that turns letters round while it is lit stops doing so; its LED event says from when."""
    desk = Desk()
    desk.device = FakeDevice(caps=True)
    scanner = started(desk, inbox)
    desk.device.send(typed("Ab", US))
    inbox.until(lambda: len(inbox.scans) == 1)
    scanner.stop()

    assert desk.device.story == ["grab", "led 1 0", "close"]
    assert (inbox.scans[0].data, inbox.scans[0].damaged) == (b"Ab", None)


def test_a_modifier_that_is_stuck_when_opened_damages(inbox: Inbox) -> None:
    """Until it is let go."""
    desk = Desk()
    desk.device = FakeDevice(down=(42,))
    scanner = started(desk, inbox)
    desk.device.send([*typed("590", US), (EV_KEY, 42, 0), *typed("590", US)])
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.stop()

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"%()", "overflow"), (b"590", None)]


def test_stopping_is_quick(desk: Desk, inbox: Inbox) -> None:
    """A driver that waits for a scan ends when it is stopped, though no key comes."""
    scanner = started(desk, inbox)
    scanner.stop()

    assert inbox.states == [OPENING, READY, OFFLINE]


def settings(url: str) -> WedgeSettings:
    return wedge_settings(parse_url(url, ("layout", "dead", "gs", "pace"), LOOKED_UP), "auto")


def test_settings_stand_in_the_url() -> None:
    """Layout, dead keys, function key for GS, pace."""
    assert settings("evdev:0c2e:0b61") == WedgeSettings()
    assert settings("evdev:0c2e:0b61?layout=de&gs=f8&pace=slow") == WedgeSettings(DE, "auto", FUNCTION_KEYS["f8"], True)
    assert settings("evdev:0c2e:0b61?layout=de&dead=no").layout == DE.without_dead_keys()


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("evdev:0c2e:0b61?layout=xx", "us uk de fr pl"),
        ("evdev:0c2e:0b61?gs=f13", "ctrl f1 f2"),
        ("evdev:0c2e:0b61?pace=fast", "quick slow"),
        ("evdev:0c2e:0b61?dead=1", "yes no"),
        ("evdev:0c2e:0b61?suffix=enter", "auto cr lf tab etx"),
        ("evdev:0c2e:0b61?beep=honeywell", "layout"),
        ("evdev:", "by-id"),
    ],
)
def test_a_wrong_setting_is_refused_at_once(url: str, named: str) -> None:
    """Before anything is opened; the message says what is allowed."""
    with pytest.raises(Malformed, match=named):
        open_scanner("left", url, "auto", SystemClock())


def test_every_layout_can_be_configured() -> None:
    """The URL takes each name of the table of layouts."""
    for name in LAYOUTS:
        open_scanner("left", f"evdev:0c2e:0b61?layout={name}&suffix=tab", "auto", SystemClock())


def test_only_the_configured_device_is_opened(tmp_path: Path) -> None:
    """A keyboard in its place is left alone: it is not even opened."""
    machine = Machine(tmp_path)
    machine.usb("1-1", "046d", "c31c")
    machine.event("1-1", "event3", "Keyboard")
    open_it = opener(parse_url(f"evdev:{tmp_path}/dev/input/event3?id=0c2e:0b61", schemes=LOOKED_UP), tmp_path)

    with pytest.raises(DeviceLost, match="left alone"):
        open_it()


def test_a_node_that_is_no_input_device_is_lost(tmp_path: Path) -> None:
    """The real library on a plain file: what it raises comes out as the device being lost."""
    machine = Machine(tmp_path)
    machine.usb("1-1", "0c2e", "0b61")
    machine.event("1-1", "event3", "Scanner")

    with pytest.raises(DeviceLost, match="Scanner 0c2e:0b61"):
        opener(parse_url("evdev:0c2e:0b61", schemes=LOOKED_UP), tmp_path)()


def test_the_library_is_loaded_when_a_device_is_opened_and_not_before() -> None:
    """Configuring such a scanner costs the start nothing."""
    program = """
import sys
before = set(sys.modules)
from drivers.catalogue import open_scanner
from rma_station.system import SystemClock
open_scanner("left", "evdev:0c2e:0b61", "auto", SystemClock())
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - set(sys.stdlib_module_names)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["drivers", "rma_station", "serial"]
