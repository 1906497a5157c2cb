"""Devices of umockdev, for tests that run below its wrapper: the real evdev and pyudev see what is described here.

umockdev (a Debian package) stands between the C library and ``/sys``, ``/dev``, udev's socket and the ioctls of input
devices. Its library is called by ctypes; the formats of its files are in ``script-format.txt`` of the package.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from drivers.keystrokes import Event

WRAPPER = "umockdev-wrapper"
NODE, NAME = "/dev/input/event5", "Honeywell 1900"
CAPS_LED = 1
_INPUT = "/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/0003:0C2E:0B61.0001/input/input5"
_USB = "/devices/pci0000:00/0000:00:14.0/usb1/1-2"
_PORT = f"{_USB}/1-2:1.0/ttyUSB0/tty/ttyUSB0"
_DISK = "/devices/virtual/block/loop7"
_EV_SYN, _EV_KEY, _EV_MSC, _EV_LED, _EV_REP = 0, 1, 4, 17, 20
_KEYS = (*range(1, 84), *range(86, 89), *range(96, 101))
_TEXT, _KEY_BITS, _LED_BITS = 256, 96, 2
"""Bytes python-evdev asks for."""


class Testbed:
    """A machine without devices; those added are seen by this process.

    Args:
        folder: for its files.
    """

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._library: Any = ctypes.CDLL("libumockdev.so.0")
        self._library.umockdev_testbed_new.restype = ctypes.c_void_p
        self._bed = ctypes.c_void_p(self._library.umockdev_testbed_new())

    def plug_scanner(self, *, caps: bool = False) -> None:
        """A scanner that types, ``NODE``, in USB socket 1-2; ``caps`` lights its LED."""
        bits = sum(1 << key for key in _KEYS)
        words = " ".join(f"{bits >> place & (1 << 64) - 1:x}" for place in (64, 0))
        self._add(
            _USB, "usb", "N: bus/usb/001/002", "A: idVendor=0c2e\\n", "A: idProduct=0b61\\n", "A: serial=19245\\n"
        )
        self._add(
            _INPUT,
            "input",
            *(f"A: name={NAME}\\n", "A: uniq=\\n", f"A: capabilities/key={words}\\n"),
            *("A: id/vendor=0c2e\\n", "A: id/product=0b61\\n"),
        )
        self._add(f"{_INPUT}/event5", "input", f"N: {NODE.removeprefix('/dev/')}", "L: device=../../input5")
        self._call("load_ioctl", None, self._file("ioctl", f"@DEV {NODE}\n{_answers((CAPS_LED,) if caps else ())}"))

    def types(self, events: Sequence[Event]) -> None:
        """What comes from the scanner: it begins half a second after it was opened, 2 ms from report to report."""
        lines, at = [f"E: 0.000001 {_EV_SYN:04x} 0000 0"], 0.5
        for kind, code, value in events:
            lines.append(f"E: {at:.6f} {kind:04x} {code:04x} {value:04d}")
            at += 0.002 if kind == _EV_SYN else 0.0
        self._call("load_evemu_events", NODE.encode(), self._file("events", "\n".join([*lines, ""])))

    def plug_port(self) -> None:
        """A serial port, with udev's event for it."""
        self._add(_PORT, "tty", "N: ttyUSB0", "L: device=../../../ttyUSB0")
        self._tell(_PORT, "add")

    def unplug_port(self) -> None:
        """udev's event for a serial port that goes."""
        self._tell(_PORT, "remove")

    def plug_disk(self) -> None:
        """Something that is none of our business."""
        self._add(_DISK, "block", "N: loop7")
        self._tell(_DISK, "add")

    def close(self) -> None:
        """Take everything away."""
        ctypes.CDLL("libgobject-2.0.so.0").g_object_unref(self._bed)

    def _add(self, path: str, subsystem: str, *lines: str) -> None:
        text = "\n".join([f"P: {path}", f"E: SUBSYSTEM={subsystem}", *lines, "", ""])
        self._call("add_from_string", text.encode())

    def _tell(self, path: str, action: str) -> None:
        self._library.umockdev_testbed_uevent(self._bed, f"/sys{path}".encode(), action.encode())

    def _file(self, name: str, text: str) -> bytes:
        (self._folder / name).write_text(text)
        return os.fsencode(self._folder / name)

    def _call(self, name: str, *arguments: bytes | None) -> None:
        error = ctypes.c_void_p()
        assert getattr(self._library, f"umockdev_testbed_{name}")(self._bed, *arguments, ctypes.byref(error)), name


def below_wrapper() -> bool:
    """Whether this process was started by ``umockdev-wrapper``."""
    return "umockdev" in os.environ.get("LD_PRELOAD", "")


def _answers(leds: Iterable[int]) -> str:
    """What the ioctls of the scanner's node answer, in the sizes python-evdev asks for."""
    texts = {"EVIOCGNAME": NAME, "EVIOCGPHYS": "usb-1-2/input0", "EVIOCGUNIQ": ""}
    bits = {_EV_KEY: _KEYS, _EV_MSC: (4,), _EV_LED: (0, 1, 2), _EV_REP: (0, 1)}
    return "\n".join(
        (
            "EVIOCGVERSION 0 01000100",
            "EVIOCGID 0 03002E0C610B1001",
            *(
                f"{name}(0) {len(text) + 1} {text.encode().ljust(_TEXT, bytes(1)).hex()}"
                for name, text in texts.items()
            ),
            "EVIOCGPROP(0) 8 00000000",
            "EVIOCGEFFECTS 0 00000000",
            f"EVIOCGBIT(0) 4 {_bitmap((_EV_SYN, *bits), 4)}",
            *(f"EVIOCGBIT({kind}) {_KEY_BITS} {_bitmap(codes, _KEY_BITS)}" for kind, codes in bits.items()),
            f"EVIOCGKEY(0) {_KEY_BITS} {_bitmap((), _KEY_BITS)}",
            f"EVIOCGLED(0) {_LED_BITS} {_bitmap(leds, _LED_BITS)}",
            "EVIOCGREP 0 FA00000021000000",
            "",
        )
    )


def _bitmap(numbers: Iterable[int], size: int) -> str:
    return sum(1 << number for number in numbers).to_bytes(size, "little").hex()
