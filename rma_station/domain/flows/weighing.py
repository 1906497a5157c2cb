"""A parcel on the scale: its stable weight, compared with what is advised for it, and again when that changes."""

from __future__ import annotations

from rma_station.domain import events as ev
from rma_station.domain.flows.state import Bench, Context, Step, attention, ok, stated
from rma_station.domain.flows.subjects import about, units_of
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.domain.rma import Parcel
from rma_station.domain.weight import compare

LACKING = ("light", "short")
"""Verdicts that say that the parcel weighs less than what was advised."""


@dataclass(frozen=True)
class Judged:
    """What a weight says."""

    verdict: str
    expected_grams: int | None
    """Sum of the advised pieces; ``None`` when it cannot be said."""


def weighed(bench: Bench, grams: int, raw: bytes, device: str, context: Context) -> Step:
    """A stable weight of the whole parcel, before its first unit; never waited for."""
    parcel = context.book.parcel(bench.parcel_id) if bench.parcel_id else None
    if parcel is None or parcel.grams is not None or units_of(parcel, context):
        return Step(bench, None)
    judged = judge(grams, parcel.rma_ids, context)
    event = ev.ParcelWeighed(parcel.parcel_id, grams, raw.hex(), device, judged.verdict, judged.expected_grams)
    fact = stated(context, event, about(context, parcel.parcel_id))
    if judged.verdict == "light":
        return attention(bench, say("flow.weight_light", grams=grams, expected=judged.expected_grams or 0), fact)
    return ok(bench, say(f"flow.weight_{judged.verdict}", grams=grams), fact)


def judged_again(parcel: Parcel, rma_ids: tuple[str, ...], context: Context) -> ev.ParcelWeighed | None:
    """The same weighing for other contents: an RMA was found inside, or is not in it. ``None`` when none was taken.

    A parcel that was too light for fewer contents is too light for more, also where their weight is not known.
    """
    if parcel.grams is None:
        return None
    judged = judge(parcel.grams, rma_ids, context)
    more = set(rma_ids) > set(parcel.rma_ids)
    if more and judged.verdict == "not_compared" and parcel.weight_verdict in LACKING:
        judged = Judged(parcel.weight_verdict, parcel.expected_grams)
    return ev.ParcelWeighed(
        parcel.parcel_id,
        parcel.grams,
        parcel.weight_raw,
        parcel.weight_device,
        judged.verdict,
        judged.expected_grams,
    )


def judge(grams: int, rma_ids: tuple[str, ...], context: Context) -> Judged:
    """Compare a gross weight with what these RMAs advise."""
    expected = expected_units(rma_ids, context)
    known = [unit for unit in expected or () if unit is not None]
    lightest = min(known, default=None)
    rules = context.rules
    verdict = compare(grams, expected, lightest, rules.packaging_grams, rules.weight_tolerance_grams)
    total = sum(known) if expected is not None and len(known) == len(expected) else None
    return Judged(verdict, total)


def expected_units(rma_ids: tuple[str, ...], context: Context) -> tuple[int | None, ...] | None:
    """Known weights in grams of every piece advised for a parcel; ``None`` when that cannot be said.

    An RMA that comes in several parcels does not say which piece is in which.
    """
    rmas = [context.book.rma(rma_id) for rma_id in rma_ids]
    if not rmas or any(rma is None or len(rma.parcels) > 1 for rma in rmas):
        return None
    weights: list[int | None] = []
    for rma in rmas:
        for line in rma.lines if rma else ():
            for part in line.parts:
                weights += [part.product.unit_grams] * (part.count * line.quantity)
    return tuple(weights)
