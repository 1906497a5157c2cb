"""A supervisor changes a grade in the review, and finds what belongs together in a long queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC

import pytest

from rma_station.domain.grading import Profile, disposition_after
from rma_station.domain.review import Decision, EvidenceLine, Ok, Refused
from rma_station.screens import picture
from rma_station.screens.keys import Burst, Ignored, Key
from rma_station.screens.review import ReviewSheet
from rma_station.screens.review_grade import Gradable, gradable, words
from rma_station.screens.review_ruling import Ruling
from rma_station.screens.review_words import Reader
from rma_station.wiring.profiles import profiles
from tests.screens.fakes import ALONE, CONFLICT, FIRST, SECOND, SURPLUS, FakeDesk
from tests.screens.test_review import review, shown, type_in

Settle = Callable[[], Awaitable[None]]


async def opened(sheet: ReviewSheet, settle: Settle, item: object = CONFLICT) -> None:
    """The case of an item."""
    sheet.chosen(item)
    await settle()


def apparel() -> Profile:
    """Clothes: C goes to the outlet."""
    return profiles()["apparel"]


def test_unit_grade_and_place_are_chosen_by_number_and_go_to_the_hub() -> None:
    """The second unit is an A after all: Enter takes the place its profile names, then reason, number and PIN."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await opened(sheet, settle)
        type_in(sheet, "7", "2")
        assert "R9XYZ0000042 (jest C)" in shown(sheet)
        type_in(sheet, "1")
        assert "Enter: na półkę" in shown(sheet)
        type_in(sheet, "enter", *"fabryczna", "enter", *"000009", "enter", *"9182", "enter")
        await settle()
        assert "Zapisane: zmiana oceny" in shown(sheet)

    place = apparel().destinations["restock"]
    expected = Decision(
        "",
        "grade",
        "000009",
        "9182",
        ("e1", "e2"),
        "fabryczna",
        unit_id="u2",
        grade="A",
        disposition="restock",
        destination=place,
    )
    assert review(steps).decisions == [(CONFLICT.case_id, expected)]


def test_the_place_may_be_another_one_and_the_unit_may_be_scanned() -> None:
    """The label in the supervisor's hand says which unit it is; a number key another place than the proposed one."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await opened(sheet, settle, SURPLUS)
        type_in(sheet, "7")
        sheet.take(Burst(ALONE.lpn, 1.0))
        type_in(sheet, "4", "5", *"plama", "enter", *"000009", "enter", *"9182", "enter")
        await settle()

    (_, decision) = review(steps).decisions[0]
    assert (decision.unit_id, decision.grade, decision.disposition) == (ALONE.unit_id, "D", "recycle")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("7", "9"), "Wybierz cyfrę z listy"),
        (("7", "1", "enter"), "Wybierz cyfrę z listy"),
        (("7", "1", "6"), "Wybierz cyfrę z listy"),
        (("7", "1", "1", "enter"), "Taka ocena i miejsce już są"),
        (("7", "1", "2", "enter", "enter"), "Powód jest potrzebny"),
    ],
)
def test_what_will_not_do_is_said_before_the_hub_is_asked(keys: tuple[str, ...], said: str) -> None:
    """No such number, nothing new, no reason."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await opened(sheet, settle)
        type_in(sheet, *keys)
        assert said in shown(sheet)

    assert review(steps).decisions == []


@pytest.mark.parametrize(
    ("burst", "said"),
    [
        (Burst("1", 1.0), "Wybierz cyfrę z listy"),
        (Burst("", 1.0), "Wybierz cyfrę z listy"),
        (Burst("3", 1.0, "incomplete"), "Wybierz cyfrę z listy"),
        (Burst(ALONE.lpn, 1.0), "Wybierz cyfrę z listy"),
    ],
)
@pytest.mark.parametrize("keys", [("7",), ("7", "1"), ("7", "1", "2")], ids=["unit", "grade", "place"])
def test_no_barcode_chooses_by_number(keys: tuple[str, ...], burst: Burst, said: str) -> None:
    """A barcode from outside that says 1, or whose end comes late, is no answer of a supervisor's (design rule 9)."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await opened(sheet, settle)
        type_in(sheet, *keys)
        before = dict(sheet._ruling.given) if sheet._ruling else {}
        sheet.take(burst)
        assert said in shown(sheet)
        sheet.take(Ignored("enter"))

        assert sheet._ruling is not None
        assert sheet._ruling.given == before

    assert review(steps).decisions == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Ok("late"), "Zwrot już wyszedł i zostaje"),
        (Refused("money_moving"), "nie wiadomo, czy zwrot wyszedł"),
        (Refused("dangerous"), "oceń przy stole"),
        (Refused("basis_changed"), "sprawa się zmieniła"),
    ],
)
def test_what_the_hub_says_of_it_is_shown_in_words(answer: Ok[str] | Refused, said: str) -> None:
    """The money had gone, or may have; the goods are dangerous; the case is another one by now."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        desk.reply = answer
        await opened(sheet, settle)
        type_in(sheet, "7", "1", "3", "enter", *"plama", "enter", *"000009", "enter", *"9182", "enter")
        await settle()
        assert said in shown(sheet)

    review(steps)


def test_a_case_without_gradings_has_no_grade_to_change() -> None:
    """An older hub does not say them."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "7")
        assert "Nie ma tu oceny do zmiany" in shown(sheet)

    assert review(steps).decisions == []


def test_without_the_hub_no_grade_is_changed() -> None:
    """As with every decision: the copy is to read only."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await opened(sheet, settle)
        desk.online = False
        sheet.answered(desk.queue())
        type_in(sheet, "7")
        assert "Bez połączenia z centralą nie można decydować" in shown(sheet)

    assert review(steps).decisions == []


def test_a_unit_is_named_by_its_label_and_goods() -> None:
    """Two labels alone would not tell a supervisor at a desk which is the shirt."""
    case = FakeDesk().case(CONFLICT.case_id)
    assert isinstance(case, Ok)
    said = EvidenceLine("2026-11-22T10:00:00Z", "000001", "event.unit.identified", {"lpn": SECOND.lpn, "sku": "SHIRT"})
    both = gradable(replace(case.value, gradings=(FIRST, SECOND), evidence=(said,)), tuple(profiles().values()))

    assert words("unit", both, both[0], Reader("en", 80, UTC)) == [f"1 {FIRST.lpn} A", f"2 {SECOND.lpn} SHIRT C"]


def test_a_unit_without_its_profile_here_is_left_out() -> None:
    """This station could not say where its grades go."""
    strange = replace(FIRST, unit_id="u9", answers={"colour": "odd"})
    case = FakeDesk().case(CONFLICT.case_id)
    assert isinstance(case, Ok)

    found = gradable(replace(case.value, gradings=(strange, SECOND)), tuple(profiles().values()))

    assert [(one.seen.unit_id, one.profile.code) for one in found] == [("u2", "apparel")]


@pytest.mark.parametrize(
    ("before", "disposition", "after"),
    [("C", "outlet", "restock"), ("A", "hold", "hold"), ("A", "dispose", "dispose")],
)
def test_another_grade_goes_elsewhere_unless_the_unit_was_somewhere_for_another_reason(
    before: str, disposition: str, after: str
) -> None:
    """Held for the desk, or a broken seal: the grade does not change that."""
    assert disposition_after(apparel(), before, disposition, "A") == after


def test_the_queue_shows_what_is_looked_for() -> None:
    """Words of the reason, the kind, the number or the goods, whatever their case; Esc shows all again."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await settle()
        type_in(sheet, "f", *"OCENA")
        assert "Szukane: OCENA (1 z 3)" in shown(sheet)
        assert "RMA-2026-000099" in shown(sheet)
        assert "RMA-2026-000123" not in shown(sheet)
        type_in(sheet, "enter", "enter")
        await settle()
        assert sheet.heading() == "Sprawa RMA-2026-000099"
        type_in(sheet, "escape")
        await settle()
        assert "(1 z 3)" in shown(sheet)
        type_in(sheet, "escape")
        assert "RMA-2026-000123" in shown(sheet)
        assert sheet.is_current

    assert review(steps).decisions == []


def test_looking_for_two_words_takes_both_and_a_scan_counts_as_typed() -> None:
    """A parcel's number off its label finds its case."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await settle()
        type_in(sheet, "slash", *"t-shirt zgłosz")
        assert "(1 z 3)" in shown(sheet)
        type_in(sheet, "escape", "f")
        sheet.take(Burst("RMA-2026-000099", 1.0))
        assert "(1 z 3)" in shown(sheet)
        sheet.take(Key("enter"))
        assert "Szukaj:" not in shown(sheet)

    review(steps)


def test_on_the_smallest_screen_nine_units_leave_room_for_what_is_said() -> None:
    """Each on a line of its own, and below them why an answer was not taken."""
    units = [Gradable(replace(FIRST, unit_id=f"u{n}", lpn=f"R9XYZ000010{n}"), apparel(), "S" * 20) for n in range(9)]

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Settle) -> None:
        await opened(sheet, settle)
        sheet._ruling = Ruling(CONFLICT, "grade", units)
        sheet.take(Burst("4006381333931", 1.0))
        drawn = picture.plain(sheet.draw(40, 15)).splitlines()

        assert len(drawn) == 15
        assert "9 R9XYZ0000108" in drawn[-2]
        assert "Wybierz cyfrę z listy" in drawn[-1]

    review(steps, (40, 15))
