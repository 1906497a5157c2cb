"""Photos of what is in hand: taken at any time, asked for where the grading profile wants them, never in the way.

A picture is a durable file before this flow hears of it; the event that names it is committed, then it is told. One
that was asked for belongs to what was in hand when the worker asked; one that appears in a folder, to what is in hand
when it comes. Where photos are wanted the worker takes them or says why there are none: the hub holds the money then.
"""

from __future__ import annotations

from rma_station.domain import events as ev
from rma_station.domain.effects import OpenSheet, TakePhoto
from rma_station.domain.flows.inputs import OfPhotos, PictureFailed, PictureKept
from rma_station.domain.flows.stages import (
    ConfirmGrade,
    Danger,
    Grading,
    OverrideReason,
    Packaging,
    Photos,
    ScanBack,
    UnitMenu,
    Units,
)
from rma_station.domain.flows.state import Bench, Context, Step, Undoable, attention, can_undo, ok, ready, stated
from rma_station.domain.flows.subjects import about, of_unit
from rma_station.domain.grading import photos_wanted
from rma_station.domain.outcome import say

PHONE_SHEET = "phone"


def in_hand(bench: Bench, context: Context) -> TakePhoto | None:
    """What a picture that comes now is of; ``None`` when nothing is in hand, or nobody is signed in."""
    if bench.worker_id is None:
        return None
    stage = bench.behind or bench.stage
    if isinstance(stage, (ConfirmGrade, OverrideReason, Danger)):
        stage = stage.grading
    if isinstance(stage, (Grading, Photos, ScanBack, UnitMenu)):
        hit = context.book.unit(stage.unit_id)
        role = stage.role if isinstance(stage, Photos) else "grade"
        return TakePhoto(hit.unit.parcel_id, stage.unit_id, role) if hit else None
    before_units = isinstance(stage, Packaging) or (isinstance(stage, Units) and bench.last_unit_id is None)
    return TakePhoto(bench.parcel_id, None, "packaging") if before_units and bench.parcel_id else None


def between_units(bench: Bench) -> TakePhoto | None:
    """The open parcel, where the worker says so: a picture that comes by itself might be of the unit put away."""
    return TakePhoto(bench.parcel_id, None, "other") if bench.parcel_id and isinstance(bench.stage, Units) else None


def ask(bench: Bench, context: Context) -> Step:
    """The worker wants a picture of what is in hand, or of the open parcel between two units."""
    of = in_hand(bench, context) or between_units(bench)
    if of is None:
        return attention(bench, say("flow.photo_nothing"), detail=say("flow.photo_nothing_detail"))
    if not context.rules.cameras:
        return attention(bench, say("flow.photo_no_camera"))
    if context.rules.cameras == ("phone",):
        return ready(bench, say("flow.photo_by_phone"), effects=(OpenSheet(PHONE_SHEET),))
    return ready(bench, say("flow.photo_taking"), effects=(of,))


def came(bench: Bench, given: OfPhotos, context: Context) -> Step:
    """A picture, that there is none, or that a phone's have come to the hub."""
    if isinstance(given, PictureKept):
        return _kept(bench, given, context)
    if isinstance(given, PictureFailed):
        return attention(bench, say(f"flow.photo_failed_{given.problem}"), detail=say("flow.photo_not_taken"))
    stage = bench.stage
    hit = context.book.unit(stage.unit_id) if isinstance(stage, Photos) else None
    if not isinstance(stage, Photos) or hit is None or hit.unit.pictures < stage.wanted:
        return Step(bench, None)
    return ok(_label_next(bench, stage, context), say("flow.photos_complete", count=hit.unit.pictures))


def _kept(bench: Bench, given: PictureKept, context: Context) -> Step:
    of = given.of or in_hand(bench, context)
    if of is None:
        return attention(bench, say("flow.photo_nothing_in_hand"), detail=say("flow.photo_stays"))
    hit = context.book.unit(of.unit_id) if of.unit_id else None
    if of.unit_id and (hit is None or hit.unit.taken_back):
        return attention(bench, say("flow.unit_gone"), detail=say("flow.photo_not_taken"))
    event = ev.PhotoTaken(
        photo_id=context.fresh.uuid(),
        parcel_id=of.parcel_id,
        sha256=given.sha256,
        size=given.size,
        mime=given.mime,
        role=of.role,
        source=given.source,
        unit_id=of.unit_id,
    )
    fact = stated(context, event, of_unit(context, hit) if hit else about(context, of.parcel_id))
    if bench.parcel_id in (None, of.parcel_id):
        bench = can_undo(bench, fact, say("flow.undo_photo"))
    stage = bench.stage
    if hit is None:
        return ok(bench, say("flow.photo_of_parcel"), fact)
    seen = {photo.sha256 for photo in hit.unit.photos} | {given.sha256}
    if not isinstance(stage, Photos) or stage.unit_id != of.unit_id:
        return ok(bench, say("flow.photo_saved", number=len(seen)), fact)
    if len(seen) < stage.wanted:
        return ok(bench, say("flow.photo_saved_of", number=len(seen), wanted=stage.wanted), fact)
    return ok(_label_next(bench, stage, context), say("flow.photos_complete", count=len(seen)), fact)


def reasons(context: Context) -> tuple[str, ...]:
    """Why there may be fewer photos than are wanted, by number, as ``PhotoSkipped.reason``."""
    return ("camera_broken" if context.rules.cameras else "no_camera", "not_visible")


def skipped(bench: Bench, stage: Photos, number: int, context: Context) -> Step | None:
    """Go on without; ``None`` when there is no reason of that number."""
    hit = context.book.unit(stage.unit_id)
    codes = reasons(context)
    if hit is None or not 1 <= number <= len(codes):
        return None
    event = ev.PhotoSkipped(hit.unit.parcel_id, stage.unit_id, codes[number - 1], stage.wanted, hit.unit.pictures)
    fact = stated(context, event, of_unit(context, hit))
    moved = can_undo(_label_next(bench, stage, context), fact, say("flow.undo_without_photo"))
    return attention(moved, say("flow.without_photo"), fact, detail=say("flow.without_photo_detail"))


def left(bench: Bench, context: Context) -> tuple[ev.Stated, ...]:
    """What is stated when a worker leaves a unit whose photos were asked for and not taken."""
    stage = bench.behind or bench.stage
    hit = context.book.unit(stage.unit_id) if isinstance(stage, Photos) else None
    if hit is None or not isinstance(stage, Photos):
        return ()
    event = ev.PhotoSkipped(hit.unit.parcel_id, stage.unit_id, "left", stage.wanted, hit.unit.pictures)
    return (stated(context, event, of_unit(context, hit)),)


def asked_again(bench: Bench, last: Undoable, context: Context) -> Bench:
    """The bench after a photo, or the going on without one, was undone: what now lacks is asked for again."""
    hit = context.book.unit(last.unit_id) if last.unit_id else None
    grading = hit.unit.grading if hit else None
    if hit is None or grading is None or grading.dangerous:
        return bench
    wanted, role = photos_wanted(context.book.profile(grading.profile), grading.answers, grading.grade)
    left_over = {photo.sha256 for photo in hit.unit.photos if photo.event_id != last.event_id}
    if len(left_over) >= wanted:
        return bench
    return bench.at(Photos(hit.unit.unit_id, hit.unit.label_job or "", wanted, role))


def _label_next(bench: Bench, stage: Photos, context: Context) -> Bench:
    """Go on with the label, which came out meanwhile; with the next unit where the label is settled already."""
    hit = context.book.unit(stage.unit_id)
    needed = context.rules.scan_back and hit is not None and hit.unit.label not in ("confirmed", "owed")
    return bench.at(ScanBack(stage.unit_id, stage.job_id)) if needed else bench.resting()
