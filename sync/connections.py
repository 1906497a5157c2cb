"""Connections to one hub, each for one call at a time: made when they are needed, kept until something goes wrong."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import Malformed, Refused
from sync import http_library, wire
from sync.address_and_token import checked_address, is_loopback, read_token
from sync.no_answer import Forbidden

if TYPE_CHECKING:
    import socket

    import httpx

CONNECT_SECONDS = 5.0
LAST_RESORT_SECONDS = 600.0
"""Longest pause the library allows while sending or receiving; ``watch.py`` ends a call long before."""
KEEP_SECONDS = 60.0
"""How long an idle connection is kept: longer than between two looks at the feed, shorter than at the hub (75)."""


@dataclass
class Connection:
    """A client for one call at a time, so that it has one socket."""

    client: httpx.Client
    key: bytes | None
    """What its calls are signed with; without one it sends a token."""
    generation: int
    socket: socket.socket | None = None


class Connections:
    """Those of a line. Any thread may take one.

    Args:
        address: gives the hub's address whenever a connection is made; empty while there is none.
        token_file: read anew for every connection, where there is no key.
        app_version: told to the hub as the user agent.
        key: gives the seed of the device key, ``None`` where there is none.
        authority: gives the authority (PEM) that alone is trusted for this hub, empty for those everybody trusts.
    """

    def __init__(
        self,
        address: Callable[[], str],
        token_file: Path,
        app_version: str,
        key: Callable[[], bytes | None],
        authority: Callable[[], str],
    ) -> None:
        self._address, self._token_file, self._app_version = address, token_file, app_version
        self._find_key, self._authority = key, authority
        self._idle: list[Connection] = []
        self._generation = 0
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """A connection for this call.

        Raises:
            Forbidden: address, key or token forbid it.
            NoAnswer: there is no address yet.
        """
        with self._lock:
            taken = self._idle.pop() if self._idle else None
        taken = taken or self._made()
        try:
            yield taken
        finally:
            with self._lock:
                keep = taken.generation == self._generation
                if keep:
                    self._idle.append(taken)
            if not keep:
                taken.client.close()

    def forget(self) -> None:
        """Keep none; the next call looks up address, key and token anew. One that is in use ends with its call."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._generation += 1
        for one in idle:
            one.client.close()

    def _made(self) -> Connection:
        http_library.load()  # not before the first paint
        import httpx  # noqa: PLC0415

        generation = self._generation
        address = checked_address(self._address())
        secure = address.startswith("https:")
        key = self._own_key()
        token = {} if key else {wire.AUTHORIZATION: f"Bearer {read_token(self._token_file)}"}
        client = httpx.Client(
            base_url=address,
            headers={
                **token,
                wire.PROTOCOL_HEADER: str(wire.PROTOCOL),
                "Accept-Encoding": "gzip",
                "User-Agent": f"rma-station/{self._app_version}",
            },
            timeout=httpx.Timeout(LAST_RESORT_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_SECONDS),
            follow_redirects=False,
            verify=self._trusting() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            # A proxy of the environment must not see what is meant for this machine, nor its token.
            trust_env=not is_loopback(urlsplit(address).hostname or ""),
        )
        return Connection(client, key, generation)

    def _trusting(self) -> ssl.SSLContext:
        from sync import pinning  # noqa: PLC0415 - not before the first paint

        try:
            return pinning.trusting(self._authority())
        except (Malformed, OSError) as error:
            raise Forbidden(str(error), say("service.hub.authority", reason=clean(str(error)))) from None

    def _own_key(self) -> bytes | None:
        try:
            return self._find_key()
        except Refused as error:
            raise Forbidden(str(error), say("service.hub.device_key", reason=str(error))) from None
