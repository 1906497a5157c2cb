"""Which printer is on which node: ``/dev/usb/lp0`` may be another one after the next start, its serial number stays.

Read from sysfs: ``/sys/class/usbmisc/lp0/device`` is the USB interface with the printer's own IEEE 1284 id in
``ieee1284_id``; the folder above it is the device with ``serial``, ``manufacturer`` and ``product``.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote

from rma_station.domain.clean import clean

SYSFS = Path("/sys")
KEYS = ("serial", "model", "vendor")
"""What a printer can be named by in ``lp:serial=...&model=...&vendor=...``."""
_SHORT = {
    "MANUFACTURER": "MFG",
    "MODEL": "MDL",
    "COMMAND SET": "CMD",
    "COMMANDSET": "CMD",
    "SERIALNUMBER": "SN",
    "SERN": "SN",
}


@dataclass(frozen=True)
class UsbPrinter:
    """A printer on a USB cable; all text is cleaned."""

    node: Path
    serial: str
    model: str
    vendor: str
    device_id: Mapping[str, str]
    """IEEE 1284 id by its short keys: ``MFG MDL CMD CLS DES SN``."""

    @property
    def url(self) -> str:
        """What to write into the configuration: the serial number where there is one, it stays the same."""
        return f"lp:serial={quote(self.serial, safe='')}" if self.serial else f"lp:{self.node}"


def ieee1284(text: str) -> dict[str, str]:
    """Read ``MFG:Zebra ;CMD:ZPL;MODEL:ZTC ZD421;`` by short keys; what is no ``KEY:value`` is left out."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        key, colon, value = part.partition(":")
        name = key.strip().upper()
        if colon and name:
            found.setdefault(_SHORT.get(name, name), value.strip())
    return found


def usb_printers(sysfs: Path = SYSFS, devices: Path = Path("/dev/usb")) -> tuple[UsbPrinter, ...]:
    """The printers on USB cables, by node. One that goes away while it is looked at is left out."""
    found = []
    for entry in sorted((sysfs / "class" / "usbmisc").glob("lp[0-9]*"), key=lambda path: (len(path.name), path.name)):
        try:
            interface = (entry / "device").resolve(strict=True)
        except OSError:
            continue
        device = interface.parent
        spoken = ieee1284(_text(interface / "ieee1284_id"))
        found.append(
            UsbPrinter(
                devices / entry.name,
                _text(device / "serial") or clean(spoken.get("SN", "")),
                clean(spoken.get("MDL", "")) or _text(device / "product"),
                clean(spoken.get("MFG", "")) or _text(device / "manufacturer"),
                {clean(key): clean(value) for key, value in spoken.items()},
            )
        )
    return tuple(found)


def wanted(text: str) -> dict[str, str] | None:
    """Read ``serial=X&model=Y``; ``None`` when it is not of that form."""
    pairs = parse_qsl(text, keep_blank_values=True)
    named = dict(pairs)
    good = bool(named) and len(named) == len(pairs) == text.count("&") + 1
    return named if good and set(named) <= set(KEYS) and all(named.values()) else None


def node_of(named: Mapping[str, str], printers: tuple[UsbPrinter, ...]) -> Path:
    """The node of the one printer that fits.

    Raises:
        OSError: none fits, or more than one; the message says which there are.
    """
    fitting = [printer for printer in printers if all(_fits(printer, key, value) for key, value in named.items())]
    if len(fitting) == 1:
        return fitting[0].node
    asked = clean(" ".join(f"{key}={value}" for key, value in named.items()))
    there = ", ".join(f"{printer.model or '?'} ({printer.url})" for printer in printers) or "none"
    if fitting:
        raise OSError(errno.ENOTUNIQ, f"more than one USB printer fits {asked}: {there}")
    raise OSError(errno.ENODEV, f"no USB printer fits {asked}; plugged in: {there}")


def _fits(printer: UsbPrinter, key: str, value: str) -> bool:
    has = str(getattr(printer, key))
    return has == value if key == "serial" else value.lower() in has.lower()


def _text(file: Path) -> str:
    try:
        return clean(file.read_bytes().decode("utf-8", "replace").strip())
    except OSError:
        return ""
