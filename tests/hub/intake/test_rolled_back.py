"""A hub whose program was rolled back meets stations that are newer (failure row 19).

The older program is this one without the event types and the protocol of today: nothing a station sends is refused,
what it does not know is parked byte for byte, and taken when the hub is upgraded again. The station keeps everything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import ingest
from hub.intake import letters
from hub.tables import events, parked
from rma_station.domain import codec
from rma_station.domain import events as ev
from sync import wire
from tests.hub.benches import AS_NEW, House
from tests.hub.build import NOW, RMA, Log, an_rma, announce, case_of, new_hub, send
from tests.sync.traffic import Recorder, recorded

DAY = 86400.0
NEWER = ("clock.adjusted", "photo.taken", "photo.skipped", "worker.admitted_offline")
"""Event types of protocol 3."""


@pytest.fixture
def roll_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes every hub of this test the older program; ``monkeypatch.undo()`` upgrades it again."""

    def back() -> None:
        monkeypatch.setattr(ev, "BY_TYPE", {name: kind for name, kind in ev.BY_TYPE.items() if name not in NEWER})
        monkeypatch.setattr(wire, "PROTOCOL", 2)

    return back


def lines_at(house: House) -> list[bytes]:
    """Everything the hub has of the station, stored or parked, in the order of its log."""
    with house.database.transaction() as connection:
        own = events.c.log_id != house.hub.identity.log_id
        rows = [tuple(row) for row in connection.execute(select(events.c.seq, events.c.line).where(own))]
        rows += [tuple(row) for row in connection.execute(select(parked.c.seq, parked.c.raw))]
    return [bytes(line) for _, line in sorted(rows)]


@pytest.mark.failure(19)
def test_a_new_station_keeps_working_with_an_old_hub(
    tmp_path: Path, roll_back: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown types are parked, everything else is accepted and refunds go on; after the upgrade nothing is parked."""
    house = House(tmp_path)
    bench = house.station("bench-1", "000001")
    roll_back()
    bench.bench.clock.wall += DAY
    bench.receive(AS_NEW)
    results = bench.sync()
    again = bench.sync()
    money = house.money()
    journal = bench.bench.journal
    _, kept = bench.bench.reader.lines_after(journal.log_id, 0, 10_000, 10_000_000)

    assert (results, again) == (["parked"], [])
    assert money == [("proposed", "", 10000)]
    assert lines_at(house) == kept
    assert "clock.adjusted" in bench.bench.types()

    monkeypatch.undo()
    with house.database.transaction() as connection:
        taken = letters.replay_parked(connection, house.now, house.hub.propose)
    with house.database.transaction() as connection:
        left = letters.parked_now(connection)
    house.pay()
    assert (taken, list(left), house.money()) == (1, [], [("succeeded", "", 10000)])
    assert bench.sync() == []


@pytest.mark.failure(19, 21)
def test_what_was_parked_is_taken_in_the_order_of_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when this hub's own clock was set back an hour between two batches."""
    hub, log = new_hub(), Log()
    announce(hub, an_rma())
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    log.grade("u1")
    log.done("p-1")
    monkeypatch.setattr(ev, "BY_TYPE", {"log.opened": ev.LogOpened})
    send(hub, log, 1, 2)
    send(hub, log, 3, 4, now=NOW - timedelta(hours=1))
    monkeypatch.undo()
    with hub.transaction() as connection:
        taken = letters.replay_parked(connection, NOW, ingest.propose_nothing)

    case = case_of(hub)
    assert (taken, case.marks) == (4, ())
    assert [unit.slots for unit in case.units.values()] == [(1,)]


@pytest.mark.failure(19)
def test_the_recorded_traffic_of_today_is_taken_by_the_hub_of_yesterday(roll_back: Callable[[], None]) -> None:
    """Call after call, with the same status; a reply says only what the older protocol has words for."""
    calls = recorded(3)
    roll_back()
    to = Recorder(2)
    for call in calls:
        said = to.play(dataclasses.replace(call, status=0, reply=None))

        assert said.status == call.status, call.what
        assert said.reply["hub"]["protocol_max"] == 2, call.what
        kind = wire.EventsReply if "accepted_through" in said.reply else None
        if kind is not None:
            assert not wire.decode(kind, codec.to_bytes(said.reply)).receipt, call.what
