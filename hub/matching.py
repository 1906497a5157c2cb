"""Matching an orphan parcel to its return: from then on what happened to it happened to the RMA, too.

The parcel's own events become part of the RMA's case (their bytes stay where they are), so that units keep their
gradings and graders; then each unit of it that is a piece of a line still waited for is said to be that. What fits no
line stays an orphan's unit. Slots and missing follow as with any arrival, and so does money: the policy holds it, for
a bench gives orphans the disposition hold.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, insert, select

from hub import cases, hub_log, ingest, projection, store
from hub.tables import event_cases
from rma_station.domain import events as ev
from rma_station.domain.rma import Case, ParcelState, Rma, Unit, line_counters


def match(connection: Connection, case_id: str, rma_id: str, now: datetime, by: str, propose: ingest.Propose) -> str:
    """Match the parcels of an orphan's case to an RMA.

    Args:
        connection: in a transaction.
        case_id: the orphan's case.
        rma_id: where it belongs.
        now: the hub's time.
        by: the supervisor who found out.
        propose: what money follows.

    Returns:
        Why it cannot be, as ``unknown_rma`` or ``matched``; empty when it was done.
    """
    identity = store.identity(connection)
    work = projection.load(connection, [case_id, rma_id])
    rma = work.rmas.get(rma_id)
    if rma is None:
        return "unknown_rma"
    parcels = [parcel for parcel in work.cases[case_id].parcels.values() if not parcel.rma_ids]
    if not parcels:
        return "matched"
    _share_events(connection, case_id, rma_id)
    work.cases[rma_id] = cases.rebuilt(connection, rma_id)
    both = (case_id, rma_id)
    said = [
        ev.Stated(ev.ParcelMatched(parcel.parcel_id, rma_id), ev.Subject(both, parcel.parcel_id)) for parcel in parcels
    ]
    found = pieces(work.cases[rma_id], rma, {parcel.parcel_id for parcel in parcels})
    said += [ev.Stated(event, ev.Subject(both, unit_id=event.unit_id)) for event in found]
    for stated, fact in zip(said, hub_log.append(connection, identity, said, now, by), strict=True):
        projection.apply(work, fact, stated.subject.case_ids, now)
    if any(parcel.state is ParcelState.DONE for parcel in parcels):
        work.done.add(rma_id)
    ingest.finish(connection, identity, work, now, propose)
    return ""


def pieces(case: Case, rma: Rma, parcel_ids: set[str]) -> list[ev.UnitMatched]:
    """Which units of these parcels are pieces of which lines, as long as there is room for them (pure)."""
    taken: Counter[tuple[str, str]] = Counter()
    said = []
    for unit in case.live_units:
        if unit.parcel_id not in parcel_ids or unit.issue != "orphan":
            continue
        for line in rma.lines:
            part = next((part for part in line.parts if _is(unit, part.product.sku, part.product.gtins)), None)
            if part is None:
                continue
            here = line.line_id, part.product.sku
            room = (line.quantity - line_counters(case, line).received) * part.count - taken[here]
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


def _share_events(connection: Connection, case_id: str, rma_id: str) -> None:
    table = event_cases
    known = select(table.c.number).where(table.c.case_id == rma_id)
    query = select(table.c.number).where(table.c.case_id == case_id, table.c.number.not_in(known))
    rows = [{"case_id": rma_id, "number": number} for number in connection.scalars(query)]
    if rows:
        connection.execute(insert(table), rows)
