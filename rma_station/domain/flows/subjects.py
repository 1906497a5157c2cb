"""Which cases an event of the bench belongs to, and which units came out of a parcel.

A module of its own because a parcel can hold several RMAs, or none: the events of an orphan belong to a case of its own
and, once it is known whose it is, to the RMA's case as well.
"""

from __future__ import annotations

from rma_station.domain.book import UnitHit
from rma_station.domain.events import Subject
from rma_station.domain.flows.state import Context
from rma_station.domain.rma import Parcel, Unit


def cases_of(parcel: Parcel, context: Context) -> tuple[str, ...]:
    """The cases a parcel's events belong to: its RMAs, and itself when it is or was an orphan."""
    orphan = not parcel.rma_ids or parcel.parcel_id in context.book.case(parcel.parcel_id).parcels
    return (*parcel.rma_ids, parcel.parcel_id) if orphan else parcel.rma_ids


def about(context: Context, parcel_id: str | None, unit_id: str | None = None) -> Subject:
    """The subject of an event: a unit's own case, or all cases of its parcel."""
    parcel = context.book.parcel(parcel_id) if parcel_id else None
    cases = cases_of(parcel, context) if parcel else ((parcel_id,) if parcel_id else ())
    return Subject(cases, parcel_id, unit_id)


def of_unit(context: Context, hit: UnitHit) -> Subject:
    """The subject of an event about a unit: its own case, and the others that know it when it came in an orphan."""
    unit = hit.unit
    cases: tuple[str, ...] = (hit.case_id,)
    if unit.unit_id in context.book.case(unit.parcel_id).units:
        parcel = context.book.parcel(unit.parcel_id)
        every = cases_of(parcel, context) if parcel else ()
        known = (case_id for case_id in every if unit.unit_id in context.book.case(case_id).units)
        cases = tuple(dict.fromkeys((hit.case_id, *known)))
    return Subject(cases, unit.parcel_id, unit.unit_id)


def units_of(parcel: Parcel, context: Context) -> tuple[Unit, ...]:
    """Live units that came out of a parcel, each once, though the cases of an orphan and its RMA both know it."""
    found: dict[str, Unit] = {}
    for case_id in cases_of(parcel, context):
        for unit in context.book.case(case_id).units_in(parcel.parcel_id):
            found.setdefault(unit.unit_id, unit)
    return tuple(found.values())
