"""A backup is taken while the station works, and is verified before it gets its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.domain import events as ev
from rma_station.errors import JournalDamaged, Refused, StorageFailed
from rma_station.ports import Progress, Steps
from rma_station.store.backup import backup
from rma_station.store.journal import Journal
from tests.store import given
from tests.store.given import RMA, open_journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(tmp_path / "data")
    opened.commit([given.opened(), *(given.identified(f"u-{n}", f"L{n}") for n in range(900))])
    yield opened
    opened.close()


def finish(steps: Steps) -> object:
    """The result."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def test_the_copy_has_what_was_committed_while_it_was_made(journal: Journal, tmp_path: Path) -> None:
    """Several slices with a commit after each; the copy opens as a journal of its own."""
    target = tmp_path / "copy" / "journal.sqlite"
    target.parent.mkdir()
    steps = backup(journal.database, target)
    progress = []
    for number in range(3):
        progress.append(next(steps))
        journal.commit([given.graded(f"u-{number}")])

    result = finish(steps)

    assert result == {"path": str(target), "events": 905, "photos": 0}
    assert [type(step) for step in progress] == [Progress] * 3
    assert progress[0].done < progress[2].done <= progress[2].total
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert [file.name for file in target.parent.iterdir()] == ["journal.sqlite"]
    restored = open_journal(target.parent, seed="restored")
    assert (restored.log_id, restored.last_seq, restored.head_hash) == (journal.log_id, 905, journal.head_hash)
    assert restored.projection.case(RMA) == journal.projection.case(RMA)
    restored.close()


def test_a_backup_given_up_leaves_nothing(journal: Journal, tmp_path: Path) -> None:
    """No file is left, and the journal can be written as before."""
    target = tmp_path / "copy.sqlite"
    steps = backup(journal.database, target)
    next(steps)
    steps.close()

    assert [file.name for file in tmp_path.iterdir()] == ["data"]
    assert journal.commit([given.graded("u-1")])[0].seq == 903


def test_a_file_that_is_there_is_never_overwritten(journal: Journal, tmp_path: Path) -> None:
    """Not even an empty one."""
    target = tmp_path / "copy.sqlite"
    target.write_text("")

    with pytest.raises(Refused, match="exists already"):
        finish(backup(journal.database, target))

    assert target.read_text() == ""


def test_a_folder_that_is_not_there_is_named(journal: Journal, tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(StorageFailed, match=r"nowhere/copy.sqlite.part cannot be written \(No such file"):
        finish(backup(journal.database, tmp_path / "nowhere" / "copy.sqlite"))


def test_a_copy_that_does_not_verify_gets_no_name(journal: Journal, tmp_path: Path) -> None:
    """A flipped byte in the journal is found before anybody trusts the copy."""
    with journal.database.transaction() as connection:
        connection.execute("UPDATE events SET line = replace(line, 'u-700', 'u-701') WHERE place & 65535 = 703")

    with pytest.raises(JournalDamaged, match=r"copy\.sqlite\.part: event 703 is not what was committed"):
        finish(backup(journal.database, tmp_path / "copy.sqlite"))

    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_the_copy_is_one_file_that_any_sqlite_reads(journal: Journal, tmp_path: Path) -> None:
    """Without a write-ahead log beside it."""
    finish(backup(journal.database, tmp_path / "copy.sqlite"))

    connection = sqlite3.connect(tmp_path / "copy.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (902,)
    connection.close()


def test_pictures_the_hub_lacks_are_copied_beside_it(journal: Journal, tmp_path: Path) -> None:
    """Those it has are there; a copy given up leaves no folder."""
    for number, at_hub in enumerate((True, False)):
        kept = journal.photos.files.keep(f"picture {number}".encode())
        event = ev.PhotoTaken(f"f{number}", "p-1", kept.sha256, kept.size, "image/jpeg", "damage", "camera", "u-1")
        journal.commit([ev.Stated(event, given.about(unit="u-1"))])
        if at_hub:
            journal.photos.note_at_hub(kept.sha256, "epoch")
            assert journal.photos.counts().waiting == 0
    target = tmp_path / "copy.sqlite"

    result = finish(backup(journal.database, target))

    folder = tmp_path / "copy.sqlite.photos"
    assert result == {"path": str(target), "events": 904, "photos": 1}
    assert [file.read_bytes() for file in folder.rglob("*") if file.is_file()] == [b"picture 1"]
    target.unlink()
    with pytest.raises(Refused, match="photos exists already"):
        finish(backup(journal.database, target))
    other = tmp_path / "other.sqlite"
    steps = backup(journal.database, other)
    next(steps)
    steps.close()
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("other")] == []
