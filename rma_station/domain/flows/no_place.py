"""The hub has no free place for a unit of the parcel in hand: another bench had the piece, or it is one too many.

It was in this parcel all the same and is counted for it; the worker is told once, and the hub holds its money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rma_station.domain.flows.state import Bench, Context, Step, attention
from rma_station.domain.flows.subjects import units_of
from rma_station.domain.outcome import say
from rma_station.domain.record import replace


def told(bench: Bench, context: Context) -> Step:
    """After the hub has sent something: says which unit has no place, unless that was said before."""
    parcel = context.book.parcel(bench.parcel_id) if bench.parcel_id and bench.worker_id else None
    refused = [unit for unit in units_of(parcel, context) if unit.slots_refused] if parcel else []
    news = [unit for unit in refused if unit.unit_id not in bench.told_no_place]
    if not news:
        return Step(bench, None)
    said = replace(bench, told_no_place=tuple(unit.unit_id for unit in refused))
    if len(news) > 1:
        return attention(said, say("flow.no_places", count=len(news)), detail=say("flow.no_place_detail"))
    product = context.book.product(news[0].part_sku or news[0].sku or "")
    name = product.name if product else news[0].lpn
    return attention(said, say("flow.no_place", name=name), detail=say("flow.no_place_detail"))


def received_at(rma_ids: Sequence[str], parcel_id: str, context: Context) -> str | None:
    """The other bench that had this parcel, or all the lines of its RMAs; ``None`` when none had.

    Empty when the hub has not said which bench. As good as the last word of the hub: offline it may be behind.
    """
    filled = {rma_id: context.book.filled_elsewhere(rma_id) for rma_id in rma_ids}
    for places in filled.values():
        for place in places:
            if place.parcel_id == parcel_id:
                return place.station
    for rma_id, places in filled.items():
        rma = context.book.rma(rma_id)
        slots = Counter(line_id for line_id, _ in {(place.line_id, slot) for place in places for slot in place.slots})
        if rma is None or any(slots[line.line_id] < line.quantity for line in rma.lines):
            return None
    return next((place.station for places in filled.values() for place in places), None)
