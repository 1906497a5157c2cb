"""Damage is found: by the chain where SQLite sees nothing, by ``quick_check`` after an unclean stop."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rma_station.domain.envelope import erase
from rma_station.errors import JournalDamaged
from rma_station.store.chain import TAIL, Scrubbed
from tests.fakes import StandingClock
from tests.store import given
from tests.store.given import open_journal

MANY = TAIL + 200


def filled(folder: Path, *, clean: bool = True, events: int = 5) -> None:
    """A closed journal with that many events; ``clean`` says how it was stopped."""
    journal = open_journal(folder)
    journal.commit([given.opened(), *(given.identified(f"u-{n:05}", f"L{n:05}") for n in range(events - 2))])
    assert journal.last_seq == events
    if clean:
        journal.close()
    else:
        journal.database.close()


def change(folder: Path, old: bytes, new: bytes) -> None:
    """Replace bytes in the file, as a disk might."""
    path = folder / "journal.sqlite"
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def alter(folder: Path, sql: str) -> None:
    """Change the file with a database shell."""
    connection = sqlite3.connect(folder / "journal.sqlite")
    connection.execute(sql)
    connection.commit()
    connection.close()


@pytest.mark.failure(4)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"unit_id":"u-00001","parcel_id', b'"unit_id":"u-00009","parcel_id'),
        (b'"p-1","unit_id":"u-00001"},', b'"p-1","unit_id":"u-00002"},'),
        (b'"seq":4', b'"seq":5'),
    ],
)
def test_one_flipped_byte_of_a_line_is_found(tmp_path: Path, old: bytes, new: bytes) -> None:
    """In the payload, in the subject, in the envelope; SQLite's own check sees nothing."""
    filled(tmp_path)
    change(tmp_path, old, new)
    shell = sqlite3.connect(tmp_path / "journal.sqlite")
    assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    shell.close()

    with pytest.raises(JournalDamaged, match=r"event 4 is not what was committed .*copy the whole data folder"):
        open_journal(tmp_path)


@pytest.mark.failure(4)
def test_an_event_taken_out_is_found(tmp_path: Path) -> None:
    """The chain has no gaps."""
    filled(tmp_path)
    alter(tmp_path, "DELETE FROM events WHERE place & 255 = 3")

    with pytest.raises(JournalDamaged, match="event 3 is missing"):
        open_journal(tmp_path)


@pytest.mark.failure(4)
def test_an_older_event_is_found_by_the_scrub(tmp_path: Path) -> None:
    """The start looks at the newest; the rest is verified in slices between inputs."""
    filled(tmp_path, events=MANY)
    alter(tmp_path, "UPDATE events SET line = replace(line, 'u-00007', 'u-00008') WHERE place & 65535 = 10")

    journal = open_journal(tmp_path)

    assert journal.opening.checked == TAIL
    with pytest.raises(JournalDamaged, match="event 10 is not what was committed"):
        list(journal.scrub())
    journal.close()


def test_the_scrub_gives_time_back_and_takes_in_what_comes_meanwhile(tmp_path: Path) -> None:
    """One slice for each 10 ms of clock; commits between slices are checked too."""
    filled(tmp_path, events=MANY)

    class Ticking(StandingClock):
        """Every look at it takes 4 ms."""

        def monotonic(self) -> float:
            """A little later each time."""
            self.mono += 0.004
            return self.mono

    journal = open_journal(tmp_path, Ticking())
    steps = journal.scrub()
    first = next(steps)
    journal.commit([given.identified("u-x", "LX")])
    rest = list(steps)

    assert first == Scrubbed(128, MANY)
    assert (len(rest), rest[-1]) == (9, Scrubbed(MANY + 1, MANY + 1))
    journal.close()


def test_an_erased_payload_is_no_damage(tmp_path: Path) -> None:
    """Payload and salt may go; the chain is that of the envelopes."""
    journal = open_journal(tmp_path)
    entry = journal.commit([given.opened(), given.identified()])[-1]
    with journal.database.transaction() as connection:
        connection.execute("UPDATE events SET line = ? WHERE event_id = ?", (erase(entry.line), entry.event_id))
    journal.close()

    journal = open_journal(tmp_path)

    assert (journal.opening.checked, list(journal.scrub())) == (3, [Scrubbed(3, 3)])
    journal.close()


@pytest.mark.failure(4)
def test_a_broken_page_is_found_after_an_unclean_stop(tmp_path: Path) -> None:
    """``quick_check`` runs before anything else is read."""
    filled(tmp_path, clean=False, events=MANY)
    path = tmp_path / "journal.sqlite"
    data = bytearray(path.read_bytes())
    connection = sqlite3.connect(path)
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'movements'").fetchone()[0]
    connection.close()
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(bytes(data))

    with pytest.raises(JournalDamaged, match=r"journal\.sqlite is damaged \("):
        open_journal(tmp_path)


@pytest.mark.failure(4)
def test_damage_that_a_commit_meets_first_is_said_in_words(tmp_path: Path) -> None:
    """A page of the projections that cannot be read any more, after a clean stop."""
    filled(tmp_path)
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as shell:
        (size,) = shell.execute("PRAGMA page_size").fetchone()
        (page,) = shell.execute("SELECT rootpage FROM sqlite_master WHERE name = 'cases'").fetchone()
    shell.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    journal = open_journal(tmp_path)

    with pytest.raises(JournalDamaged, match="copy the whole data folder"):
        journal.commit([given.graded("u-00001")])

    journal.database.close()
