"""A parcel whose label cannot be read is found by a unit in it (design section 6)."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.command import Command
from rma_station.domain.flows.stages import Find, Idle
from rma_station.domain.meaning import ProductScan, TextScan
from rma_station.domain.rma import Line, Part
from tests.flows.bench import CREAM, PHONE, SHIRT, FlowBench, bench, line, rma


def finding(*rmas: object) -> FlowBench:
    """A bench that was asked to find a parcel."""
    b = bench(*rmas)  # type: ignore[arg-type]
    b.press(Command.FIND)
    return b


def phone(serial: str) -> ProductScan:
    """A telephone with its serial number."""
    return ProductScan(PHONE.gtins[0], serial=serial)


def test_the_only_return_that_waits_for_the_unit_is_opened() -> None:
    """And how it was found is on record."""
    b = finding(rma(1, line("L1", SHIRT)), rma(2, line("L1", CREAM)))

    said = b.product(CREAM)

    opened = [fact.event for fact in b.book.events if isinstance(fact.event, ev.ParcelOpened)]
    assert (said, [(one.parcel_id, one.found_by) for one in opened]) == ("ok:parcel_opened", [("parcel-2-0", "unit")])


def test_a_serial_number_names_its_return() -> None:
    """Two telephones are on their way back; one that nobody sold may be of either."""
    rmas = [rma(number, line("L1", PHONE, serials=(f"S{number}",))) for number in (1, 2)]

    assert (finding(*rmas).scan(phone("S2")), finding(*rmas).scan(phone("S9"))) == (
        "ok:parcel_opened",
        "ready:pick_rma",
    )


def test_a_unit_of_several_returns_asks_which() -> None:
    """Nothing is guessed, and it is on record that a unit led there."""
    b = finding(rma(1, line("L1", SHIRT)), rma(2, line("L1", SHIRT)))

    said = b.product(SHIRT)
    b.choose(1)

    opened = [fact.event for fact in b.book.events if isinstance(fact.event, ev.ParcelOpened)]
    assert said == "ready:pick_rma"
    assert [(one.parcel_id, one.found_by) for one in opened] == [("parcel-2-0", "unit")]


def test_a_unit_of_too_many_returns_is_no_help() -> None:
    """The number has to be typed after all; the question stays."""
    b = finding(*(rma(number, line("L1", SHIRT)) for number in range(1, 12)))

    assert (b.product(SHIRT), b.stage) == ("attention:find_too_many", Find)


def test_a_product_may_be_scanned_by_its_sku_or_be_part_of_a_bundle() -> None:
    """As while units are asked for."""
    bundle = Line("L1", "SET", "Set", 1, (Part(CREAM), Part(SHIRT)))

    assert finding(rma(1, bundle)).scan(TextScan("SHIRT"), "SHIRT") == "ok:parcel_opened"


def test_a_unit_nobody_waits_for_opens_nothing() -> None:
    """What came already is not waited for either."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.rma("RMA-2026-000001")
    b.product(SHIRT)
    b.press(Command.SET_ASIDE)
    b.press(Command.FIND)

    assert (b.product(SHIRT), b.product(CREAM), b.stage) == ("attention:find_no_unit", "attention:find_no_unit", Find)


def test_a_parcels_own_label_is_still_its_own() -> None:
    """It could be read after all."""
    assert finding(rma(1, line("L1", SHIRT))).rma("RMA-2026-000001") == "ok:parcel_opened"


def test_a_product_is_no_parcel_unless_one_is_looked_for() -> None:
    """A unit scanned too early opens nothing by itself."""
    b = bench(rma(1, line("L1", SHIRT)))

    assert (b.product(SHIRT), b.stage) == ("attention:parcel_first", Idle)


def test_a_barcode_of_two_products_names_the_returns_of_both() -> None:
    """A shop sells the same goods under two numbers: the return waits for the second."""
    second = replace(SHIRT, sku="SHIRT-OUTLET")
    b = finding(rma(1, line("L1", second)))
    b.book.products[second.sku] = second

    assert b.product(SHIRT) == "ok:parcel_opened"


def test_a_serial_number_that_was_not_sold_there_opens_nothing_unasked() -> None:
    """The only return that waits for a telephone waits for another one: a person decides."""
    b = finding(rma(1, line("L1", PHONE, serials=("S1",))))

    said = b.scan(phone("S9"))
    b.choose(1)

    assert (said, b.state.parcel_id) == ("ready:pick_rma", "parcel-1-0")


def test_a_serial_number_says_nothing_where_the_shop_keeps_none() -> None:
    """It is the unit's, and the only return that waits for one is opened."""
    assert finding(rma(1, line("L1", PHONE))).scan(phone("S9")) == "ok:parcel_opened"
