"""A customer's label found inside the open parcel: another RMA is in it, or, in an orphan, the first one.

The RMA's own case learns how the parcel looked and what it weighed; units of an orphan that are pieces of it get their
lines. Undo says that it is not in the parcel after all.
"""

from __future__ import annotations

from rma_station.domain import events as ev
from rma_station.domain.flows import weighing
from rma_station.domain.flows.stages import Units
from rma_station.domain.flows.state import Bench, Context, Step, attention, can_undo, ok, stated
from rma_station.domain.flows.subjects import cases_of
from rma_station.domain.fold import Fact, fold_over
from rma_station.domain.matching import pieces
from rma_station.domain.outcome import say
from rma_station.domain.rma import Parcel, Rma


def add_rma(bench: Bench, parcel: Parcel, rma: Rma, context: Context) -> Step:
    """Another RMA is in the parcel."""
    parcel_id, rma_ids = parcel.parcel_id, (*parcel.rma_ids, rma.rma_id)
    every = ev.Subject((rma.rma_id, *cases_of(parcel, context)), parcel_id)
    event = ev.ParcelOpened(parcel_id, "rma", rma.rma_id, rma_ids, parcel.tracking, parcel.carrier)
    opened = stated(context, event, every)
    facts = [opened]
    matched = _matched(opened, rma, context)
    for piece in matched:
        facts.append(stated(context, piece, ev.Subject(every.case_ids, parcel_id, piece.unit_id)))
    if parcel.packaging and not _is_orphan(parcel, context):  # the RMA's own case has to know how the parcel looked
        inspected = ev.ParcelInspected(parcel_id, parcel.packaging)
        facts.append(stated(context, inspected, ev.Subject((rma.rma_id,), parcel_id)))
    weight = weighing.judged_again(parcel, rma_ids, context)
    if weight is not None:
        facts.append(stated(context, weight, every))
    moved = can_undo(bench.at(Units()), opened, say("flow.undo_rma", rma=rma.rma_id), rma.rma_id)
    said = say("flow.rma_added" if parcel.rma_ids else "flow.rma_found", rma=rma.rma_id)
    if weight is not None and weight.verdict == "light" != parcel.weight_verdict:
        light = say("flow.weight_light", grams=weight.grams, expected=weight.expected_grams or 0)
        return attention(moved, said, *facts, detail=light)
    return ok(moved, said, *facts, detail=say("flow.rma_has_units", count=len(matched)) if matched else None)


def not_inside(parcel: Parcel, rma_id: str, undone_event_id: str, context: Context) -> list[ev.Stated]:
    """What undo states: the RMA is not in the parcel, its units are of no line, and the weight is judged as before."""
    subject = ev.Subject(cases_of(parcel, context), parcel.parcel_id)
    undone = ev.UndoApplied(undone_event_id, ev.ParcelOpened.TYPE, parcel.parcel_id, rma_id=rma_id)
    facts = [stated(context, undone, subject)]
    others = tuple(other for other in parcel.rma_ids if other != rma_id)
    weight = weighing.judged_again(parcel, others, context)
    if weight is not None:
        cases = tuple(case_id for case_id in subject.case_ids if case_id != rma_id)
        facts.append(stated(context, weight, ev.Subject(cases, parcel.parcel_id)))
    return facts


def _is_orphan(parcel: Parcel, context: Context) -> bool:
    """Whether the parcel was opened as an orphan: then the RMA's case takes over all of its history."""
    return parcel.parcel_id in context.book.case(parcel.parcel_id).parcels


def _matched(opened: ev.Stated, rma: Rma, context: Context) -> list[ev.UnitMatched]:
    cases = {case_id: context.book.case(case_id) for case_id in opened.subject.case_ids}
    after = fold_over(cases, Fact(opened.event_id, opened.event))
    return pieces(after[rma.rma_id], rma, {opened.subject.parcel_id or ""})
