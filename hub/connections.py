"""Connections of callers, and how long and how many of them the hub keeps: nobody stops it by being slow.

uvicorn waits for ever for the head of a request, and a process has so many files and no more. Here a head has to come
in ``HEAD_SECONDS``; where there is no room for another connection, the one goes that has waited longest without a
request being served on it. Whoever is known sends a head at once.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""From the connection, or the first byte of a later request, to the last byte of its head; also for a TLS handshake."""
MOST = 4096
"""More connections than this are not kept, however many files there may be."""
FILES_LEFT = 256
"""Open files that are not for callers: database, photos, pipes."""
FILES_WANTED = MOST + FILES_LEFT
BACKLOG = 256
"""Connections the kernel holds for us; asyncio tries to accept as many in one go."""
_QUIET_SECONDS = 60.0

_log = logging.getLogger("hub.connections")
_of_requests = logging.getLogger("hub.connections.requests")
_of_requests.setLevel(logging.ERROR)
"""uvicorn's words: its warnings are about what strangers send, a line or two for each, as often as they like."""


def room() -> int:
    """How many connections there may be; asks for more open files first, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MOST if soft == resource.RLIM_INFINITY else max(16, min(MOST, soft - FILES_LEFT))


class Connection(H11Protocol):
    """One caller's connection."""

    most = MOST
    since = 0.0
    """When it began to wait for its caller, by the loop's clock."""
    _patience: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _of_requests

    @property
    def is_served(self) -> bool:
        """Whether a request is here and its answer not yet whole."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; make room first."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.most:
            others = (one for one in self.connections if isinstance(one, Connection) and one is not self)
            idle = [one for one in others if not one.is_served]
            min(idle, key=lambda one: one.since, default=self).transport.abort()

    def data_received(self, data: bytes) -> None:
        """The clock runs from the first byte of a request on, and no later byte sets it back."""
        if self._patience is None and not self.is_served:
            self._wait()
        super().data_received(data)
        if self.is_served:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Idle from now on; the time until the next request begins is uvicorn's ``timeout_keep_alive``."""
        self.since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops its timer, so that nothing is left of a connection that is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.since = self.loop.time()
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.is_served:
            self.transport.abort()


class Loop(asyncio.SelectorEventLoop):
    """asyncio's loop, patient with a TLS handshake for as long as with a head, and brief when files run out."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at = float("-inf")
        self.set_exception_handler(self._say)

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """As asyncio's, with a limit on how long a TLS handshake may take."""
        if options.get("ssl"):
            options.setdefault("ssl_handshake_timeout", HEAD_SECONDS)
        return await super().create_server(*arguments, **options)

    def _say(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            loop.default_exception_handler(context)
        elif self.time() - self._said_at >= _QUIET_SECONDS:
            # asyncio says it for every try to accept, hundreds of times a second: that would fill the disk.
            self._said_at = self.time()
            _log.error("no connection can be accepted: %s", error.strerror)
