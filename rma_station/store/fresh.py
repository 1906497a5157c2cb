"""New ids for the flows, drawn from the journal they will be committed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rma_station.store.journal import Journal


class FreshIds:
    """``domain.book.Fresh`` over a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def uuid(self) -> str:
        """A UUIDv7."""
        return self._journal.draw_uuid()

    def lpn(self) -> str:
        """The next LPN of this log."""
        return self._journal.draw_lpn()
