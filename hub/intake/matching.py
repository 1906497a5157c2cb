"""A supervisor matches an orphan parcel to its RMA: from then on the parcel's whole history is the RMA's, too.

``domain.matching`` says what follows of it for the cases, here as at a bench that finds the RMA's label in the parcel.
The parcel's own events become part of the RMA's case (their bytes stay where they are). Slots and missing follow as
with any arrival, and so does money: the policy holds it, for a bench gives orphans the disposition hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from hub import hub_identity, ingest
from hub.intake import hub_log, projection
from rma_station.domain import events as ev
from rma_station.domain.matching import pieces
from rma_station.domain.rma import ParcelState


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
    identity = hub_identity.identity(connection)
    work = projection.load(connection, [case_id, rma_id])
    rma = work.rmas.get(rma_id)
    if rma is None:
        return "unknown_rma"
    parcels = [parcel for parcel in work.cases[case_id].parcels.values() if not parcel.rma_ids]
    if not parcels:
        return "matched"
    both = (case_id, rma_id)

    def say(said: Sequence[ev.Stated]) -> None:
        for stated, fact in zip(said, hub_log.append(connection, identity, said, now, by), strict=True):
            projection.apply(work, fact, stated.subject.case_ids, now)

    say(
        [
            ev.Stated(ev.ParcelMatched(parcel.parcel_id, rma_id), ev.Subject(both, parcel.parcel_id))
            for parcel in parcels
        ]
    )
    found = pieces(work.cases[rma_id], rma, {parcel.parcel_id for parcel in parcels})
    say([ev.Stated(event, ev.Subject(both, unit_id=event.unit_id)) for event in found])
    if any(parcel.state is ParcelState.DONE for parcel in parcels):
        work.done.add(rma_id)
    ingest.finish(connection, identity, work, now, propose)
    return ""
