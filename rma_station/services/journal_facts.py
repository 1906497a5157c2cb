"""What the service screen says of the journal: name and value, the names from the catalogue's ``service.fact``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rma_station.store.disk_budget import DiskBudget
from rma_station.store.photos import PhotoCounts

if TYPE_CHECKING:
    from rma_station.services.room import Room

Fact = tuple[str, str]

LONGEST_ROOM = 3650
"""Days the disk lasts; above this the screen says only "more than"."""


def journal_facts(room: Room, unsent: int, budget: DiskBudget) -> tuple[Fact, ...]:
    """The journal, what waits for the hub and since when, and for how long there is room. On the station thread.

    Args:
        room: of the station.
        unsent: events the hub has not said it has.
        budget: of the disk.
    """
    journal = room.journal
    return (
        ("log", journal.log_id),
        ("events", str(journal.last_seq)),
        ("unsent", str(unsent)),
        *_alone(room, unsent, budget),
        *_photo_facts(journal.photos.counts()),
        ("mode", journal.mode),
        ("folder", str(journal.database.folder)),
    )


def _alone(room: Room, unsent: int, budget: DiskBudget) -> Iterator[Fact]:
    waiting, alone = room.reader.unsent().oldest_seconds, room.station.offline_days
    if waiting and unsent:
        yield "oldest_unsent", _long(waiting)
    if alone:
        yield "alone", f"{alone} d"
    if budget.days is not None:
        more = "> " if budget.days > LONGEST_ROOM else ""
        yield "room", f"{more}{min(budget.days, LONGEST_ROOM)} d ({budget.a_day / 1e6:.1f} MB/d)"


def _long(seconds: int) -> str:
    """A time as people say it: days and hours, or hours and minutes."""
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"


def _photo_facts(counts: PhotoCounts) -> tuple[tuple[str, str], ...]:
    """How many photos are here, unsent and refused; nothing at a bench without photos."""
    if not (counts.here or counts.waiting or counts.refused):
        return ()
    facts = [("photos", f"{counts.here} ({counts.here_bytes / 1e6:.1f} MB)"), ("photos_unsent", str(counts.waiting))]
    if counts.refused:
        facts.append(("photos_refused", " ".join(f"{sha256[:8]} {why}" for sha256, why in counts.refused)))
    return tuple(facts)
