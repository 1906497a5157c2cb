"""Which name of a node goes into the configuration: one that is the same tomorrow (hardware reference 2.1).

::

    by-id    names the device: it may be moved to another socket
    by-path  names the socket: the only choice when two devices say the same of themselves
    neither  the kernel's own name, /dev/ttyUSB0, which the next start may give to another device
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence

from drivers.discovery import EVENT, HID_SCALE, HIDRAW, LP, TTY, Node
from rma_station.domain.record import dataclass

BY_ID, BY_PATH, NOTHING = "by-id", "by-path", "nothing"
"""What a name holds on to."""


@dataclass(frozen=True)
class Lasting:
    """The best name of a node."""

    path: str
    holds: str
    """``by-id``, ``by-path`` or ``nothing``."""
    twins: tuple[str, ...] = ()
    """Paths of other nodes whose devices say the same of themselves."""


def lasting(node: Node, among: Iterable[Node]) -> Lasting:
    """The best name of ``node`` among all nodes of the machine."""
    twins = tuple(other.path for other in among if _twins(node, other))
    if node.by_id and not twins:
        return Lasting(node.by_id, BY_ID)
    if node.by_path:
        return Lasting(node.by_path, BY_PATH, twins)
    return Lasting(node.path, NOTHING, twins)


def url(node: Node, path: str) -> str:
    """What a configuration says to open this node by this name."""
    schemes = {EVENT: "evdev", TTY: "serial", HIDRAW: "hidraw", LP: "lp"}
    return f"{'hid-scale' if HID_SCALE in node.traits else schemes[node.kind]}:{path}"


def configured(nodes: Sequence[Node], urls: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Path of each node to the names of the configured devices that open it.

    Args:
        nodes: of this machine.
        urls: name and URL of every configured device.
    """
    by_path: dict[str, str] = {os.path.realpath(node.path): node.path for node in nodes}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, address in urls:
        path = by_path.get(os.path.realpath(target(address)))
        if path is not None:
            found[path].append(name)
    return dict(found)


def target(address: str) -> str:
    """The path in a device URL; empty when it has none."""
    rest = address.partition(":")[2].partition("?")[0]
    return rest if rest.startswith("/") else ""


def _twins(node: Node, other: Node) -> bool:
    """Two devices, not two nodes of one."""
    if node.kind != other.kind or node.path == other.path or not node.vendor:
        return False
    return node.identity == other.identity and (not node.socket or node.socket != other.socket)
