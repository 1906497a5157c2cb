"""At which addresses stations reach this hub: what whoever sets one up types into ``hub.url`` of a station."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from pathlib import Path

from cryptography import x509

from hub.trust.tls import Tls, is_loopback

ALL = {"0.0.0.0": 4, "::": 0}  # noqa: S104
"""Hosts to listen on that are all addresses of this machine, and which kind of them (0: both)."""


def addresses(host: str, port: int, served: Tls | None, names: Iterable[str], own: Collection[str]) -> tuple[str, ...]:
    """Addresses for stations on other machines, the surest first; none on loopback, where no other comes in.

    Args:
        host: address the hub listens on.
        port: the port.
        served: its certificate; a given one is good only for the names in it, whatever this machine is called.
        names: of ``--name``; other machines have to know them.
        own: of this machine, names and addresses.
    """
    if is_loopback(host):
        return ()
    if served is not None and not served.authority:
        found = list(_names_in(served.certificate))
    else:
        here = sorted(filter(_from_elsewhere, own), key=lambda one: (":" in one, one))
        listening = [one for one in here if ALL[host] in (0, _version(one))] if host in ALL else [host]
        found = [*(name for name in names if not is_loopback(name)), *listening]
    scheme = "https" if served else "http"
    shown = dict.fromkeys(f"[{one}]" if ":" in one else one for one in found)
    return tuple(f"{scheme}://{one}:{port}" for one in shown)


def words(stations: Collection[str], served: Tls | None) -> str:
    """Lines for whoever started the hub: where stations find it, and how they are let in."""
    if not stations and served is None:
        return "Only this machine reaches this hub. For stations on others: --host 0.0.0.0\n"
    if not stations:
        return "No address for stations on other machines: give it one with --name, or another --host.\n"
    lines = ["Stations reach this hub at " + "  ".join(stations) + "\n"]
    if served is not None and served.authority:
        lines.append("Let one in: rma-station enrol there, rma-station hub enrolments approve CODE here.\n")
        lines.append("Both show four words, which cover this hub's authority: they have to be the same.\n")
    return "".join(lines)


def _version(text: str) -> int:
    """4 or 6; 0 for a name."""
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return 0


def _from_elsewhere(text: str) -> bool:
    """Whether it is an address, and not one of this machine or this cable alone."""
    if not _version(text):
        return False
    address = ipaddress.ip_address(text)
    return not (address.is_loopback or address.is_link_local)


def _names_in(chain: Path) -> Iterable[str]:
    """Those of the first certificate of a file, without patterns (``*.example.com``)."""
    try:
        certificate = x509.load_pem_x509_certificate(chain.read_bytes())
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return ()
    dns = named.get_values_for_type(x509.DNSName)
    numbers = named.get_values_for_type(x509.IPAddress)
    return [one for one in (*dns, *map(str, numbers)) if "*" not in one and not is_loopback(one)]
