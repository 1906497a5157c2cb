"""An orphan parcel finds its RMA, at the bench or at the hub; its whole history becomes the RMA's, too (pure).

An orphan is a case of its own. When an event says that its parcel belongs to an RMA, the RMA's case takes over the
parcel and its units as they are, with gradings, graders and labels; from then on events name both cases. Then each
unit that is a piece of a line which still lacks pieces becomes that piece (``unit.matched``). What fits no line stays
an orphan's unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rma_station.domain import events as ev
from rma_station.domain.changed import changed
from rma_station.domain.rma import Case, Line, Rma, Unit, pieces_of

_JOINING = (ev.ParcelOpened, ev.ParcelMatched, ev.UnitMatched)


def brought_along(cases: Mapping[str, Case], event: ev.Event) -> Mapping[str, Case]:
    """Give the RMA's case all that is known of an orphan parcel; called before the event that joins them is folded.

    Args:
        cases: all cases the event names; what is not among them stays as it is.
        event: nothing changes unless it says of an orphan parcel that it belongs to an RMA.
    """
    if len(cases) < 2 or not isinstance(event, _JOINING):
        return cases
    origin = orphan_of(cases, event)
    if origin is None:
        return cases
    result = dict(cases)
    for rma_id in event.rma_ids if isinstance(event, ev.ParcelOpened) else (event.rma_id,):
        case = cases.get(rma_id)
        if case is not None and not _has(case, origin, event):
            marks = tuple(mark for mark in origin.marks if mark not in case.marks)
            result[rma_id] = changed(
                case,
                parcels={**case.parcels, **origin.parcels},
                units={**case.units, **origin.units},
                marks=(*case.marks, *marks),
            )
    return result


def orphan_of(cases: Mapping[str, Case], event: ev.Event) -> Case | None:
    """The case of the orphan parcel that this event joins to an RMA; ``None`` for every other event."""
    if not isinstance(event, _JOINING):
        return None
    if isinstance(event, ev.UnitMatched):
        unit = next((case.units[event.unit_id] for case in cases.values() if event.unit_id in case.units), None)
        parcel_id = unit.parcel_id if unit else ""
    else:
        parcel_id = event.parcel_id
    origin = cases.get(parcel_id)
    return origin if origin is not None and parcel_id in origin.parcels else None


def _has(case: Case, origin: Case, event: ev.ParcelOpened | ev.ParcelMatched | ev.UnitMatched) -> bool:
    if isinstance(event, ev.UnitMatched):
        return event.unit_id in case.units
    return origin.case_id in case.parcels


def pieces(case: Case, rma: Rma, parcel_ids: set[str]) -> list[ev.UnitMatched]:
    """Say of each orphan's unit in these parcels which line it is a piece of, as long as the line lacks pieces.

    Args:
        case: the RMA's, with the parcels.
        rma: what was advised.
        parcel_ids: of the parcels that were matched.
    """
    taken: Counter[tuple[str, str]] = Counter()
    said = []
    for unit in case.live_units:
        if unit.parcel_id not in parcel_ids or unit.issue != "orphan":
            continue
        for line in rma.lines:
            part = next((part for part in line.parts if _is(unit, part.product.sku, part.product.gtins)), None)
            if part is None or _other_serial(unit, line):
                continue
            here = line.line_id, part.product.sku
            room = line.quantity * part.count - pieces_of(case, line, part).received - taken[here]
            if unit.pieces <= room:
                taken[here] += unit.pieces
                named = None if unit.sku == part.product.sku else part.product.sku
                said.append(ev.UnitMatched(unit.unit_id, rma.rma_id, line.line_id, named))
                break
    return said


def _is(unit: Unit, sku: str, gtins: tuple[str, ...]) -> bool:
    if unit.sku or unit.part_sku:
        return sku in (unit.sku, unit.part_sku)
    return unit.gtin is not None and unit.gtin.zfill(14) in gtins


def _other_serial(unit: Unit, line: Line) -> bool:
    """Whether its serial number was not sold on this line: then it stays an orphan's unit, and a person looks at it."""
    return bool(line.serials) and unit.serial is not None and unit.serial not in line.serials
