"""Commit, then beep: what was acknowledged survives kill -9, a power cut, and a full disk."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from rma_station.domain import envelope as en
from rma_station.domain.print_jobs import Step
from rma_station.errors import StorageFull
from rma_station.store import ballast
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from sync.wire import FeedEntry
from tests.fakes import StandingClock, take_feed
from tests.store import given
from tests.store.given import RMA, open_journal
from tests.store.processes import forked

KILLS = 40


def write_for_ever(folder: Path, seed: str) -> Callable[[Callable[[str], None]], None]:
    """Commit units as fast as it goes; acknowledge each with its sequence, event ids and resume point."""

    def work(say: Callable[[str], None]) -> None:
        journal = open_journal(folder, seed=seed)
        say(f"open {journal.last_seq}")
        if journal.last_seq == 1:
            journal.commit([given.opened()], resume=b"2")
            say(f"{journal.last_seq}")
        fresh = journal.fresh()
        while True:
            unit, lpn = fresh.uuid(), fresh.lpn()
            resume = str(journal.last_seq + 2)
            entries = journal.commit(
                [given.identified(unit, lpn), given.graded(unit)],
                resume=resume.encode(),
                jobs=[given.label(fresh.uuid(), unit, lpn)],
            )
            say(" ".join([resume, *(entry.event_id for entry in entries)]))

    return work


def all_lines(journal: Journal) -> list[bytes]:
    """Every line of the present log, through the uplink's eyes."""
    return StoredReader(journal, StandingClock()).lines_after(journal.log_id, 0, 10**6, 10**9)[1]


def verified(lines: list[bytes]) -> list[en.Entry]:
    """The entries, each chained on the one before."""
    entries, previous = [], en.GENESIS
    for line in lines:
        entries.append(en.open_line(line, previous))
        previous = entries[-1].hash
    return entries


@pytest.mark.failure(2)
def test_no_acknowledged_event_is_lost_by_kill_9(tmp_path: Path) -> None:
    """Killed again and again at random moments: every acknowledged event is there, the chain verifies, and the
    resume point, the LPN counter and the print jobs are those of the last event on disk."""
    dice = random.Random(2)
    acknowledged: dict[int, list[str]] = {}
    for kill in range(KILLS):
        with forked(write_for_ever(tmp_path, f"boot {kill}")) as writer:
            assert writer.line() == f"open {max(acknowledged, default=1)}" or kill > 0
            said = [writer.line() for _ in range(dice.randint(1, 12))]
            said += writer.rest_after(dice.random() * 0.004)
        for line in said:
            last, *event_ids = line.split()
            acknowledged[int(last)] = event_ids

        journal = open_journal(tmp_path, seed=f"check {kill}")
        entries = verified(all_lines(journal))
        by_seq = {entry.envelope.seq: entry.envelope.event_id for entry in entries}
        journal.database.close()

        for last, event_ids in acknowledged.items():
            assert [by_seq[last - 1 + n] for n in range(len(event_ids))] == event_ids
        # One more commit may be on disk whose acknowledgement was cut off.
        assert len(entries) - max(acknowledged) in (0, 2)
        assert journal.resume_point == str(len(entries)).encode()
        assert journal.opening.unclean is True
        acknowledged[len(entries)] = []

    journal = open_journal(tmp_path)
    units = journal.projection.case(RMA).units
    assert len(units) == len(journal.jobs_open()) == (journal.last_seq - 2) // 2
    assert len({unit.lpn for unit in units.values()}) == len(units)
    assert [unit.grading is not None for unit in units.values()] == [True] * len(units)
    journal.close()


@pytest.mark.failure(1)
def test_a_torn_write_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A power cut leaves any part of what was not yet synced, or noise in its place. Whatever comes after the last
    acknowledged commit in the write-ahead log, the journal opens with exactly the commits that are whole."""
    folder = tmp_path / "station"
    wal = folder / "journal.sqlite-wal"
    ends: list[tuple[int, int]] = []

    def work(say: Callable[[str], None]) -> None:
        journal = open_journal(folder)
        journal.commit([given.opened()])
        for number in range(12):
            journal.commit([given.identified(f"u-{number}", f"L{number}")], resume=str(journal.last_seq + 1).encode())
            say(f"{journal.last_seq} {wal.stat().st_size}")
        say("end")
        journal.projection.case("wait for the kill")
        while True:
            pass

    with forked(work) as writer:
        while (line := writer.line()) != "end":
            seq, size = line.split()
            ends.append((int(seq), int(size)))

    dice = random.Random(5)
    written = wal.read_bytes()
    for (seq, whole), (_, following) in pairwise(ends):
        kept = dice.randrange(whole, following)
        noise = dice.randbytes(dice.choice([0, following - kept]))
        cut = tmp_path / f"cut-{seq}"
        shutil.copytree(folder, cut)
        (cut / wal.name).write_bytes(written[:kept] + noise)

        journal = open_journal(cut)

        assert (journal.last_seq, journal.resume_point) == (seq, str(seq).encode())
        assert len(verified(all_lines(journal))) == seq
        journal.close()


@pytest.mark.failure(5)
def test_a_journal_that_lost_its_write_ahead_log_is_a_shorter_one(tmp_path: Path) -> None:
    """It opens with what is in the file; that the hub has more of it is seen by the uplink (reference R5)."""

    def work(say: Callable[[str], None]) -> None:
        journal = open_journal(tmp_path)
        journal.close()
        journal = open_journal(tmp_path)
        journal.commit([given.opened()])
        say("end")
        while True:
            pass

    with forked(work) as writer:
        assert writer.line() == "end"
    (tmp_path / "journal.sqlite-wal").unlink()

    journal = open_journal(tmp_path)

    assert journal.last_seq == 1
    assert StoredReader(journal, StandingClock()).hash_at(journal.log_id, 2) is None
    journal.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(mounted)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)


def fill(journal: Journal) -> int:
    """Commit units until there is no room; how many were acknowledged."""
    for number in range(20000):
        try:
            journal.commit([given.identified(f"u-{number}", f"L{number}"), given.graded(f"u-{number}")])
        except StorageFull:
            return number
    pytest.fail("the disk did not fill up")


@pytest.mark.failure(3)
def test_on_a_full_disk_work_can_be_closed_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    """The scan is refused before it is said to be saved; the ballast makes room to set the parcel aside; ordinary
    work waits until somebody has freed space."""
    filler = small_disk / "photos"
    filler.write_bytes(bytes(1_000_000))
    folder = small_disk / "data"
    journal = open_journal(folder)
    journal.commit([given.opened()], resume=b"flow")
    seq = 2 + 2 * fill(journal)

    assert (journal.last_seq, journal.short_of_room) == (seq, True)
    with pytest.raises(StorageFull, match="can be set aside"):
        journal.commit([given.identified("u-x", "LX")])
    journal.commit([given.set_aside()], resume=b"")
    journal.mark_job("none", Step.GIVE_UP)
    reader = StoredReader(journal, StandingClock())
    reader.note_at_hub(journal.log_id, 2)
    with pytest.raises(StorageFull, match="feed waits"):
        take_feed(reader, [FeedEntry(1, "e-1", "person", "000001", None)], "c-1")
    assert (len(verified(all_lines(journal))), journal.resume_point) == (seq + 1, b"")
    journal.close()

    journal = open_journal(folder)
    filler.unlink()
    journal.commit([given.opened("p-2")])
    assert (journal.last_seq, journal.short_of_room, (folder / "ballast").stat().st_size) == (
        seq + 2,
        False,
        ballast.SIZE,
    )
    assert journal.database.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    journal.close()


@pytest.mark.failure(3)
def test_a_quota_is_a_full_disk_too(tmp_path: Path) -> None:
    """SQLite calls a refused write an I/O error unless it is ENOSPC; the worker hears "disk full" for both."""

    def work(say: Callable[[str], None]) -> None:
        journal = open_journal(tmp_path)
        journal.commit([given.opened()])
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
        acknowledged = fill(journal)
        journal.ballast.lay()
        say(f"{acknowledged > 10} {journal.last_seq == 2 + 2 * acknowledged}")

    with forked(work) as writer:
        assert writer.line() == "True True"

    journal = open_journal(tmp_path)
    verified(all_lines(journal))
    journal.close()
