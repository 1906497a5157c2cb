"""A damaged journal is never replaced by an empty one: what verifies is saved, whatever was hit.

Journals here are what a station leaves: a few hundred events, print jobs, reference rows, and one of them with a
write-ahead log that was never folded in.
"""

from __future__ import annotations

import errno
import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rma_station.domain import codec
from rma_station.domain.book import Person
from rma_station.errors import JournalDamaged, Refused, StationHeld, StorageFailed, StorageFull
from rma_station.store import salvage as salvaging
from rma_station.store import swap
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from rma_station.store.rebuild import Birth
from rma_station.store.salvage import Saved, salvage
from tests.fakes import CountingRandom, StandingClock, shipped_profiles, take_feed
from tests.services.bench import Row
from tests.store import given
from tests.store.given import open_journal

EVENTS = 202
PAGE = 4096


def fill(folder: Path, *, clean: bool = True) -> list[tuple[str, bytes]]:
    """A journal of 202 events; ids and lines. Not clean: all of it is still in the write-ahead log."""
    journal = open_journal(folder)
    reader = StoredReader(journal, StandingClock())
    anna = Person("000001", "Anna", "worker")
    take_feed(reader, [Row(1, "p", "person", "000001", codec.encode(anna))], "c1")
    journal.commit([given.opened()], jobs=[given.label()])
    for number in range(100):
        unit, lpn = f"u-{number:03}", f"L{number:04}"
        journal.commit([given.identified(unit, lpn), given.graded(unit)], worker_id="000001", session_id=given.SESSION)
    lines = events_of(journal)
    if clean:
        journal.close()
    else:
        copy = folder.with_name(folder.name + "-copy")
        shutil.copytree(folder, copy)
        journal.close()
        shutil.rmtree(folder)
        copy.rename(folder)
    return lines


def events_of(journal: Journal) -> list[tuple[str, bytes]]:
    """Ids and lines of all events that are sent, but the one that begins a salvaged log."""
    reader = StoredReader(journal, StandingClock())
    found = []
    for head in reader.log_heads():
        ids = reader.event_ids(head.log_id, 0, 10_000)
        found += list(zip(ids, reader.lines_after(head.log_id, 0, 10_000, 100_000_000)[1], strict=True))
    return [(event_id, line) for event_id, line in found if b'"reason":"salvage"' not in line]


def save(folder: Path, *, force: bool = False, key: bytes | None = None, seed: str = "salvage") -> Saved:
    """What ``rma-station salvage`` does."""
    return salvage(
        folder, Birth("bench-1", "sample", "0.1.0"), key=key, clock=StandingClock(), random=CountingRandom(seed),
        stamp="20261130T080000Z", force=force,
    )  # fmt: skip


def pages_of(folder: Path, name: str) -> list[int]:
    """Pages of a table, by the b-tree: its root and everything below (sqlite.org/fileformat.html 1.6)."""
    data = (folder / swap.FILE).read_bytes()
    shell = sqlite3.connect(f"file:{folder / swap.FILE}?mode=ro&immutable=1", uri=True)
    (root,) = shell.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    shell.close()
    return list(_below(data, root))


def _below(data: bytes, page: int) -> Iterator[int]:
    yield page
    start = (page - 1) * PAGE
    if data[start] == 5:
        count = int.from_bytes(data[start + 3 : start + 5], "big")
        for number in range(count):
            cell = int.from_bytes(data[start + 12 + 2 * number :][:2], "big")
            yield from _below(data, int.from_bytes(data[start + cell :][:4], "big"))
        yield from _below(data, int.from_bytes(data[start + 8 : start + 12], "big"))


def spoil(folder: Path, page: int, data: bytes = b"\xff" * PAGE, file: str = swap.FILE) -> None:
    """Overwrite a page."""
    path = folder / file
    with path.open("r+b") as stream:
        stream.seek((page - 1) * PAGE)
        stream.write(data)


@pytest.mark.failure(4)
@pytest.mark.parametrize("place", ["payload", "envelope", "salt", "hash", "event id", "length"])
@pytest.mark.parametrize("seq", [1, 100, EVENTS])
def test_one_flipped_bit_costs_at_most_one_event(tmp_path: Path, place: str, seq: int) -> None:
    """In any part of its row, at the beginning, in the middle and at the end; a flipped hash costs only the last."""
    lines = fill(tmp_path)
    path = tmp_path / swap.FILE
    data = bytearray(path.read_bytes())
    event_id, line = lines[seq - 1]
    begin = data.index(line)
    offset = {
        "payload": line.index(b',"payload":{"') + 14,
        "envelope": line.index(b'"occurred_at":"') + 16,
        "salt": line.index(b'"salt":"') + 10,
        "hash": -10,
        "event id": -40,
        "length": -70,
    }[place]
    data[begin + offset] ^= 1
    path.write_bytes(bytes(data))

    saved = save(tmp_path, force=True)
    journal = open_journal(tmp_path, seed="after")
    kept = events_of(journal)

    hit = [] if place in ("event id", "length") or (place == "hash" and seq < EVENTS) else [event_id]
    assert [event for event in lines if event not in kept] == [event for event in lines if event[0] in hit]
    assert [event for event in kept if event not in lines] == []
    assert (saved.kept, saved.lost_count) == (EVENTS - len(hit), len(hit))
    journal.close()


@pytest.mark.failure(4)
@pytest.mark.parametrize("name", ["events", "cases", "units", "lookups", "print_jobs", "logs", "identity", "present"])
def test_a_lost_page_of_any_table_costs_only_what_was_on_it(tmp_path: Path, name: str) -> None:
    """Of the events the rest is saved, of any other table all events; the projections are made anew."""
    lines = fill(tmp_path)
    pages = pages_of(tmp_path, name)
    spoil(tmp_path, pages[len(pages) // 2])

    save(tmp_path, force=True)
    journal = open_journal(tmp_path, seed="after")
    kept = events_of(journal)
    units = set(journal.projection.case(given.RMA).units)

    lost = len(lines) - len(kept)
    assert 0 < lost < 12 if name == "events" else lost == 0
    assert [event for event in kept if event not in lines] == []
    assert units == {str(event["payload"]["unit_id"]) for event in _identified(kept)}
    assert list(journal.scrub())[-1].done == journal.last_seq + sum(head.seq for head in _closed(journal))
    journal.close()


def _identified(kept: list[tuple[str, bytes]]) -> Iterator[dict[str, dict[str, str]]]:
    for _, line in kept:
        event = codec.from_bytes(line)
        if event["type"] == "unit.identified":
            yield event


def _closed(journal: Journal) -> list[object]:
    return [head for head in StoredReader(journal, StandingClock()).log_heads() if head.closed]


@pytest.mark.failure(4)
def test_the_root_of_the_events_costs_none(tmp_path: Path) -> None:
    """The way to the rows is gone, not the rows: they are found by their bytes."""
    lines = fill(tmp_path)
    spoil(tmp_path, pages_of(tmp_path, "events")[0])

    saved = save(tmp_path)
    journal = open_journal(tmp_path, seed="after")

    assert (saved.lost, events_of(journal)) == ((), lines)
    journal.close()


@pytest.mark.failure(4)
def test_the_first_page_costs_no_event(tmp_path: Path) -> None:
    """Header and schema are gone: SQLite says it is no database."""
    lines = fill(tmp_path)
    spoil(tmp_path, 1)
    with pytest.raises(JournalDamaged, match="rma-station salvage"):
        open_journal(tmp_path)

    save(tmp_path)
    journal = open_journal(tmp_path, seed="after")

    assert (events_of(journal), journal.mode) == (lines, "sample")
    journal.close()


@pytest.mark.failure(4)
@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
def test_a_file_cut_short_costs_what_is_behind_the_cut(tmp_path: Path, share: float) -> None:
    """A disk that filled up while it was copied, a file system that lost its end."""
    lines = fill(tmp_path)
    path = tmp_path / swap.FILE
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    save(tmp_path)
    journal = open_journal(tmp_path, seed="after")
    kept = events_of(journal)

    assert kept
    assert [event for event in kept if event not in lines] == []
    journal.close()


@pytest.mark.failure(4)
def test_a_damaged_write_ahead_log_costs_what_is_in_the_damage(tmp_path: Path) -> None:
    """SQLite stops at the first frame that does not verify; what is behind it is found and verified event by event."""
    lines = fill(tmp_path, clean=False)
    wal = tmp_path / "journal.sqlite-wal"
    data = bytearray(wal.read_bytes())
    middle = data.index(lines[100][1])
    data[middle + 5] ^= 1
    wal.write_bytes(bytes(data))

    saved = save(tmp_path, force=True)
    journal = open_journal(tmp_path, seed="after")
    kept = events_of(journal)

    assert kept in (lines, [*lines[:100], *lines[101:]])
    assert len(kept) + saved.lost_count == EVENTS
    journal.close()


@pytest.mark.failure(4)
@pytest.mark.failure(5)
def test_a_journal_without_its_write_ahead_log_is_an_older_journal(tmp_path: Path) -> None:
    """Everything in it verifies: the hub sees that the station was put back (``tests/sync/test_histories.py``)."""
    lines = fill(tmp_path)
    journal = open_journal(tmp_path, seed="again")
    journal.commit([given.graded("u-001")])
    kept = tmp_path.with_name("kept")
    shutil.copytree(tmp_path, kept)
    journal.close()
    (kept / "journal.sqlite-wal").unlink()

    older = open_journal(kept, seed="after")

    assert events_of(older) == lines
    older.close()
    with pytest.raises(Refused, match=r"verifies, every event of it\. Nothing was changed"):
        save(kept)


@pytest.mark.failure(4)
def test_labels_owed_people_and_jobs_are_taken_over(tmp_path: Path) -> None:
    """A station that is offline can be worked at at once; the feed brings the rest again from its beginning."""
    fill(tmp_path)
    spoil(tmp_path, pages_of(tmp_path, "units")[0])
    save(tmp_path, force=True)

    journal = open_journal(tmp_path, seed="after")
    book = StoredBook(journal, shipped_profiles())

    assert book.person("000001") == Person("000001", "Anna", "worker")
    assert [job.job_id for job in journal.jobs_open()] == ["j-1"]
    assert (StoredReader(journal, StandingClock()).cursor(), journal.resume_point) == ("", b"")
    assert book.unit_by_lpn("L0042") is not None
    journal.close()


@pytest.mark.failure(4)
def test_the_new_log_says_where_it_goes_on_from(tmp_path: Path) -> None:
    """The old log ends before the damage; the events behind it keep their bytes, labels get new letters."""
    lines = fill(tmp_path)
    path = tmp_path / swap.FILE
    path.write_bytes(path.read_bytes().replace(lines[99][1], lines[99][1].replace(b"u-0", b"u-9")))

    saved = save(tmp_path)
    journal = open_journal(tmp_path, seed="after")
    heads = StoredReader(journal, StandingClock()).log_heads()
    begun = StoredReader(journal, StandingClock()).lines_after(journal.log_id, 0, 1, 10_000)[1][0]

    old = codec.from_bytes(lines[0][1])["log_id"]
    assert [(head.log_id, head.seq, head.closed) for head in heads] == [(old, 99, True), (saved.log_id, 103, False)]
    assert codec.from_bytes(begun)["payload"] == {
        "station": "bench-1", "mode": "sample", "from_log": old, "seq": 99, "reason": "salvage",
    }  # fmt: skip
    assert saved.lost == ((old, 100, 100),)
    assert (
        (saved.aside / "salvage.txt").read_text().endswith(f"log {old}: 100 to 100 cannot be read or do not verify\n")
    )
    assert b"u-9" in (saved.aside / "unverified.ndjson").read_bytes()
    assert b"u-9" in (saved.aside / swap.FILE).read_bytes()
    journal.close()


@pytest.mark.failure(4)
def test_a_disk_that_fails_at_any_step_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the journal is what it was; once it is another, the report and the unverified lines are there."""
    lines = fill(tmp_path / "made")
    seen = set()
    for fails_at in range(1, 20):
        folder = tmp_path / f"at-{fails_at}"
        shutil.copytree(tmp_path / "made", folder)
        path = folder / swap.FILE
        path.write_bytes(path.read_bytes().replace(lines[99][1], lines[99][1].replace(b"u-0", b"u-9")))
        before = path.read_bytes()

        with monkeypatch.context() as patched:
            patched.setattr(swap, "sync", failing(fails_at))
            try:
                saved = save(folder)
            except StorageFailed as error:
                told = str(error)
            else:
                break
        state = "decided" if (folder / swap.MARK).exists() else "new" if path.read_bytes() != before else "old"
        seen.add(state)
        aside = folder / "damaged-20261130T080000Z"

        expected = {"decided": "takes its place when", "new": "is in its place", "old": f"{path} is what it was."}
        assert expected[state] in told
        if state != "old":
            assert (aside / salvaging.REPORT).exists()
            assert (aside / salvaging.UNSURE).exists()
            assert (aside / swap.FILE).read_bytes() == before

    assert seen == {"old", "decided", "new"}
    assert saved.lost_count == 1


def failing(at: int) -> Callable[[Path], None]:
    """``swap.sync`` of a disk that fails once, at the n-th call."""
    calls = itertools.count(1)
    real = swap.sync

    def sync(path: Path) -> None:
        if next(calls) == at:
            raise OSError(errno.EIO, "Input/output error", str(path))
        real(path)

    return sync


@pytest.mark.failure(4)
def test_salvaged_twice_is_salvaged(tmp_path: Path) -> None:
    """The second damage meets a journal with two logs."""
    lines = fill(tmp_path)
    spoil(tmp_path, pages_of(tmp_path, "events")[3])
    first = save(tmp_path)
    journal = open_journal(tmp_path, seed="after")
    once = events_of(journal)
    journal.close()
    spoil(tmp_path, pages_of(tmp_path, "events")[6])
    shutil.move(first.aside, tmp_path / "earlier")

    second = save(tmp_path, seed="again")
    journal = open_journal(tmp_path, seed="last")
    twice = events_of(journal)

    assert set(twice) < set(once) < set(lines)
    assert len(twice) == len(once) - second.lost_count
    assert len(StoredReader(journal, StandingClock()).log_heads()) == 3
    journal.close()


@pytest.mark.failure(4)
@pytest.mark.parametrize("seed", range(12))
def test_bits_rot_anywhere(tmp_path: Path, seed: int) -> None:
    """Twenty bytes anywhere in the file: what is kept is what was committed, and nearly all is kept."""
    lines = fill(tmp_path)
    path = tmp_path / swap.FILE
    data = bytearray(path.read_bytes())
    drawn = random.Random(seed)
    for _ in range(20):
        data[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
    path.write_bytes(bytes(data))

    save(tmp_path, force=True)
    journal = open_journal(tmp_path, seed="after")
    kept = events_of(journal)

    assert [event for event in kept if event not in lines] == []
    assert len(kept) > EVENTS - 40
    journal.close()


@pytest.mark.failure(4)
def test_an_encrypted_journal_is_saved_page_by_page(tmp_path: Path) -> None:
    """A page that does not authenticate is lost, the rest is read around it."""
    pytest.importorskip("sqlcipher3", reason="no wheel of sqlcipher3 for this machine")
    from rma_station.store import encryption

    lines = fill(tmp_path)
    key = b"k" * 32
    pages = pages_of(tmp_path, "events")
    encryption.rewrite(tmp_path, None, key, stamp="1", clock=StandingClock())
    spoil(tmp_path, pages[len(pages) // 2])

    saved = save(tmp_path, key=key, force=True)
    journal = Journal.open(
        tmp_path, station="bench-1", mode="sample", app_version="0", clock=StandingClock(), random=CountingRandom("x"),
        key=key,
    )  # fmt: skip
    kept = events_of(journal)

    assert [event for event in kept if event not in lines] == []
    assert len(kept) + saved.lost_count == EVENTS
    assert saved.lost_count < 12
    journal.close()


# --- what is not done ------------------------------------------------------------------------------------


@pytest.mark.failure(4)
def test_a_journal_nothing_of_which_verifies_is_left_alone(tmp_path: Path) -> None:
    """There is no fresh journal in its place: a person decides."""
    fill(tmp_path)
    path = tmp_path / swap.FILE
    path.write_bytes(bytes(len(path.read_bytes())))

    with pytest.raises(Refused, match=r"nothing in .* verifies. Keep it"):
        save(tmp_path)
    assert path.read_bytes().count(0) == path.stat().st_size
    with pytest.raises(JournalDamaged):
        open_journal(tmp_path)


@pytest.mark.failure(4)
def test_a_running_station_is_not_salvaged(tmp_path: Path) -> None:
    """It holds its lock."""
    journal = open_journal(tmp_path)
    with pytest.raises(StationHeld):
        save(tmp_path)
    journal.close()


@pytest.mark.failure(4)
def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a new journal would be worse than none."""
    fill(tmp_path)
    before = sorted(file.name for file in tmp_path.iterdir())
    monkeypatch.setattr(salvaging.shutil, "disk_usage", lambda _: type("", (), {"free": 1000})())

    with pytest.raises(StorageFull, match="saving takes 2 MB"):
        save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == before


@pytest.mark.parametrize(("hub_id", "rots", "asked"), [("hub-1", False, 1), ("", False, 0), ("hub-1", True, 0)])
def test_the_hub_is_asked_only_where_the_journal_says_which_one(
    tmp_path: Path, hub_id: str, rots: bool, asked: int
) -> None:
    """One that never met a hub lost nothing there; one that cannot say it any more is told as not asked."""
    fill(tmp_path)
    journal = open_journal(tmp_path)
    if hub_id:
        StoredReader(journal, StandingClock()).pin_hub(hub_id)
    journal.close()
    if rots:
        data = bytearray((tmp_path / swap.FILE).read_bytes())
        for page in pages_of(tmp_path, "present"):
            data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
        (tmp_path / swap.FILE).write_bytes(data)
    questions: list[str] = []

    def ask(hub: str, *_: object) -> list[tuple[int, bytes, bytes]]:
        questions.append(hub)
        return []

    saved = salvage(
        tmp_path, Birth("bench-1", "sample", "0.1.0"), key=None, clock=StandingClock(), random=CountingRandom("s"),
        stamp="20261130T080000Z", force=True, ask_hub=ask,
    )  # fmt: skip

    assert questions == [hub_id] * asked
    assert (saved.unasked is not None, saved.kept, saved.from_hub) == (rots, EVENTS, 0)
