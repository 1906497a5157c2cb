"""What a flow looks up: reference data by every name, and what this station has seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.book import Book, UnitHit, Waiting
from rma_station.domain.grading import Profile
from rma_station.domain.outcome import Localized
from rma_station.domain.rma import AnnouncedParcel, Line, Part, Product, Rma, RmaKind
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from sync.wire import FeedEntry
from tests.fakes import StandingClock, take_feed
from tests.store import given
from tests.store.given import RMA, open_journal

SHIRT = Product("SHIRT", "Koszula", ("05901234123457",), {"15901234123454": 6}, "apparel")
LINE = Line("l-1", "SHIRT", "Koszula", 2, (Part(SHIRT),))
DPD = AnnouncedParcel("a-1", "13091234567890", "dpd")
POST = AnnouncedParcel("a-2", "RR123456785PL", "poczta")
FIRST = Rma(RMA, RmaKind.WITHDRAWAL, "AB-1001", (LINE,), (DPD, POST))
SECOND = Rma(
    "RMA-2026-000002", RmaKind.COMPLAINT, "AB-1001", (LINE,), (DPD,), outbound_tracking="520000014433330021832563"
)
DEFAULT = Profile("default", 1, Localized("", ""), (), {}, {})
APPAREL = Profile("apparel", 1, Localized("", ""), (), {}, {})


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def book(journal: Journal) -> Book:
    entries = [FeedEntry(n, f"r-{n}", "rma", rma.rma_id, codec.encode(rma)) for n, rma in enumerate((FIRST, SECOND))]
    entries.append(FeedEntry(9, "p-1", "product", "SHIRT", codec.encode(SHIRT)))
    take_feed(StoredReader(journal, StandingClock()), entries, "c-1")
    return StoredBook(journal, {"default": DEFAULT, "apparel": APPAREL})


def ids(rmas: object) -> list[str]:
    """RMA numbers of a result."""
    return [rma.rma_id for rma in rmas]  # type: ignore[attr-defined]


def test_an_rma_is_found_by_number_and_order(book: Book) -> None:
    """And comes back as the value that was sent."""
    assert (book.rma(RMA), book.rma("RMA-2026-999999")) == (FIRST, None)
    assert ids(book.rmas_of_order("AB-1001")) == [RMA, "RMA-2026-000002"]
    assert ids(book.rmas_of_order("AB-100")) == []


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("0001", [RMA]),
        ("1001", [RMA, "RMA-2026-000002"]),
        ("6785", [RMA]),
        ("6785pl", [RMA]),
        ("2563", ["RMA-2026-000002"]),
        ("9999", []),
        ("", []),
        ("%", []),
    ],
)
def test_an_rma_is_found_by_its_last_digits(book: Book, ending: str, expected: list[str]) -> None:
    """Of its number, its order's, or a tracking number, also one that ends in letters."""
    assert ids(book.rmas_ending(ending)) == expected


def test_a_search_by_digits_gives_ten_rmas_at_most(journal: Journal) -> None:
    """More is no help."""
    entries = [
        FeedEntry(n, f"r-{n}", "rma", f"R{n}", codec.encode(Rma(f"R{n}", RmaKind.B2B, "AB-1001", ())))
        for n in range(30)
    ]  # fmt: skip
    take_feed(StoredReader(journal, StandingClock()), entries, "c-1")

    assert len(StoredBook(journal, {}).rmas_ending("1001")) == 10


def test_an_rma_is_found_by_what_is_in_it(book: Book, journal: Journal) -> None:
    """The highest number first; what came already is not waited for, and a serial number names its return."""
    sold = Rma(
        "RMA-2026-000003",
        RmaKind.WITHDRAWAL,
        'ZAM-"3"',
        (Line("l-1", "SHIRT", "Koszula", 1, (Part(SHIRT),), serials=('S"1',)),),
    )
    take_feed(
        StoredReader(journal, StandingClock()), [FeedEntry(10, "r-10", "rma", sold.rma_id, codec.encode(sold))], "c-2"
    )
    every = [sold.rma_id, SECOND.rma_id, FIRST.rma_id]

    assert ids(book.rmas_expecting("SHIRT")) == every
    assert ids(book.rmas_expecting("SHIRT", 'S"1')) == [sold.rma_id]
    assert (ids(book.rmas_expecting("SHIR")), ids(book.rmas_expecting("SHIRT", "S2"))) == ([], [])

    journal.commit([given.opened(), given.identified("u-1", "FIRST1"), given.identified("u-2", "FIRST2")])
    assert ids(book.rmas_expecting("SHIRT")) == every[:2]


def test_a_parcel_is_found_by_every_form_of_its_number(book: Book) -> None:
    """With all RMAs it holds."""
    assert [
        hit and (hit.announced, hit.rma_ids) for hit in map(book.parcel_by_tracking, ("13091234567890", "unknown"))
    ] == [
        (DPD, (RMA, "RMA-2026-000002")),
        None,
    ]
    hit = book.parcel_by_tracking("rr123456785pl ")
    assert hit
    assert (hit.announced, hit.rma_ids) == (POST, (RMA,))


def test_an_outbound_number_that_comes_back_finds_its_rma(book: Book) -> None:
    """As a parcel on its way, with an id that is the same at every look."""
    hit, again = (book.parcel_by_tracking("520000014433330021832563") for _ in range(2))

    assert hit == again
    assert hit
    assert (hit.announced.carrier, hit.announced.status, hit.rma_ids) == (
        "inpost",
        "in_transit",
        ("RMA-2026-000002",),
    )


def test_a_replaced_rma_is_not_found_by_its_old_numbers(journal: Journal, book: Book) -> None:
    """Lookups go with their row."""
    changed = Rma(RMA, RmaKind.WITHDRAWAL, "AB-2002", (LINE,))
    take_feed(StoredReader(journal, StandingClock()), [FeedEntry(20, "r-20", "rma", RMA, codec.encode(changed))], "c-2")

    assert ids(book.rmas_of_order("AB-1001")) == ["RMA-2026-000002"]
    assert ids(book.rmas_of_order("AB-2002")) == [RMA]
    assert book.parcel_by_tracking("RR123456785PL") is None


def test_a_product_is_found_by_sku_gtin_and_multi_pack(book: Book) -> None:
    """A multi-pack's own GTIN leads to the piece."""
    assert (book.product("SHIRT"), book.product("SOCK")) == (SHIRT, None)
    assert [list(book.product_by_gtin(gtin)) for gtin in ("05901234123457", "15901234123454", "0")] == [
        [SHIRT],
        [SHIRT],
        [],
    ]


def test_a_category_without_a_profile_takes_the_default(book: Book) -> None:
    """So that every unit can be graded."""
    assert (book.profile("apparel"), book.profile("garden")) == (APPAREL, DEFAULT)


def test_parcels_are_found_by_id_code_and_state(journal: Journal, book: Book) -> None:
    """The last one opened with a code wins; set aside ones oldest first."""
    journal.commit([given.opened("p-1", "C1", "T1"), given.set_aside("p-1")])
    journal.commit([given.opened("p-2", "C2", "T1", case="RMA-2026-000002")])
    aside = ev.Stated(ev.ParcelSetAside("p-2"), given.about("RMA-2026-000002", parcel="p-2"))
    journal.commit([aside])

    assert [parcel and parcel.parcel_id for parcel in map(book.parcel_opened_with, ("C1", "C2", "T1", "T9"))] == [
        "p-1",
        "p-2",
        "p-2",
        None,
    ]
    assert [parcel.parcel_id for parcel in book.parcels_set_aside()] == ["p-1", "p-2"]
    assert book.waiting() == Waiting(labels_owed=0, parcels_set_aside=2)
    assert (book.parcel("p-2"), book.parcel("p-9")) == (book.case("RMA-2026-000002").parcels["p-2"], None)


def test_a_parcel_with_two_rmas_is_set_aside_once(journal: Journal, book: Book) -> None:
    """Both cases know it; the list names it once."""
    both = (RMA, "RMA-2026-000002")
    journal.commit([ev.Stated(ev.ParcelOpened("p-1", "tracking", "C1", both), given.about(*both))])
    journal.commit([ev.Stated(ev.ParcelSetAside("p-1"), given.about(*both))])

    assert [parcel.parcel_id for parcel in book.parcels_set_aside()] == ["p-1"]


def test_a_unit_is_found_by_its_lpn_and_by_its_void_ones(journal: Journal, book: Book) -> None:
    """A void one is told as such."""
    journal.commit([given.opened(), given.identified(lpn="L1"), given.graded()])
    journal.commit([ev.Stated(ev.UnitRelabelled("u-1", "L2", "L1"), given.about(unit="u-1"))])
    unit = book.case(RMA).units["u-1"]

    assert book.unit_by_lpn("L2") == UnitHit(unit, RMA, void=False)
    assert book.unit_by_lpn("L1") == UnitHit(unit, RMA, void=True)
    assert book.unit_by_lpn("L3") is None
    assert (book.unit("u-1"), book.unit("u-9")) == (UnitHit(unit, RMA, void=False), None)


def test_units_owing_a_label_are_listed_until_they_have_one(journal: Journal, book: Book) -> None:
    """Oldest first."""
    journal.commit([given.opened(), given.identified("u-1", "L1"), given.identified("u-2", "L2")])
    for unit in ("u-2", "u-1"):
        journal.commit([ev.Stated(ev.LabelOwed(unit, "L", "no printer"), given.about(unit=unit))])
    owing = [unit.unit_id for unit in book.units_owing_label()]
    assert book.waiting() == Waiting(labels_owed=2, parcels_set_aside=0)
    journal.commit([ev.Stated(ev.LabelConfirmed("u-1", "L1", "scan_back"), given.about(unit="u-1"))])
    taken_back = ev.UndoApplied("e", "unit.identified", "p-1", "u-2")
    journal.commit([ev.Stated(taken_back, given.about(unit="u-2"))])

    assert (owing, list(book.units_owing_label())) == (["u-1", "u-2"], [])
