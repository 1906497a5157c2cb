"""A new log goes on where another one can go no further."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.domain import envelope as en
from rma_station.errors import Refused
from rma_station.ports import LogEnd
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from tests.fakes import StandingClock
from tests.store import given
from tests.store.given import open_journal


def begun(reader: StoredReader, log_id: str, common: int, reason: str = "other") -> None:
    """A new log is made, slice after slice."""
    for _ in reader.begin_log(log_id, common, reason):
        continue


def test_a_new_log_has_what_is_behind_the_parting(journal: Journal, reader: StoredReader) -> None:
    """The very lines in a new chain; the old log is ours up to there, and its ids are told."""
    entries = journal.commit([given.opened(), given.identified(), given.graded()])
    old, lines = journal.log_id, [entry.line for entry in entries]
    begun(reader, old, 2)
    first, *rest = reader.lines_after(journal.log_id, 0, 500, 10**6)[1]
    forked = en.open_line(first, en.GENESIS)
    previous = forked.hash
    for sent in rest:
        previous = en.open_line(sent, previous).hash

    assert (forked.envelope.type, forked.payload) == (
        "log.forked",
        {"station": "bench-1", "mode": "sample", "from_log": old, "seq": 2, "reason": "other"},
    )
    assert rest == lines[1:]
    assert reader.log_heads() == [
        LogEnd(old, 2, entries[0].hash, closed=True),
        LogEnd(journal.log_id, 3, previous),
    ]
    assert reader.event_ids(old, 0, 10) == [reader.event_ids(old, 0, 1)[0], entries[0].event_id]
    assert reader.lines_after(old, 1, 500, 10**6)[1] == lines[:1]
    assert journal.log_ids() == [old, journal.log_id]


def test_the_journal_goes_on_in_the_new_log_across_a_restart(tmp_path: Path, clock: StandingClock) -> None:
    """LPNs begin anew, the chain verifies."""
    journal = open_journal(tmp_path, clock)
    journal.commit([given.opened()])
    old = journal.log_id
    begun(StoredReader(journal, clock), old, 1)
    journal.commit([given.identified()])
    new, last = journal.log_id, journal.last_seq
    journal.close()
    again = open_journal(tmp_path, clock, seed="again")
    again.commit([given.graded()])
    for _ in again.scrub():
        continue

    assert (again.log_id, again.last_seq, last) == (new, 4, 3)
    assert again.fresh().lpn() == given.make_lpn(new, 1)
    again.close()


def test_a_new_log_from_a_log_or_place_that_is_not_here_is_refused(journal: Journal, reader: StoredReader) -> None:
    """And the present one stays."""
    old = journal.log_id
    with pytest.raises(Refused, match="no log 'other'"):
        begun(reader, "other", 0)
    with pytest.raises(Refused, match="has no event 7"):
        begun(reader, old, 7)

    assert (journal.log_id, reader.log_heads()[0].closed) == (old, False)


def test_unsent_counts_an_event_once(journal: Journal, reader: StoredReader) -> None:
    """Under the log it is sent with."""
    journal.commit([given.opened(), given.identified()])
    reader.note_at_hub(journal.log_id, 5)
    old = journal.log_id
    begun(reader, old, 2, "behind")

    assert reader.unsent().events == 2
