"""The hub's word *missing* (pure): pieces that were advised, and no parcel brought them.

A bench can only say *not in this parcel*. The hub says missing when every announced parcel is done and the settle delay
is over (an undo inside it says nothing), or when nothing came for the policy's waiting time after the last done
parcel. Nothing is missing before a first parcel came. A late arrival takes it back at once, in the transaction that
takes the arrival in. Custody only: no refund follows from it, and none is stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.policy import Policy
from rma_station.domain.events import LineMissing
from rma_station.domain.rma import Case, Missing, ParcelState, Rma, line_counters


def look(case: Case, rma: Rma, done_at: datetime | None, now: datetime, policy: Policy) -> list[LineMissing]:
    """What is missing of a case and was not said yet.

    Args:
        case: as it is now.
        rma: what was advised.
        done_at: the hub's time of the last ``parcel.done``; ``None`` while a parcel is open.
        now: the hub's time.
        policy: settle delay and waiting time.
    """
    why = _why(case, rma, timedelta() if done_at is None else now - done_at, policy)
    if done_at is None or not why:
        return []
    said = []
    for line in rma.lines:
        pieces = _short(case, rma, line.line_id)
        known = case.missing.get(line.line_id, Missing(0, ""))
        if pieces > known.pieces:
            said.append(LineMissing(rma.rma_id, line.line_id, pieces, why))
    return said


def taken_back(case: Case, rma: Rma) -> list[LineMissing]:
    """Pieces that are no longer missing: they came, or the shop does not advise them any more."""
    left = {line_id: max(0, _short(case, rma, line_id)) for line_id in case.missing}
    return [
        LineMissing(rma.rma_id, line_id, left[line_id], known.why if left[line_id] else "came")
        for line_id, known in case.missing.items()
        if left[line_id] < known.pieces
    ]


def _short(case: Case, rma: Rma, line_id: str) -> int:
    line = rma.line(line_id)
    if line is None:
        return 0
    counted = line_counters(case, line)
    return counted.advised - counted.received


def _why(case: Case, rma: Rma, waited: timedelta, policy: Policy) -> str:
    done = [parcel for parcel in case.parcels.values() if parcel.state is ParcelState.DONE]
    if not done or len(done) < len(case.parcels):
        return ""
    if waited >= timedelta(days=policy.missing_after_days):
        return "waited"
    own = {code for parcel in done for code in (parcel.tracking, parcel.code) if code}
    waiting = [one for one in rma.parcels if one.tracking not in own]
    nameless = [parcel for parcel in done if parcel.tracking is None]
    settled = waited >= timedelta(minutes=policy.settle_delay_minutes)
    return "all_parcels_done" if rma.parcels and settled and len(waiting) <= len(nameless) else ""
