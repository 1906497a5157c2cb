"""Undo: a compensating event, one step back at a time; what it undoes is always on the screen."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.flows import found_inside, parcels, photo
from rma_station.domain.flows.grade import grading_of
from rma_station.domain.flows.stages import ConfirmGrade, Danger, Grading, OverrideReason, Packaging, Units
from rma_station.domain.flows.state import Bench, Context, Step, Undoable, attention, ok, ready, stated
from rma_station.domain.flows.subjects import about, of_unit
from rma_station.domain.outcome import Message, say


def next_undo(bench: Bench) -> Message | None:
    """What undo would take back now; an answer that is not committed yet comes first."""
    if _begun_amendment(bench):
        return say("flow.undo_amending")
    if _open_grading(bench) is not None:
        return say("flow.undo_answer")
    return bench.undo[-1].text if bench.undo else None


def undo(bench: Bench, context: Context) -> Step:
    """Take back the last answer, or the last event that can be taken back."""
    if bench.behind is not None:
        bench = bench.back()
    if _begun_amendment(bench):
        return ready(bench.resting(), say("flow.cancelled"))
    grading = _open_grading(bench)
    if grading is not None:
        kept = dict(list(grading.answers.items())[:-1])
        return ready(bench.at(replace(grading, answers=kept)), say("flow.answer_taken_back"))
    if not bench.undo:
        return attention(bench, say("flow.nothing_to_undo"))
    last = bench.undo[-1]
    after = replace(bench, undo=bench.undo[:-1])
    parcel = context.book.parcel(last.parcel_id) if last.rma_id and last.parcel_id else None
    if last.rma_id and parcel is not None:
        facts = found_inside.not_inside(parcel, last.rma_id, last.event_id, context)
        return ok(after.at(Units()), say("flow.undone"), *facts, detail=last.text)
    event = ev.UndoApplied(last.event_id, last.type, last.parcel_id, last.unit_id)
    hit = context.book.unit(last.unit_id) if last.unit_id else None
    subject = of_unit(context, hit) if hit else about(context, last.parcel_id)
    return ok(_stage_after(after, last, context), say("flow.undone"), stated(context, event, subject), detail=last.text)


def _begun_amendment(bench: Bench) -> bool:
    """Whether the question is the first of an amendment: leaving it changes nothing, the grading in force stays."""
    stage = bench.behind or bench.stage
    return isinstance(stage, Grading) and stage.amend and not stage.answers


def _open_grading(bench: Bench) -> Grading | None:
    stage = bench.behind or bench.stage
    if isinstance(stage, (ConfirmGrade, OverrideReason, Danger)):
        return stage.grading
    return stage if isinstance(stage, Grading) and stage.answers else None


def _stage_after(bench: Bench, last: Undoable, context: Context) -> Bench:
    if last.type == ev.UnitIdentified.TYPE:
        return replace(bench, stage=Units(), last_unit_id=None)
    if last.type in (ev.UnitGraded.TYPE, ev.UnitAmended.TYPE) and last.unit_id:
        hit = context.book.unit(last.unit_id)
        if hit is not None:
            amend = last.type == ev.UnitAmended.TYPE
            return replace(bench, stage=grading_of(hit.unit, context, amend=amend), last=None)
    if last.type == ev.ParcelInspected.TYPE:
        return bench.at(Packaging())
    if last.type in (ev.PhotoTaken.TYPE, ev.PhotoSkipped.TYPE):
        return photo.asked_again(bench, last, context)
    return parcels.holding(bench, last.parcel_id or "", context)
