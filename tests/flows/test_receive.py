"""The worker's way: a return from the parcel's label to the placed unit, and every exceptional case on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rma_station.derivation import make_verifier
from rma_station.domain import events as ev
from rma_station.domain.flows.stages import (
    ConfirmDone,
    ConfirmGrade,
    ConfirmOrphan,
    Danger,
    Grading,
    Idle,
    Packaging,
    ScanBack,
    SignedOut,
    UnitMenu,
    Units,
)
from rma_station.domain.meaning import (
    AmbiguousScan,
    ChoiceScan,
    Command,
    CommandScan,
    DamagedScan,
    ForgedScan,
    GradeScan,
    LpnScan,
    ProductScan,
    TextScan,
)
from rma_station.domain.outcome import Message
from rma_station.domain.rma import Custody, Line, ParcelState, Part, RmaKind, line_counters
from rma_station.services.texts import render
from tests.flows.bench import CABLE, CREAM, PHONE, SHIRT, SOCKS, FlowBench, bench, line, rma, tracking


def opened(*lines: Line, kind: RmaKind = RmaKind.WITHDRAWAL, **rules: object) -> FlowBench:
    """A bench with one open parcel whose packing was intact."""
    result = bench(rma(1, *(lines or (line("L1", SHIRT),)), kind=kind), **rules)
    result.scan(tracking("TRACK10"))
    result.choose(1)
    return result


def graded(result: FlowBench, product: object = SHIRT, answers: tuple[int, ...] = (1, 1, 1, 1)) -> FlowBench:
    """The unit scanned, asked about and its proposed grade confirmed."""
    result.product(product)  # type: ignore[arg-type]
    result.choose(*answers)
    result.press(Command.YES)
    return result


# --- the plain way ---------------------------------------------------------------------------------------


def test_a_return_from_parcel_to_placed_unit() -> None:
    """Badge, parcel, packing, unit, questions, grade, label, scan back, done."""
    b = bench(rma(1, line("L1", SHIRT)), signed_in=False)

    said = [
        b.badge(),
        b.scan(tracking("TRACK10")),
        b.choose(1),
        b.product(SHIRT),
        b.choose(1, 1, 1, 1),
        b.press(Command.YES),
        b.lpn("LPN1"),
        b.press(Command.PARCEL_DONE),
    ]

    assert said == [
        "ok:signed_in",
        "ok:parcel_opened",
        "ok:packaging_saved",
        "ok:unit_identified",
        "ready:grade_proposed",
        "ok:graded",
        "ok:label_confirmed",
        "ok:parcel_done",
    ]
    assert b.types() == [
        "worker.signed_in",
        "parcel.opened",
        "parcel.inspected",
        "unit.identified",
        "unit.graded",
        "label.asked",
        "label.confirmed",
        "unit.placed",
        "parcel.done",
    ]
    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (unit.custody, unit.placed_at, b.stage) == (Custody.PLACED, "R1", Idle)


@pytest.mark.parametrize(
    "how", [lambda b: b.rma("RMA-2026-000001"), lambda b: b.text("ZAM-1001"), lambda b: b.scan(tracking("TRACK10"))]
)
def test_a_parcel_is_found_by_tracking_rma_or_order_number(how: object) -> None:
    """All three open the announced parcel."""
    b = bench(rma(1, line("L1", SHIRT)))

    said = how(b)  # type: ignore[operator]

    assert (said, b.state.parcel_id) == ("ok:parcel_opened", "parcel-1-0")


def test_a_parcel_is_found_by_its_last_digits() -> None:
    """Typed, when the label cannot be read."""
    b = bench(rma(1, line("L1", SHIRT)), rma(2, line("L1", SHIRT)))

    b.press(Command.FIND)
    said = b.type("0002")

    assert (said, b.book.parcel("parcel-2-0") is not None) == ("ok:parcel_opened", True)


def test_digits_that_fit_two_rmas_ask_which() -> None:
    """Nothing is guessed."""
    order = replace(rma(2, line("L1", SHIRT)), order_id="ZAM-1001")
    b = bench(rma(1, line("L1", SHIRT)), order)

    said = b.text("ZAM-1001")
    b.choose(2)

    assert (said, b.state.parcel_id) == ("ready:pick_rma", "parcel-2-0")


def test_a_unit_scanned_at_the_packing_question_means_intact() -> None:
    """The usual answer needs no extra scan."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    said = b.product(SHIRT)

    assert (said, b.types()[-2:]) == ("ok:unit_identified", ["parcel.inspected", "unit.identified"])


def test_damaged_packing_is_noted() -> None:
    """It starts the carrier-claim clock."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    assert b.choose(2) == "attention:packaging_note_damaged"
    assert b.book.parcel("parcel-1-0").packaging == "damaged"  # type: ignore[union-attr]


# --- units -----------------------------------------------------------------------------------------------


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


# --- parcels ---------------------------------------------------------------------------------------------


def test_an_orphan_is_stored_and_graded() -> None:
    """A parcel nobody announced has a case of its own."""
    b = bench()

    said = [b.scan(tracking("NOBODY")), b.choose(1), b.product(SHIRT)]

    unit = b.book.case(b.state.parcel_id or "").live_units[0]
    assert (said[0], said[2], unit.issue) == ("attention:orphan_opened", "attention:issue_orphan", "orphan")


def test_an_orphan_shows_what_was_scanned_of_it() -> None:
    """Two boxes without an RMA look the same but for their numbers."""
    b = bench()
    b.text("BOX 17")
    b.press(Command.YES)

    assert Message("flow.fact_tracking", {"number": "BOX 17"}) in b.view.facts


def test_an_unknown_text_asks_before_it_opens_an_orphan() -> None:
    """Any barcode on a box can be scanned by mistake."""
    b = bench()

    assert (b.text("HELLO"), b.stage) == ("attention:parcel_unknown", ConfirmOrphan)
    assert (b.press(Command.NO), b.stage, b.types()) == ("ready:cancelled", Idle, ["worker.signed_in"])


def test_a_customers_label_inside_the_parcel_adds_its_rma() -> None:
    """A parcel may hold several RMAs."""
    b = bench(rma(1, line("L1", SHIRT)), rma(2, line("L1", CREAM)))
    b.scan(tracking("TRACK10"))
    b.choose(1)

    said = [b.rma("RMA-2026-000002"), b.product(CREAM)]

    assert said == ["ok:rma_added", "ok:unit_identified"]
    assert b.book.case("RMA-2026-000002").live_units[0].rma_id == "RMA-2026-000002"


def test_set_aside_and_resume() -> None:
    """The parcel comes back with the question where it was left."""
    b = opened()

    said = [b.press(Command.SET_ASIDE), b.scan(tracking("TRACK10"))]

    assert (said, b.stage) == (["ok:set_aside", "ok:parcel_resumed"], Units)


def test_a_done_parcel_is_reopened_only_on_a_yes() -> None:
    """A late find in the box."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)

    said = [b.scan(tracking("TRACK10")), b.press(Command.YES)]

    assert (said, b.stage) == (["attention:parcel_is_done", "attention:parcel_reopened"], Units)


def test_another_badge_takes_the_parcel_over() -> None:
    """The question on screen stays; the record says who went on."""
    b = opened()
    b.product(SHIRT)

    said = b.badge("000002")

    assert (said, b.stage, b.state.worker_id) == ("ok:parcel_taken_over", Grading, "000002")
    assert ev.ParcelHandedOver("parcel-1-0", "000001", "000002") in b.events()


def test_not_in_this_parcel_is_shown_before_done() -> None:
    """The worker says yes, or goes on searching."""
    b = opened(line("L1", SHIRT, quantity=2))
    graded(b).lpn("LPN1")

    said = b.press(Command.PARCEL_DONE)

    assert (said, b.stage, [t.key for t in b.view.facts if t.key == "flow.fact_absent"]) == (  # type: ignore[union-attr]
        "attention:not_in_parcel",
        ConfirmDone,
        ["flow.fact_absent"],
    )


def test_a_complaint_is_received_graded_and_held() -> None:
    """It goes to the desk's shelf whatever its grade."""
    b = opened(kind=RmaKind.COMPLAINT)
    graded(b)

    assert b.book.case("RMA-2026-000001").live_units[0].grading.disposition == "hold"  # type: ignore[union-attr]


# --- weight ----------------------------------------------------------------------------------------------


def test_a_parcel_lighter_than_its_lightest_unit_allows_is_held() -> None:
    """Something is missing before anything was unpacked."""
    b = opened(line("L1", SHIRT, quantity=2))

    said = b.weigh(200)

    assert (said, b.book.parcel("parcel-1-0").weight_verdict) == ("attention:weight_light", "light")  # type: ignore[union-attr]


def test_a_parcel_with_one_unit_can_be_too_light() -> None:
    """A box that weighs less than the shirt in it: held, and shown."""
    b = opened(line("L1", SHIRT))

    said = b.weigh(120)

    shown = [fact.key for fact in b.view.facts if isinstance(fact, Message)]
    assert (said, "flow.fact_weight_light" in shown) == ("attention:weight_light", True)


def test_a_parcel_just_below_its_units_is_noted_and_never_said_to_fit() -> None:
    """Scale and catalogue may be that wrong; nobody is told that it fits."""
    b = opened(line("L1", SHIRT))

    said = b.weigh(240)

    parcel = b.book.parcel("parcel-1-0")
    assert (said, parcel.weight_verdict, parcel.expected_grams) == ("ok:weight_short", "short", 250)  # type: ignore[union-attr]


def test_a_parcel_with_a_unit_of_unknown_weight_is_not_compared() -> None:
    """Nothing is guessed from half the weights."""
    b = opened(line("L1", SHIRT), line("L2", CABLE))

    assert b.weigh(100) == "ok:weight_not_compared"


def test_a_weight_between_parcels_is_nothing() -> None:
    """The scale may say what it likes while no parcel is open."""
    b = bench()

    assert (b.weigh(100), b.types()) == ("", ["worker.signed_in"])


# --- grading ---------------------------------------------------------------------------------------------


def test_the_worst_answer_decides_the_proposal() -> None:
    """A worn shirt is not as new, whatever its tag."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 3, 1, 1)

    assert (b.stage, b.view.big) == (ConfirmGrade, "C")


def test_another_grade_needs_a_reason() -> None:
    """Proposal, grade and reason are all on record."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1)

    said = [b.choose(3), b.choose(1)]

    event = next(event for event in b.events() if isinstance(event, ev.UnitGraded))
    assert said == ["ready:override_reason", "ok:graded"]
    assert (event.proposed_grade, event.grade, event.override_reason) == ("A", "C", "worse_than_asked")


@pytest.mark.parametrize(
    ("grade", "reasons"),
    [
        (2, ["Better than the answers say", "Supervisor's word"]),
        (4, ["Worse than the answers say", "Hidden defect", "Supervisor's word"]),
    ],
)
def test_the_reasons_for_another_grade_fit_its_direction(grade: int, reasons: list[str]) -> None:
    """A better grade than proposed is not "worse than the answers say"; C is proposed."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 3, 1, 1, grade)

    assert [render(choice.text, "en") for choice in b.view.choices] == reasons


def test_a_grade_can_be_scanned() -> None:
    """From the printed grade sheet; the proposed one confirms."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1)

    assert b.scan(GradeScan("A")) == "ok:graded"


def test_same_again_repeats_the_last_grading_of_an_equal_unit() -> None:
    """One key instead of the questions."""
    b = opened(line("L1", SHIRT, quantity=2))
    graded(b, answers=(1, 3, 1, 1)).lpn("LPN1")
    b.product(SHIRT)

    said = b.press(Command.SAME_AGAIN)

    grades = [(e.grade, e.same_again) for e in b.events() if isinstance(e, ev.UnitGraded)]
    assert (said, grades) == ("ok:graded", [("C", False), ("C", True)])


def test_same_again_does_not_fit_another_product() -> None:
    """It is answered and nothing is graded."""
    b = opened(line("L1", SHIRT), line("L2", SOCKS))
    graded(b).lpn("LPN1")
    b.product(SOCKS)

    assert b.press(Command.SAME_AGAIN) == "attention:same_again_other_product"


def test_a_dangerous_unit_is_stop_and_gets_a_quarantine_label() -> None:
    """A swollen battery: the instruction, then quarantine."""
    b = opened(line("L1", PHONE))
    b.product(PHONE)

    said = b.choose(3)
    stage = b.stage
    b.press(Command.YES)

    label = b.last.effects[0]  # type: ignore[union-attr]
    assert (said, stage, label.dangerous, label.destination) == ("stop:data", Danger, True, "Q1")  # type: ignore[union-attr]


def test_a_broken_hygiene_seal_goes_to_waste() -> None:
    """The disposition is forced by the answer."""
    b = opened(line("L1", CREAM))
    b.product(CREAM)
    b.choose(1, 2)
    b.press(Command.YES)

    grading = b.book.case("RMA-2026-000001").live_units[0].grading
    assert (grading.grade, grading.disposition) == ("E", "dispose")  # type: ignore[union-attr]


# --- label -----------------------------------------------------------------------------------------------


def test_a_wrong_label_scanned_back_is_stop() -> None:
    """Another unit's label on this unit would move the wrong thing."""
    b = opened(line("L1", SHIRT, quantity=2))
    graded(b).lpn("LPN1")
    graded(b)

    assert (b.lpn("LPN1"), b.stage) == ("stop:label_wrong", ScanBack)


def test_a_label_that_looks_like_an_order_number_is_still_the_units_label() -> None:
    """RAWD200011 fits a shop's pattern of four letters and digits; on a unit of ours it is an LPN."""
    b = graded(opened())
    lpn = b.book.case("RMA-2026-000001").live_units[0].lpn

    said = b.scan(AmbiguousScan((LpnScan(lpn), TextScan(lpn))), lpn)

    assert (said, b.stage) == ("ok:label_confirmed", Units)


def test_a_preprinted_label_from_a_registered_roll_can_be_scanned_instead() -> None:
    """The roll's LPN becomes the unit's, the old one is void."""
    b = opened(roll_prefixes=("RRZ01",))
    graded(b)

    said = b.lpn("RRZ010007K")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, unit.lpn, unit.void_lpns) == ("ok:label_preprinted", "RRZ010007K", ("LPN1",))


@pytest.mark.parametrize("rolls", [(), ("RRZ01", "RRZ03")])
def test_a_label_nobody_here_knows_is_stop_unless_its_roll_is_registered(rolls: tuple[str, ...]) -> None:
    """A neighbour's label, or a roll of another warehouse: the unit keeps its number and waits for its label."""
    b = opened(roll_prefixes=rolls)
    graded(b)

    said = b.lpn("RRZ020007K")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, b.stage, unit.lpn, unit.label) == ("stop:label_foreign", ScanBack, "LPN1", "asked")


def test_a_label_of_a_roll_is_used_once() -> None:
    """The same number on a second unit is a wrong label, as any other unit's."""
    b = opened(line("L1", SHIRT, quantity=2), roll_prefixes=("RRZ01",))
    graded(b).lpn("RRZ010007K")
    graded(b)

    assert (b.lpn("RRZ010007K"), b.stage) == ("stop:label_wrong", ScanBack)


def test_a_label_that_cannot_be_printed_is_owed_and_work_goes_on() -> None:
    """Paper out: the list is worked off later."""
    b = opened()
    graded(b)

    said = b.settle("not_sent", "media_out")

    assert (said, b.stage, len(b.book.units_owing_label())) == ("attention:label_not_printed", Units, 1)


def test_an_uncertain_label_is_owed_never_sent_again_by_itself() -> None:
    """It may have come out: a person looks."""
    b = opened()
    graded(b)

    said = b.settle("unknown")

    assert (said, b.last.effects) == ("attention:label_unsure", ())  # type: ignore[union-attr]


def test_an_owed_label_is_settled_by_scanning_it() -> None:
    """The label that came out later, or was printed again."""
    b = opened()
    graded(b)
    b.press(Command.LABEL_OWED)

    said = b.lpn("LPN1")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, unit.label, unit.placed_at) == ("ok:label_confirmed", "confirmed", "R1")


def test_an_owed_label_picked_from_the_list_is_not_taken_for_a_label() -> None:
    """Its number was read off the screen, not off the unit: it opens the unit, to print."""
    b = opened()
    graded(b)
    b.press(Command.LABEL_OWED)

    said = b.type("LPN1")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, b.stage, unit.label, unit.placed_at) == ("ready:unit_opened", UnitMenu, "owed", None)


def test_a_label_of_a_roll_that_looks_like_an_order_number_is_a_label() -> None:
    """No unit has it yet; it is awaited, so it is taken."""
    b = opened(roll_prefixes=("RCJ35",))
    graded(b)
    both = AmbiguousScan((LpnScan("RCJ3500088"), TextScan("RCJ3500088")))

    assert b.scan(both, "RCJ3500088") == "ok:label_preprinted"


def test_reprint_between_parcels_works_owed_labels_off_oldest_first() -> None:
    """With a scanner alone: reprint, scan back, reprint, scan back."""
    b = opened(line("L1", SHIRT, quantity=2))
    for _ in range(2):
        graded(b)
        b.press(Command.LABEL_OWED)
    b.press(Command.PARCEL_DONE)

    said = [b.press(Command.REPRINT), b.lpn("LPN1"), b.press(Command.REPRINT), b.lpn("LPN2")]

    assert said == ["ok:label_again", "ok:label_confirmed"] * 2
    assert (b.stage, list(b.book.units_owing_label())) == (Idle, [])


def test_a_reprint_carries_the_attempt_and_keeps_the_lpn() -> None:
    """Two labels of one unit can be told apart."""
    b = opened()
    graded(b)

    b.press(Command.REPRINT)

    label = b.last.effects[0]  # type: ignore[union-attr]
    assert (label.attempt, label.lpn) == (2, "LPN1")  # type: ignore[union-attr]


def test_relabel_voids_the_old_number() -> None:
    """The void label is refused wherever it is scanned."""
    b = opened()
    graded(b).lpn("LPN1")
    b.lpn("LPN1")
    b.choose(3)
    b.lpn("LPN2")

    assert b.lpn("LPN1") == "stop:lpn_void"


def test_an_lpn_while_idle_opens_its_unit_to_amend() -> None:
    """A second grading replaces the first, both stay on record."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)

    b.lpn("LPN1")
    b.choose(1)
    b.choose(1, 3, 1, 1)
    said = b.press(Command.YES)

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, [g.grade for g in unit.gradings], b.types()[-2]) == ("ok:graded", ["A", "C"], "unit.amended")


def test_without_scan_back_a_sent_label_counts() -> None:
    """The rule can be switched off."""
    b = opened(scan_back=False)
    graded(b)

    b.settle("sent")

    assert b.book.case("RMA-2026-000001").live_units[0].placed_at == "R1"


# --- undo ------------------------------------------------------------------------------------------------


def test_undo_goes_back_one_step_at_a_time() -> None:
    """Grade, then the unit, then the packing; each is a compensating event."""
    b = opened()
    graded(b)

    stages = []
    for _ in range(3):
        b.press(Command.UNDO)
        stages.append(b.stage)

    assert stages == [Grading, Units, Packaging]
    assert b.types()[-3:] == ["undo.applied"] * 3
    assert b.book.case("RMA-2026-000001").live_units == ()


def test_undo_of_an_answer_needs_no_event() -> None:
    """Nothing was committed yet."""
    b = opened()
    b.product(SHIRT)
    b.choose(1)
    before = len(b.types())

    said = b.press(Command.UNDO)

    assert (said, len(b.types()), b.state.stage.answers) == ("ready:answer_taken_back", before, {})  # type: ignore[union-attr]


def test_undo_says_what_it_undoes() -> None:
    """Always on the screen."""
    b = opened()
    graded(b)

    assert b.view.undo.key == "flow.undo_graded"  # type: ignore[union-attr]


def test_undo_of_done_opens_the_parcel_again() -> None:
    """One step back, nothing deleted."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)

    b.press(Command.UNDO)

    assert (b.stage, b.book.parcel("parcel-1-0").state) == (Units, ParcelState.OPEN)  # type: ignore[union-attr]


# --- answered, never dropped -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", list(Command))
def test_every_command_is_answered_in_the_wrong_state(command: Command) -> None:
    """Nobody signed in, a parcel open, a question open: there is always an answer."""
    for b in (bench(signed_in=False), bench(), opened(), graded(opened())):
        assert b.press(command) != ""


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        (DamagedScan("incomplete", "590"), "attention:scan_damaged"),
        (ForgedScan("command", "check"), "stop:forged_command"),
        (ForgedScan("badge", "check"), "stop:forged_badge"),
        (ForgedScan("command", "generation"), "stop:forged_command"),
        (ProductScan("05901234123457"), "attention:parcel_first"),
    ],
)
def test_what_is_not_accepted_is_answered(meaning: object, said: str) -> None:
    """A damaged scan is shown, a forged code is STOP, a product while idle is explained."""
    assert bench().scan(meaning) == said  # type: ignore[arg-type]


def test_a_command_and_an_answer_can_be_scanned() -> None:
    """All of it works with a scanner alone."""
    b = opened()
    b.product(SHIRT)
    for _ in range(4):
        b.scan(ChoiceScan(1))

    assert b.scan(CommandScan(Command.YES)) == "ok:graded"


def test_a_number_that_is_no_answer_is_said_so() -> None:
    """Nine where three are offered."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    assert b.choose(9) == "attention:no_such_answer"


def test_nothing_works_without_a_badge() -> None:
    """Who does it is on every record."""
    b = bench(rma(1, line("L1", SHIRT)), signed_in=False)

    assert (b.scan(tracking("TRACK10")), b.types()) == ("attention:badge_first", [])


def test_an_inactive_or_unknown_badge_is_stop() -> None:
    """Checked against the feed's list."""
    b = bench(signed_in=False)

    assert [b.badge("000009"), b.badge("777777")] == ["stop:badge_inactive", "stop:badge_unknown"]


def test_a_pin_is_asked_where_it_is_configured() -> None:
    """A wrong one is STOP, the right one signs in."""
    b = bench(signed_in=False, badge_pin=True)
    person = b.book.people["000001"]
    b.book.people["000001"] = replace(person, pin_hash=make_verifier("4711", bytes(16)))

    said = [b.badge(), b.type("0000"), b.type("4711")]

    assert said == ["ready:enter_pin", "stop:pin_wrong", "ok:signed_in"]


def test_signing_out_sets_the_open_parcel_aside() -> None:
    """Nothing stays open without an owner."""
    b = opened()

    b.press(Command.SIGN_OUT)
    b.press(Command.YES)

    assert (b.stage, b.types()[-2:]) == (SignedOut, ["parcel.set_aside", "worker.signed_out"])


def test_a_text_while_a_label_is_awaited_is_answered() -> None:
    """Expecting the label; that is a product."""
    b = opened()
    graded(b)

    assert b.product(SHIRT) == "attention:expected_label"
    assert b.scan(TextScan("x"), "x") == "attention:expected_label"


def test_half_a_character_typed_finds_nothing_and_stops_nothing() -> None:
    """A terminal with another encoding can send it; no database takes it."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.press(Command.FIND)

    assert b.type("\ud800 0001\x1b") == "attention:find_nothing"
    assert "\ud800" not in str(b.last)
