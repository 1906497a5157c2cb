"""Which devices are plugged in: event, tty, hidraw and lp nodes with the identity of what is behind each.

::

    /sys/class/tty/ttyUSB0 -> ../../devices/.../usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty/ttyUSB0
                                                        '----- idVendor, idProduct, manufacturer, product, serial
    /dev/serial/by-id/usb-FTDI_FT232R_A1B2-if00-port0 -> ../../ttyUSB0       a name that lasts

Nothing is opened: everything is read from sysfs and from links under ``/dev`` (hardware reference 2.1), below a root
folder that tests replace. Which of a node's names lasts, and which two nodes cannot be told apart by name, is decided
in ``names.py``.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass, replace

EVENT, TTY, HIDRAW, LP = "event", "tty", "hidraw", "lp"
KINDS = (EVENT, TTY, HIDRAW, LP)
"""What a node can be, in the order it is listed."""
KEYBOARD, HID_SCANNER, HID_SCALE = "keyboard", "hid-scanner", "hid-scale"
"""Traits: types letters, digits and Enter; says of itself that it is a bar code scanner (HID usage page 0x8C), or a
scale (0x8D)."""
_PAGES = {0x8C: HID_SCANNER, 0x8D: HID_SCALE}
_TYPING = frozenset({*range(2, 12), *range(16, 26), 28, *range(30, 39), *range(44, 51)})
"""``KEY_1..KEY_0``, ``KEY_Q..KEY_P``, ``KEY_ENTER``, ``KEY_A..KEY_L``, ``KEY_Z..KEY_M``."""
_LONG = struct.calcsize("l") * 8
_LINKS = ("by-id", "by-path")
_LINK_FOLDERS = ("dev/input", "dev/serial", "dev/rma")
"""The last is made by our own udev rules, for nodes that get no lasting name otherwise."""


@dataclass(frozen=True)
class Node:
    """A device node and what is known of the device behind it; unknown text is empty."""

    kind: str
    """One of ``KINDS``."""
    path: str
    """``/dev/ttyUSB0``; may be another one after the next start."""
    vendor: str = ""
    """USB or Bluetooth vendor, four hexadecimal digits."""
    product: str = ""
    """The vendor's number of the product, four hexadecimal digits."""
    maker: str = ""
    model: str = ""
    serial: str = ""
    """The device's own serial number; many have none, and some share one."""
    driver: str = ""
    """Kernel driver."""
    socket: str = ""
    """USB socket it is plugged into, such as ``1-1.2``: all nodes of one device share it."""
    by_id: str = ""
    """Link that names the device."""
    by_path: str = ""
    """Link that names the socket it is plugged into."""
    traits: tuple[str, ...] = ()
    """``keyboard``, ``hid-scanner``, ``hid-scale``; of a printer the languages it names."""
    usable: bool = True
    """This user may read and write it."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What the device says it is; two devices of a kind without serial numbers say the same."""
        return self.vendor, self.product, self.serial

    @property
    def useful(self) -> bool:
        """Whether a scanner, scale or printer can be behind it, and not volume keys or the raw side of a keyboard."""
        if self.kind == EVENT:
            return KEYBOARD in self.traits
        return self.kind != HIDRAW or HID_SCANNER in self.traits or HID_SCALE in self.traits

    @property
    def title(self) -> str:
        """Maker and model for people, never empty."""
        words = self.model if self.model.startswith(self.maker) else f"{self.maker} {self.model}"
        return words.strip() or self.path.rpartition("/")[2]


def nodes(root: Path = Path("/"), usable: Callable[[str], bool] | None = None) -> tuple[Node, ...]:
    """All nodes of this machine that a scanner, scale or printer can have; never raises.

    Args:
        root: folder that has ``sys`` and ``dev``.
        usable: whether this user may open a path; default: ask the system.
    """
    allowed = usable or (lambda path: os.access(path, os.R_OK | os.W_OK))
    links = _links(root)
    found: list[Node] = []
    for kind, folder in ((EVENT, "input"), (TTY, "tty"), (HIDRAW, "hidraw"), (LP, "usbmisc")):
        for entry in sorted((root / "sys/class" / folder).glob(_PATTERNS[kind]), key=_natural):
            node = _READERS[kind](root, entry)
            if node is not None:
                named = links.get(os.path.realpath(node.path), {})
                by_id, by_path = named.get("by-id", ""), named.get("by-path", "")
                found.append(replace(node, by_id=by_id, by_path=by_path, usable=allowed(node.path)))
    return tuple(found)


def top_usages(descriptor: bytes) -> tuple[tuple[int, int], ...]:
    """The (usage page, usage) of each top collection of a HID report descriptor (USB HID 1.11, 6.2.2); never raises."""
    found: list[tuple[int, int]] = []
    page, usage, depth, place = 0, 0, 0, 0
    while place < len(descriptor):
        prefix = descriptor[place]
        if prefix == 0xFE:  # a long item, of which none is defined
            place += 3 + (descriptor[place + 1] if place + 1 < len(descriptor) else 0)
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        value = int.from_bytes(descriptor[place + 1 : place + 1 + size], "little")
        tag = prefix & 0xFC
        if tag == 0x04:
            page = value
        elif tag == 0x08:
            page, usage = (value >> 16, value & 0xFFFF) if size == 4 else (page, value)
        elif tag == 0xA0:
            if depth == 0:
                found.append((page, usage))
            depth += 1
        elif tag == 0xC0:
            depth -= 1
        place += 1 + size
    return tuple(found)


def types(bitmap: str) -> bool:
    """Whether a key bitmap of sysfs (``capabilities/key``) has the digits, the letters and Enter."""
    keys = 0
    for word in bitmap.split():
        try:
            keys = keys << _LONG | int(word, 16)
        except ValueError:
            return False
    return all(keys >> code & 1 for code in _TYPING)


def languages(device_id: str) -> tuple[str, ...]:
    """Printer languages of an IEEE 1284 device id: ``MFG:Zebra;CMD:ZPL,EPL;`` gives ``ZPL`` and ``EPL``."""
    for part in device_id.split(";"):
        key, _, value = part.partition(":")
        if key.strip().upper() in ("CMD", "COMMAND SET"):
            return tuple(clean(word.strip(), 20) for word in value.split(",") if word.strip())
    return ()


def _event(root: Path, entry: Path) -> Node | None:
    device = entry / "device"
    name = _text(device / "name")
    traits = (KEYBOARD,) if types(_text(device / "capabilities/key", 4096)) else ()
    usb = _usb(device)
    return Node(
        EVENT,
        str(root / "dev/input" / entry.name),
        vendor=_hex(device / "id/vendor"),
        product=_hex(device / "id/product"),
        maker=_text(usb / "manufacturer") if usb else "",
        model=name,
        serial=_text(device / "uniq") or (_text(usb / "serial") if usb else ""),
        driver=_driver(device / "device"),
        socket=usb.name if usb else "",
        traits=traits,
    )


def _tty(root: Path, entry: Path) -> Node | None:
    device = entry / "device"
    if not device.exists() or (entry.name.startswith("ttyS") and _text(entry / "type") in ("", "0")):
        return None  # a terminal of the kernel's own, or a port no chip is behind
    return _of_usb(TTY, str(root / "dev" / entry.name), device, _driver(device))


def _hidraw(root: Path, entry: Path) -> Node | None:
    device = entry / "device"
    facts = _pairs(device / "uevent")
    _, vendor, product = (*facts.get("HID_ID", "").split(":"), "", "", "")[:3]
    try:
        usages = top_usages((device / "report_descriptor").read_bytes())
    except OSError:
        usages = ()
    usb = _usb(device)
    return Node(
        HIDRAW,
        str(root / "dev" / entry.name),
        vendor=vendor[-4:].lower(),
        product=product[-4:].lower(),
        maker=_text(usb / "manufacturer") if usb else "",
        model=clean(facts.get("HID_NAME", ""), 80),
        serial=clean(facts.get("HID_UNIQ", ""), 80),
        driver=_driver(device),
        socket=usb.name if usb else "",
        traits=tuple(dict.fromkeys(trait for page, usage in usages if (trait := _trait(page, usage)))),
    )


def _trait(page: int, usage: int) -> str:
    return KEYBOARD if (page, usage) == (0x01, 0x06) else _PAGES.get(page, "")


def _lp(root: Path, entry: Path) -> Node | None:
    device = entry / "device"
    return _of_usb(
        LP, str(root / "dev/usb" / entry.name), device, _driver(device), languages(_text(device / "ieee1284_id", 1024))
    )


def _of_usb(kind: str, path: str, device: Path, driver: str, traits: tuple[str, ...] = ()) -> Node:
    usb = _usb(device)
    if usb is None:
        return Node(kind, path, driver=driver, traits=traits)
    return Node(
        kind,
        path,
        vendor=_hex(usb / "idVendor"),
        product=_hex(usb / "idProduct"),
        maker=_text(usb / "manufacturer"),
        model=_text(usb / "product"),
        serial=_text(usb / "serial"),
        driver=driver,
        socket=usb.name,
        traits=traits,
    )


_PATTERNS: Mapping[str, str] = {EVENT: "event*", TTY: "tty*", HIDRAW: "hidraw*", LP: "lp*"}
_READERS: Mapping[str, Callable[[Path, Path], Node | None]] = {EVENT: _event, TTY: _tty, HIDRAW: _hidraw, LP: _lp}


def _links(root: Path) -> dict[str, dict[str, str]]:
    """Real path of each node to its links by folder; of several links of a kind the first by name."""
    found: dict[str, dict[str, str]] = {}
    for folder in _LINK_FOLDERS:
        for kind in _LINKS:
            for link in _listed(root / folder / kind):
                found.setdefault(os.path.realpath(link), {}).setdefault(kind, str(link))
    return found


def _listed(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        yield folder / name


def _usb(device: Path) -> Path | None:
    """The folder of the USB device that a device of sysfs belongs to."""
    place = Path(os.path.realpath(device))
    for parent in (place, *place.parents):
        if (parent / "idVendor").exists():
            return parent
    return None


def _driver(device: Path) -> str:
    link = device / "driver"
    return clean(Path(os.path.realpath(link)).name, 40) if link.exists() else ""


def _text(file: Path, limit: int = 80) -> str:
    try:
        with file.open("rb") as handle:
            return clean(handle.read(4096).decode("utf-8", "replace").strip(), limit)
    except OSError:
        return ""


def _hex(file: Path) -> str:
    text = _text(file).lower()
    return text if text and text != "0000" else ""


def _pairs(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {key: value for key, equals, value in (line.partition("=") for line in lines) if equals}


def _natural(entry: Path) -> tuple[str, int]:
    head = entry.name.rstrip("0123456789")
    return head, int(entry.name[len(head) :] or 0)
