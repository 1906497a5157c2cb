"""Whose turn it is before the hub's database: stations' short calls first; batches one at a time, and one a station.

A batch holds the database for a tenth of a second. When a hundred stations come back at once, a hello behind their
batches would be answered after its station has hung up. So batches wait here, in the event loop, until no other call
stands before the database, and none waits longer for others than ``PATIENCE_SECONDS``.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import anyio

PATIENCE_SECONDS = 1.0
"""So long a batch whose turn it is lets others pass: a station that only says hello cannot stop it."""
BATCHES_WAITING = 60
"""Each takes between a tenth and a quarter of a second, and a station hangs up after twenty of silence: more are told
to come back, before they send their bytes."""


class TooMany(Exception):
    """Come back in a moment: so many wait already, or what this station sent before does."""


class Turns:
    """The calls of one hub. Everything here happens in its event loop.

    Args:
        patience: seconds, as ``PATIENCE_SECONDS``.
        most: batches that may wait.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS, most: int = BATCHES_WAITING) -> None:
        self._patience, self._most = patience, most
        self._before_database = 0
        self._nobody = anyio.Event()
        self._batch = anyio.Lock()
        self._stations: set[str] = set()

    @contextlib.contextmanager
    def before_database(self) -> Iterator[None]:
        """A call waits for the database or uses it: batches that have not begun let it pass."""
        if not self._before_database:
            self._nobody = anyio.Event()
        self._before_database += 1
        try:
            yield
        finally:
            self._before_database -= 1
            if not self._before_database:
                self._nobody.set()

    def not_too_many(self) -> None:
        """Asked before a batch's bytes are read.

        Raises:
            TooMany: as many as may wait do.
        """
        if self._batch.statistics().tasks_waiting >= self._most:
            raise TooMany("too many batches are waiting; come back in a moment")

    @contextlib.asynccontextmanager
    async def batch(self, station: str) -> AsyncIterator[None]:
        """The turn of a batch: it may go before the database now.

        Args:
            station: whose it is. One that hung up and sends it again takes no second place.

        Raises:
            TooMany: what this station sent before is still waiting.
        """
        if station in self._stations:
            raise TooMany("what this station sent before is still waiting; come back in a moment")
        self._stations.add(station)
        try:
            async with self._batch:
                with anyio.move_on_after(self._patience):
                    while self._before_database:
                        await self._nobody.wait()
                yield
        finally:
            self._stations.discard(station)
