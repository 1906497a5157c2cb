"""How long the disk lasts at the rate of the last week: a station that is left alone keeps everything it has made."""

from __future__ import annotations

from bisect import bisect_left

from rma_station.domain.record import dataclass
from rma_station.store.clock_state import iso
from rma_station.store.journal import Journal
from rma_station.store.relog import SEQ

DAY = 86_400.0
WINDOW = 7 * DAY
"""The rate is that of so many seconds; of a younger journal, of its life so far, at least a day."""
KEPT_FREE = 500_000_000
"""Bytes that are not counted on: `doctor` calls less than that too little."""


@dataclass(frozen=True)
class DiskBudget:
    """How much room the disk has and how much a day takes of it, in bytes."""

    free: int
    a_day: int
    """What journal and photos grew by, a day; 0 before anything was made."""

    @property
    def days(self) -> int | None:
        """For so many days there is room; ``None`` when nobody can say."""
        return max(0, self.free - KEPT_FREE) // self.a_day if self.a_day else None


def disk_budget(journal: Journal, free: int) -> DiskBudget:
    """The budget of a journal's disk; a few reads, however long the journal is.

    Args:
        journal: on the station thread.
        free: bytes free on its disk.
    """
    ends = _ends(journal)
    events, seconds = _lately(journal, ends.get(journal.log_id, 0))
    total = sum(place & SEQ for place in ends.values())
    since = iso(journal.time().unix - WINDOW)
    with journal.database.reading() as connection:
        photos = connection.execute("SELECT sum(size) FROM photos WHERE taken_at >= ?", (since,)).fetchone()[0] or 0
    size = sum(file.stat().st_size for file in journal.database.folder.glob("journal.sqlite*"))
    made = size * events / total if total else 0.0
    return DiskBudget(free, int((made + photos) / max(seconds, DAY) * DAY))


def _ends(journal: Journal) -> dict[str, int]:
    """The last place of every log."""
    last = "SELECT max(place) FROM events WHERE place > number << 40 AND place < (number + 1) << 40"
    with journal.database.reading() as connection:
        return dict(connection.execute(f"SELECT log_id, coalesce(({last}), 0) FROM logs").fetchall())


def _lately(journal: Journal, end: int) -> tuple[int, float]:
    """Events of the window in the present log, and the seconds they took."""

    def age(seq: int) -> float:
        with journal.database.reading() as connection:
            query = "SELECT line FROM events WHERE place = ?"
            (line,) = connection.execute(query, (end - journal.last_seq + seq,)).fetchone()
        return journal.age(line)

    every = range(1, journal.last_seq + 1)
    older = bisect_left(every, True, key=lambda seq: age(seq) <= WINDOW)
    return (len(every) - older, age(every[older])) if older < len(every) else (0, WINDOW)
