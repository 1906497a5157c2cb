"""Units that came and fill no slot: too many of a line, or of no line at all. They are held until a person has noted
them; no money follows them. What is only another bench's second look at a counted piece is not one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Column, Connection, RowMapping, String, Table, delete, insert, select, update

from hub import store
from hub.metadata import UtcText, metadata
from rma_station.domain.clean import clean
from rma_station.domain.rma import NOT_COUNTED, Case
from rma_station.domain.second_look import second_looks

surplus_units = Table(
    "surplus_units",
    metadata,
    Column("case_id", String(80), primary_key=True),
    Column("unit_id", String(64), primary_key=True),
    Column("reason", String(16), nullable=False),
    Column("lpn", String(16), nullable=False),
    Column("sku", String(80), nullable=False),
    Column("at", UtcText, nullable=False),
    Column("noted_at", UtcText),
    Column("noted_by", String(64)),
)
"""One row for each case a unit is in: an event may name two RMAs. ``reason`` is ``surplus`` (no free slot) or the
unit's issue: ``undeclared``, ``over_receipt``."""


def refresh(connection: Connection, changed: Iterable[Case], now: datetime) -> None:
    """Bring the list in step with cases that changed; what was noted stays noted.

    Args:
        connection: in the transaction in which the cases are written.
        changed: cases of an RMA (an orphan parcel waits in the queue as a whole).
        now: the hub's time.
    """
    cases = {case.case_id: case for case in changed}
    wanted = {(case_id, unit_id): found for case_id, case in cases.items() for unit_id, found in _of(case).items()}
    table = surplus_units
    known: set[tuple[str, str]] = set()
    for some in store.pieces(list(cases)):
        here = select(table.c.case_id, table.c.unit_id).where(table.c.case_id.in_(some))
        known |= {(row.case_id, row.unit_id) for row in connection.execute(here)}
    for case_id, unit_id in sorted(known - wanted.keys()):
        connection.execute(delete(table).where(table.c.case_id == case_id, table.c.unit_id == unit_id))
    names = ("case_id", "unit_id", "reason", "lpn", "sku")
    new = [
        {**dict(zip(names, (*place, *found), strict=True)), "at": now}
        for place, found in wanted.items()
        if place not in known
    ]
    if new:
        connection.execute(insert(table), new)


def _of(case: Case) -> dict[str, tuple[str, str, str]]:
    seen_before = {look.unit_id for look in second_looks(case)}
    found = {}
    for unit in case.live_units:
        reason = unit.issue if unit.issue in NOT_COUNTED and unit.issue != "orphan" else ""
        reason = reason or ("surplus" if unit.slots_refused and unit.unit_id not in seen_before else "")
        if reason:
            found[unit.unit_id] = (reason, clean(unit.lpn, 16), clean(unit.sku or unit.gtin or "", 80))
    return found


def waiting(connection: Connection, case_id: str | None = None, limit: int = 500) -> list[RowMapping]:
    """Units nobody has noted yet, those of a case together, oldest first."""
    query = select(surplus_units).where(surplus_units.c.noted_at.is_(None))
    if case_id is not None:
        query = query.where(surplus_units.c.case_id == case_id)
    rows = connection.execute(query.order_by(surplus_units.c.at, surplus_units.c.unit_id).limit(limit))
    return list(rows.mappings())


def note(connection: Connection, case_id: str, now: datetime, by: str) -> int:
    """A supervisor has seen them; how many."""
    waits = (surplus_units.c.case_id == case_id) & surplus_units.c.noted_at.is_(None)
    return connection.execute(update(surplus_units).where(waits).values(noted_at=now, noted_by=by)).rowcount
