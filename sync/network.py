"""Which ways lead out of this machine, to notice that the network came back, and whether bytes cost there (Linux)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
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


METERED_SECONDS = 60.0
_ASK = ("busctl", "--system", "get-property", "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager",
        "org.freedesktop.NetworkManager", "Metered")  # fmt: skip
_COSTS = ("u 1", "u 3")
"""``NMMetered``: yes, and guessed yes (NetworkManager D-Bus API, nm-dbus-types.html)."""


class Metered:
    """Whether NetworkManager says that the line is paid by the byte (a phone's hot spot); no, where there is none.

    Args:
        ask: prints the property; empty when nobody answers.
        monotonic: seconds.
    """

    def __init__(self, ask: Callable[[], str] | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._monotonic = ask or _property, monotonic
        self._said, self._until = False, 0.0

    def __call__(self) -> bool:
        """What it said last, asked anew every minute."""
        if self._monotonic() >= self._until:
            self._said = self._ask().strip() in _COSTS
            self._until = self._monotonic() + METERED_SECONDS
        return self._said


def _property() -> str:
    try:
        done = subprocess.run(_ASK, capture_output=True, text=True, timeout=3.0, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout


def _rows(file: Path) -> list[list[str]]:
    try:
        return [line.split() for line in file.read_text(encoding="ascii", errors="replace").splitlines()]
    except OSError:
        return []
