"""The fold: what events make of a case, on the station and at the hub alike.

``fold(case, fact)`` is total: an event that does not fit, or breaks a guard, leaves a ``Mark`` for the supervisor and
never raises. One small function an event type; the table at the end says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

from rma_station.domain import events as ev
from rma_station.domain import unit_gradings
from rma_station.domain.changed import changed
from rma_station.domain.matching import brought_along
from rma_station.domain.record import dataclass
from rma_station.domain.rma import Case, Grading, Mark, Missing, Parcel, ParcelState, Photo, Unit

Contradiction: TypeAlias = Literal[
    "parcel_opened_twice",
    "parcel_not_open",
    "unit_identified_twice",
    "unit_unknown",
    "graded_twice",
    "serial_twice",
    "undo_unknown",
]
"""Code of a mark the fold leaves."""
CONTRADICTIONS: tuple[str, ...] = get_args(Contradiction)


@dataclass(frozen=True)
class Fact:
    """An event with the part of its envelope the fold needs."""

    event_id: str
    event: ev.Event
    worker_id: str | None = None
    occurred_at: str = ""
    log_id: str = ""
    """The log it was born in; empty at a station, which folds only its own events and the hub's."""


def fold(case: Case, fact: Fact) -> Case:
    """The case after one more event. Total: an event that does not fit leaves a mark, nothing raises."""
    handler = _HANDLERS.get(type(fact.event))
    return handler(case, fact.event, fact) if handler else case


def fold_over(cases: Mapping[str, Case], fact: Fact) -> dict[str, Case]:
    """All the cases an event names, after it: an RMA takes over what is known of an orphan parcel that is its own.

    Args:
        cases: by id, exactly those the event is about.
        fact: the event.
    """
    return {case_id: fold(case, fact) for case_id, case in brought_along(cases, fact.event).items()}


_Handler: TypeAlias = Callable[[Case, Any, Fact], Case]


# Both name every field of a case, which is a third of the time of ``changed``: nearly every event ends in one of them.
def _with_parcel(case: Case, parcel: Parcel) -> Case:
    parcels = {**case.parcels, parcel.parcel_id: parcel}
    return Case(case.case_id, parcels, case.units, case.marks, case.missing)


def _with_unit(case: Case, unit: Unit) -> Case:
    units = {**case.units, unit.unit_id: unit}
    return Case(case.case_id, case.parcels, units, case.marks, case.missing)


def _marked(case: Case, fact: Fact, code: Contradiction, detail: str = "") -> Case:
    return changed(case, marks=(*case.marks, Mark(fact.event_id, code, detail)))


def _parcel_opened(case: Case, event: ev.ParcelOpened, fact: Fact) -> Case:
    known = case.parcels.get(event.parcel_id)
    opened = Parcel(
        parcel_id=event.parcel_id,
        worker_id=fact.worker_id,
        tracking=event.tracking,
        carrier=event.carrier,
        code=event.code,
        rma_ids=event.rma_ids,
        log_id=fact.log_id,
        opened_at=fact.occurred_at,
    )
    if known is None:
        return _with_parcel(case, opened)
    if known.state is ParcelState.OPEN and set(event.rma_ids) > set(known.rma_ids):
        # An RMA that was found inside an orphan finds the parcel by its own number from now on.
        code = event.code if case.case_id in set(event.rma_ids) - set(known.rma_ids) else known.code
        return _with_parcel(case, changed(known, rma_ids=event.rma_ids, code=code))
    if known.log_id and fact.log_id not in ("", known.log_id):
        return _with_parcel(case, _at_another_bench(known, fact))
    return _marked(_with_parcel(case, changed(known, state=ParcelState.OPEN)), fact, "parcel_opened_twice")


def _at_another_bench(known: Parcel, fact: Fact) -> Parcel:
    """A parcel opened at a second bench: an open one moves there; a done one stays as it is, and is looked at again."""
    if known.state is ParcelState.DONE:
        return changed(known, again_at=tuple(dict.fromkeys((*known.again_at, fact.log_id))))
    return changed(known, state=ParcelState.OPEN, log_id=fact.log_id, worker_id=fact.worker_id)


def _parcel_changed(case: Case, parcel_id: str, fact: Fact, **changes: object) -> Case:
    parcel = case.parcels.get(parcel_id)
    if parcel is None:
        return _marked(case, fact, "parcel_not_open", parcel_id)
    if fact.log_id in parcel.again_at:
        return case
    return _with_parcel(case, changed(parcel, **changes))


def _parcel_inspected(case: Case, event: ev.ParcelInspected, fact: Fact) -> Case:
    return _parcel_changed(case, event.parcel_id, fact, packaging=event.packaging)


def _parcel_weighed(case: Case, event: ev.ParcelWeighed, fact: Fact) -> Case:
    return _parcel_changed(
        case,
        event.parcel_id,
        fact,
        grams=event.grams,
        weight_verdict=event.verdict,
        expected_grams=event.expected_grams,
        weight_raw=event.raw,
        weight_device=event.device,
    )


def _parcel_set_aside(case: Case, event: ev.ParcelSetAside, fact: Fact) -> Case:
    return _parcel_changed(case, event.parcel_id, fact, state=ParcelState.SET_ASIDE)


def _parcel_resumed(case: Case, event: ev.ParcelResumed, fact: Fact) -> Case:
    return _parcel_changed(
        case, event.parcel_id, fact, state=ParcelState.OPEN, worker_id=fact.worker_id, not_in_parcel=(), done_at=None
    )


def _parcel_handed_over(case: Case, event: ev.ParcelHandedOver, fact: Fact) -> Case:
    return _parcel_changed(case, event.parcel_id, fact, worker_id=event.to_worker)


def _parcel_done(case: Case, event: ev.ParcelDone, fact: Fact) -> Case:
    return _parcel_changed(
        case,
        event.parcel_id,
        fact,
        state=ParcelState.DONE,
        not_in_parcel=event.not_in_parcel,
        done_at=fact.occurred_at,
    )


def _unit_identified(case: Case, event: ev.UnitIdentified, fact: Fact) -> Case:
    if event.unit_id in case.units:
        return _marked(case, fact, "unit_identified_twice", event.unit_id)
    unit = Unit(
        unit_id=event.unit_id,
        parcel_id=event.parcel_id,
        lpn=event.lpn,
        identified_by=fact.event_id,
        rma_id=event.rma_id,
        line_id=event.line_id,
        sku=event.sku,
        part_sku=event.part_sku,
        gtin=event.gtin,
        serial=event.serial,
        lot=event.lot,
        pieces=event.pieces,
        issue=event.issue,
        log_id=fact.log_id,
    )
    case = _with_unit(case, unit)
    if event.serial and any(
        other.serial == event.serial and other.sku == event.sku and other.unit_id != event.unit_id
        for other in case.live_units
    ):
        case = _marked(case, fact, "serial_twice", event.serial)
    return case


def _unit_changed(case: Case, unit_id: str, fact: Fact, **changes: object) -> Case:
    unit = case.units.get(unit_id)
    if unit is None:
        return _marked(case, fact, "unit_unknown", unit_id)
    return _with_unit(case, changed(unit, **changes))


def _unit_graded(case: Case, event: ev.UnitGraded | ev.UnitAmended, fact: Fact) -> Case:
    unit = case.units.get(event.unit_id)
    if unit is None:
        return _marked(case, fact, "unit_unknown", event.unit_id)
    amended = isinstance(event, ev.UnitAmended)
    grading = Grading(
        event_id=fact.event_id,
        worker_id=fact.worker_id,
        grade=event.grade,
        disposition=event.disposition,
        destination=event.destination,
        profile=event.profile,
        profile_version=event.profile_version,
        answers=event.answers,
        proposed_grade=event.proposed_grade,
        proposed_disposition=event.proposed_disposition,
        override_reason=event.override_reason,
        dangerous=event.dangerous,
        amended=amended,
        changes=event.changes if isinstance(event, ev.UnitAmended) else "",
    )
    if grading.changes:
        return _with_unit(case, unit_gradings.changed_in_review(unit, grading))
    case = _with_unit(case, changed(unit, gradings=(*unit.gradings, grading), placed_at=None))
    return _marked(case, fact, "graded_twice", event.unit_id) if unit.gradings and not amended else case


def _unit_relabelled(case: Case, event: ev.UnitRelabelled, fact: Fact) -> Case:
    unit = case.units.get(event.unit_id)
    voided = (*unit.void_lpns, event.void_lpn) if unit else ()
    unlabelled = {"label": "none", "label_attempts": 0, "label_job": None, "placed_at": None}
    return _unit_changed(case, event.unit_id, fact, lpn=event.lpn, void_lpns=voided, label_outdated=False, **unlabelled)


def _unit_placed(case: Case, event: ev.UnitPlaced, fact: Fact) -> Case:
    return _unit_changed(case, event.unit_id, fact, placed_at=event.destination)


def _photo_taken(case: Case, event: ev.PhotoTaken, fact: Fact) -> Case:
    photo = Photo(
        photo_id=event.photo_id,
        event_id=fact.event_id,
        sha256=event.sha256,
        size=event.size,
        mime=event.mime,
        role=event.role,
        source=event.source,
        worker_id=fact.worker_id,
    )
    if event.unit_id is not None:
        unit = case.units.get(event.unit_id)
        if unit is None:
            return _marked(case, fact, "unit_unknown", event.unit_id)
        pictured = changed(unit, photos=_added(unit.photos, photo))
        if pictured.photos_skipped and pictured.pictures >= pictured.photos_wanted:
            pictured = changed(pictured, photos_skipped=None)  # what was left out was made good
        return _with_unit(case, pictured)
    parcel = case.parcels.get(event.parcel_id)
    photos = _added(parcel.photos, photo) if parcel else ()
    return _parcel_changed(case, event.parcel_id, fact, photos=photos)


def _added(photos: tuple[Photo, ...], photo: Photo) -> tuple[Photo, ...]:
    """With this photo, unless it is there (a phone repeats its upload); two photos may have the same bytes."""
    return photos if any(one.photo_id == photo.photo_id for one in photos) else (*photos, photo)


def _photo_skipped(case: Case, event: ev.PhotoSkipped, fact: Fact) -> Case:
    return _unit_changed(case, event.unit_id, fact, photos_skipped=event.reason, photos_wanted=event.wanted)


def _label_asked(case: Case, event: ev.LabelAsked, fact: Fact) -> Case:
    asked = {"label": "asked", "label_attempts": event.attempt, "label_job": event.job_id}
    return _unit_changed(case, event.unit_id, fact, label_outdated=False, **asked)


def _parcel_matched(case: Case, event: ev.ParcelMatched, fact: Fact) -> Case:
    known = case.parcels.get(event.parcel_id, Parcel(event.parcel_id, state=ParcelState.DONE))
    return _with_parcel(case, changed(known, rma_ids=tuple(dict.fromkeys((*known.rma_ids, event.rma_id)))))


def _unit_matched(case: Case, event: ev.UnitMatched, fact: Fact) -> Case:
    of_line = {"rma_id": event.rma_id, "line_id": event.line_id, "part_sku": event.part_sku}
    return _unit_changed(case, event.unit_id, fact, **of_line, issue=None)


def _label(state: str) -> _Handler:
    def change(case: Case, event: ev.LabelSent | ev.LabelConfirmed | ev.LabelOwed, fact: Fact) -> Case:
        return _unit_changed(case, event.unit_id, fact, label=state)

    return change


def _undo(case: Case, event: ev.UndoApplied, fact: Fact) -> Case:
    if event.undone_type == ev.UnitIdentified.TYPE and event.unit_id:
        return _unit_changed(case, event.unit_id, fact, taken_back=True)
    if event.undone_type in (ev.UnitGraded.TYPE, ev.UnitAmended.TYPE) and event.unit_id:
        unit = case.units.get(event.unit_id)
        kept = unit_gradings.undone(unit, event.undone_event_id) if unit else None
        return _with_unit(case, kept) if kept else _marked(case, fact, "unit_unknown", event.unit_id)
    if event.undone_type == ev.PhotoTaken.TYPE:
        return _photo_taken_back(case, event, fact)
    if event.undone_type == ev.PhotoSkipped.TYPE and event.unit_id:
        return _unit_changed(case, event.unit_id, fact, photos_skipped=None)
    if event.undone_type == ev.ParcelInspected.TYPE and event.parcel_id:
        return _parcel_changed(case, event.parcel_id, fact, packaging=None)
    if event.undone_type in (ev.ParcelDone.TYPE, ev.ParcelSetAside.TYPE) and event.parcel_id:
        return _parcel_changed(case, event.parcel_id, fact, state=ParcelState.OPEN, not_in_parcel=(), done_at=None)
    if event.undone_type == ev.ParcelOpened.TYPE and event.parcel_id and event.rma_id:
        return _not_inside(case, event.parcel_id, event.rma_id, fact)
    return _marked(case, fact, "undo_unknown", event.undone_type)


def _photo_taken_back(case: Case, event: ev.UndoApplied, fact: Fact) -> Case:
    unit, parcel = case.units.get(event.unit_id or ""), case.parcels.get(event.parcel_id or "")
    if event.unit_id:
        return _unit_changed(case, event.unit_id, fact, photos=_without(unit.photos if unit else (), event))
    return _parcel_changed(case, event.parcel_id or "", fact, photos=_without(parcel.photos if parcel else (), event))


def _without(photos: tuple[Photo, ...], event: ev.UndoApplied) -> tuple[Photo, ...]:
    return tuple(photo for photo in photos if photo.event_id != event.undone_event_id)


def _not_inside(case: Case, parcel_id: str, rma_id: str, fact: Fact) -> Case:
    """Undo that an RMA was found inside: its case forgets the parcel, and an orphan's units are of no line again."""
    parcel = case.parcels.get(parcel_id)
    if parcel is None:
        return _marked(case, fact, "parcel_not_open", parcel_id)
    if case.case_id == rma_id:
        parcels = {key: one for key, one in case.parcels.items() if key != parcel_id}
        # What was scanned as a piece of this RMA and taken back stays on its record, and names it at the hub as well.
        units = {
            key: one
            for key, one in case.units.items()
            if one.parcel_id != parcel_id or (one.taken_back and one.rma_id == rma_id)
        }
        return changed(case, parcels=parcels, units=units)
    others = tuple(one for one in parcel.rma_ids if one != rma_id)
    of_none = {"rma_id": None, "line_id": None, "part_sku": None, "issue": "orphan"}
    units = {key: changed(one, **of_none) if one.rma_id == rma_id else one for key, one in case.units.items()}
    return changed(case, parcels={**case.parcels, parcel_id: changed(parcel, rma_ids=others)}, units=units)


def _slot_given(case: Case, event: ev.SlotGiven, fact: Fact) -> Case:
    return _unit_changed(case, event.unit_id, fact, slots=event.slots, slots_refused=False)


def _slot_refused(case: Case, event: ev.SlotRefused, fact: Fact) -> Case:
    return _unit_changed(case, event.unit_id, fact, slots=(), slots_refused=True)


def _slot_freed(case: Case, event: ev.SlotFreed, fact: Fact) -> Case:
    return _unit_changed(case, event.unit_id, fact, slots=())


def _line_missing(case: Case, event: ev.LineMissing, fact: Fact) -> Case:
    missing = {line_id: one for line_id, one in case.missing.items() if line_id != event.line_id}
    if event.pieces > 0:
        missing[event.line_id] = Missing(event.pieces, event.why)
    return changed(case, missing=missing)


_HANDLERS: dict[type, _Handler] = {
    ev.ParcelOpened: _parcel_opened,
    ev.ParcelInspected: _parcel_inspected,
    ev.ParcelWeighed: _parcel_weighed,
    ev.ParcelSetAside: _parcel_set_aside,
    ev.ParcelResumed: _parcel_resumed,
    ev.ParcelHandedOver: _parcel_handed_over,
    ev.ParcelDone: _parcel_done,
    ev.UnitIdentified: _unit_identified,
    ev.UnitGraded: _unit_graded,
    ev.UnitAmended: _unit_graded,
    ev.UnitRelabelled: _unit_relabelled,
    ev.UnitPlaced: _unit_placed,
    ev.PhotoTaken: _photo_taken,
    ev.PhotoSkipped: _photo_skipped,
    ev.LabelAsked: _label_asked,
    ev.LabelSent: _label("sent"),
    ev.LabelConfirmed: _label("confirmed"),
    ev.LabelOwed: _label("owed"),
    ev.UndoApplied: _undo,
    ev.SlotGiven: _slot_given,
    ev.SlotRefused: _slot_refused,
    ev.SlotFreed: _slot_freed,
    ev.LineMissing: _line_missing,
    ev.ParcelMatched: _parcel_matched,
    ev.UnitMatched: _unit_matched,
}
