"""USB HID devices made of software: a scanner that types, a scanner in HID POS mode, a scale.

Report descriptors are built from the USB HID usage tables: keyboard (page 0x07), bar code scanner (0x8C), weighing
device (0x8D). How a US keyboard types is written down here once more, from the usage tables, because the driver under
test reads Linux key codes.
"""

from __future__ import annotations

import os
import select
import string
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.device.gadget import DEADLINE, Gadget, Identity

KEYBOARD = bytes.fromhex(
    "0501 0906 a101 0507 19e0 29e7 1500 2501 7501 9508 8102"  # generic desktop, keyboard: eight modifiers
    "9501 7508 8103 9505 7501 0508 1901 2905 9102 9501 7503 9103"  # a constant byte; five LEDs out and three bits
    "9506 7508 1500 2565 0507 1900 2965 8100 c0"  # six keys
)
POS_SCANNER = bytes.fromhex(
    "068c00 0902 a101 0912 a102 8502 1500 26ff00 7508"  # bar code scanner page, scanned data report: report 2 in
    "9501 0501 093b 8102 058c 09fb 8102 09fc 8102 09fd 8102"  # byte count, symbology identifier 1 to 3
    "9538 09fe 820201 9502 0666ff 0904 8102"  # 56 bytes of data, two of the maker
    "058c 2501 7501 9501 09ff 8102 9507 8103 c0"  # decoded data continued, and seven bits
    "0666ff 0920 a102 85fd 26ff00 7508 953f 0921 9102 c0"  # report 253 out: the maker's commands
    "0930 a102 85fe 2501 9501 0931 b102 c0 c0"  # report 254, a feature: somebody reads
)
SCALE = bytes.fromhex(
    "058d 0920 a101"  # weighing page, weighing device
    "0931 a102 8502 7501 9502 1500 2501 0981 0980 9102 7506 9501 9103 c0"  # report 2 out: enforced zero, zero
    "0932 a102 8503 7508 9501 1501"  # report 3 in
    "0970 a102 2508 1971 2978 8100 c0 0950 a102 250c 1951 295c 8100 c0"  # one of eight states, one of twelve units
    "1581 257f 0941 8102 1500 27ffff0000 7510 0940 8102 c0 c0"  # a power of ten, the weight
)
"""Report descriptors."""
CTRL, SHIFT = 0x01, 0x02
"""Modifier bits of a keyboard report."""
ENTER, CAPS_LOCK = 0x28, 0x39
_PLAIN = dict(zip("1234567890\r\x1b\b\t -=[]\\", [*range(0x1E, 0x32)], strict=True))
_PLAIN |= dict(zip(";'`,./", [0x33, 0x34, 0x35, 0x36, 0x37, 0x38], strict=True))
_PLAIN |= {letter: 0x04 + place for place, letter in enumerate(string.ascii_lowercase)}
_SHIFTED = dict(zip('!@#$%^&*()_+{}|:"~<>?', "1234567890-=[]\\;'`,./", strict=True))


def stroke(character: str) -> tuple[int, int]:
    """Modifiers and usage of the key a US keyboard types a character with; control characters with Ctrl."""
    if character in string.ascii_uppercase:
        return SHIFT, _PLAIN[character.lower()]
    if character in _SHIFTED:
        return SHIFT, _PLAIN[_SHIFTED[character]]
    if character in _PLAIN:
        return 0, _PLAIN[character]
    control = chr(ord(character) + 0x40).lower()
    return (CTRL, _PLAIN[control]) if control in _PLAIN else (CTRL | SHIFT, _PLAIN[_SHIFTED[control]])


class HidGadget(Gadget):
    """A USB HID device; ``send`` is one input report.

    Args:
        identity: who it is.
        descriptor: its report descriptor.
        length: of its longest input report.
        keyboard: it says that it is a boot keyboard.
        control: it takes output and feature reports by its control pipe; without, output reports only, by their own.
    """

    def __init__(
        self, identity: Identity, descriptor: bytes, length: int, *, keyboard: bool = False, control: bool = False
    ) -> None:
        kind = {"protocol": int(keyboard), "subclass": int(keyboard), "no_out_endpoint": int(control)}
        super().__init__(identity, {"hid.0": {**kind, "report_length": length, "report_desc": descriptor}})
        self._end = -1

    def plug(self, port: int | None = None) -> None:
        """See ``Gadget``."""
        super().plug(port)
        number = (self.function("hid.0") / "dev").read_text().strip()
        about = Path(f"/sys/dev/char/{number}/uevent").read_text()
        name = next(line.partition("=")[2] for line in about.splitlines() if line.startswith("DEVNAME="))
        self._end = self.open(Path("/dev") / name)

    @property
    def hidraw(self) -> Path | None:
        """The station's hidraw node of it, while it is plugged in."""
        for node in Path("/sys/class/hidraw").iterdir():
            about = (node / "device/uevent").read_text().splitlines()
            if f"HID_UNIQ={self.identity.serial}" in about and self._numbers in about:
                return Path("/dev") / node.name
        return None

    @property
    def _numbers(self) -> str:
        return f"HID_ID=0003:{self.identity.vendor:08X}:{self.identity.model:08X}"

    def seen(self) -> bool:
        """See ``Gadget``."""
        return self.hidraw is not None and self.hidraw.exists()

    def send(self, report: bytes) -> None:
        """Send one input report; waits until the kernel has fetched it."""
        os.write(self._end, report)

    def await_report(self, report: bytes) -> None:
        """Wait for an output report; others before it do not matter."""
        came: list[bytes] = []
        while came[-1:] != [report]:
            assert select.select([self._end], [], [], DEADLINE)[0], came
            came.append(os.read(self._end, 64))


class KeyboardGadget(HidGadget):
    """A scanner that types like a US keyboard."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity, KEYBOARD, 8, keyboard=True)

    @property
    def node(self) -> Path:
        """Where the station finds it: udev's link by what it is."""
        return Path(f"/dev/input/by-id/{self.identity.link}-event-kbd")

    @property
    def url(self) -> str:
        """How a configuration names it."""
        return f"evdev:{self.node}"

    def seen(self) -> bool:
        """See ``Gadget``."""
        return self.node.exists()

    def type(self, text: str) -> None:
        """Type as a scanner does: each key down and up, nothing held over."""
        self.press(*(stroke(character) for character in text))

    def press(self, *strokes: tuple[int, int]) -> None:
        """Keys by modifiers and usage, each let go before the next."""
        for modifiers, usage in strokes:
            self.send(bytes((modifiers, 0, usage, 0, 0, 0, 0, 0)))
            self.send(bytes(8))


class PosGadget(HidGadget):
    """A scanner in HID POS mode, with reports as Honeywell lays them out (hardware reference 2.6)."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity, POS_SCANNER, 64, control=True)

    def scan(self, data: bytes, aim: bytes = b"]C1") -> None:
        """One code, in as many reports as it needs."""
        for report in pos_reports(data, aim):
            self.send(report)


def pos_reports(data: bytes, aim: bytes) -> Sequence[bytes]:
    """The reports of one code: number, length, symbology, 56 bytes of data, code letter, zero, whether more follow."""
    parts = [data[at : at + 56] for at in range(0, len(data), 56)]
    last = len(parts) - 1
    return [
        bytes((2, len(part))) + aim + part.ljust(56, b"\0") + bytes((0x49, 0, int(at < last)))
        for at, part in enumerate(parts)
    ]


class ScaleGadget(HidGadget):
    """A USB scale: says a few times a second what lies on it, as long as it is plugged in."""

    ZERO, MOTION, STABLE, UNDER, OVER = 2, 3, 4, 5, 6
    GRAM, OUNCE = 2, 11

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity, SCALE, 6)
        self._saying = b""
        self._over = threading.Event()
        self._speaker: threading.Thread | None = None
        self.holds(0, status=self.ZERO)

    def holds(self, weight: int, *, unit: int = GRAM, power: int = 0, status: int = STABLE) -> None:
        """What it says from now on: ``weight`` times ten to ``power``."""
        self._saying = struct.pack("<BBBbH", 3, status, unit, power, weight)

    def plug(self, port: int | None = None) -> None:
        """See ``Gadget``."""
        super().plug(port)
        self.speak()

    def unplug(self) -> None:
        """See ``Gadget``."""
        self._over.set()
        super().unplug()
        self.hush()

    def speak(self) -> None:
        """Begin to say it again and again."""
        self._over.clear()
        self._speaker = threading.Thread(target=self._repeat, daemon=True)
        self._speaker.start()

    def hush(self) -> None:
        """Say nothing more."""
        self._over.set()
        if self._speaker is not None:
            self._speaker.join(DEADLINE)

    def _repeat(self) -> None:
        while not self._over.wait(0.1):
            with suppress(OSError, ValueError):  # it is being pulled out
                if select.select([], [self._end], [], 0)[1]:  # somebody fetches it: a write would wait for that
                    self.send(self._saying)
