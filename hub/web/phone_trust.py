"""Whether phones would trust the page's certificate: looked at from here, with what this machine trusts."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from hub.central import Hub
from rma_station.domain.clean import clean

PATIENCE = 5.0
"""Seconds for the connection, and for each of its answers."""


def distrusted(url: str, trusted: ssl.SSLContext | None = None) -> str:
    """Why a phone would not trust the certificate at an address; empty where it would, or where nobody can tell.

    A hub need not reach its own public name (a router that does not lead back in): that is no reason to hide the page.

    Args:
        url: ``https://NAME[:PORT]``.
        trusted: whose authorities count; ``None``: those of this machine, which are about a phone's.
    """
    address = urlsplit(url)
    name, context = address.hostname or "", trusted or ssl.create_default_context()
    try:
        with (
            socket.create_connection((name, address.port or 443), PATIENCE) as line,
            context.wrap_socket(line, server_hostname=name),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return clean(error.verify_message, 200)
    except OSError:
        return ""


def look(hub: Hub) -> None:
    """Look at the page's certificate, if there is a page."""
    hub.page_distrusted = distrusted(hub.public_url) if hub.public_url else ""
