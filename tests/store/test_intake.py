"""What the hub tells is committed with its cursor, page by page, and a snapshot is swapped in whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.alerts import Alert
from rma_station.domain.book import FilledElsewhere, Person
from rma_station.domain.rma import Line, Part
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from rma_station.store.reference import Notice
from sync.wire import FeedEntry
from tests.fakes import take_feed
from tests.flows.bench import SHIRT, line
from tests.store import given
from tests.store.feed import SLOT, advised, catalogued, fact, matched, pages, person
from tests.store.given import RMA


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


def test_what_a_slice_has_brought_counts_before_anybody_has_a_turn(reader: StoredReader) -> None:
    """Between two slices badges may be printed with the hub's new key and scanned: they have to be genuine."""
    counted: list[int] = []
    reader.applied = lambda: counted.append(0)

    at_turns = [len(counted) for _ in reader.feed_slices([person(number) for number in range(1, 101)], "c-1")]

    assert at_turns == [1, 2, 3]


def test_a_snapshot_counts_once_and_from_its_swap_on(reader: StoredReader) -> None:
    """Its rows are beside those in use until then, and nobody has a turn between."""
    counted: list[int] = []
    reader.applied = lambda: counted.append(0)
    page = [person(number) for number in range(1, 101)]

    first = [len(counted) for _ in reader.snapshot_slices(page[:50], "s-1", first=True, last=False)]
    last = [len(counted) for _ in reader.snapshot_slices(page[50:], "s-2", first=False, last=True)]

    assert set(first) == {0}
    assert (last[0], last[-1]) == (0, 1)


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


def test_a_match_taken_back_leaves_no_undone_piece_of_the_orphan_with_the_rma(
    journal: Journal, reader: StoredReader
) -> None:
    """It was never the RMA's: where the hub forgot the match, its case knows nothing of the piece."""
    about = ev.Subject(("p-8",), "p-8")
    unit = ev.UnitIdentified("u-8", "p-8", "U-8", "SHIRT", "sku", issue="orphan")
    undone = ev.UndoApplied("e-8", ev.UnitIdentified.TYPE, "p-8", "u-8")
    of_unit = replace(about, unit_id="u-8")
    journal.commit([ev.Stated(ev.ParcelOpened("p-8", "unknown", "T1"), about), ev.Stated(unit, of_unit, "e-8")])
    journal.commit([ev.Stated(undone, of_unit)])
    take_feed(reader, matched("h-1", "p-8"), "c-1")
    before = sorted(journal.projection.case(RMA).units)
    pages(reader, ([], "s-1"))

    assert (before, sorted(journal.projection.case(RMA).units)) == (["u-8"], [])
    assert journal.projection.case("p-8").units["u-8"].taken_back


def test_notices_a_snapshot_does_not_name_are_gone(reader: StoredReader) -> None:
    """They tell of what did not happen in the hub's past as it is now."""
    notices = [FeedEntry(n, f"n-{n}", "notice", RMA, {"what": "refund", "case_id": RMA}) for n in (1, 2)]
    take_feed(reader, notices, "c-1")
    pages(reader, (notices[:1], "s-1"))

    assert [notice.entry_id for notice in reader.notices()] == ["n-1"]


def test_what_the_hub_wants_people_to_know_is_here_while_it_is_true(journal: Journal, reader: StoredReader) -> None:
    """A row of the feed that goes when it is over."""
    alert = Alert("forked", "2026-11-22T10:00:00.000Z", "bench-2", "log-9", {"reason": "behind"})
    take_feed(reader, [FeedEntry(1, "e-1", "alert", "forked:log-9", codec.encode(alert))], "c-1")
    known = StoredBook(journal, {}).alerts()
    take_feed(reader, [FeedEntry(2, "e-2", "alert", "forked:log-9", None)], "c-2")

    assert (known, StoredBook(journal, {}).alerts()) == ((alert,), ())


@pytest.mark.failure(26, 27)
def test_a_grade_changed_in_the_review_takes_the_unit_from_its_place(journal: Journal, reader: StoredReader) -> None:
    """Its movement is reversed, its label is owed; a hub put back to a time before that takes it all back."""
    label = ev.Stated(ev.LabelConfirmed("u-1", "U00001", "scan_back"), given.about(unit="u-1"))
    journal.commit([given.opened(), given.identified("u-1"), given.graded("u-1"), label, given.placed("u-1")])
    graded = journal.projection.case(RMA).units["u-1"].gradings[0]
    said = {"unit_id": "u-1", "profile": "default", "profile_version": 1, "answers": {}, "changes": graded.event_id}
    said |= {"proposed_grade": "A", "grade": "D", "proposed_disposition": "restock", "disposition": "recycle"}
    take_feed(reader, [fact("h-1", "unit.amended", {**said, "destination": "BIN"})], "c-1")
    book = StoredBook(journal, {})
    changed = book.case(RMA).units["u-1"]
    moved = journal.database.connection.execute("SELECT pieces, cause FROM movements").fetchall()
    owed = [unit.unit_id for unit in book.units_owing_label()]
    pages(reader, ([], "s-1"))
    back = book.case(RMA).units["u-1"]

    assert (changed.grading and changed.grading.grade, changed.label_outdated, owed) == ("D", True, ["u-1"])
    assert moved == [(1, "unit.placed"), (-1, "unit.amended")]
    assert ([one.event_id for one in back.gradings], back.label_outdated) == ([graded.event_id], True)


def test_a_grade_that_was_never_changed_is_taken_back_where_a_match_has_brought_it(
    journal: Journal, reader: StoredReader
) -> None:
    """Said of an orphan's unit, by a hub that was put back since; the orphan was matched in its past as it is now."""
    about = ev.Subject(("p-8",), "p-8", "u-p-8")
    opened = ev.Stated(ev.ParcelOpened("p-8", "unknown", "STRAY"), ev.Subject(("p-8",), "p-8"))
    found = ev.Stated(ev.UnitIdentified("u-p-8", "p-8", "U00008", "c", "gtin", sku="SHIRT", issue="orphan"), about)
    graded = ev.Stated(given.graded("u-p-8").event, about)
    journal.commit([opened, found, graded])
    grading = journal.projection.case("p-8").units["u-p-8"].gradings[0]
    said = {"unit_id": "u-p-8", "profile": "default", "profile_version": 1, "answers": {}, "changes": grading.event_id}
    said |= {"proposed_grade": "B", "grade": "D", "proposed_disposition": "outlet", "disposition": "recycle"}
    take_feed(reader, [fact("h-1", "unit.amended", {**said, "destination": "BIN"}, case="p-8")], "c-1")
    pages(reader, (matched("m-1", "p-8"), "s-1"))

    grades = [[one.grade for one in journal.projection.case(case).units["u-p-8"].gradings] for case in ("p-8", RMA)]
    assert grades == [["B"], ["B"]]
