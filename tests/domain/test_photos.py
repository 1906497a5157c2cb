"""A case knows its photos: of which unit or parcel they are, who took them, and which were taken back."""

from __future__ import annotations

import pytest

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact, fold, fold_over
from rma_station.domain.rma import Case, Photo

SHA = "ab" * 32
PARCEL = ev.ParcelOpened("p1", "tracking", "T1", ("RMA-1",))
UNIT = ev.UnitIdentified("u1", "p1", "R1", "c", "gtin", rma_id="RMA-1", line_id="L1", sku="SHIRT")


def taken(photo_id: str, unit_id: str | None = "u1", sha256: str = SHA) -> ev.PhotoTaken:
    """A photo of the unit, or of its parcel."""
    return ev.PhotoTaken(photo_id, "p1", sha256, 9000, "image/jpeg", "damage", "camera", unit_id)


def case_of(*events: ev.Event, case_id: str = "RMA-1") -> Case:
    """The case after these events, numbered from 0."""
    case = Case(case_id)
    for number, event in enumerate(events):
        case = fold(case, Fact(f"e{number}", event, "000001"))
    return case


def test_a_photo_belongs_to_its_unit_or_to_its_parcel() -> None:
    """And the case counts both."""
    case = case_of(PARCEL, UNIT, taken("f1"), taken("f2", None))

    assert case.units["u1"].photos == (Photo("f1", "e2", SHA, 9000, "image/jpeg", "damage", "camera", "000001"),)
    assert [photo.photo_id for photo in case.parcels["p1"].photos] == ["f2"]
    assert [photo.photo_id for photo in case.photos] == ["f2", "f1"]
    assert case.marks == ()


@pytest.mark.failure(42)
def test_the_same_picture_may_be_two_photos_and_one_photo_said_twice_is_one() -> None:
    """Equal bytes prove nothing; the photo's id does."""
    case = case_of(PARCEL, UNIT, taken("f1"), taken("f2"), taken("f2"))

    assert [photo.photo_id for photo in case.units["u1"].photos] == ["f1", "f2"]
    assert case.marks == ()


def test_a_photo_of_a_unit_nobody_knows_leaves_a_mark() -> None:
    """It is kept as every event is, and a supervisor sees it."""
    case = case_of(PARCEL, taken("f1"))

    assert [(mark.code, mark.detail) for mark in case.marks] == [("unit_unknown", "u1")]


def test_a_photo_is_taken_back_alone() -> None:
    """Undo names the event; the other photos stay."""
    undone = ev.UndoApplied("e2", ev.PhotoTaken.TYPE, "p1", "u1")
    of_parcel = ev.UndoApplied("e4", ev.PhotoTaken.TYPE, "p1")
    case = case_of(PARCEL, UNIT, taken("f1"), taken("f2"), taken("f3", None), undone, of_parcel)

    assert [photo.photo_id for photo in case.photos] == ["f2"]
    assert case.marks == ()


def test_going_on_without_photos_is_remembered_until_it_is_taken_back() -> None:
    """The hub holds the money of such a unit."""
    skipped = ev.PhotoSkipped("p1", "u1", "no_camera", 2)
    case = case_of(PARCEL, UNIT, skipped)

    assert case.units["u1"].photos_skipped == "no_camera"
    undone = fold(case, Fact("e9", ev.UndoApplied("e2", ev.PhotoSkipped.TYPE, "p1", "u1")))
    assert undone.units["u1"].photos_skipped is None


def test_the_photos_of_an_orphan_go_with_it_to_its_return() -> None:
    """What is known of the parcel and its units is known of the RMA they belong to."""
    orphan = case_of(PARCEL, UNIT, taken("f1"), taken("f2", None), case_id="p1")
    matched = fold_over({"p1": orphan, "RMA-1": Case("RMA-1")}, Fact("e9", ev.ParcelMatched("p1", "RMA-1")))

    assert [photo.photo_id for photo in matched["RMA-1"].photos] == ["f2", "f1"]


def test_a_unit_of_a_version_without_photos_is_read() -> None:
    """Cases that are stored already have none."""
    stored = codec.encode(case_of(PARCEL, UNIT))
    for folder in ("parcels", "units"):
        for body in stored[folder].values():
            body.pop("photos", None)
            body.pop("photos_skipped", None)

    assert codec.decode(Case, stored) == case_of(PARCEL, UNIT)
