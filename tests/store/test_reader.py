"""What the uplink reads and writes: batches from the hub's answer, the feed with its cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.alerts import Alert
from rma_station.domain.book import FilledElsewhere, Person
from rma_station.domain.rma import Line, Part
from rma_station.errors import Refused
from rma_station.ports import JournalReader, LogEnd
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader, Unsent
from rma_station.store.reference import Notice
from sync.wire import FeedEntry
from tests.fakes import StandingClock, take_feed
from tests.flows.bench import SHIRT, line, rma
from tests.store import given
from tests.store.given import RMA, open_journal


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def journal(tmp_path: Path, clock: StandingClock) -> Iterator[Journal]:
    opened = open_journal(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def reader(journal: Journal, clock: StandingClock) -> StoredReader:
    return StoredReader(journal, clock)


def person(number: int, name: str = "Ola Nowak") -> FeedEntry:
    """A worker on the feed."""
    worker = Person(f"{number:06}", name, "worker")
    return FeedEntry(number, f"e-{number}", "person", worker.worker_id, codec.encode(worker))


def fact(event_id: str, kind: str, payload: object, case: str = RMA, schema: int | str = 1) -> FeedEntry:
    """What the hub said about a case."""
    body = {"event_id": event_id, "type": kind, "schema": schema, "case_ids": [case], "payload": payload}
    return FeedEntry(1, f"f-{event_id}", "fact", case, body)


def advised(*lines: Line, **more: str) -> FeedEntry:
    """An RMA on the feed."""
    return FeedEntry(1, "x", "rma", RMA, codec.encode(replace(rma(1, *lines), **more)))  # type: ignore[arg-type]


def catalogued(**more: object) -> FeedEntry:
    """A product on the feed."""
    return FeedEntry(1, "x", "product", "S", codec.encode(replace(SHIRT, **more)))  # type: ignore[arg-type]


SLOT = {"unit_id": "u-1", "rma_id": RMA, "line_id": "l-1", "slots": [1]}


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


def test_the_feed_and_its_cursor_are_committed_together(journal: Journal, reader: StoredReader) -> None:
    """A row is replaced by its key and goes with a null body."""
    book = StoredBook(journal, {})
    take_feed(reader, [person(1), person(2)], "c-1")
    take_feed(reader, [person(1, "Ola Kowalska"), FeedEntry(3, "e-3", "person", "000002", None)], "c-2")

    assert (reader.cursor(), book.people()) == ("c-2", (Person("000001", "Ola Kowalska", "worker"),))


def test_a_feed_page_in_slices_ends_with_its_cursor(journal: Journal, reader: StoredReader) -> None:
    """Stopped half way the old cursor stands, and the same page again gives the same rows."""
    page = [person(number) for number in range(1, 101)]
    stopped = reader.feed_slices(page, "c-1")
    assert (next(stopped), reader.cursor()) == (40, "")
    stopped.close()

    assert list(reader.feed_slices(page, "c-1")) == [40, 80, 100]
    assert (reader.cursor(), len(StoredBook(journal, {}).people())) == ("c-1", 100)
    assert list(reader.feed_slices([], "c-2")) == [0]
    assert reader.cursor() == "c-2"


def test_a_slot_the_hub_gave_is_in_the_case(journal: Journal, reader: StoredReader) -> None:
    """Once, however often it comes; it moves no stock."""
    journal.commit([given.opened(), given.identified(), given.graded()])
    given_slot = fact("h-1", "slot.given", SLOT)
    freed = fact("h-2", "slot.freed", SLOT)
    take_feed(reader, [given_slot, given_slot], "c-1")
    first = journal.projection.case(RMA).units["u-1"].slots
    take_feed(reader, [freed, given_slot], "c-2")

    assert (first, journal.projection.case(RMA).units["u-1"].slots) == ((1,), ())
    assert journal.last_seq == 4


def test_a_fact_about_another_station_s_unit_leaves_no_mark(journal: Journal, reader: StoredReader) -> None:
    """It is kept, and the case here stays as it is."""
    take_feed(reader, [fact("h-1", "slot.given", SLOT)], "c-1")

    assert journal.projection.case(RMA).marks == ()
    assert journal.database.connection.execute("SELECT event_id, folded FROM facts").fetchall() == [("h-1", 1)]


def test_a_station_knows_what_another_one_has_received_of_an_rma(journal: Journal, reader: StoredReader) -> None:
    """Its own units are not among it, nor what was freed again; a hub of before does not name station and parcel."""
    journal.commit([given.opened(), given.identified()])
    other, third = {**SLOT, "unit_id": "u-7", "slots": [2]}, {**SLOT, "unit_id": "u-8", "slots": [3]}
    named = fact("h-2", "slot.given", other)
    named = replace(named, body={**named.body, "station": "bench-1", "parcel_id": "p-7"})
    own, freed = fact("h-1", "slot.given", SLOT), [fact("h-3", "slot.given", third), fact("h-4", "slot.freed", third)]
    take_feed(reader, [own, named, *freed], "c-1")

    line_id = str(SLOT["line_id"])
    found = StoredBook(journal, {}).filled_elsewhere(RMA)
    assert found == (FilledElsewhere("u-7", line_id, (2,), "bench-1", "p-7"),)


def test_an_orphan_that_was_matched_knows_its_rma(journal: Journal, reader: StoredReader) -> None:
    """The parcel's own case learns the RMA."""
    journal.commit([given.opened(case="p-1")])
    take_feed(reader, [fact("h-1", "parcel.matched", {"parcel_id": "p-1", "rma_id": RMA}, case="p-1")], "c-1")

    assert RMA in journal.projection.case("p-1").parcels["p-1"].rma_ids


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (FeedEntry(1, "x", "person", "000001", {"worker_id": 7}), "worker_id"),
        (FeedEntry(1, "x", "rma", RMA, {"rma_id": RMA, "colour": "red"}), "unknown field"),
        (FeedEntry(1, "x", "weather", "k", {}), "newer than this version"),
        (FeedEntry(1, "x", "fact", RMA, {"type": "slot.given"}), "lacks event_id"),
        (FeedEntry(1, "x", "fact", RMA, [1]), "not an object"),
        (FeedEntry(1, "x", "notice", RMA, None), "does not say what"),
        (fact("x", "slot.given", {"unit_id": []}), "unit_id"),
        (fact("x", "slot.given", SLOT, schema="1"), "schema of a fact"),  # type: ignore[arg-type]
        (advised(deadline_on="tomorrow"), "deadline_on: 'tomorrow' is not a date"),
        (advised(line("L1", SHIRT, quantity=0)), "at least 1"),
        (advised(line("L1", SHIRT, quantity=10**9)), "more than 1000000 pieces"),
        (advised(Line("L1", "S", "Set", 1, (Part(SHIRT, 0),))), "at least 1"),
        (advised(Line("L1", "S", "Set", 1, ())), "at least 1"),
        (catalogued(packs={"05901234123457": 0}), "packs have pieces"),
        (catalogued(unit_grams=0), "known weight is not 0"),
    ],
)
def test_an_entry_that_cannot_be_read_stops_nothing(reader: StoredReader, entry: FeedEntry, reason: str) -> None:
    """It is kept with its reason, the rest of the page counts."""
    take_feed(reader, [entry, person(2)], "c-1")

    ((_, said),) = reader.feed_refused()
    assert reason in said
    assert reader.cursor() == "c-1"


def test_a_fact_of_a_newer_version_is_parked(journal: Journal, reader: StoredReader) -> None:
    """Kept unfolded for the version that understands it."""
    take_feed(reader, [fact("h-1", "slot.given", SLOT, schema=99), fact("h-2", "moon.landed", {})], "c-1")

    rows = journal.database.connection.execute("SELECT event_id, folded FROM facts ORDER BY event_id").fetchall()
    assert (rows, reader.feed_refused()) == ([("h-1", 0), ("h-2", 0)], [])


def test_notices_come_newest_first(reader: StoredReader) -> None:
    """Decisions, refund outcomes, dead letters."""
    notices = [
        FeedEntry(n, f"n-{n}", "notice", RMA, {"what": "refund", "case_id": RMA, "amount_minor": n}) for n in (1, 2)
    ]
    take_feed(reader, notices, "c-1")

    assert reader.notices() == [Notice(f"n-{n}", "refund", RMA, {"amount_minor": str(n)}) for n in (2, 1)]


def pages(reader: StoredReader, *given: tuple[list[FeedEntry], str], first: bool = True, last: bool = True) -> None:
    """Pages of a snapshot, from its first to its last."""
    for number, (entries, cursor) in enumerate(given):
        begins, ends = first and number == 0, last and number == len(given) - 1
        for _ in reader.snapshot_slices(entries, cursor, first=begins, last=ends):
            continue


def test_a_snapshot_takes_the_place_of_all_rows_at_once(journal: Journal, reader: StoredReader) -> None:
    """Until its last step the old rows are in use, and its cursor is not the feed's."""
    book = StoredBook(journal, {})
    take_feed(reader, [person(1)], "c-1")
    pages(reader, ([person(2)], "s-1"), last=False)
    during = [p.worker_id for p in book.people()], reader.cursor(), reader.snapshot_cursor()
    pages(reader, ([person(3)], "s-2"), first=False)
    after = [p.worker_id for p in book.people()], reader.cursor(), reader.snapshot_cursor()

    assert (during, after) == ((["000001"], "c-1", "s-1"), (["000002", "000003"], "s-2", None))
    take_feed(reader, [person(4)], "c-10")
    assert len(book.people()) == 3
    pages(reader, ([], "s-3"))
    assert list(book.people()) == []


def test_a_snapshot_that_was_cut_goes_on_or_begins_anew(journal: Journal, reader: StoredReader) -> None:
    """Half a page is asked for again; an empty cursor drops what was built. No table is left behind."""
    half = reader.snapshot_slices([person(n) for n in range(1, 100)], "s-1", first=True, last=False)
    next(half)
    half.close()
    cut = reader.snapshot_cursor()
    pages(reader, ([person(7)], "s-1"), ([person(8)], "s-2"))
    names = {name for (name,) in journal.database.connection.execute("SELECT name FROM sqlite_master")}

    assert (cut, [p.worker_id for p in StoredBook(journal, {}).people()]) == ("", ["000007", "000008"])
    assert {name for name in names if name.endswith(("_next", "_old"))} == set()


def test_a_slot_the_hub_no_longer_gives_is_taken_back(journal: Journal, reader: StoredReader) -> None:
    """A hub put back to an older state gives slots anew; what it said since then is not true any more."""
    journal.commit([given.opened(), given.identified("u-1"), given.identified("u-2", "U00002")])
    slot = {"rma_id": RMA, "line_id": "l-1"}
    first = fact("h-1", "slot.given", {**slot, "unit_id": "u-1", "slots": [1]})
    second = fact("h-2", "slot.refused", {**slot, "unit_id": "u-2"})
    take_feed(reader, [first, second], "c-1")
    anew = fact("h-3", "slot.given", {**slot, "unit_id": "u-2", "slots": [1]})
    before = [(unit.slots, unit.slots_refused) for unit in journal.projection.case(RMA).units.values()]
    pages(reader, ([anew], "s-1"))
    after = [(unit.slots, unit.slots_refused) for unit in journal.projection.case(RMA).units.values()]
    kept = journal.database.connection.execute("SELECT event_id FROM facts").fetchall()

    assert (before, after) == ([((1,), False), ((), True)], [((), False), ((1,), False)])
    assert kept == [("h-3",)]


def test_a_match_the_hub_no_longer_knows_is_taken_back(journal: Journal, reader: StoredReader) -> None:
    """The parcel is an orphan again, until somebody matches it anew; one that was matched anew stays where it is."""
    for parcel_id in ("p-8", "p-9"):
        about = ev.Subject((parcel_id,), parcel_id)
        unit = ev.UnitIdentified(f"u-{parcel_id}", parcel_id, f"U{parcel_id}", "SHIRT", "sku", issue="orphan")
        journal.commit(
            [
                ev.Stated(ev.ParcelOpened(parcel_id, "unknown", "T1"), about),
                ev.Stated(unit, replace(about, unit_id="u")),
            ]
        )
    take_feed(reader, [*matched("h-1", "p-8"), *matched("h-2", "p-9")], "c-1")
    before = sorted(journal.projection.case(RMA).units)
    pages(reader, (matched("h-3", "p-9"), "s-1"))
    after = sorted(journal.projection.case(RMA).units)
    units = {case: journal.projection.case(case).units[f"u-{case}"] for case in ("p-8", "p-9")}

    assert (before, after) == (["u-p-8", "u-p-9"], ["u-p-9"])
    assert {case: (unit.rma_id, unit.issue) for case, unit in units.items()} == {
        "p-8": (None, "orphan"),
        "p-9": (RMA, None),
    }
    assert list(journal.projection.case("p-8").parcels["p-8"].rma_ids) == []


def matched(event_id: str, parcel_id: str) -> list[FeedEntry]:
    """A supervisor found out where an orphan belongs."""
    parcel = {"parcel_id": parcel_id, "rma_id": RMA}
    unit = {"unit_id": f"u-{parcel_id}", "rma_id": RMA, "line_id": "l-1"}
    said = (event_id, "parcel.matched", parcel), (f"{event_id}u", "unit.matched", unit)
    return [replace(one, body={**one.body, "case_ids": [parcel_id, RMA]}) for one in (fact(*each) for each in said)]


def test_notices_a_snapshot_does_not_name_are_gone(reader: StoredReader) -> None:
    """They tell of what did not happen in the hub's past as it is now."""
    notices = [FeedEntry(n, f"n-{n}", "notice", RMA, {"what": "refund", "case_id": RMA}) for n in (1, 2)]
    take_feed(reader, notices, "c-1")
    pages(reader, (notices[:1], "s-1"))

    assert [notice.entry_id for notice in reader.notices()] == ["n-1"]


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


def test_what_the_hub_wants_people_to_know_is_here_while_it_is_true(journal: Journal, reader: StoredReader) -> None:
    """A row of the feed that goes when it is over."""
    alert = Alert("forked", "2026-11-22T10:00:00.000Z", "bench-2", "log-9", {"reason": "behind"})
    take_feed(reader, [FeedEntry(1, "e-1", "alert", "forked:log-9", codec.encode(alert))], "c-1")
    known = StoredBook(journal, {}).alerts()
    take_feed(reader, [FeedEntry(2, "e-2", "alert", "forked:log-9", None)], "c-2")

    assert (known, StoredBook(journal, {}).alerts()) == ((alert,), ())


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
