"""With which certificate a hub is served: one that was given, or its own (``authority.py``), kept from ending."""

from __future__ import annotations

import ipaddress
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.central import Hub
from hub.trust import authority, names
from hub.worker import Periodic
from rma_station.domain.clean import clean
from rma_station.errors import ConfigError

LOOK_SECONDS = 60.0
"""How often it is looked whether the certificate has to be made anew; it costs a few milliseconds."""

_log = logging.getLogger("hub.tls")


@dataclass(frozen=True)
class Tls:
    """The files, and the authority that stations pin; empty when it is one that everybody knows."""

    certificate: Path
    key: Path | None
    authority: str = ""


def chosen(
    hub: Hub, data: Path, host: str, given: Path | None, key: Path | None, more_names: Sequence[str]
) -> Tls | None:
    """What this hub is served with; ``None``: nothing, on loopback.

    Args:
        hub: whose authority signs its own certificate.
        data: the hub's data folder.
        host: address to listen on.
        given: certificate chain of ``--certificate``.
        key: of ``--key``.
        more_names: of ``--name``: what stations call this hub besides the machine's own names.

    Raises:
        ConfigError: a name no certificate can be made for, or files that are no certificate and key.
    """
    for name in more_names:
        if not names.is_name(name):
            raise ConfigError("hub run", "--name", name, "a host name of letters, digits and dashes, or an address")
    if given is not None:
        _check(given, key)
        return Tls(given, key)
    if is_loopback(host) and not more_names:
        return None
    served, _ = authority.serve_from(data / authority.FOLDER, hub.identity, _names(more_names), hub.now())
    return Tls(served.chain, served.key, served.authority_pem)


def _check(certificate: Path, key: Path | None) -> None:
    """Raises ``ConfigError`` for files no server can be started with."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        why = clean(error.strerror or str(error))
        words = f"a certificate chain and its key, both as PEM files that can be read ({why})"
        raise ConfigError("hub run", "--certificate/--key", f"{certificate} {key or ''}".rstrip(), words) from None


def renewal(hub: Hub, data: Path, more_names: Sequence[str], context: ssl.SSLContext) -> Periodic:
    """Makes the hub's own certificate anew in time and serves it from then on, to new connections."""

    def look(_: Hub) -> None:
        folder = data / authority.FOLDER
        served, new = authority.serve_from(folder, hub.identity, _names(more_names), hub.now())
        if new:
            context.load_cert_chain(served.chain, served.key)
            _log.warning("the certificate was made anew; it ends %s", authority.ends_at(served.chain))

    return Periodic("certificate", LOOK_SECONDS, outside=look)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(more: Sequence[str], own: Callable[[], frozenset[str]] = names.of_this_machine) -> frozenset[str]:
    return own() | {name.lower() for name in more}
