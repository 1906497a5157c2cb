"""Events of an orphan parcel that were on their way while a supervisor matched it: they belong to its RMA, too.

A bench names the RMA as soon as it has heard of the match (``parcel.matched`` on the feed). What it said before
names the parcel alone. Without this, a unit scanned in that time would be lost from sight: no RMA would count it,
and the queue would not show it, because its parcel was matched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from hub import hub_identity
from hub.intake import hub_log, projection
from hub.intake.lines import Line
from rma_station.domain import events as ev
from rma_station.domain.matching import pieces


def load(connection: Connection, work: projection.Work, lines: Iterable[Line]) -> None:
    """Load the RMAs of matched parcels of which these lines name only the parcel."""
    wanted = {rma_id for line in lines for rma_id in _returns(work, line) if rma_id not in work.cases}
    if wanted:
        more = projection.load(connection, sorted(wanted))
        work.cases.update(more.cases)
        work.rows.update(more.rows)
        work.rmas.update(more.rmas)


def cases_of(work: projection.Work, line: Line) -> tuple[str, ...]:
    """The cases a line is about, as the hub knows it by now."""
    return (*line.case_ids, *(rma_id for rma_id in _returns(work, line) if rma_id in work.cases))


def match(
    connection: Connection, identity: hub_identity.Identity, work: projection.Work, lines: Iterable[Line], now: datetime
) -> None:
    """Let units that these lines identify in such a parcel fill the lines of its RMA, as those before them did."""
    late: dict[str, set[str]] = {}
    for line in lines:
        if isinstance(line.event, ev.UnitIdentified) and not line.result and line.event.issue == "orphan":
            for rma_id in line.case_ids[1:]:
                late.setdefault(rma_id, set()).add(line.event.parcel_id)
    for rma_id, parcels in late.items():
        rma = work.rmas.get(rma_id)
        found = pieces(work.cases[rma_id], rma, parcels) if rma else []
        units = work.cases[rma_id].units
        said = [
            ev.Stated(event, ev.Subject((units[event.unit_id].parcel_id, rma_id), unit_id=event.unit_id))
            for event in found
        ]
        for stated, fact in zip(said, hub_log.append(connection, identity, said, now), strict=True):
            projection.apply(work, fact, stated.subject.case_ids, now)


def _returns(work: projection.Work, line: Line) -> tuple[str, ...]:
    """The RMAs a line is about though it names only the parcel: it was matched to them meanwhile."""
    if len(line.case_ids) != 1 or line.result:
        return ()
    (case_id,) = line.case_ids
    case = work.cases.get(case_id)
    parcel = case.parcels.get(case_id) if case else None
    return tuple(rma_id for rma_id in parcel.rma_ids if rma_id != case_id) if parcel else ()
