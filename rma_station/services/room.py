"""``Room``: the journal, the book and the station, which the station thread has opened and nobody else may touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rma_station.domain.record import dataclass

if TYPE_CHECKING:  # flows and store are loaded by whoever opens the room, on the station thread
    from rma_station.services.station import Station
    from rma_station.store.book import StoredBook
    from rma_station.store.journal import Journal
    from rma_station.store.reader import StoredReader


@dataclass
class Room:
    """What belongs to the station thread once it is open."""

    station: Station
    journal: Journal
    book: StoredBook
    reader: StoredReader
    pepper: bytes = b""
    """What PINs kept here are checked with."""
