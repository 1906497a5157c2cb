"""Every event is verified between scans, also after an upgrade; nobody waits for it, and copies go only after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.errors import JournalDamaged, StorageFailed
from rma_station.services.daily_scrub import DailyScrub
from rma_station.services.loop import StationThread
from rma_station.store import upgrade_copies
from rma_station.store.chain import TAIL
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import ServiceBench
from tests.store import given

COPY = "journal-schema-0001.sqlite"


class SlicesByHand(StationThread):
    """A station thread that never runs: its slices are taken one at a time, as between two scans."""

    def __init__(self) -> None:
        self.waiting: list[Iterator[object]] = []

    def run_slices(self, work: Iterator[object]) -> None:
        """Keep it."""
        self.waiting.append(work)

    def spare_time(self) -> bool:
        """One slice of the first work; ``False`` when it has ended."""
        try:
            next(self.waiting[0])
        except StopIteration:
            self.waiting.pop(0)
            return False
        return True


class Upgraded:
    """A station right after an upgrade, with more events than the start itself verifies, and its scrub."""

    def __init__(self, folder: Path) -> None:
        self.bench = ServiceBench(folder, rmas=(rma(1, line("L1", SHIRT)),))
        units = (given.identified(f"u-{n:05}", f"L{n:05}") for n in range(TAIL + 50))
        self.bench.journal.commit([given.opened(), *units])
        (folder / COPY).write_bytes(b"the journal before")
        self.copy = folder / COPY
        self.thread = SlicesByHand()
        self.damaged: list[JournalDamaged] = []
        self.failed: list[str] = []
        self.scrub = DailyScrub(self.thread, self.damaged.append, self.failed.append)

    def rot(self) -> None:
        """An old event is not what it was."""
        with self.bench.journal.database.transaction() as connection:
            connection.execute("UPDATE events SET line = replace(line, 'u-00007', 'u-00008') WHERE place & 65535 = 10")

    def begin(self) -> None:
        """As ``start_late`` does."""
        self.scrub.begin(self.bench.journal)
        self.scrub.stop()


def test_after_an_upgrade_scans_are_taken_while_the_journal_is_verified(tmp_path: Path) -> None:
    """The copy stays until the last event was verified, and goes by itself."""
    at = Upgraded(tmp_path)
    at.bench.reopen()
    at.begin()
    answers = [at.bench.badge()]
    answers.append(at.bench.scan("TRACK10"))
    before = at.copy.exists()
    while at.thread.spare_time():
        assert at.copy.exists()

    assert answers == ["ok:signed_in", "ok:parcel_opened"]
    assert (before, at.copy.exists()) == (True, False)
    assert (at.damaged, at.failed) == ([], [])


def test_the_copy_of_a_journal_that_does_not_verify_is_kept(tmp_path: Path) -> None:
    """It may be the only whole one; the bench is told of the damage."""
    at = Upgraded(tmp_path)
    at.rot()
    at.begin()
    while at.thread.spare_time():
        continue

    assert at.copy.exists()
    assert ["event 10 is not what was committed" in str(error) for error in at.damaged] == [True]
    assert at.thread.waiting == []


def test_a_copy_that_cannot_be_removed_is_said_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photos are swept all the same, and the next start tries again."""
    at = Upgraded(tmp_path)

    def refuses(_folder: Path) -> list[Path]:
        raise StorageFailed("journal-schema-0001.sqlite cannot be removed (Operation not permitted).")

    monkeypatch.setattr(upgrade_copies, "forget", refuses)
    at.begin()
    while at.thread.spare_time():
        continue

    assert at.failed == ["journal-schema-0001.sqlite cannot be removed (Operation not permitted)."]
    assert (at.damaged, len(at.thread.waiting)) == ([], 1)


def test_a_journal_that_is_only_read_keeps_its_copies(tmp_path: Path) -> None:
    """An older program must not clear away what a newer one made."""
    at = Upgraded(tmp_path)
    at.bench.journal.read_only = True
    at.begin()
    while at.thread.spare_time():
        continue

    assert at.copy.exists()
