"""Whether this user may open the devices, and whether the names in the configuration mean what they should."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from drivers import names
from drivers.discovery import EVENT, HIDRAW, KEYBOARD, LP, TTY, Node
from rma_station.doctor.finding import Finding, good, note, wrong
from rma_station.doctor.machine import Machine

GROUPS = {TTY: "dialout", EVENT: "input", LP: "lp", HIDRAW: "plugdev"}
"""Group whose members may open a node of this kind: Debian's own, and for hidraw that of our udev rules."""


def groups(machine: Machine) -> Iterator[Finding]:
    """Which of the device groups this user is in."""
    if machine.user == "root":
        yield note("root", "root")
        return
    there = [group for group in GROUPS.values() if machine.members(group) is not None]
    mine = [group for group in there if group in machine.groups]
    waiting = [group for group in there if group not in mine and machine.user in (machine.members(group) or ())]
    missing = [group for group in there if group not in mine and group not in waiting]
    if mine:
        yield good("groups", user=machine.user, groups=" ".join(mine))
    if waiting:
        yield note("groups_waiting", "sign_in_again", user=machine.user, groups=" ".join(waiting))
    if missing:
        yield note("groups_missing", "join", user=machine.user, groups=" ".join(missing), list=",".join(missing))


def plugged_in(nodes: Sequence[Node], urls: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Which configured devices are there; those behind a network address are the running station's to tell.

    Args:
        nodes: of this machine.
        urls: name and URL of every configured device.
    """
    if not urls:
        yield note("no_devices", "no_devices")
    for device, url in urls:
        node = next((node for node in nodes if names.leads_to(url, node)), None)
        if node is not None:
            yield good("node", kind=node.kind, path=node.path, title=node.title, device=device)
        elif names.local(url) and not os.path.exists(names.target(url)):
            yield wrong("not_there", "plug_in", device=device, url=url)


def access(machine: Machine, nodes: Sequence[Node], configured: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Nodes that this user may not open; a configured one is wrong, a free one worth knowing."""
    for node in nodes:
        if node.usable or (node.kind == EVENT and KEYBOARD not in node.traits):
            continue
        group = machine.group_of(node.path)
        if not group or group == "root" or group.isdecimal():
            do, group = "rules_or_group", GROUPS[node.kind]
        elif machine.user in (machine.members(group) or ()):
            do = "sign_in_again"
        else:
            do = "join"
        values = {"path": node.path, "title": node.title, "user": machine.user, "groups": group, "list": group}
        device = ", ".join(configured.get(node.path, ()))
        yield wrong("no_access", do, device=device, **values) if device else note("no_access_free", do, **values)


def named(nodes: Sequence[Node], urls: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Whether each configured name leads to one device, the same tomorrow.

    Args:
        nodes: of this machine.
        urls: name and URL of every configured device.
    """
    found = names.configured(nodes, urls)
    for node in nodes:
        devices = found.get(node.path, [])
        best = names.lasting(node, nodes)
        if len(devices) > 1:
            yield wrong("shared_node", "shared_node", path=node.path, devices=", ".join(devices))
        for device in devices:
            url = dict(urls)[device]
            if best.twins and not names.holds_socket(url, node):
                yield wrong("twins", "use_name", device=device, twins=", ".join(best.twins), url=best.url)
            elif best.holds != names.NOTHING and names.target(url) == node.path:
                yield note("passing_name", "use_name", device=device, path=node.path, url=best.url)
