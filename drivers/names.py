"""Which URL of a node goes into the configuration: one that means the same device tomorrow (hardware reference 2.1).

::

    by-id    names the device: it may be moved to another socket
    by-path  names the socket: the only choice when two devices say the same of themselves
    nothing  the kernel's own name, /dev/ttyUSB0, which the next start may give to another device

Event and tty nodes have links of udev for both. A raw HID node has none and is looked up by vendor, product and serial
number, or by the place it is plugged into; a printer by its serial number.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, quote

from drivers.discovery import EVENT, HID_SCALE, HIDRAW, KEYBOARD, LP, TTY, Node
from rma_station.domain.record import dataclass

BY_ID, BY_PATH, NOTHING = "by-id", "by-path", "nothing"
"""What a name holds on to."""
_SCHEMES = {EVENT: "evdev", TTY: "serial", HIDRAW: "hidraw", LP: "lp"}
_LOOKED_UP = {"evdev": EVENT, "hidraw": HIDRAW, "hid-scale": HIDRAW}


@dataclass(frozen=True)
class Lasting:
    """The best name of a node."""

    url: str
    """What a configuration says to open it, without options of the line."""
    holds: str
    """``by-id``, ``by-path`` or ``nothing``."""
    twins: tuple[str, ...] = ()
    """Paths of other nodes whose devices say the same of themselves."""


def lasting(node: Node, among: Iterable[Node]) -> Lasting:
    """The best name of ``node`` among all nodes of the machine."""
    twins = tuple(other.path for other in among if _twins(node, other))
    scheme = "hid-scale" if HID_SCALE in node.traits else _SCHEMES[node.kind]
    numbers = f"{scheme}:{node.vendor}:{node.product}" if scheme in _LOOKED_UP and node.vendor and node.product else ""
    if node.kind == LP and node.serial and not twins:
        return Lasting(f"lp:serial={quote(node.serial, safe='')}", BY_ID)
    if node.by_id and not twins:
        return Lasting(f"{scheme}:{node.by_id}", BY_ID)
    if numbers and node.serial and not twins:
        return Lasting(f"{numbers}?serial={quote(node.serial, safe='')}", BY_ID)
    if node.by_path:
        return Lasting(f"{scheme}:{node.by_path}", BY_PATH, twins)
    if numbers and not twins:
        return Lasting(numbers, BY_ID)
    if numbers and node.socket:
        return Lasting(f"{numbers}?port={node.socket}", BY_PATH, twins)
    return Lasting(f"{scheme}:{node.path}", NOTHING, twins)


def configured(nodes: Sequence[Node], urls: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Path of each node to the names of the configured devices that open it.

    Args:
        nodes: of this machine.
        urls: name and URL of every configured device.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, url in urls:
        node = next((node for node in nodes if leads_to(url, node)), None)
        if node is not None:
            found[node.path].append(name)
    return dict(found)


def leads_to(url: str, node: Node) -> bool:
    """Whether a device URL opens this node."""
    path = target(url)
    if path:
        return os.path.realpath(path) == os.path.realpath(node.path)
    scheme, _, rest = url.partition(":")
    if scheme == "lp" and node.kind == LP:
        asked = dict(parse_qsl(rest))
        return asked.get("serial") == node.serial != "" and asked.get("model", node.model) == node.model
    numbers, _, query = rest.partition("?")
    if _LOOKED_UP.get(scheme) != node.kind or numbers.lower() != f"{node.vendor}:{node.product}":
        return False
    if node.kind == EVENT and KEYBOARD not in node.traits:
        return False
    options = dict(parse_qsl(query))
    return options.get("serial", node.serial) == node.serial and options.get("port", node.socket) == node.socket


def local(url: str) -> bool:
    """Whether a device URL names a node of this machine."""
    return url.partition(":")[0] in (*_SCHEMES.values(), *_LOOKED_UP)


def target(url: str) -> str:
    """The path in a device URL; empty when it has none."""
    rest = url.partition(":")[2].partition("?")[0]
    return rest if rest.startswith("/") else ""


def holds_socket(url: str, node: Node) -> bool:
    """Whether a device URL names the socket the device is plugged into."""
    return target(url) == node.by_path if target(url) else "port=" in url


def _twins(node: Node, other: Node) -> bool:
    """Whether ``other`` belongs to another device (not to the same one) that says the same of itself."""
    if node.kind != other.kind or node.path == other.path or not node.vendor:
        return False
    return node.identity == other.identity and (not node.socket or node.socket != other.socket)
