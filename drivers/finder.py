"""Finds the node of a configured input or HID device, and after the first time only the very same device.

Numbers of nodes change with every plugging in, so a device is known by vendor and product, serial number and the
socket it is plugged into (hardware reference 2.1). A path that now leads to another device is refused: nobody
confirmed that one, and it could be the only keyboard.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from drivers.address import Address
from drivers.discovery import Node
from drivers.discovery import nodes as all_nodes
from drivers.links import wait_for_udev
from rma_station.errors import DeviceLost

ROOT = Path("/")


class NodeFinder:
    """Finds one device again and again.

    Args:
        address: of a scheme in ``address.LOOKED_UP``.
        trait: what the node must be able to be: ``discovery.KEYBOARD`` and so on.
        kind: the same for messages: ``scanner that types``.
        root: folder that has ``sys`` and ``dev``.
    """

    def __init__(self, address: Address, trait: str, kind: str, root: Path = ROOT) -> None:
        self._address, self._trait, self._kind, self._root = address, trait, kind, root
        self._known: Node | None = None

    def find(self) -> Node:
        """The node as it is now.

        Raises:
            DeviceLost: it is not plugged in, another device is in its place, or two devices cannot be told apart.
        """
        wait_for_udev(self._address.target)
        nodes = [node for node in all_nodes(self._root) if self._trait in node.traits]
        found = self._named(nodes)
        if not found and self._known is not None and not self._lasting_name:
            found = [node for node in nodes if _same(node, self._known) and (node.serial or self._in_socket(node))]
        if not found:
            raise DeviceLost(self._missing())
        node = found[0]
        if self._known is not None and not _same(node, self._known):
            raise DeviceLost(f"{described(node)} is there now, not {described(self._known)}; it is left alone")
        twins = [other for other in found if _apart(node, other)]
        if not self._says_socket:
            twins += [other for other in nodes if _same(node, other) and _apart(node, other)]
        if twins:
            raise DeviceLost(
                f"two devices cannot be told apart: {described(node)} and {described(twins[0])}; "
                f"write which one: {_telling(node, twins[0])}"
            )
        self._known = node
        return node

    @property
    def _lasting_name(self) -> bool:
        return not self._address.target.startswith("/") or "/by-" in self._address.target

    @property
    def _says_socket(self) -> bool:
        options, target = self._address.options, self._address.target
        return "port" in options or "/by-path/" in target or not self._lasting_name

    def _in_socket(self, node: Node) -> bool:
        return self._known is not None and node.socket == self._known.socket

    def _named(self, nodes: Sequence[Node]) -> list[Node]:
        target, options = self._address.target, self._address.options
        if target.startswith("/"):
            real = os.path.realpath(target)
            found = [node for node in nodes if os.path.realpath(node.path) == real]
            for node in found:
                if not _fits(node, options):
                    raise DeviceLost(f"{described(node)} is not the device that was configured; it is left alone")
            return found
        return [node for node in nodes if _numbers(node) == target and _fits(node, options)]

    def _missing(self) -> str:
        target = self._address.target
        if target.startswith("/") and os.path.exists(target):
            return f"{target}: there is a device, but no {self._kind}"
        return f"{target}: not plugged in"


def described(node: Node) -> str:
    """For people: path, name and whatever tells it apart."""
    serial = f" serial {node.serial}" if node.serial else ""
    socket = f" in USB socket {node.socket}" if node.socket else ""
    return f"{node.path} {node.title} {_numbers(node)}{serial}{socket}"


def _numbers(node: Node) -> str:
    return f"{node.vendor or '0000'}:{node.product or '0000'}"


def _fits(node: Node, options: Mapping[str, str]) -> bool:
    return (
        options.get("id", _numbers(node)).lower() == _numbers(node)
        and options.get("serial", node.serial) == node.serial
        and options.get("port", node.socket) == node.socket
    )


def _same(one: Node, other: Node) -> bool:
    return (*one.identity, one.model) == (*other.identity, other.model)


def _apart(one: Node, other: Node) -> bool:
    """Whether two nodes belong to two devices; those in no USB socket (Bluetooth) are told apart by serial number."""
    if one.path == other.path:
        return False
    if not one.socket and not other.socket:
        return one.serial != other.serial or not one.serial
    return one.socket != other.socket


def _telling(one: Node, other: Node) -> str:
    if one.serial != other.serial:
        return f"serial={one.serial} or serial={other.serial}"
    if one.socket != other.socket:
        return f"port={one.socket} or port={other.socket}"
    return f"{one.path} or {other.path}"
