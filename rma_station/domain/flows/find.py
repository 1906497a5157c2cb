"""Finding a parcel whose label cannot be read: by the end of a number, or by a unit that is in it."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.flows import parcels
from rma_station.domain.flows.stages import Find, Idle, PickRma
from rma_station.domain.flows.state import Bench, Context, Step, attention, ready
from rma_station.domain.meaning import AmbiguousScan, ProductScan, Simple, TextScan
from rma_station.domain.outcome import say
from rma_station.domain.rma import Product

MOST_CHOICES = 9
"""Digits of a number key."""


def ask_number(bench: Bench) -> Step:
    """Find a parcel without a readable label."""
    return ready(bench.at(Find()), say("flow.find_question"))


def typed_number(bench: Bench, typed: str, context: Context) -> Step:
    """The last digits, or the whole of an RMA, order or tracking number, were typed."""
    wanted = typed.strip().upper()
    if len(wanted) < 4:
        return attention(bench, say("flow.find_too_short"))
    rmas = context.book.rmas_of_order(wanted) or context.book.rmas_ending(wanted)
    if not rmas:
        return attention(bench, say("flow.find_nothing", typed=wanted))
    if len(rmas) > MOST_CHOICES:
        return attention(bench, say("flow.find_too_many", count=len(rmas)))
    return parcels.one_of(rmas, bench, rmas[0].rma_id if len(rmas) == 1 else wanted, "typed", context)


def scanned(bench: Bench, meaning: Simple | AmbiguousScan, code: str, context: Context) -> Step:
    """A scan instead of a number: the parcel's own label after all, or a unit that is in it."""
    readings = (*parcels.readings_of(meaning), TextScan(code))
    step = parcels.known(bench, readings, context)
    if step is not None:
        return step
    inside = _inside(readings, context)
    return _holding(bench, *inside, context) if inside else parcels.scan_parcel(bench, meaning, code, context)


def _inside(readings: Sequence[Simple], context: Context) -> tuple[Product, str | None] | None:
    """The known product that was scanned, and its serial number."""
    for reading in readings:
        if isinstance(reading, ProductScan):
            product = next(iter(context.book.product_by_gtin(reading.gtin)), None)
        else:
            product = context.book.product(reading.text) if isinstance(reading, TextScan) else None
        if product is not None:
            return product, reading.serial if isinstance(reading, ProductScan) else None
    return None


def _holding(bench: Bench, product: Product, serial: str | None, context: Context) -> Step:
    """The parcel of a return that this unit is expected of; its serial number, where one was sold, names it best."""
    sold = context.book.rmas_expecting(product.sku, serial) if serial else ()
    rmas = sold or context.book.rmas_expecting(product.sku)
    if not rmas:
        return attention(bench.at(Find()), say("flow.find_no_unit"))
    if len(rmas) > MOST_CHOICES:
        return attention(bench.at(Find()), say("flow.find_too_many", count=len(rmas)))
    return parcels.one_of(rmas, bench, rmas[0].rma_id if len(rmas) == 1 else product.sku, "unit", context)


def picked_rma(bench: Bench, stage: PickRma, number: int, context: Context) -> Step | None:
    """The worker chose one of several RMAs; ``None`` when there is no such number."""
    if not 1 <= number <= len(stage.rma_ids):
        return None
    rma = context.book.rma(stage.rma_ids[number - 1])
    if rma is None:
        return attention(bench.at(Idle()), say("flow.rma_gone"))
    return parcels.open_rma(rma, bench, rma.rma_id, "typed", context)
