"""A real station finds a return's label inside an orphan parcel; its own bytes make the same cases at the hub."""

from __future__ import annotations

from pathlib import Path

from hub import cases, feed, hub_identity, refunds, store
from hub.intake import matching
from hub.review import desk
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.flows.inputs import Chosen, Pressed
from rma_station.domain.meaning import Command
from rma_station.domain.rma import Case, Unit, line_counters
from rma_station.store.book import StoredBook
from sync import wire
from tests.fakes import take_feed
from tests.flows.bench import PHONE, SHIRT, line, rma
from tests.hub.build import NOW, Log, accepted, announce, case_of, new_hub, send
from tests.services.bench import Row, ServiceBench, answer

RMA = rma(1, line("L1", SHIRT, 2))
STRAY = "1300099999999U"


def station(folder: Path) -> ServiceBench:
    """A station that knows one return; somebody has signed in."""
    bench = ServiceBench(folder, (RMA,))
    bench.badge()
    return bench


def press(bench: ServiceBench, command: Command) -> str:
    """A command key."""
    return answer(bench.station.handle(Pressed(command)))


def grade(bench: ServiceBench, gtin: str, questions: int = 4) -> Unit:
    """A unit with its best answers, its label scanned back."""
    bench.scan(gtin)
    for _ in range(questions):
        bench.station.handle(Chosen(1))
    press(bench, Command.YES)
    unit_id = bench.station.bench.last_unit_id or ""
    hit = bench.book.unit(unit_id)
    assert hit is not None
    bench.scan(hit.unit.lpn)
    hit = bench.book.unit(unit_id)
    assert hit is not None
    return hit.unit


def sync(bench: ServiceBench, hub: store.Database) -> None:
    """Everything the station has, in batches of five, so that what belongs together is cut apart."""
    log = Log(bench.journal.log_id)
    _, lines = bench.reader.lines_after(bench.journal.log_id, 0, 1000, 10_000_000)
    for raw in lines:
        log.put(raw, en.open_line(raw, log.hashes[-1]).hash)
    for first in range(1, len(lines) + 1, 5):
        last = min(first + 4, len(lines))
        assert accepted(send(hub, log, first, last)) == last - first + 1


def feed_back(bench: ServiceBench, hub: store.Database) -> None:
    """The hub's own facts come down to the station."""
    with hub.transaction() as connection:
        page = feed.page(connection, "", 500, NOW)
    assert isinstance(page, wire.FeedReply)
    rows = [Row(e.seq, e.entry_id, e.kind, e.key, e.body) for e in page.entries if e.kind == "fact"]
    take_feed(bench.reader, rows, "c2")


def without_slots(case: Case) -> dict[str, tuple[object, ...]]:
    """What both sides must agree about before the hub's word has come down."""
    return {u.unit_id: (u.rma_id, u.line_id, u.issue, u.label, u.lpn, u.gradings) for u in case.units.values()}


def book_of(bench: ServiceBench) -> StoredBook:
    """The station's book, read from its file again."""
    bench.reopen()
    return bench.book


def test_station_and_hub_fold_the_same_cases(tmp_path: Path) -> None:
    """Also after a restart, from the rows; the hub gives slots, and its stored events rebuild its case."""
    bench, hub = station(tmp_path), new_hub()
    announce(hub, RMA)
    bench.scan(STRAY)
    shirt = grade(bench, SHIRT.gtins[0][1:])
    phone = grade(bench, PHONE.gtins[0][1:], 5)
    parcel_id = bench.station.bench.parcel_id or ""
    said = bench.scan(RMA.rma_id)
    later = grade(bench, SHIRT.gtins[0][1:])
    press(bench, Command.PARCEL_DONE)
    sync(bench, hub)
    at_hub, book = case_of(hub, RMA.rma_id), book_of(bench)
    with hub.transaction() as connection:
        rebuilt = cases.rebuilt(connection, RMA.rma_id)
        types = [entry.type for entry in cases.history(connection, RMA.rma_id)]
        queue = desk.queue(connection, hub_identity.identity(connection).header(NOW), NOW)

    assert said == "ok:rma_found"
    for case_id in (RMA.rma_id, parcel_id):
        assert without_slots(book.case(case_id)) == without_slots(case_of(hub, case_id))
    assert {u.unit_id: u.slots for u in at_hub.units.values()} == {
        shirt.unit_id: (1,),
        later.unit_id: (2,),
        phone.unit_id: (),
    }
    assert line_counters(at_hub, RMA.lines[0]).graded == 2
    assert (at_hub.marks, rebuilt) == ((), at_hub)
    assert types[0] == "parcel.opened"
    assert "unit.graded" in types[:8]
    assert [item.case_id for item in queue.items] == []
    feed_back(bench, hub)
    assert {u.unit_id: u.slots for u in bench.book.case(RMA.rma_id).units.values()} == {
        shirt.unit_id: (1,),
        later.unit_id: (2,),
        phone.unit_id: (),
    }


def test_undone_it_is_an_orphan_again_on_both_sides(tmp_path: Path) -> None:
    """No row of the return's case is left over; the hub's parcel is of no return."""
    bench, hub = station(tmp_path), new_hub()
    announce(hub, RMA)
    bench.scan(STRAY)
    shirt = grade(bench, SHIRT.gtins[0][1:])
    parcel_id = bench.station.bench.parcel_id or ""
    bench.scan(RMA.rma_id)
    press(bench, Command.UNDO)
    sync(bench, hub)
    book = book_of(bench)

    assert (book.case(RMA.rma_id).parcels, book.case(RMA.rma_id).units) == ({}, {})
    assert case_of(hub, RMA.rma_id).units == {}
    assert without_slots(book.case(parcel_id)) == without_slots(case_of(hub, parcel_id))
    assert case_of(hub, parcel_id).units[shirt.unit_id].issue == "orphan"
    hit = book.unit_by_lpn(shirt.lpn)
    assert (hit and hit.case_id, bench.scan(shirt.lpn)) == (parcel_id, "ready:unit_opened")
    with hub.transaction() as connection:
        row = connection.exec_driver_sql("SELECT case_ids FROM parcels").scalar()
    assert row == parcel_id


def test_what_a_supervisor_matches_is_known_at_the_station(tmp_path: Path) -> None:
    """Its parcel and units are the return's, so that the next parcel does not seem to bring what came already."""
    bench, hub = station(tmp_path), new_hub()
    announce(hub, RMA)
    bench.scan(STRAY)
    shirt = grade(bench, SHIRT.gtins[0][1:])
    parcel_id = bench.station.bench.parcel_id or ""
    press(bench, Command.PARCEL_DONE)
    sync(bench, hub)
    with hub.transaction() as connection:
        matching.match(connection, parcel_id, RMA.rma_id, NOW, "000201", refunds.propose)
    feed_back(bench, hub)

    here = bench.book.case(RMA.rma_id)
    unit = here.units[shirt.unit_id]
    assert (unit.line_id, unit.issue, unit.slots, unit.label) == ("L1", None, (1,), "confirmed")
    assert (line_counters(here, RMA.lines[0]).received, here.marks) == (1, ())
    assert book_of(bench).case(RMA.rma_id) == here


def test_an_undo_nobody_can_follow_leaves_a_mark() -> None:
    """Total, as every fold: a parcel that is not there."""
    hub, log = new_hub(), Log()
    log.say(ev.UndoApplied("e-1", "parcel.opened", "p-1", None, RMA.rma_id), RMA.rma_id, "p-1", parcel_id="p-1")
    send(hub, log)

    assert [mark.code for mark in case_of(hub, RMA.rma_id).marks] == ["parcel_not_open"]
