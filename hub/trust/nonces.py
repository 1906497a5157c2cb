"""Which signed requests were here already: a copy of one is no request (sync reference 6.2, request auth).

One process on SQLite remembers them itself. Several on PostgreSQL share what they remember: a copy may come to
another process than the call.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime
from typing import Protocol

from sqlalchemy import Column, Connection, String, Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from hub import store
from hub.metadata import Counter, metadata

WINDOW_SECONDS = 300
"""How far the time of a request may be from the hub's; a nonce is remembered for as long."""
CLOCKS_DIFFER_SECONDS = 60
"""A nonce stays in the database for so much longer: to another process, whose clock is late, its request is timely."""
MOST = 10_000
"""Nonces remembered of one caller: 33 requests a second, all the time. More have to wait."""

nonces = Table(
    "nonces",
    metadata,
    Column("caller", String(64), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("until", Counter, nullable=False, index=True),
)
"""Used on PostgreSQL only. ``until`` is the last second (since 1970) at which a copy would be timely."""


class Nonces(Protocol):
    """The nonces of the last minutes; safe to use from several threads.

    Bounded for each caller: a known station's key, or one name for all keys nobody knows.
    """

    def take(self, connection: Connection, caller: str, nonce: str, created: int, now: int) -> str:
        """Remember a nonce of a timely request.

        Args:
            connection: in the transaction of what the request asks.
            caller: whose memory it takes room of.
            nonce: the request's, at most 64 characters.
            created: when it was signed, seconds since 1970.
            now: the hub's time, likewise.

        Returns:
            Nothing, or why not: ``again`` (it was here) or ``many`` (too many of this caller are remembered).
        """
        ...


def is_timely(created: int, now: int, began: datetime | None) -> bool:
    """Whether a request of this time can be told from a copy.

    One that is older than the hub's process is refused as if its time were wrong, and the station signs it anew: the
    memory may be younger than it, after a restart or because the database was put back.

    Args:
        created: when it was signed, seconds since 1970.
        now: the hub's time, likewise.
        began: when the hub's process did; ``None``: long ago.
    """
    since = int(began.timestamp()) if began else 0
    return created >= since and abs(created - now) <= WINDOW_SECONDS


def of(database: store.Database) -> Nonces:
    """The memory for a hub on this database."""
    return InDatabase() if database.engine.dialect.name == "postgresql" else InProcess()


class InProcess:
    """For the one process of a hub on SQLite; what is refused after it was taken stays taken."""

    def __init__(self) -> None:
        self._seen: dict[str, OrderedDict[str, int]] = {}
        self._lock = threading.Lock()

    @property
    def callers(self) -> frozenset[str]:
        """Who has a memory here."""
        return frozenset(self._seen)

    def take(self, connection: Connection, caller: str, nonce: str, created: int, now: int) -> str:
        """As ``Nonces``; the database is not asked."""
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


class InDatabase:
    """For several processes on PostgreSQL.

    A nonce is committed with what its request did, or forgotten with it: then there was no effect to repeat. It waits
    for no other station; only a copy of the very same request that is being served waits for its end.
    """

    def take(self, connection: Connection, caller: str, nonce: str, created: int, now: int) -> str:
        """As ``Nonces.take``, in the table that all processes of this hub share."""
        live = select(nonces.c.nonce).where(nonces.c.caller == caller, nonces.c.until >= now).limit(MOST)
        if (connection.scalar(select(func.count()).select_from(live.subquery())) or 0) >= MOST:
            here = nonces.c.caller == caller, nonces.c.nonce == nonce
            return "again" if connection.scalar(select(nonces.c.nonce).where(*here)) else "many"
        row = {"caller": caller, "nonce": nonce, "until": max(created, now) + WINDOW_SECONDS}
        taken = insert(nonces).values(row).on_conflict_do_nothing().returning(nonces.c.nonce)
        return "" if connection.scalar(taken) else "again"


def forget(connection: Connection, now: datetime) -> int:
    """Remove the nonces that no process needs any more; how many."""
    old = nonces.c.until < int(now.timestamp()) - CLOCKS_DIFFER_SECONDS
    return connection.execute(delete(nonces).where(old)).rowcount
