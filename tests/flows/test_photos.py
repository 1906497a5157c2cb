"""Photos at the bench: asked for where the profile wants them, taken at any time, never in the way of work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rma_station.domain import events as ev
from rma_station.domain.effects import OpenSheet, TakePhoto
from rma_station.domain.flows.inputs import Input, PhotosCame, PictureFailed, PictureKept
from rma_station.domain.flows.stages import Danger, Grading, Packaging, Photos, ScanBack, SignedOut, UnitMenu, Units
from rma_station.domain.fold import Fact, fold
from rma_station.domain.grading import photos_wanted, read_profile
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Message
from rma_station.errors import Malformed
from tests.flows.bench import CABLE, FlowBench, bench, line, rma, tracking
from tests.flows.bench import PHONE as TELEPHONE

RETURN = rma(1, line("L1", CABLE, 2), line("L2", TELEPHONE, 1))
DAMAGED = (2, 2, 4, 1, 3, 1)
"""No battery, seal broken, not tested, no lock, clear scratches, complete: grade C."""


def at_photos(wanted: int = 2, **rules: object) -> FlowBench:
    """A cable graded C, of which so many photos are wanted."""
    table = bench(RETURN, **rules)
    profile = table.book.profile("electronics")
    table.book.profiles = {**table.book.profiles, "electronics": replace(profile, photos={"C": wanted})}
    table.scan(tracking("TRACK10"))
    table.product(CABLE)
    table.choose(*DAMAGED)
    table.press(Command.YES)
    return table


def picture(number: int = 1, of: TakePhoto | None = None) -> PictureKept:
    """A picture with bytes of its own."""
    return PictureKept("camera", f"{number:064x}", 9000, "image/jpeg", "camera", of)


def unit_id(table: FlowBench) -> str:
    """Of the last unit that was identified."""
    return [event.unit_id for event in table.events() if isinstance(event, ev.UnitIdentified)][-1]


def asked(table: FlowBench) -> TakePhoto:
    """What the camera was asked for last."""
    assert table.last is not None
    (of,) = table.last.effects
    assert isinstance(of, TakePhoto)
    return of


# --- asked for -------------------------------------------------------------------------------------------


def test_the_profiles_photos_are_asked_for_before_the_label_is_scanned_back() -> None:
    """The grade is saved and the label printed meanwhile; the count stands large on the screen."""
    table = at_photos(cameras=("camera",))

    assert table.stage is Photos
    assert (table.view.big, table.view.offers) == ("0/2", (Command.PHOTO,))
    assert table.types()[-2:] == ["unit.graded", "label.asked"]
    assert table.give(picture(1)) == "ok:photo_saved_of"
    assert table.view.big == "1/2"
    assert table.give(picture(2)) == "ok:photos_complete"
    assert table.stage is ScanBack
    assert table.lpn(table.label[2]) == "ok:label_confirmed"


@pytest.mark.failure(42)
def test_the_same_picture_twice_counts_once() -> None:
    """Both are on record; the profile wants to see more."""
    table = at_photos(cameras=("camera",))
    table.give(picture(1))

    assert table.give(picture(1)) == "ok:photo_saved_of"
    assert (table.stage, table.types().count("photo.taken")) == (Photos, 2)


def test_a_photo_that_was_taken_before_the_grade_counts() -> None:
    """Whoever photographs while answering is not asked again."""
    table = bench(RETURN, cameras=("camera",))
    profile = table.book.profile("electronics")
    table.book.profiles = {**table.book.profiles, "electronics": replace(profile, photos={"C": 1})}
    table.scan(tracking("TRACK10"))
    table.product(CABLE)
    assert table.give(picture()) == "ok:photo_saved"
    table.choose(*DAMAGED)
    table.press(Command.YES)

    assert table.stage is ScanBack


def test_nobody_photographs_a_danger() -> None:
    """A swollen battery goes to its sand box at once."""
    table = bench(RETURN, cameras=("camera",))
    profile = table.book.profile("electronics")
    table.book.profiles = {**table.book.profiles, "electronics": replace(profile, photos={"E": 1})}
    table.scan(tracking("TRACK10"))
    table.product(CABLE)
    table.choose(3)
    assert table.stage is Danger
    table.choose(1)

    assert table.stage is ScanBack


def test_same_again_is_asked_for_its_own_photos() -> None:
    """Every piece has its scratches."""
    table = at_photos(1, cameras=("camera",))
    table.give(picture(1))
    table.lpn(table.label[2])
    table.product(CABLE)
    table.press(Command.SAME_AGAIN)

    assert table.stage is Photos


# --- without ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cameras", "number", "reason"), [((), 1, "no_camera"), (("folder",), 1, "camera_broken"), ((), 2, "not_visible")]
)
def test_without_a_photo_work_goes_on_with_a_reason(cameras: tuple[str, ...], number: int, reason: str) -> None:
    """Recorded, told, and the hub holds the money; the label is scanned back as always."""
    table = at_photos(cameras=cameras)

    assert table.choose(number) == "attention:without_photo"
    said = table.events()[-1]
    assert said == ev.PhotoSkipped("parcel-1-0", unit_id(table), reason, 2)
    assert table.stage is ScanBack
    assert table.view.undo == Message("flow.undo_without_photo", {})


def test_what_is_no_answer_is_answered_too() -> None:
    """A third reason, a scan of the label, "back": nothing is dropped, nothing is lost."""
    table = at_photos(cameras=("camera",))

    assert table.choose(3) == "attention:no_such_answer"
    assert table.lpn(table.label[2]) == "attention:expected_photo"
    assert table.press(Command.CANCEL) == "attention:expected_photo"
    assert table.press(Command.PARCEL_DONE) == "attention:command_not_now"
    assert table.stage is Photos


@pytest.mark.parametrize("leave", [Command.SET_ASIDE, Command.SIGN_OUT])
def test_whoever_leaves_leaves_it_without_photo_and_label(leave: Command) -> None:
    """Both are on record: the label is owed, the money waits."""
    table = at_photos(cameras=("camera",))
    table.press(leave)
    if leave is Command.SIGN_OUT:
        table.choose(1)

    said = [event for event in table.events() if isinstance(event, (ev.PhotoSkipped, ev.LabelOwed))]
    assert [type(event).TYPE for event in said] == ["photo.skipped", "label.owed"]
    assert said[0] == ev.PhotoSkipped("parcel-1-0", unit_id(table), "left", 2)


def test_photos_made_good_later_take_the_reason_back() -> None:
    """The unit is found by its label; with the last photo wanted nothing is missing any more."""
    table = at_photos(1, cameras=("camera",))
    table.choose(1)
    lpn = table.label[2]
    table.lpn(lpn)
    table.lpn(lpn)
    assert table.stage is UnitMenu
    unit = table.book.unit(unit_id(table))
    assert unit is not None
    assert unit.unit.photos_skipped == "camera_broken"
    table.give(picture(1))

    unit = table.book.unit(unit_id(table))
    assert unit is not None
    assert (unit.unit.photos_skipped, unit.unit.pictures) == (None, 1)


def test_a_label_that_failed_meanwhile_is_owed_and_not_asked_for() -> None:
    """After the photos the next unit is asked for."""
    table = at_photos(1, cameras=("camera",))
    table.settle("not_sent", "media_out")
    table.give(picture(1))

    assert table.stage is Units


# --- undo ------------------------------------------------------------------------------------------------


def test_undo_takes_back_the_photo_then_the_grade() -> None:
    """One step at a time, each said before; the photo is asked for again."""
    table = at_photos(1, cameras=("camera",))
    table.give(picture(1))
    assert table.view.undo == Message("flow.undo_photo", {})

    assert table.press(Command.UNDO) == "ok:undone"
    assert (table.stage, table.view.big) == (Photos, "0/1")
    assert table.view.undo == Message("flow.undo_graded", {"grade": "C"})
    table.press(Command.UNDO)
    assert table.stage is Grading


def test_going_on_without_is_taken_back_like_anything_else() -> None:
    """And the photo is asked for again."""
    table = at_photos(1)
    table.choose(1)
    table.press(Command.UNDO)

    assert table.stage is Photos
    unit = table.book.unit(unit_id(table))
    assert unit is not None
    assert unit.unit.photos_skipped is None


# --- what a picture is of --------------------------------------------------------------------------------


def test_a_picture_that_was_asked_for_belongs_to_what_was_in_hand_then() -> None:
    """However late the camera is: the next unit's screen does not get it."""
    table = at_photos(1, cameras=("camera",))
    table.press(Command.PHOTO)
    of, first = asked(table), unit_id(table)
    table.choose(2)
    table.lpn(table.label[2])
    table.product(TELEPHONE, serial="S1")

    assert table.give(picture(1, of)) == "ok:photo_saved"
    said = table.events()[-1]
    assert isinstance(said, ev.PhotoTaken)
    assert said.unit_id == first != unit_id(table)


def test_at_the_box_it_is_the_parcels() -> None:
    """Before the first unit; between two units only on the worker's word."""
    table = bench(RETURN, cameras=("camera",))
    table.scan(tracking("TRACK10"))
    assert table.stage is Packaging
    assert table.give(picture(1)) == "ok:photo_of_parcel"
    table.choose(2)
    assert table.give(picture(2)) == "ok:photo_of_parcel"
    table.product(CABLE)
    table.choose(2, 1)
    table.press(Command.YES)
    table.lpn(table.label[2])
    assert table.stage is Units
    assert table.give(picture(3)) == "attention:photo_nothing_in_hand"
    table.press(Command.PHOTO)

    assert asked(table) == TakePhoto("parcel-1-0", None, "other")
    taken = [event for event in table.events() if isinstance(event, ev.PhotoTaken)]
    assert [(event.unit_id, event.role) for event in taken] == [(None, "packaging")] * 2


def test_with_nothing_in_hand_it_stays_where_it_is() -> None:
    """No parcel, or nobody signed in: told, not recorded."""
    table = bench(RETURN, cameras=("folder",))
    before = table.types()

    assert table.give(picture()) == "attention:photo_nothing_in_hand"
    assert table.press(Command.PHOTO) == "attention:photo_nothing"
    table.press(Command.SIGN_OUT)
    table.choose(1)
    assert table.stage is SignedOut
    assert table.give(picture()) == "attention:photo_nothing_in_hand"
    assert table.types() == [*before, "worker.signed_out"]


def test_a_unit_that_was_taken_back_gets_no_photo() -> None:
    """Its picture comes too late."""
    table = bench(RETURN, cameras=("camera",))
    table.scan(tracking("TRACK10"))
    table.product(CABLE)
    table.press(Command.PHOTO)
    of = asked(table)
    table.press(Command.UNDO)

    assert table.give(picture(1, of)) == "attention:unit_gone"


@pytest.mark.parametrize("problem", ["no_camera", "no_picture", "unreadable", "no_room", "not_kept"])
def test_a_picture_that_did_not_come_is_told(problem: str) -> None:
    """The worker is told why, and the question stays what it was."""
    table = at_photos(cameras=("camera",))

    assert table.give(PictureFailed("camera", problem)) == f"attention:photo_failed_{problem}"
    assert table.stage is Photos


def test_without_a_camera_the_photo_key_says_so() -> None:
    """And the screen offers none."""
    table = at_photos()

    assert table.press(Command.PHOTO) == "attention:photo_no_camera"
    assert Command.PHOTO not in table.view.offers
    assert table.view.accepts == Message("flow.accepts_no_camera", {})


# --- by phone --------------------------------------------------------------------------------------------


def test_a_phones_photos_come_from_the_hub_and_are_enough() -> None:
    """The sheet with its code opens; what the hub says moves the question on."""
    table = at_photos(1, cameras=("phone",))
    table.press(Command.PHOTO)
    assert table.last is not None
    assert table.last.effects == (OpenSheet("phone"),)
    assert table.give(PhotosCame()) == ""
    hit = table.book.unit(unit_id(table))
    assert hit is not None
    said = ev.PhotoTaken("f1", "parcel-1-0", "a" * 64, 9, "image/webp", "grade", "phone", unit_id(table))
    table.book.cases[hit.case_id] = fold(table.book.case(hit.case_id), Fact("e", said))

    assert table.give(PhotosCame()) == "ok:photos_complete"
    assert table.stage is ScanBack


@pytest.mark.parametrize("given", [PhotosCame(), PictureFailed("c", "no_camera"), picture()])
@pytest.mark.parametrize("where", ["signed out", "idle", "packaging", "units"])
def test_every_question_answers_a_picture(given: Input, where: str) -> None:
    """Nothing raises, whatever is asked."""
    table = bench(RETURN, signed_in=where != "signed out", cameras=("camera",))
    if where in ("packaging", "units"):
        table.scan(tracking("TRACK10"))
    if where == "units":
        table.choose(1)

    assert table.give(given) in (
        "", "attention:photo_failed_no_camera", "attention:photo_nothing_in_hand", "ok:photo_of_parcel"
    )  # fmt: skip


# --- the profile -----------------------------------------------------------------------------------------


def test_a_profile_may_want_photos_of_a_grade_and_of_an_answer() -> None:
    """The larger number counts; a damage is its role."""
    profile = bench().book.profile("apparel")
    question = profile.questions[0]
    damaged = replace(question.options[-1], photos=2)
    asks = replace(question, options=(*question.options[:-1], damaged))
    profile = replace(profile, photos={"D": 1, "E": 3}, questions=(asks, *profile.questions[1:]))
    answers = {question.code: damaged.code, "unknown": "x"}

    assert photos_wanted(profile, {}, "A") == (0, "grade")
    assert photos_wanted(profile, {}, "D") == (1, "grade")
    assert photos_wanted(profile, answers, "D") == (2, "damage")
    assert photos_wanted(profile, answers, "E") == (3, "grade")


@pytest.mark.parametrize("photos", [{"F": 1}, {"D": -1}, {"D": 7}])
def test_a_profile_with_impossible_photos_is_refused(photos: dict[str, int]) -> None:
    """At the start, by name."""
    from rma_station.domain import codec

    data = codec.encode(bench().book.profile("default"))
    data["photos"] = photos

    with pytest.raises(Malformed, match="photos"):
        read_profile(data)
