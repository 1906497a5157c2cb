"""Which ways lead out of this machine, to notice that the network came back before a timer does (Linux)."""

from __future__ import annotations

from pathlib import Path

ROUTES = Path("/proc/net/route")
ADDRESSES = Path("/proc/net/if_inet6")


def ways_out(routes: Path = ROUTES, addresses: Path = ADDRESSES) -> frozenset[str]:
    """Default routes of IPv4 (interface and gateway) and global addresses of IPv6; empty where Linux has no such files.

    Format: ``proc(5)``, ``/proc/net/route`` (fields Iface, Destination, Gateway...) and ``/proc/net/if_inet6``
    (address, index, prefix length, scope, flags, name; scope 00 is global).
    """
    found = set()
    for fields in _rows(routes):
        if len(fields) > 2 and fields[1] == "00000000":
            found.add(f"{fields[0]} {fields[2]}")
    for fields in _rows(addresses):
        if len(fields) > 5 and fields[3] == "00":
            found.add(f"{fields[5]} {fields[0]}")
    return frozenset(found)


def _rows(file: Path) -> list[list[str]]:
    try:
        return [line.split() for line in file.read_text(encoding="ascii", errors="replace").splitlines()]
    except OSError:
        return []
