"""What this machine is called, and its addresses, without asking any network (Linux)."""

from __future__ import annotations

import fcntl
import ipaddress
import re
import socket
import struct
from pathlib import Path

ADDRESSES = Path("/proc/net/if_inet6")
_SIOCGIFADDR = 0x8915
"""Address of an interface (netdevice(7))."""
_NAME = re.compile(r"(?!-)[0-9A-Za-z-]{1,63}(?<!-)(\.(?!-)[0-9A-Za-z-]{1,63}(?<!-))*")


def of_this_machine() -> frozenset[str]:
    """Host name, ``localhost`` and all addresses, as text."""
    found = {"localhost", "127.0.0.1", "::1", *_addresses_4(), *_addresses_6()}
    host = socket.gethostname().rstrip(".").lower()
    return frozenset(found | ({host} if is_name(host) else set()))


def is_name(text: str) -> bool:
    """Whether a certificate can be made for it: a host name of letters, digits and dashes, or an address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return len(text) <= 253 and _NAME.fullmatch(text) is not None
    return True


def _addresses_4() -> set[str]:
    found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:  # an interface without an address
                continue
            found.add(socket.inet_ntoa(answer[20:24]))
    return found


def _addresses_6() -> set[str]:
    try:
        rows = [line.split() for line in ADDRESSES.read_text("ascii").splitlines()]
    except OSError:
        return set()
    return {str(ipaddress.ip_address(bytes.fromhex(row[0]))) for row in rows if len(row) > 3 and row[3] in ("00", "10")}
