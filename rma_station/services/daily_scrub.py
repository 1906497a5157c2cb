"""Every event is verified at the start and once a day: what rots while the station runs is found."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rma_station.errors import JournalDamaged, StorageFailed
from rma_station.services.loop import StationThread

if TYPE_CHECKING:  # opened on the station thread
    from rma_station.store.journal import Journal

_log = logging.getLogger(__name__)
SCRUB_SECONDS = 86_400.0


class DailyScrub:
    """Verifies a journal in slices between inputs; then copies from before an upgrade go, and its photos are swept.

    Args:
        thread: the station thread.
        damaged: told, on that thread, that the journal is damaged.
        failed: told there, in words, what could not be cleared away.
    """

    def __init__(
        self, thread: StationThread, damaged: Callable[[JournalDamaged], None], failed: Callable[[str], None]
    ) -> None:
        self._thread, self._damaged, self._failed = thread, damaged, failed
        self._next: threading.Timer | None = None

    def begin(self, journal: Journal) -> None:
        """Verify it now, and again every day. On the station thread."""
        self._thread.run_slices(self._slices(journal))
        self._next = threading.Timer(SCRUB_SECONDS, self._thread.call, (lambda: self.begin(journal),))
        self._next.daemon = True
        self._next.start()

    def stop(self) -> None:
        """Plan no further one; what runs now ends with the station thread."""
        if self._next is not None:
            self._next.cancel()

    def _slices(self, journal: Journal) -> Iterator[object]:
        try:
            yield from journal.scrub()
        except JournalDamaged as error:
            _log.error("%s", error)
            self._damaged(error)
            return
        if journal.read_only:
            return
        try:
            from rma_station.store import upgrade_copies  # noqa: PLC0415  with the store, on the station thread

            upgrade_copies.forget(journal.database.folder)
        except StorageFailed as error:
            _log.error("%s", error)
            self._failed(str(error))
        self._thread.run_slices(journal.sweep_photos())
