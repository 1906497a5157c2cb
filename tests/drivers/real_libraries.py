"""Tests with the real evdev and pyudev over devices of umockdev; ``test_umockdev.py`` runs them below its wrapper."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from evdev import InputDevice, list_devices

from drivers.catalogue import open_scanner
from drivers.discovery import KEYBOARD, nodes
from drivers.hotplug import Hotplug
from drivers.keymaps import US
from drivers.keystrokes import Event, typed
from rma_station.ports import DeviceState
from rma_station.system import SystemClock
from tests.drivers.support import Inbox, wait_until
from tests.drivers.umockdev import NAME, NODE, Testbed, below_wrapper

pytestmark = pytest.mark.skipif(not below_wrapper(), reason="runs below umockdev-wrapper")


@pytest.fixture
def testbed(tmp_path: Path) -> Iterator[Testbed]:
    testbed = Testbed(tmp_path)
    yield testbed
    testbed.close()


def keys(*codes: str) -> list[Event]:
    return [event for code in codes for event in typed(code, US)]


def scanned(inbox: Inbox, url: str, count: int) -> list[tuple[bytes, str | None]]:
    """What the product's scanner makes of it."""
    scanner = open_scanner("left", url, "auto", SystemClock())
    scanner.start(inbox)
    inbox.until(lambda: len(inbox.scans) == count)
    scanner.stop()
    assert inbox.states[:2] == [DeviceState.OPENING, DeviceState.READY]
    return [(scan.data, scan.damaged) for scan in inbox.scans]


def test_the_scanner_is_found(testbed: Testbed) -> None:
    """By evdev's own list and by ours, with the same name."""
    testbed.plug_scanner()

    assert [InputDevice(path).name for path in list_devices()] == [NAME]
    assert [(node.path, node.model, node.traits) for node in nodes()] == [(NODE, NAME, (KEYBOARD,))]


@pytest.mark.parametrize("url", [f"evdev:{NODE}", "evdev:0c2e:0b61", "evdev:0c2e:0b61?serial=19245&port=1-2"])
def test_scans_without_a_pause_all_arrive_whole(testbed: Testbed, inbox: Inbox, url: str) -> None:
    """Two hundred events without a pause, GS among them, from a device found by path or by who it is."""
    testbed.plug_scanner()
    testbed.types(keys("5901234123457", "010590123412345710AB\x1d21X", "RMA-12"))

    assert scanned(inbox, url, 3) == [
        (b"5901234123457", None),
        (b"010590123412345710AB\x1d21X", None),
        (b"RMA-12", None),
    ]


def test_caps_lock_is_read_from_the_led(testbed: Testbed, inbox: Inbox) -> None:
    """Lit before it was opened, and not to be put out."""
    testbed.plug_scanner(caps=True)
    testbed.types(keys("abC1"))

    assert scanned(inbox, f"evdev:{NODE}", 1) == [(b"ABc1", None)]


def test_udev_tells_of_what_we_use_and_of_nothing_else(testbed: Testbed) -> None:
    """Through pyudev's monitor, for what we use and for nothing else; the folders are not looked at."""
    told: list[None] = []
    first = threading.Event()

    def changed() -> None:
        told.append(None)
        first.set()

    hotplug = Hotplug(changed, look=(3600.0, 3600.0))
    hotplug.start()
    assert first.wait(8)
    testbed.plug_disk()
    testbed.plug_port()
    wait_until(lambda: len(told) == 2)
    testbed.unplug_port()
    wait_until(lambda: len(told) == 3)
    hotplug.stop()
