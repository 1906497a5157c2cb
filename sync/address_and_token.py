"""What this machine must have in order before anything is sent: the hub's address, and a token nobody else can read."""

from __future__ import annotations

import ipaddress
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from sync.no_answer import Forbidden, NoAnswer


def checked_address(address: str) -> str:
    """The hub's address without a trailing slash.

    Raises:
        NoAnswer: it is not known yet (empty).
        Forbidden: it is not https and leaves this machine, or is no address at all.
    """
    if not address:
        raise NoAnswer("the hub has not started yet", say("service.hub.not_started"))
    parts = urlsplit(address)
    host = parts.hostname or ""
    shown = clean(address)
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise Forbidden(
            f"hub.url = {shown!r} is no hub's address. Use one like https://hub.example.com",
            say("service.hub.address", address=shown),
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise Forbidden(
            f"hub.url = {shown!r} would send the token in the clear. Use https://{clean(host)}",
            say("service.hub.clear", address=shown),
        )
    return address.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host of an address is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(file: Path) -> str:
    """The station's token.

    Raises:
        Forbidden: there is none, others can read it, or it is not a token; the message says what to do.
    """
    try:
        with open(file, "rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            data = opened.read(4097)
    except FileNotFoundError:
        words = f"this station is not enrolled, and there is no token in {file}. Run: rma-station enrol"
        raise Forbidden(words, say("service.hub.no_token")) from None
    except OSError as error:
        words = f"the token in {file} cannot be read: {error.strerror}"
        raise Forbidden(words, say("service.hub.token_unread", file=str(file), reason=str(error.strerror))) from None
    if mode & 0o077:
        words = f"others can read the token in {file} (mode {mode:04o}). Run: chmod 600 {file}"
        raise Forbidden(words, say("service.hub.token_open", file=str(file), mode=f"{mode:04o}"))
    token = data.decode("ascii", "replace").strip()
    if not token or len(data) > 4096 or not all("!" <= letter <= "~" for letter in token):
        words = f"{file} does not hold a token. Make a new one at the hub: hub station add NAME"
        raise Forbidden(words, say("service.hub.token_bad", file=str(file)))
    return token
