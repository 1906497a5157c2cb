"""What the uplink reads and remembers: batches from the hub's answer, which hub it is, what it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.domain import envelope as en
from rma_station.errors import Refused
from rma_station.ports import JournalReader, LogEnd
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader, Unsent
from tests.fakes import StandingClock
from tests.store import given
from tests.store.given import open_journal


def test_a_batch_follows_what_the_hub_has(journal: Journal, reader: StoredReader) -> None:
    """Lines without gaps, with the hash they chain on; limits in lines and bytes."""
    entries = journal.commit([given.opened(), given.identified(), given.graded()])
    lines = [entry.line for entry in entries]
    log = journal.log_id

    assert reader.log_heads() == [LogEnd(log, 4, entries[-1].hash)]
    assert reader.lines_after(log, 1, 500, 10**6) == (reader.hash_at(log, 1), lines)
    assert reader.lines_after(log, 2, 1, 10**6) == (entries[0].hash, lines[1:2])
    assert reader.lines_after(log, 1, 500, len(lines[0]) + len(lines[1]) + 2)[1] == lines[:2]
    assert reader.lines_after(log, 1, 500, 1)[1] == lines[:1]
    assert reader.lines_after(log, 4, 500, 10**6) == (entries[-1].hash, [])


def test_places_that_are_not_there_are_told_apart(journal: Journal, reader: StoredReader) -> None:
    """A hub that has more than this journal is a rollback, not an empty batch."""
    assert reader.hash_at(journal.log_id, 0) == en.GENESIS
    assert [reader.hash_at(journal.log_id, seq) for seq in (-1, 2, 1 << 62)] == [None, None, None]
    assert reader.hash_at("another", 0) is None
    with pytest.raises(Refused, match="has no event 2"):
        reader.lines_after(journal.log_id, 2, 500, 10**6)


def test_unsent_is_counted_from_what_the_hub_told(journal: Journal, reader: StoredReader, clock: StandingClock) -> None:
    """With the age of the oldest; a hub that was restored makes it grow again."""
    clock.forward(60)
    journal.commit([given.opened()])
    clock.forward(40)
    found = [reader.unsent()]
    reader.note_at_hub(journal.log_id, 1)
    found.append(reader.unsent())
    reader.note_at_hub(journal.log_id, 2)
    found.append(reader.unsent())
    reader.note_at_hub(journal.log_id, 0)
    found.append(reader.unsent())

    assert found == [Unsent(2, 100), Unsent(1, 40), Unsent(0, 0), Unsent(2, 100)]


def test_the_hub_of_a_journal_is_remembered(journal: Journal, reader: StoredReader) -> None:
    """With what it said it has."""
    before = (reader.hub_id(), reader.at_hub(journal.log_id), reader.at_hub("another"))
    reader.pin_hub("hub-1")
    reader.note_at_hub(journal.log_id, 1)

    assert (before, reader.hub_id(), reader.at_hub(journal.log_id)) == (("", 0, 0), "hub-1", 1)
    with pytest.raises(Refused, match="belongs to hub hub-1, not to hub-2"):
        reader.pin_hub("hub-2")


def test_the_hub_is_pinned_once(tmp_path: Path, clock: StandingClock) -> None:
    """Its id survives a restart, and no other hub can take its place."""
    journal = open_journal(tmp_path, clock)
    before = StoredReader(journal, clock).hub_id()
    StoredReader(journal, clock).pin_hub("hub-1")
    journal.close()
    again = open_journal(tmp_path, clock)
    reader: JournalReader = StoredReader(again, clock)

    assert (before, reader.hub_id()) == ("", "hub-1")
    reader.pin_hub("hub-1")
    with pytest.raises(Refused, match="belongs to hub hub-1"):
        reader.pin_hub("hub-2")
    again.close()


def test_what_is_at_the_hub_is_remembered_and_may_go_down(journal: Journal, reader: StoredReader) -> None:
    """A hub that was restored has less; a log nobody knows has nothing there."""
    seen = []
    for seq in (7, 3):
        reader.note_at_hub(journal.log_id, seq)
        seen.append(reader.at_hub(journal.log_id))

    assert (seen, reader.at_hub("other")) == ([7, 3], 0)


def test_the_hubs_key_is_pinned_with_it_or_when_it_first_shows_one(journal: Journal, reader: StoredReader) -> None:
    """A station of an older version knows its hub without a key; another key is another hub."""
    reader.pin_hub("hub-1")
    before = reader.hub_key()
    reader.pin_hub("hub-1", "aa" * 32)

    assert (before, reader.hub_key()) == ("", "aa" * 32)
    with pytest.raises(Refused, match="by the key aaaaaaaa"):
        reader.pin_hub("hub-1", "bb" * 32)


def test_the_newest_receipt_of_a_log_is_kept(journal: Journal, reader: StoredReader) -> None:
    """A word of the hub without one does not take it away."""
    reader.note_at_hub(journal.log_id, 1, '{"seq":1}')
    reader.note_at_hub(journal.log_id, 2)
    kept = reader.receipt(journal.log_id)
    reader.note_at_hub(journal.log_id, 2, '{"seq":2}')

    assert (kept, reader.receipt(journal.log_id), reader.receipt("another")) == ('{"seq":1}', '{"seq":2}', "")
