"""A station gets events of its own logs back, byte for byte, and nobody else's."""

from __future__ import annotations

import pytest

from hub import hub_identity, ingest
from hub.intake.lost_lines import lines_of
from hub.store import Database
from rma_station.domain import envelope as en
from sync import wire
from tests.hub.build import NOW, new_hub
from tests.hub.signing_station import SigningStation
from tests.sync.messages import LOG
from tests.sync.messages import lines_of as journal_lines


def sent(database: Database, count: int, station: str = "bench-1", log_id: str = LOG) -> list[bytes]:
    """So many events of a station at the hub."""
    lines, _ = journal_lines(log_id, count)
    batches = [lines[at : at + wire.BATCH_EVENTS] for at in range(0, count, wire.BATCH_EVENTS)]
    previous, first = en.GENESIS, 1
    for batch in batches:
        header = wire.BatchHeader(first, previous.hex(), len(batch))
        with database.transaction() as connection:
            reply = ingest.ingest(connection, station, log_id, header, batch, NOW, ingest.propose_nothing)
        assert isinstance(reply, wire.EventsReply)
        previous, first = en.hash_after(previous, batch), first + len(batch)
    return lines


def asked(
    database: Database, first: int, station: str = "bench-1", log_id: str = LOG
) -> wire.LinesReply | wire.Problem:
    """A page."""
    with database.transaction() as connection:
        return lines_of(connection, station, log_id, first, NOW)


def test_a_log_is_read_from_any_place_as_it_came() -> None:
    """Hash and bytes; a page says whether it goes on."""
    database = new_hub()
    lines = sent(database, wire.BATCH_EVENTS + 3)
    whole, rest, beyond = (asked(database, first) for first in (2, wire.BATCH_EVENTS + 2, wire.BATCH_EVENTS + 4))

    assert isinstance(whole, wire.LinesReply)
    assert isinstance(rest, wire.LinesReply)
    assert [row.line.encode() for row in (*whole.lines, *rest.lines)] == lines[1:]
    assert [row.seq for row in rest.lines] == [wire.BATCH_EVENTS + 2, wire.BATCH_EVENTS + 3]
    assert rest.lines[-1].hash == en.hash_after(en.GENESIS, lines).hex()
    assert [page.more for page in (whole, rest, beyond) if isinstance(page, wire.LinesReply)] == [True, False, False]
    assert isinstance(beyond, wire.LinesReply)
    assert beyond.lines == ()


def test_a_page_is_no_longer_than_a_batch_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one line of it, however long."""
    database = new_hub()
    lines = sent(database, 3)
    monkeypatch.setattr(wire, "BATCH_BYTES", len(lines[0]) + 1)
    page = asked(database, 1)

    assert isinstance(page, wire.LinesReply)
    assert ([row.seq for row in page.lines], page.more) == ([1], True)


def test_of_an_event_that_is_here_under_another_log_the_hash_is_told() -> None:
    """So that the chain can be followed beyond it."""
    database = new_hub()
    lines = sent(database, 2)
    moved = wire.BatchHeader(1, en.GENESIS.hex(), 2)
    with database.transaction() as connection:
        ingest.ingest(connection, "bench-1", "log-019b", moved, lines, NOW, ingest.propose_nothing)
    page = asked(database, 1, log_id="log-019b")

    assert isinstance(page, wire.LinesReply)
    assert [(row.seq, row.line) for row in page.lines] == [(1, ""), (2, "")]
    assert page.lines[1].hash == en.hash_after(en.GENESIS, lines).hex()


def test_another_stations_log_is_refused_and_an_unknown_one_is_empty() -> None:
    """A station reads what it wrote, nothing else."""
    database = new_hub()
    sent(database, 2)
    foreign, unknown = asked(database, 1, "bench-2"), asked(database, 1, log_id="log-nobody")

    assert isinstance(foreign, wire.Problem)
    assert foreign.code == "unauthorised"
    assert isinstance(unknown, wire.LinesReply)
    assert (unknown.lines, unknown.more) == ((), False)


def test_a_station_asks_over_http_under_its_own_key() -> None:
    """Whatever stands in the query; nothing is told without a signature."""
    database = new_hub()
    lines = sent(database, 2)
    station = SigningStation(database)
    status, reply = station.call("GET", wire.lines_path(LOG, 2))
    whole = [station.call("GET", f"{wire.events_path(LOG)}{query}")[1] for query in ("", "?from=x", "?from=-1")]
    unsigned, _ = station.call("GET", wire.lines_path(LOG, 1), headers={})
    with database.transaction() as connection:
        hub_id = hub_identity.identity(connection).hub_id

    assert (status, unsigned) == (200, 401)
    assert (reply["hub"]["hub_id"], [row["line"].encode() for row in reply["lines"]]) == (hub_id, lines[1:])
    assert [len(answer["lines"]) for answer in whole] == [2, 2, 2]
