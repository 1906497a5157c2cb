"""Finding a parcel whose label cannot be read: by the end of a number, or by a unit that is in it."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.flows import parcels
from rma_station.domain.flows.stages import Find, Idle, PickRma
from rma_station.domain.flows.state import Bench, Context, Step, attention, ready
from rma_station.domain.meaning import AmbiguousScan, ProductScan, Simple, TextScan
from rma_station.domain.outcome import say
from rma_station.domain.rma import Product, Rma

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


def _inside(readings: Sequence[Simple], context: Context) -> tuple[Sequence[Product], str | None] | None:
    """The known products that the scan may be of, and its serial number."""
    for reading in readings:
        if isinstance(reading, ProductScan):
            products = context.book.product_by_gtin(reading.gtin)
        else:
            named = context.book.product(reading.text) if isinstance(reading, TextScan) else None
            products = (named,) if named is not None else ()
        if products:
            return products, reading.serial if isinstance(reading, ProductScan) else None
    return None


def _holding(bench: Bench, products: Sequence[Product], serial: str | None, context: Context) -> Step:
    """The parcel of a return that this unit is expected of; its serial number, where one was sold, names it best."""
    sold = _expecting(products, serial, context) if serial else ()
    rmas = sold or _expecting(products, None, context)
    if not rmas:
        return attention(bench.at(Find()), say("flow.find_no_unit"))
    if len(rmas) > MOST_CHOICES:
        return attention(bench.at(Find()), say("flow.find_too_many", count=len(rmas)))
    code = rmas[0].rma_id if len(rmas) == 1 else products[0].sku
    if len(rmas) == 1 and serial and not sold and _sold_others(rmas[0], products):
        return ready(bench.at(PickRma((rmas[0].rma_id,), code, "unit")), say("flow.pick_rma", count=1))
    return parcels.one_of(rmas, bench, code, "unit", context)


def _expecting(products: Sequence[Product], serial: str | None, context: Context) -> tuple[Rma, ...]:
    """RMAs of which a piece of any of these products has not come yet, each once."""
    found = (rma for product in products for rma in context.book.rmas_expecting(product.sku, serial))
    return tuple({rma.rma_id: rma for rma in found}.values())


def _sold_others(rma: Rma, products: Sequence[Product]) -> bool:
    """Whether the shop says which pieces it sold there; the serial number in hand is then none of them."""
    skus = {product.sku for product in products}
    return all(line.serials for line in rma.lines if any(part.product.sku in skus for part in line.parts))


def picked_rma(bench: Bench, stage: PickRma, number: int, context: Context) -> Step | None:
    """The worker chose one of several RMAs; ``None`` when there is no such number."""
    if not 1 <= number <= len(stage.rma_ids):
        return None
    rma = context.book.rma(stage.rma_ids[number - 1])
    if rma is None:
        return attention(bench.at(Idle()), say("flow.rma_gone"))
    return parcels.open_rma(rma, bench, rma.rma_id, stage.found_by, context)
