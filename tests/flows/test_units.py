"""What a scanned unit is: of the return, undeclared, one too many, part of a pack or a bundle."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.flows.stages import (
    Grading,
    UnitMenu,
)
from rma_station.domain.meaning import (
    AmbiguousScan,
    Command,
    ProductScan,
)
from rma_station.domain.rma import Line, Part, line_counters
from tests.flows.bench import CABLE, CREAM, PHONE, SHIRT, SOCKS, bench, graded, line, opened, rma, tracking


def test_undeclared_unit_is_recorded_and_work_goes_on() -> None:
    """A product nobody announced goes to the hold shelf."""
    b = opened()

    said = b.product(CREAM)
    b.choose(1, 1, 1, 1)
    b.press(Command.YES)

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, unit.issue, unit.grading.destination) == ("attention:issue_undeclared", "undeclared", "H1")  # type: ignore[union-attr]


def test_over_receipt_is_recorded_and_does_not_count() -> None:
    """The second piece of a line of one."""
    b = opened()
    graded(b).lpn("LPN1")

    said = b.product(SHIRT)

    case = b.book.case("RMA-2026-000001")
    assert (said, line_counters(case, line("L1", SHIRT)).received) == ("attention:issue_over_receipt", 1)


def test_wrong_serial_is_recorded_and_held() -> None:
    """The piece is of the right kind but not the one that was sold."""
    b = opened(line("L1", PHONE, serials=("SN-1",)))

    said = b.product(PHONE, serial="SN-2")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, unit.issue, unit.line_id) == ("attention:issue_wrong_serial", "wrong_serial", "L1")


def test_the_same_serial_again_asks_whether_to_amend() -> None:
    """Scanning a piece twice is not two pieces."""
    b = opened(line("L1", PHONE, quantity=2, serials=("SN-1", "SN-2")))
    b.product(PHONE, serial="SN-1")
    b.choose(1, 1)
    b.press(Command.YES)
    b.lpn("LPN1")

    said = b.product(PHONE, serial="SN-1")

    assert (said, b.stage, len(b.book.case("RMA-2026-000001").units)) == ("attention:serial_again", UnitMenu, 1)


def test_a_multi_pack_counts_its_factor() -> None:
    """One scan of a three-pack is three pieces of the line."""
    socks = line("L1", SOCKS, quantity=3)
    b = opened(socks)

    b.scan(ProductScan("15902222222223"))

    assert line_counters(b.book.case("RMA-2026-000001"), socks).received == 3


def test_a_bundle_counts_when_all_its_parts_are_there() -> None:
    """The scarcest part decides."""
    bundle = Line("L1", "SET", "Zestaw", 1, (Part(PHONE), Part(CABLE)))
    b = opened(bundle)

    b.product(PHONE)
    alone = line_counters(b.book.case("RMA-2026-000001"), bundle).received
    b.choose(1, 1)
    b.press(Command.YES)
    b.lpn("LPN1")
    b.product(CABLE)

    assert (alone, line_counters(b.book.case("RMA-2026-000001"), bundle).received) == (0, 1)


def test_a_product_of_two_customers_asks_whose_it_is() -> None:
    """Two RMAs in one parcel, the same product in both."""
    first = rma(1, line("L1", SHIRT))
    second = replace(rma(2, line("L9", SHIRT)), parcels=first.parcels)
    b = bench(first, second)
    b.scan(tracking("TRACK10"))
    b.choose(1)

    said = b.product(SHIRT)
    b.choose(2)

    assert (said, b.stage, b.book.case("RMA-2026-000002").live_units[0].line_id) == (
        "attention:pick_customer",
        Grading,
        "L9",
    )


def test_a_unit_without_a_barcode_is_picked_by_number() -> None:
    """The open lines are listed."""
    b = opened(line("L1", SHIRT), line("L2", CREAM))

    b.press(Command.NO_BARCODE)
    listed = len(b.view.choices)
    said = b.choose(2)

    assert (listed, said, b.book.case("RMA-2026-000001").live_units[0].sku) == (2, "ok:unit_identified", "CREAM")


def test_a_unit_without_a_barcode_may_come_before_the_packing_was_looked_at() -> None:
    """As with a scan: the packing is intact, and one key is enough."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    said = [b.press(Command.NO_BARCODE), b.choose(1)]

    assert said == ["ready:pick_line", "ok:unit_identified"]
    assert b.types()[-2:] == ["parcel.inspected", "unit.identified"]


def test_a_code_nobody_knows_is_put_to_an_open_line_instead() -> None:
    """A sticker of the shop on the shirt: what was scanned stays on record."""
    b = opened()
    b.text("whatever")

    said = [b.press(Command.NO_BARCODE), b.choose(1)]

    unit = b.events()[-1]
    assert said == ["ready:pick_line", "ok:unit_identified"]
    assert isinstance(unit, ev.UnitIdentified)
    assert (unit.code, unit.how, unit.line_id) == ("whatever", "picked", "L1")


def test_a_code_nobody_knows_stays_asked_about_where_no_line_is_open() -> None:
    """Nothing of it is forgotten."""
    b = graded(opened())
    b.lpn("LPN1")
    b.text("whatever")
    before = b.state

    assert b.press(Command.NO_BARCODE) == "attention:no_open_line"
    assert b.state == before


def test_a_unit_found_at_the_last_moment_needs_no_barcode() -> None:
    """ "Not all there. Parcel done?" No: it is here, its code is not."""
    b = opened()
    b.press(Command.PARCEL_DONE)

    assert [b.press(Command.NO_BARCODE), b.choose(1)] == ["ready:pick_line", "ok:unit_identified"]


def test_wrong_contents_are_an_undeclared_unit_and_one_not_in_this_parcel() -> None:
    """A cream where a shirt was announced."""
    b = opened()
    b.product(CREAM)
    b.choose(1, 1, 1, 1)
    b.press(Command.YES)
    b.lpn("LPN1")

    said = [b.press(Command.PARCEL_DONE), b.press(Command.YES)]

    assert said == ["attention:not_in_parcel", "ok:parcel_done"]
    assert b.events()[-1] == ev.ParcelDone("parcel-1-0", (ev.Absent("RMA-2026-000001", "L1", 1),))


def test_an_unknown_code_is_asked_about_before_it_is_recorded() -> None:
    """It may be a misread, or the wrong barcode on the box."""
    b = opened()

    said = [b.text("whatever"), b.press(Command.YES)]

    assert said == ["attention:unit_unknown", "attention:issue_undeclared"]


def test_an_ambiguous_scan_is_what_fits() -> None:
    """Read as a tracking number or as a product: while units are asked for it is the product."""
    b = opened()

    said = b.scan(AmbiguousScan((tracking("05901234123457"), ProductScan("05901234123457"))))

    assert said == "ok:unit_identified"
