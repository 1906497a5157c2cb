"""What the policy is told of a full slot: the worst of all that is in it (pure; ``hub/money/planning.py``)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.money.planning import OrderMoney, Wanted, plan
from hub.money.shares import Payment, line_subject
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact, fold
from rma_station.domain.rma import Case, Rma
from tests.hub.money_world import graded, line, opened_parcel, rma

BUNDLE = rma(line(skus=("SHIRT", "TROUSERS")))
TODAY = date(2026, 11, 22)


def paid(*payments: Payment) -> OrderMoney:
    """All of the bundle's money, by these payments."""
    return OrderMoney(payments, {line_subject(BUNDLE.rma_id, "L1"): 0}, known=True)


TRANSFER = paid(Payment("P1", "transfer", "PLN", 10000))


def bundle(
    shirt: ev.UnitGraded,
    trousers: ev.UnitGraded,
    *later: ev.Event,
    benches: tuple[str, str] = ("log-a", "log-a"),
    serials: tuple[str | None, str | None] = (None, None),
) -> Case:
    """Both parts of the bundle, in a parcel that is done; each was identified at its bench."""
    case = fold(Case(BUNDLE.rma_id), Fact("e0", opened_parcel("p1", BUNDLE.rma_id), "000001", log_id="log-a"))
    number = 0
    for unit_id, sku, grading, log_id, serial in zip(
        ("u1", "u2"), ("SHIRT", "TROUSERS"), (shirt, trousers), benches, serials, strict=True
    ):
        of_line = (BUNDLE.rma_id, "L1", sku)
        for event in (
            ev.UnitIdentified(unit_id, "p1", f"LPN{unit_id}", "c", "gtin", *of_line, part_sku=sku, serial=serial),
            ev.SlotGiven(unit_id, BUNDLE.rma_id, "L1", (1,)),
            grading,
        ):
            number += 1
            case = fold(case, Fact(f"e{number}", event, "000001", log_id=log_id))
    for event in (*later, ev.ParcelDone("p1")):
        number += 1
        case = fold(case, Fact(f"e{number}", event, "000001", log_id="log-a"))
    return case


def wanted(case: Case, money: OrderMoney = TRANSFER, announced: Rma = BUNDLE) -> Wanted:
    """The one refund the case asks for."""
    (found,) = plan(case, announced, money, TODAY, "t")
    return found


@pytest.mark.parametrize(("shirt", "trousers"), [("A", "D"), ("D", "A")])
def test_the_worst_grade_of_a_bundle_counts(shirt: str, trousers: str) -> None:
    """Whichever part it is of, and wherever each part goes."""
    facts = wanted(bundle(graded("u1", shirt), graded("u2", trousers))).facts

    assert (facts.grade, facts.disposition) == ("D", {"restock", "recycle"})


@pytest.mark.parametrize("which", ["u1", "u2"])
def test_one_dangerous_part_makes_the_bundle_dangerous(which: str) -> None:
    """And one grade that a worker changed makes it changed."""
    gradings = [
        graded(one, dangerous=one == which, override_reason="scratch" if one == which else None) for one in ("u1", "u2")
    ]
    facts = wanted(bundle(*gradings)).facts

    assert (facts.dangerous, facts.override) == (True, True)


def test_a_fact_a_decision_may_rest_on_changes_the_fingerprint() -> None:
    """Grading, parcel, weight, marks, means and amount do; the days that pass do not."""
    as_new = bundle(graded("u1"), graded("u2"))
    changed = [
        wanted(bundle(graded("u1"), graded("u2"), ev.UnitAmended("u1", "x", 1, {}, "B", "B", "outlet", "outlet", "S"))),
        wanted(bundle(graded("u1"), graded("u2"), ev.ParcelInspected("p1", "opened"))),
        wanted(bundle(graded("u1"), graded("u2"), ev.ParcelWeighed("p1", 900, "00", "scale", "light", 1000))),
        wanted(bundle(graded("u1"), graded("u2"), ev.UndoApplied("e9", "label.sent", "p1"))),
        wanted(as_new, paid(Payment("P1", "card", "PLN", 10000))),
        wanted(as_new, announced=rma(line(paid=9000, skus=("SHIRT", "TROUSERS")))),
    ]
    fingerprints = [each.fingerprint for each in changed]
    (tomorrow,) = plan(as_new, BUNDLE, TRANSFER, date(2026, 11, 23), "t")

    assert len({wanted(as_new).fingerprint, *fingerprints}) == 1 + len(changed)
    assert tomorrow.fingerprint == wanted(as_new).fingerprint
    assert (wanted(as_new).facts.days_left, tomorrow.facts.days_left) == (10, 9)


def test_a_payment_in_another_currency_is_told() -> None:
    """Nothing is converted: the policy holds it for a person."""
    case = bundle(graded("u1"), graded("u2"))
    facts = wanted(case, paid(Payment("P1", "transfer", "EUR", 10000))).facts

    assert facts == replace(wanted(case).facts, same_currency=False)


def test_an_rma_that_the_shop_took_back_is_told() -> None:
    """The goods came all the same: the policy holds their money for a person."""
    case = bundle(graded("u1"), graded("u2"))

    assert wanted(case, announced=replace(BUNDLE, cancelled=True)).facts.mark == {"cancelled"}


@pytest.mark.parametrize(
    ("benches", "serials", "marks"),
    [
        (("log-a", "log-a"), (None, None), set()),
        (("log-a", "log-b"), (None, None), {"parcel_opened_twice"}),
        (("log-a", "log-b"), ("S1", None), {"parcel_opened_twice"}),
        (("log-a", "log-b"), ("S1", "S2"), set()),
    ],
)
def test_a_piece_that_two_benches_may_have_counted_is_told(
    benches: tuple[str, str], serials: tuple[str | None, str | None], marks: set[str]
) -> None:
    """One parcel filled slots of the line at two benches, and no serial number tells the pieces apart."""
    case = bundle(graded("u1"), graded("u2"), benches=benches, serials=serials)

    assert wanted(case).facts.mark == marks


def test_a_serial_number_is_there_twice_as_long_as_both_units_are() -> None:
    """The mark stays on record; when one of the two was taken back, what is left is one piece."""
    two = rma(line(quantity=2))
    case = Case(two.rma_id)
    happened: list[ev.Event] = [opened_parcel("p1", two.rma_id)]
    for slot, unit_id in enumerate(("u1", "u2"), 1):
        of_line = (two.rma_id, "L1", "SHIRT")
        happened += [
            ev.UnitIdentified(unit_id, "p1", f"LPN{unit_id}", "c", "gtin", *of_line, serial="S1"),
            ev.SlotGiven(unit_id, two.rma_id, "L1", (slot,)),
            graded(unit_id),
        ]
    for number, event in enumerate((*happened, ev.ParcelDone("p1"))):
        case = fold(case, Fact(f"e{number}", event, "000001"))
    undone = fold(case, Fact("e90", ev.UndoApplied("e4", "unit.identified", "p1", "u2"), "000001"))

    both = plan(case, two, TRANSFER, TODAY, "t")
    assert [each.facts.mark for each in both] == [{"serial_twice"}, {"serial_twice"}]
    assert [mark.code for mark in undone.marks] == ["serial_twice"]
    assert wanted(undone, announced=two).facts.mark == set()


def test_a_serial_number_is_not_there_twice_for_goods_of_two_kinds() -> None:
    """What is left of the shirts is one piece; that the trousers have its number by chance means nothing."""
    both = rma(line("L1", 2), line("L2", skus=("TROUSERS",)))
    money = OrderMoney(TRANSFER.payments, {line_subject(both.rma_id, one.line_id): 0 for one in both.lines}, known=True)
    case = fold(Case(both.rma_id), Fact("e0", opened_parcel("p1", both.rma_id), "000001"))
    happened: list[ev.Event] = []
    pieces = (("u1", "L1", "SHIRT", 1), ("u2", "L1", "SHIRT", 2), ("u3", "L2", "TROUSERS", 1))
    for unit_id, line_id, sku, slot in pieces:
        of_line = (both.rma_id, line_id, sku)
        happened += [
            ev.UnitIdentified(unit_id, "p1", f"LPN{unit_id}", "c", "gtin", *of_line, serial="S1"),
            ev.SlotGiven(unit_id, both.rma_id, line_id, (slot,)),
            graded(unit_id),
        ]
    for number, event in enumerate((*happened, ev.ParcelDone("p1")), 1):
        case = fold(case, Fact(f"e{number}", event, "000001"))
    undone = fold(case, Fact("e90", ev.UndoApplied("e4", "unit.identified", "p1", "u2"), "000001"))

    shirts, trousers = (line_subject(both.rma_id, one.line_id) for one in both.lines)

    def marks(seen: Case) -> list[tuple[str, set[str]]]:
        return [(each.subject, set(each.facts.mark)) for each in plan(seen, both, money, TODAY, "t")]

    assert marks(case) == [(shirts, {"serial_twice"}), (shirts, {"serial_twice"}), (trousers, set())]
    assert marks(undone) == [(shirts, set()), (trousers, set())]
