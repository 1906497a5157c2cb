"""Missing is the hub's word: after the last announced parcel or the waiting time; a late arrival takes it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub import cases, feed, store
from hub.cases import LineShort
from hub.policy_file import shipped
from rma_station.domain import codec
from rma_station.domain.rma import AnnouncedParcel, Missing
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from sync import wire
from tests.fakes import CountingRandom, StandingClock, take_feed
from tests.hub.build import NOW, RMA, Log, an_rma, announce, case_of, new_hub, plain_line, send

SETTLED = NOW + timedelta(minutes=10)
WAITED = NOW + timedelta(days=14)


def parcel(log_id: str, unit: str, tracking: str | None = None) -> Log:
    """A parcel with one graded unit, done."""
    log = Log(log_id)
    log.parcel(f"p-{unit}", RMA, tracking=tracking)
    log.unit(unit, f"p-{unit}")
    log.grade(unit)
    log.done(f"p-{unit}")
    return log


def hub_with(*tracking: str, quantity: int = 2) -> store.Database:
    """A return of so many pieces, announced in these parcels."""
    hub = new_hub()
    parcels = tuple(AnnouncedParcel(f"a{n}", number, "dpd") for n, number in enumerate(tracking))
    announce(hub, replace(an_rma(plain_line(quantity=quantity)), parcels=parcels))
    return hub


def look(hub: store.Database, now: datetime) -> list[LineShort]:
    """The periodic step, and what is missing after it."""
    with hub.transaction() as connection:
        cases.say_missing(connection, now, shipped())
        return list(cases.missing_now(connection).missing)


def one(pieces: int, why: str) -> list[LineShort]:
    """Pieces of the only line."""
    return [LineShort(RMA, "L1", pieces, why, "2026-12-01")]


def test_after_the_last_announced_parcel_the_rest_is_missing() -> None:
    """Not before the second of two, and not before an undo would be late."""
    hub = hub_with("T1", "T2", quantity=3)
    send(hub, parcel("log-a", "u1", "T1"))
    first = look(hub, SETTLED)
    send(hub, parcel("log-b", "u2", "T2"), station="bench-2")

    assert (first, look(hub, NOW), look(hub, SETTLED)) == ([], [], one(1, "all_parcels_done"))


@pytest.mark.parametrize("tracking", [(), ("T1", "T2")])
def test_what_is_not_announced_or_not_here_is_waited_for(tracking: tuple[str, ...]) -> None:
    """The policy's waiting time, 14 days."""
    hub = hub_with(*tracking)
    send(hub, parcel("log-a", "u1", "T1" if tracking else None))

    assert look(hub, WAITED - timedelta(seconds=1)) == []
    assert look(hub, WAITED) == one(1, "waited")


def test_the_only_announced_parcel_may_be_opened_by_its_rma_number() -> None:
    """Its tracking number was never scanned."""
    hub = hub_with("T1")
    send(hub, parcel("log-a", "u1"))

    assert look(hub, SETTLED) == one(1, "all_parcels_done")


def test_nothing_is_missing_before_a_parcel_came_or_while_one_is_open() -> None:
    """Then it is advised, in transit, or on a bench."""
    hub = hub_with("T1")
    empty = look(hub, WAITED)
    log = parcel("log-a", "u1", "T1")
    send(hub, log, 1, 3)

    assert (empty, look(hub, WAITED)) == ([], [])


def test_a_late_arrival_takes_it_back_at_once() -> None:
    """In the transaction of its receipt; the history has both words."""
    hub = hub_with("T1", quantity=3)
    send(hub, parcel("log-a", "u1", "T1"))
    before = look(hub, SETTLED)
    send(hub, parcel("log-b", "u2"), station="bench-2", now=WAITED)
    some = case_of(hub).missing
    send(hub, parcel("log-c", "u3"), station="bench-3", now=WAITED)

    with hub.transaction() as connection:
        now = cases.missing_now(connection).missing
        told = [line.payload for line in cases.history(connection, RMA) if line.type == "line.missing"]
        rebuilt = cases.rebuilt(connection, RMA)
    about = {"rma_id": RMA, "line_id": "L1"}
    assert (before, some, now) == (one(2, "all_parcels_done"), {"L1": Missing(1, "all_parcels_done")}, ())
    assert told == [
        {**about, "pieces": 2, "why": "all_parcels_done"},
        {**about, "pieces": 1, "why": "all_parcels_done"},
        {**about, "pieces": 0, "why": "came"},
    ]
    assert rebuilt == case_of(hub)


def test_it_is_said_once_and_shown_in_the_case() -> None:
    """Looking again says nothing new."""
    hub = hub_with("T1")
    send(hub, parcel("log-a", "u1", "T1"))
    look(hub, SETTLED)

    with hub.transaction() as connection:
        again = cases.say_missing(connection, WAITED, shipped())
        view = cases.view(connection, RMA)
    assert view is not None
    assert (again, codec.encode(view.lines[0])) == (
        0,
        {
            "line_id": "L1",
            "sku": "SHIRT",
            "counters": {"advised": 2, "received": 1, "graded": 1},
            "missing": {"pieces": 1, "why": "all_parcels_done"},
        },
    )


def test_a_station_keeps_the_notice_and_the_fact(tmp_path: Path) -> None:
    """The hub's own feed read by the station's own store: nothing of it is refused."""
    hub = hub_with("T1")
    send(hub, parcel("log-a", "u1", "T1"))
    look(hub, SETTLED)
    with hub.transaction() as connection:
        page = feed.page(connection, "", 100, NOW)
    assert isinstance(page, wire.FeedReply)
    clock = StandingClock()
    journal = Journal.open(
        tmp_path, station="bench-1", mode="sample", app_version="0.1.0", clock=clock, random=CountingRandom()
    )
    reader = StoredReader(journal, clock)

    take_feed(reader, page.entries, page.cursor)

    assert [(notice.what, notice.case_id) for notice in reader.notices()] == [("missing", RMA)]
    assert reader.feed_refused() == []
    journal.close()
