"""Which signed requests were here already: a copy of one is no request (sync reference 6.2, request auth)."""

from __future__ import annotations

import threading
from collections import OrderedDict

WINDOW_SECONDS = 300
"""How far the time of a request may be from the hub's; a nonce is remembered for as long."""
MOST = 10_000
"""Nonces remembered of one station: 33 requests a second, all the time. More have to wait."""


class Nonces:
    """The nonces of the last minutes, by caller; safe to use from several threads.

    Bounded for each caller: a known station's key, or one name for all keys nobody knows.

    A request that is older than the memory cannot be told from a copy: it is refused as if its time were wrong, and
    the station signs it anew.

    Args:
        since: seconds since 1970 when this memory began.
    """

    def __init__(self, since: int = 0) -> None:
        self._since = since
        self._seen: dict[str, OrderedDict[str, int]] = {}
        self._lock = threading.Lock()

    @property
    def callers(self) -> int:
        """How many callers have a memory here."""
        return len(self._seen)

    def is_timely(self, created: int, now: int) -> bool:
        """Whether a request of this time can be told from a copy."""
        return created >= self._since and abs(created - now) <= WINDOW_SECONDS

    def take(self, caller: str, nonce: str, created: int, now: int) -> str:
        """Remember a nonce of a timely request.

        Returns:
            Nothing, or why not: ``again`` (it was here) or ``many`` (too many of this caller are remembered).
        """
        with self._lock:
            seen = self._seen.setdefault(caller, OrderedDict())
            while seen and next(iter(seen.values())) < now - WINDOW_SECONDS:
                seen.popitem(last=False)
            if nonce in seen:
                return "again"
            if len(seen) >= MOST:
                return "many"
            # Until then a copy of it is timely; a request from the future is remembered longer.
            seen[nonce] = max(created, now)
            return ""
