"""A scanner that types like a keyboard, on the kernel's own usbhid and evdev."""

from __future__ import annotations

import os
import string
import struct
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from evdev import InputDevice, UInput, ecodes

from drivers.discovery import nodes
from rma_station.ports import DeviceState
from tests.device.bench import Bench
from tests.device.gadget import wait_until
from tests.device.hid import CAPS_LOCK, ENTER, KeyboardGadget
from tests.device.identities import KEYBOARD, NAMELESS_WEDGE, OTHER_WEDGE, WEDGE

OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR
EVENT = struct.Struct("@llHHi")
"""``struct input_event``: seconds, microseconds, type, code, value."""
KEYPAD_ENTER, KEYPAD_1 = 0x58, 0x59


@pytest.fixture
def wedge(bench: Bench) -> KeyboardGadget:
    """A scanner that is plugged in, grabbed and ready."""
    wedge = bench.plugged(KeyboardGadget(WEDGE))
    bench.scanner(wedge.url)
    bench.until(READY)
    return wedge


def typed(bench: Bench, wedge: KeyboardGadget, code: str) -> bytes:
    """Type a code until it comes whole; what came."""
    return bench.whole_scan(partial(wedge.type, f"{code}\r")).data


class Listener:
    """Somebody else who reads a keyboard, as a terminal does."""

    def __init__(self, node: Path) -> None:
        self._device = InputDevice(str(node))
        self._heard: list[int] = []

    def heard(self) -> list[int]:
        """Codes of the keys that were pressed so far."""
        with suppress(BlockingIOError):
            while True:
                events = list(self._device.read())
                self._heard += [each.code for each in events if each.type == ecodes.EV_KEY and each.value == 1]
        return self._heard

    def close(self) -> None:
        """Stop listening."""
        self._device.close()


def listener(bench: Bench, node: Path) -> Listener:
    listener = Listener(node)
    bench.until_over(listener.close)
    return listener


def test_every_printable_character(bench: Bench, wedge: KeyboardGadget) -> None:
    """As a US keyboard types it; the driver reads keys below every layout of the machine."""
    printable = "".join(sorted(set(string.printable) - set(string.whitespace) | {" "}))
    lines = [printable[at : at + 32] for at in range(0, len(printable), 32)]
    assert [typed(bench, wedge, line) for line in lines] == [line.encode() for line in lines]


def test_group_separators_arrive_however_they_are_typed(bench: Bench, wedge: KeyboardGadget) -> None:
    """GS typed as Ctrl and a bracket, RS as Ctrl, Shift and 6, EOT as Ctrl and D."""
    for code in ("010590123412345710AB\x1d21X", "[)>\x1e06\x1d1P\x1e\x04"):
        assert typed(bench, wedge, code) == code.encode()


def test_keypad_digits_are_digits_whatever_num_lock_says(bench: Bench, wedge: KeyboardGadget) -> None:
    """Whatever Num Lock says, and ended by the keypad's Enter."""
    keys = [(0, KEYPAD_1 + digit) for digit in range(9)]

    assert bench.whole_scan(lambda: wedge.press(*keys, (0, KEYPAD_ENTER))).data == b"123456789"


def test_a_hundred_codes_without_a_pause(bench: Bench, wedge: KeyboardGadget) -> None:
    """As fast as USB fetches them: what is not damaged is right and in order, and nothing comes twice."""
    codes = [f"RMA-2026-{n:06}".encode() for n in range(100)]
    for code in codes:
        wedge.type(code.decode() + "\r")
    bench.inbox.until(lambda: bench.inbox.data[-1:] == codes[-1:])

    whole = [scan.data for scan in bench.inbox.scans if scan.damaged is None]
    assert whole == [code for code in codes if code in whole]
    assert len(bench.inbox.scans) >= 100 - 2 * len([scan for scan in bench.inbox.scans if scan.damaged])


def test_nobody_else_hears_it(bench: Bench) -> None:
    """Grabbed while it is ours: no key reaches a terminal; let go when the station ends."""
    wedge = bench.plugged(KeyboardGadget(WEDGE))
    other = listener(bench, wedge.node)
    scanner = bench.scanner(wedge.url)
    bench.until(READY)
    assert typed(bench, wedge, "SECRET") == b"SECRET"
    assert other.heard() == []

    scanner.stop()
    wedge.type("ab")
    wait_until(lambda: other.heard() == [ecodes.KEY_A, ecodes.KEY_B])


def test_a_keyboard_beside_it_stays_a_keyboard(bench: Bench, wedge: KeyboardGadget) -> None:
    """What nobody configured is never grabbed."""
    keyboard = bench.plugged(KeyboardGadget(KEYBOARD))
    other = listener(bench, keyboard.node)
    keyboard.type("q1\r")

    assert typed(bench, wedge, "CODE") == b"CODE"
    wait_until(lambda: other.heard() == [ecodes.KEY_Q, ecodes.KEY_1, ecodes.KEY_ENTER])


def test_another_program_holds_it(bench: Bench) -> None:
    """Said, and mended when the other lets go."""
    wedge = bench.plugged(KeyboardGadget(WEDGE))
    other = InputDevice(str(wedge.node))
    other.grab()
    bench.scanner(wedge.url)
    bench.until(ERROR)
    other.close()
    bench.until(READY)

    assert bench.states() == [OPENING, ERROR, READY]


def test_pulled_out_in_the_middle_of_a_scan(bench: Bench, wedge: KeyboardGadget) -> None:
    """What came of it is damaged; the next one, after it is back at another number, is whole."""
    before = wedge.node.resolve()
    assert typed(bench, wedge, "WHOLE") == b"WHOLE"
    wedge.type("HAL")
    wedge.unplug()
    bench.until(ERROR)
    bench.plugged(KeyboardGadget(KEYBOARD))
    wedge.plug()
    bench.until(READY)
    assert typed(bench, wedge, "AGAIN") == b"AGAIN"

    assert [scan.data for scan in bench.inbox.scans if scan.damaged is None] == [b"WHOLE", b"AGAIN"]
    assert b"HAL".startswith(b"".join(scan.data for scan in bench.inbox.scans if scan.damaged))
    assert bench.states() == [OPENING, READY, ERROR, READY]
    assert wedge.node.resolve() != before


def test_two_of_one_model_are_told_apart(bench: Bench, wedge: KeyboardGadget) -> None:
    """Told apart by their serial numbers, typing at the same time."""
    other = bench.plugged(KeyboardGadget(OTHER_WEDGE))
    bench.scanner(other.url, "right")
    bench.until(READY, "right")
    for one, two in zip("LEFT\r", "RIGH\r", strict=True):
        wedge.type(one)
        other.type(two)
    bench.until_scans(2)

    assert sorted((scan.device, scan.data) for scan in bench.inbox.scans) == [("left", b"LEFT"), ("right", b"RIGH")]


def test_two_that_cannot_be_told_apart(bench: Bench) -> None:
    """Neither is taken by a name that fits both; by the socket each is."""
    first, second = (bench.plugged(KeyboardGadget(NAMELESS_WEDGE)) for _ in range(2))

    def sockets() -> list[str]:
        return sorted({node.socket for node in nodes() if node.vendor == "05e0" and "keyboard" in node.traits})

    wait_until(lambda: len(sockets()) == 2)
    bench.scanner("evdev:05e0:1200", "either")
    bench.until(ERROR, "either")
    for name, socket in zip(("left", "right"), sockets(), strict=True):
        bench.scanner(f"evdev:05e0:1200?port={socket}", name)
        bench.until(READY, name)
    found = [bench.whole_scan(partial(wedge.type, "CODE\r")) for wedge in (first, second)]

    assert [(scan.device, scan.data) for scan in found] == [("left", b"CODE"), ("right", b"CODE")]
    assert bench.states("either") == [OPENING, ERROR]


def test_a_flood_that_the_kernel_drops(bench: Bench) -> None:
    """Thousands of events in one moment: the kernel drops some and says so; no scan that lost a key counts."""
    flood = UInput(name="Flood", vendor=0x0C2E, product=0x0B61)
    bench.until_over(flood.close)
    node = Path(os.fsdecode(flood.device.path))
    wait_until(node.exists)
    bench.scanner(f"evdev:{node}")
    bench.until(READY)
    codes = [f"{n:06}" for n in range(40)]
    press(flood, "".join(f"{code}\r" for code in codes))
    bench.inbox.until(lambda: any(scan.damaged for scan in bench.inbox.scans))
    wait_until(bench.quiet)
    press(flood, "77\r")
    bench.inbox.until(lambda: bench.inbox.data[-1] == b"77")

    whole = [scan.data.decode() for scan in bench.inbox.scans if scan.damaged is None]
    assert whole == [code for code in [*codes, "77"] if code in whole]
    assert whole[-1:] == ["77"]
    assert len(whole) < len(codes)


def press(device: UInput, text: str) -> None:
    """Press digits and Enter in one write, faster than any reader can drain."""
    keys = [ecodes.ecodes["KEY_ENTER" if character == "\r" else f"KEY_{character}"] for character in text]
    events = [(ecodes.EV_KEY, key, value) for key in keys for value in (1, 0)]
    os.write(device.fd, b"".join(EVENT.pack(0, 0, *event) + EVENT.pack(0, 0, ecodes.EV_SYN, 0, 0) for event in events))


def test_a_caps_lock_that_is_lit(bench: Bench) -> None:
    """Put out when it is taken, because some scanners turn their letters round; letters come as they were typed."""
    wedge = bench.plugged(KeyboardGadget(WEDGE))
    other = InputDevice(str(wedge.node))
    bench.until_over(other.close)
    other.set_led(ecodes.LED_CAPSL, 1)
    wedge.await_report(b"\x02")
    bench.scanner(wedge.url)
    bench.until(READY)
    wedge.await_report(b"\x00")

    assert typed(bench, wedge, "aBc") == b"aBc"


def test_a_caps_lock_that_is_pressed(bench: Bench, wedge: KeyboardGadget) -> None:
    """Some scanners type capitals with it: on before them, off after them."""
    keys = [(0, CAPS_LOCK), (0, 0x04), (0, 0x05), (0, CAPS_LOCK), (0, 0x06), (0, ENTER)]

    assert bench.whole_scan(lambda: wedge.press(*keys)).data == b"ABc"


def test_a_keyboard_that_was_configured_by_mistake(bench: Bench) -> None:
    """A hand types on it: it is let go, and its keys go where they went before."""
    keyboard = bench.plugged(KeyboardGadget(KEYBOARD))
    other = listener(bench, keyboard.node)
    bench.scanner(keyboard.url)
    bench.until(READY)
    for key in "abcdefghij\r":
        keyboard.type(key)
        time.sleep(0.15)
    bench.until(ERROR)
    keyboard.type("k")
    wait_until(lambda: other.heard()[-1:] == [ecodes.KEY_K])

    assert [scan.data for scan in bench.inbox.scans if scan.damaged is None] == []
