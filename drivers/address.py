"""Device URLs as they stand in the configuration, taken apart and checked before anything is opened (pure).

::

    serial:/dev/serial/by-id/usb-...?baud=9600&parity=E&bits=7     a serial line
    socket:192.0.2.7:4001                                          a serial line behind a network converter
    socket:192.0.2.7:4001?parity=E                                 likewise, of seven bits whose parity bit it passes on
    evdev:/dev/input/by-id/usb-...-event-kbd                       a scanner that types like a keyboard
    hidraw:0c2e:0b61?serial=19245B42F1                             a scanner in HID POS mode
    hid-scale:0922:8003                                            a USB scale
    v4l2:/dev/v4l/by-id/usb-...-video-index0                       a USB camera
    folder:/srv/photos?taken=remove                                pictures that appear in a folder
    phone:                                                         a worker's telephone, through the hub
    sim:scanner?every=2                                            a device made up in the program
    loop:                                                          what is written is read back

HID and input devices are named by a path, or by vendor and product number in hex; ``serial`` (serial number) and
``port`` (the USB socket it is plugged into, such as ``1-1.2``) tell equal devices apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed

STREAMS = ("serial", "socket", "loop")
"""Schemes of plain byte streams."""
LOOKED_UP = ("evdev", "hidraw", "hid-scale")
"""Schemes of devices that are found by path or by who they are."""
SERIAL_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "parity": ("N", "E", "O"),
    "bits": ("7", "8"),
    "stop": ("1", "2"),
    "flow": ("none", "rtscts", "xonxoff"),
}
"""Options of a serial line with what they may be; ``baud`` is a number beside them."""
IDENTITY_OPTIONS = ("id", "serial", "port")
"""Options that say which device is meant: ``VID:PID``, serial number, place."""
_WRITE = {
    "serial": "serial:/dev/...",
    "socket": "socket:HOST:PORT",
    "loop": "loop:",
    "evdev": "evdev:/dev/input/by-id/...",
    "hidraw": "hidraw:VID:PID",
    "hid-scale": "hid-scale:VID:PID",
    "v4l2": "v4l2:/dev/v4l/by-id/...",
    "folder": "folder:PATH",
    "phone": "phone:",
    "sim": "sim:NAME",
}
_NUMBERS = re.compile(r"[0-9a-fA-F]{4}:[0-9a-fA-F]{4}")


@dataclass(frozen=True)
class Address:
    """A device URL taken apart and checked."""

    scheme: str
    """One of ``STREAMS``, ``LOOKED_UP`` or ``sim``."""
    target: str
    """Path of the device, ``HOST:PORT``, ``VID:PID`` in small letters, or the name of what is made up."""
    options: Mapping[str, str] = field(default_factory=dict)


def parse_url(url: str, also: tuple[str, ...] = (), schemes: tuple[str, ...] = STREAMS) -> Address:
    """Take a device URL apart.

    Args:
        url: as it stands in the configuration.
        also: options the driver understands besides those of the scheme.
        schemes: those the driver can open.

    Raises:
        Malformed: the URL cannot be used; the message says what may stand there.
    """
    scheme, colon, rest = url.partition(":")
    target, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if not colon or scheme not in schemes:
        *others, last = [_WRITE[each] for each in schemes]
        words = f"{', '.join(others)} or {last}" if others else last
        raise Malformed(f"{url!r} is not a device; write {words}")
    known = also
    if scheme == "serial":
        known = (*also, "baud", *SERIAL_OPTIONS)
    elif scheme == "socket":
        known = (*also, "parity")
    elif scheme in LOOKED_UP:
        known = (*also, *IDENTITY_OPTIONS)
    for name, value in options.items():
        if name not in known:
            raise Malformed(f"{url!r}: unknown option {name!r}; known: {', '.join(known) or 'none'}")
        if scheme in ("serial", "socket") and name in SERIAL_OPTIONS and value not in SERIAL_OPTIONS[name]:
            raise Malformed(f"{url!r}: {name}={value}; allowed: {' '.join(SERIAL_OPTIONS[name])}")
    if scheme == "serial":
        _check_serial(url, target, options)
    elif scheme == "socket":
        host, _, port = target.rpartition(":")
        if not host or not _between(port, 1, 65535):
            raise Malformed(f"{url!r}: write socket:HOST:PORT with a port of 1 to 65535")
    elif scheme in LOOKED_UP:
        target = _looked_up(url, scheme, target, options)
    elif scheme in ("folder", "v4l2") and not target.startswith(("/", "~")):
        raise Malformed(f"{url!r}: a whole path, beginning with /, as in {_WRITE[scheme]}")
    elif scheme == "phone" and target:
        raise Malformed(f"{url!r}: write phone: alone; the hub says where the page is")
    elif scheme == "sim" and not target:
        raise Malformed(f"{url!r}: say what is made up, such as sim:scanner")
    return Address(scheme, target, options)


def _check_serial(url: str, target: str, options: Mapping[str, str]) -> None:
    if not target.startswith("/"):
        raise Malformed(f"{url!r}: the path of the port begins with /, such as serial:/dev/serial/by-id/...")
    if not _between(options.get("baud", "9600"), 50, 4_000_000):
        raise Malformed(f"{url!r}: baud={options['baud']}; allowed: a rate such as 9600 or 115200")


def _looked_up(url: str, scheme: str, target: str, options: Mapping[str, str]) -> str:
    numbers = options.get("id", "")
    if numbers and not _NUMBERS.fullmatch(numbers):
        raise Malformed(f"{url!r}: id={numbers}; allowed: vendor and product in hex, such as 0c2e:0b61")
    if target.startswith("/"):
        return target
    if not _NUMBERS.fullmatch(target):
        example = "/dev/input/by-id/..." if scheme == "evdev" else "/dev/hidraw0"
        raise Malformed(f"{url!r}: write {scheme}:{example} or vendor and product in hex, {scheme}:0c2e:0b61")
    return target.lower()


def _between(text: str, low: int, high: int) -> bool:
    return text.isascii() and text.isdigit() and low <= int(text[:10]) <= high
