"""Pictures are durable before they are told, go only when the hub has them, and go first when the disk is full."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from rma_station.domain import events as ev
from rma_station.errors import StorageFailed, StorageFull
from rma_station.store import photos
from rma_station.store.database import Database
from rma_station.store.journal import Journal
from rma_station.store.photo_files import Kept, PhotoFiles
from rma_station.store.photos import DuePhoto, Photos
from tests.store import given
from tests.store.given import open_journal

EPOCH = "epoch-1"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(tmp_path / "data")
    opened.commit([given.opened(), given.identified()])
    yield opened
    opened.close()


def picture(number: int, size: int = 1000) -> bytes:
    """Bytes of a picture of its own."""
    return f"picture {number} ".encode().ljust(size, b".")


def take(journal: Journal, number: int, *, size: int = 1000, source: str = "camera") -> str:
    """Keep a picture, commit its event; its hash."""
    kept = journal.photos.files.keep(picture(number, size))
    event = ev.PhotoTaken(f"f{number}", "p-1", kept.sha256, kept.size, "image/jpeg", "damage", source, "u-1")
    journal.commit([ev.Stated(event, given.about(unit="u-1"))])
    return kept.sha256


def at_hub(journal: Journal) -> list[str]:
    """Let the hub have all, in the order they are asked for."""
    said = []
    while (due := journal.photos.due(EPOCH)) is not None:
        journal.photos.note_at_hub(due.sha256, EPOCH)
        said.append(due.sha256)
    return said


def test_a_journal_that_lost_its_last_events_offers_the_pictures_they_named(tmp_path: Path) -> None:
    """The file outlived the write-ahead log; the hub has the event, and waits for the picture."""
    opened = open_journal(tmp_path / "data")
    opened.commit([given.opened(), given.identified()])
    known, lost = take(opened, 1), opened.photos.files.keep(picture(2))
    at_hub(opened)
    for _ in opened.begin_log(opened.log_id, 2, "behind"):
        pass

    assert opened.photos.due(EPOCH) == DuePhoto(lost.sha256, lost.size)
    assert (opened.photos.counts().waiting, opened.photos.files.is_sound(known)) == (1, True)
    opened.close()


def test_a_new_journal_offers_the_pictures_of_the_one_that_is_no_more(tmp_path: Path) -> None:
    """It began anew in the same folder: nothing of the old one was ever in the file itself."""
    kept = PhotoFiles(tmp_path / "data" / "photos").keep(picture(1))
    opened = open_journal(tmp_path / "data")

    assert opened.photos.due(EPOCH) == DuePhoto(kept.sha256, kept.size)
    opened.close()


# --- files -----------------------------------------------------------------------------------------------


def test_a_picture_is_a_file_under_its_hash(tmp_path: Path) -> None:
    """Readable by this user only; kept twice it is one file."""
    files = PhotoFiles(tmp_path / "photos")
    data = picture(1)

    kept = files.keep(data)

    assert kept == files.keep(data) == Kept(hashlib.sha256(data).hexdigest(), 1000)
    place = tmp_path / "photos" / kept.sha256[:2] / kept.sha256
    assert (place.read_bytes(), oct(place.stat().st_mode & 0o777)) == (data, "0o600")
    assert [file.name for file in place.parent.iterdir()] == [kept.sha256]
    assert (files.read(kept.sha256, 4, 3), files.read("0" * 64)) == (data[4:7], None)


def test_a_picture_that_rotted_is_written_again(tmp_path: Path) -> None:
    """Only sound bytes count as kept."""
    files = PhotoFiles(tmp_path)
    kept = files.keep(picture(1))
    files.place(kept.sha256).write_bytes(b"rot")

    assert not files.is_sound(kept.sha256)
    files.keep(picture(1))
    assert files.is_sound(kept.sha256)


def test_what_is_no_hash_is_no_file(tmp_path: Path) -> None:
    """A name from outside cannot reach other files."""
    with pytest.raises(ValueError, match="not a SHA-256"):
        PhotoFiles(tmp_path).read("../../journal.sqlite")


@pytest.mark.failure(3)
def test_a_picture_without_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do; other trouble of the disk is another error."""
    files = PhotoFiles(tmp_path / "photos")

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFull, match="Free space"):
        files.keep(picture(1))
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    monkeypatch.undo()
    (tmp_path / "other").write_text("")
    with pytest.raises(StorageFailed):
        PhotoFiles(tmp_path / "other").keep(picture(1))


# --- rows ------------------------------------------------------------------------------------------------


def test_pictures_are_due_in_the_order_they_were_taken_until_the_hub_has_them(journal: Journal) -> None:
    """A phone's picture is at the hub already and never here."""
    first, second = take(journal, 1), take(journal, 2)
    take(journal, 3, source="phone")

    assert journal.photos.due(EPOCH) == DuePhoto(first, 1000)
    assert at_hub(journal) == [first, second]
    assert journal.photos.due(EPOCH) is None


@pytest.mark.failure(42)
def test_the_same_picture_twice_is_one_file_and_goes_up_once(journal: Journal) -> None:
    """Two events, two photos of the case, one row."""
    first, again = take(journal, 1), take(journal, 1)

    assert first == again
    assert at_hub(journal) == [first]
    assert journal.photos.counts().here == 1


def test_what_the_hub_has_is_written_some_at_a_time(journal: Journal) -> None:
    """Forgotten in a crash it costs a question; with nothing left to send all is written."""
    hashes = [take(journal, number) for number in range(photos.AT_A_TIME + 2)]
    said = at_hub(journal)
    again = Photos(journal.database)

    assert said == hashes
    assert again.due(EPOCH) is None
    take(journal, 100)
    due = journal.photos.due(EPOCH)
    assert due is not None
    journal.photos.note_at_hub(due.sha256, EPOCH)
    assert again.due(EPOCH) == due


@pytest.mark.failure(26)
def test_a_hub_with_another_past_is_asked_about_all_pictures_again(journal: Journal) -> None:
    """Its new epoch says that it may have lost them."""
    sha256 = take(journal, 1)
    at_hub(journal)

    assert journal.photos.due("epoch-2") == DuePhoto(sha256, 1000)


@pytest.mark.failure(26)
def test_what_a_hub_of_another_past_had_makes_no_room(journal: Journal) -> None:
    """Noted, and not written yet, when the new epoch comes: too many pictures are no reason to let those go."""
    journal.photos.share = 500
    sha256 = take(journal, 1)
    journal.photos.due(EPOCH)
    journal.photos.note_at_hub(sha256, EPOCH)

    assert journal.photos.due("epoch-2") == DuePhoto(sha256, 1000)
    assert journal.photos.make_room(1) == 0
    assert journal.photos.files.is_sound(sha256)


def test_a_refused_picture_is_told_and_not_offered_again(journal: Journal) -> None:
    """A person has to look; one whose file was gone is due again when it is taken again."""
    first, second = take(journal, 1), take(journal, 2)
    journal.photos.note_refused(first, "media_type")
    journal.photos.note_refused(second, "gone")

    assert journal.photos.due(EPOCH) is None
    assert journal.photos.counts().refused == ((first, "media_type"), (second, "gone"))
    take(journal, 1)
    take(journal, 2)
    assert journal.photos.due(EPOCH) == DuePhoto(second, 1000)


def test_an_event_that_is_not_committed_leaves_no_row(journal: Journal) -> None:
    """Row and event are one transaction."""
    event = ev.PhotoTaken("f1", "p-1", "0" * 64, 10, "image/jpeg", "grade", "camera", "u-1")
    doubled = ev.Stated(event, given.about(unit="u-1"), event_id="019a0000-0000-7000-8000-000000000001")
    journal.database.connection.execute("CREATE UNIQUE INDEX only_once ON events (event_id)")

    with pytest.raises(sqlite3.IntegrityError):
        journal.commit([doubled, doubled])

    assert journal.photos.counts().waiting == 0


# --- room ------------------------------------------------------------------------------------------------


def test_over_their_share_the_oldest_at_the_hub_go(journal: Journal) -> None:
    """Those the hub lacks stay, however much they take."""
    hashes = [take(journal, number) for number in range(6)]
    journal.photos.share = 2500
    for sha256 in hashes[:4]:
        journal.photos.note_at_hub(sha256, EPOCH)

    counted = journal.photos.counts()
    left = [sha256 for sha256 in hashes if journal.photos.files.read(sha256) is not None]

    assert left == hashes[4:]
    assert (counted.here, counted.waiting) == (2, 2)


@pytest.mark.failure(3)
def test_a_full_disk_takes_pictures_the_hub_has_before_the_ballast(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work goes on as if there were room; a picture the hub lacks is never given up."""
    sent, unsent = take(journal, 1, size=2_000_000), take(journal, 2)
    journal.photos.note_at_hub(sent, EPOCH)
    real = Database.transaction

    def full(database: Database) -> object:
        if journal.photos.files.read(sent) is not None:
            raise StorageFull("no room")
        return real(database)

    monkeypatch.setattr(Database, "transaction", full)
    journal.commit([given.graded()])

    assert not journal.short_of_room
    assert journal.projection.case(given.RMA).units["u-1"].grading is not None
    assert (journal.photos.files.read(sent), journal.photos.files.is_sound(unsent)) == (None, True)


@pytest.mark.failure(3)
def test_without_pictures_to_spare_the_ballast_goes(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """As before there were pictures."""
    unsent = take(journal, 1)

    def full(database: Database) -> object:
        raise StorageFull("no room")

    monkeypatch.setattr(Database, "transaction", full)
    with pytest.raises(StorageFull):
        journal.commit([given.graded()])

    assert journal.short_of_room
    assert journal.photos.files.is_sound(unsent)
    monkeypatch.undo()


def test_what_no_event_names_is_swept_away_when_it_is_old(journal: Journal) -> None:
    """A picture nobody took, and what a crash left half written; a fresh one may still get its event."""
    named = take(journal, 1)
    old, fresh = journal.photos.files.keep(picture(2)), journal.photos.files.keep(picture(3))
    part = journal.photos.files.place(old.sha256).with_name("x.part")
    part.write_bytes(b"half")
    now = 2_000_000_000.0
    for file in (journal.photos.files.place(named), journal.photos.files.place(old.sha256), part):
        os.utime(file, (now - photos.STRAY_SECONDS - 1,) * 2)
    os.utime(journal.photos.files.place(fresh.sha256), (now, now))

    for _ in journal.photos.sweep(now):
        pass

    assert journal.photos.files.is_sound(named)
    assert journal.photos.files.is_sound(fresh.sha256)
    assert (journal.photos.files.read(old.sha256), part.exists()) == (None, False)


@settings(max_examples=40, deadline=None)
@generated(st.lists(st.sampled_from(["take", "send", "room"]), max_size=30))
def test_whatever_happens_a_picture_is_here_or_at_the_hub(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """In any order of taking, sending and making room."""
    journal = open_journal(tmp_path_factory.mktemp("j") / "data")
    journal.commit([given.opened(), given.identified()])
    shelf: Photos = journal.photos
    taken: list[str] = []
    hub: set[str] = set()
    for number, step in enumerate(steps):
        if step == "take":
            taken.append(take(journal, number))
        elif step == "send" and (due := shelf.due(EPOCH)) is not None:
            hub.add(due.sha256)
            shelf.note_at_hub(due.sha256, EPOCH)
        elif step == "room":
            shelf.make_room(1)
    lost = [sha256 for sha256 in taken if sha256 not in hub and not shelf.files.is_sound(sha256)]
    journal.close()

    assert lost == []
