"""An orphan parcel finds its return: its units fill the lines, keep their graders, and nothing is counted twice."""

from __future__ import annotations

from hub import cases, refunds
from hub.intake import matching
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact, fold
from rma_station.domain.matching import pieces
from rma_station.domain.rma import Case, Line, Part, Product
from tests.hub.build import NOW, RMA, Log, an_rma, announce, case_of, new_hub, send
from tests.hub.money_world import line

BUNDLE = line("L1", skus=("TEA", "CUP"))


def stray(*units: ev.UnitIdentified) -> Log:
    """An orphan parcel with these units, graded by somebody, done."""
    log = Log()
    log.parcel("p-9")
    for unit in units:
        log.say(unit, "p-9", parcel_id="p-9", unit_id=unit.unit_id)
        log.grade(unit.unit_id, rma_id="p-9")
    log.done("p-9", "p-9")
    return log


def unit(unit_id: str, sku: str | None = "SHIRT", gtin: str | None = None) -> ev.UnitIdentified:
    """A piece without a return."""
    return ev.UnitIdentified(unit_id, "p-9", f"L{unit_id}", "c", "gtin", sku=sku, gtin=gtin, issue="orphan")


def test_units_fill_the_line_as_far_as_there_is_room() -> None:
    """Two shirts for one place, and a cup nobody advised: these stay an orphan's."""
    hub = new_hub()
    announce(hub, an_rma())
    send(hub, stray(unit("u1"), unit("u2"), unit("u3", "CUP")))
    with hub.transaction() as connection:
        said = matching.match(connection, "p-9", RMA, NOW, "000201", refunds.propose)
        again = matching.match(connection, "p-9", RMA, NOW, "000201", refunds.propose)
        unknown = matching.match(connection, RMA, "RMA-NONE", NOW, "000201", refunds.propose)
        rebuilt = cases.rebuilt(connection, RMA)
    case = case_of(hub)

    assert (said, again, unknown) == ("", "matched", "unknown_rma")
    assert {u.unit_id: (u.line_id, u.issue, u.slots) for u in case.units.values()} == {
        "u1": ("L1", None, (1,)),
        "u2": (None, "orphan", ()),
        "u3": (None, "orphan", ()),
    }
    assert case.units["u1"].gradings[0].worker_id == "000001"
    assert (case.marks, rebuilt) == ((), case)


def test_what_happens_to_the_unit_later_is_understood_in_both_cases() -> None:
    """A station names both from then on."""
    hub, log = new_hub(), stray(unit("u1"))
    announce(hub, an_rma())
    send(hub, log)
    with hub.transaction() as connection:
        matching.match(connection, "p-9", RMA, NOW, "000201", refunds.propose)
    amended = ev.UnitAmended("u1", "default", 1, {}, "C", "C", "outlet", "outlet", "C-01")
    log.say(amended, RMA, "p-9", unit_id="u1")
    send(hub, log, len(log.lines))

    assert [case_of(hub, one).units["u1"].gradings[-1].grade for one in (RMA, "p-9")] == ["C", "C"]
    assert case_of(hub).marks == ()


def test_parts_of_a_bundle_and_codes_are_recognised() -> None:
    """A part by its SKU, a product by its code when the bench did not know the SKU."""
    coded = Line("L2", "MUG", "Mug", 1, (Part(Product("MUG", "Mug", ("05909876543213",))),))
    case = Case("x")
    for one in (unit("u1", "CUP"), unit("u2", None, "5909876543213")):
        case = fold(case, Fact(one.unit_id, one))

    found = pieces(case, an_rma(BUNDLE, coded), {"p-9"})

    assert found == [ev.UnitMatched("u1", RMA, "L1"), ev.UnitMatched("u2", RMA, "L2", "MUG")]


def test_a_unit_scanned_while_its_parcel_is_matched_belongs_to_the_return_too() -> None:
    """Its bench had not heard of the match yet and named the parcel alone; nobody would count it otherwise."""
    hub, log = new_hub(), Log()
    announce(hub, an_rma(line("L1", quantity=2)))
    log.parcel("p-9")
    log.say(unit("u1"), "p-9", parcel_id="p-9", unit_id="u1")
    send(hub, log)
    with hub.transaction() as connection:
        matching.match(connection, "p-9", RMA, NOW, "000201", refunds.propose)
    sent = len(log.lines)
    log.grade("u1", rma_id="p-9")
    log.say(unit("u2"), "p-9", parcel_id="p-9", unit_id="u2")
    log.grade("u2", rma_id="p-9")
    log.done("p-9", "p-9")
    send(hub, log, sent + 1)
    case = case_of(hub)
    with hub.transaction() as connection:
        rebuilt = cases.rebuilt(connection, RMA)

    assert {u.unit_id: (u.line_id, u.issue, u.slots, len(u.gradings)) for u in case.units.values()} == {
        "u1": ("L1", None, (1,), 1),
        "u2": ("L1", None, (2,), 1),
    }
    assert (case.parcels["p-9"].state.value, case.marks, rebuilt) == ("done", (), case)
