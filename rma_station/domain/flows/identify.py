"""From the scan of a unit to the unit: which line it fills, or why it fills none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rma_station.domain import events as ev
from rma_station.domain.flows import found_inside
from rma_station.domain.flows.stages import ConfirmUndeclared, Grading, LineChoice, Pending, PickLine, UnitMenu
from rma_station.domain.flows.state import Bench, Context, Step, attention, can_undo, ok, ready, stated, stop
from rma_station.domain.flows.subjects import cases_of
from rma_station.domain.meaning import AmbiguousScan, ProductScan, RmaScan, Simple, TextScan, TrackingScan
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass, replace
from rma_station.domain.rma import Line, Parcel, Part, Product, Unit, pieces_of


@dataclass(frozen=True)
class Place:
    """A part of a line of an RMA, and how many of its pieces are still open."""

    rma_id: str
    line: Line
    part: Part
    open_pieces: int

    @property
    def choice(self) -> LineChoice:
        """The same as data of a state."""
        return LineChoice(self.rma_id, self.line.line_id, self.part.product.sku)


def scan_unit(bench: Bench, meaning: Simple | AmbiguousScan, code: str, context: Context) -> Step:
    """A scan while a parcel is open and the next unit is asked for."""
    parcel = context.book.parcel(bench.parcel_id or "")
    if parcel is None:
        return stop(bench, say("flow.no_parcel_open"))
    readings = meaning.readings if isinstance(meaning, AmbiguousScan) else (meaning,)
    # a SKU may look like anything, also like a GTIN or a parcel number: what was scanned is tried as it stands, last
    for reading in (*readings, TextScan(code)):
        step = _known(bench, parcel, reading, code, context)
        if step is not None:
            return step
    first = readings[0]
    if isinstance(first, TrackingScan):
        return attention(bench, say("flow.unit_expected"), detail=say("flow.that_is_a_parcel"))
    if isinstance(first, ProductScan):
        return _unit(bench, parcel, None, _pending(first, code, "gtin"), context, issue="undeclared")
    return attention(bench.at(ConfirmUndeclared(Pending(code, "unknown"))), say("flow.unit_unknown", code=code))


def _pending(scan: ProductScan, code: str, how: str) -> Pending:
    return Pending(code, how, gtin=scan.gtin, serial=scan.serial, lot=scan.lot)


def _known(bench: Bench, parcel: Parcel, reading: Simple, code: str, context: Context) -> Step | None:
    if isinstance(reading, RmaScan):
        rma = context.book.rma(reading.rma_id)
        if rma is None:
            return None
        if rma.rma_id in parcel.rma_ids:
            return ok(bench, say("flow.rma_already_here", rma=rma.rma_id))
        return found_inside.add_rma(bench, parcel, rma, context)
    if isinstance(reading, ProductScan):
        products = context.book.product_by_gtin(reading.gtin)
        how = "gs1" if reading.serial or reading.lot else "gtin"
        return _product(bench, parcel, products, _pending(reading, code, how), context) if products else None
    if isinstance(reading, TextScan):
        product = context.book.product(reading.text)
        if product:
            return _product(bench, parcel, (product,), Pending(code, "sku"), context)
        rmas = context.book.rmas_of_order(reading.text)
        if len(rmas) == 1:
            return _known(bench, parcel, RmaScan(rmas[0].rma_id), code, context)
        if rmas or context.book.parcel_by_tracking(reading.text):
            return attention(bench, say("flow.unit_expected"), detail=say("flow.that_is_a_parcel"))
    return None


def _product(bench: Bench, parcel: Parcel, products: Sequence[Product], pending: Pending, context: Context) -> Step:
    again = _same_serial(parcel, products, pending.serial, context)
    if again is not None:
        return attention(bench.at(UnitMenu(again.unit_id)), say("flow.serial_again", serial=pending.serial or ""))
    skus = {product.sku for product in products}
    pieces = next((product.packs[gtin] for product in products if (gtin := pending.gtin or "") in product.packs), 1)
    pending = replace(pending, sku=products[0].sku, pieces=pieces)
    places = [place for place in places_of(parcel, context) if place.part.product.sku in skus]
    free = [place for place in places if place.open_pieces >= pieces]
    sold = [place for place in free if pending.serial and pending.serial in place.line.serials]
    candidates = sold or free
    if len({place.rma_id for place in candidates}) > 1:
        choices = tuple(place.choice for place in candidates[:9])
        return attention(bench.at(PickLine(choices, pending)), say("flow.pick_customer"))
    if candidates:
        return _place(bench, parcel, candidates[0], pending, context)
    if places:
        return _unit(bench, parcel, places[0], pending, context, issue="over_receipt")
    return _unit(bench, parcel, None, pending, context, issue="undeclared")


def _same_serial(parcel: Parcel, products: Sequence[Product], serial: str | None, context: Context) -> Unit | None:
    if serial is None:
        return None
    skus = {product.sku for product in products}
    for case_id in cases_of(parcel, context):
        for unit in context.book.case(case_id).live_units:
            if unit.serial == serial and (unit.part_sku or unit.sku) in skus:
                return unit
    return None


def places_of(parcel: Parcel, context: Context) -> Iterator[Place]:
    """All parts of all lines that may be in the parcel, in the order of the RMAs."""
    for rma_id in parcel.rma_ids:
        rma = context.book.rma(rma_id)
        case = context.book.case(rma_id)
        for line in rma.lines if rma else ():
            for part in line.parts:
                wanted = line.quantity * part.count
                yield Place(rma_id, line, part, wanted - pieces_of(case, line, part, parcel.parcel_id).received)


# --- without a barcode -----------------------------------------------------------------------------------


def ask_line(bench: Bench, context: Context) -> Step:
    """No barcode, or one that nobody knows: pick an open line by its number."""
    asked = bench.stage.pending if isinstance(bench.stage, ConfirmUndeclared) else Pending("", "picked")
    parcel = context.book.parcel(bench.parcel_id or "")
    places = [place for place in places_of(parcel, context) if place.open_pieces > 0] if parcel else []
    if not places:
        return attention(bench.at(ConfirmUndeclared(asked)), say("flow.no_open_line"))
    choices = tuple(place.choice for place in places[:9])
    return ready(bench.at(PickLine(choices, Pending(asked.code, "picked"))), say("flow.pick_line"))


def picked_line(bench: Bench, stage: PickLine, number: int, context: Context) -> Step | None:
    """The worker chose a line; ``None`` when there is no such number."""
    parcel = context.book.parcel(bench.parcel_id or "")
    if parcel is None or not 1 <= number <= len(stage.choices):
        return None
    chosen = stage.choices[number - 1]
    for place in places_of(parcel, context):
        if place.choice == chosen:
            pending = replace(stage.pending, sku=stage.pending.sku or chosen.part_sku)
            if place.open_pieces < pending.pieces:
                return _unit(bench, parcel, place, pending, context, issue="over_receipt")
            return _place(bench, parcel, place, pending, context)
    return attention(bench.resting(), say("flow.line_gone"))


def undeclared(bench: Bench, pending: Pending, context: Context) -> Step:
    """The worker says: record it, whatever it is."""
    parcel = context.book.parcel(bench.parcel_id or "")
    if parcel is None:
        return stop(bench, say("flow.no_parcel_open"))
    return _unit(bench, parcel, None, pending, context, issue="undeclared")


# --- the unit --------------------------------------------------------------------------------------------


def _place(bench: Bench, parcel: Parcel, place: Place, pending: Pending, context: Context) -> Step:
    serials = place.line.serials
    wrong = bool(serials) and pending.serial is not None and pending.serial not in serials
    return _unit(bench, parcel, place, pending, context, issue="wrong_serial" if wrong else None)


def _unit(
    bench: Bench, parcel: Parcel, place: Place | None, pending: Pending, context: Context, *, issue: str | None
) -> Step:
    if issue == "undeclared" and not parcel.rma_ids:
        issue = "orphan"
    part = place.part.product.sku if place and place.part.product.sku != place.line.sku else None
    event = ev.UnitIdentified(
        unit_id=context.fresh.uuid(),
        parcel_id=parcel.parcel_id,
        lpn=context.fresh.lpn(),
        code=pending.code,
        how=pending.how,
        rma_id=place.rma_id if place else None,
        line_id=place.line.line_id if place else None,
        sku=place.line.sku if place else pending.sku,
        part_sku=part,
        gtin=pending.gtin,
        serial=pending.serial,
        lot=pending.lot,
        pieces=pending.pieces,
        issue=issue,
    )
    case_id = event.rma_id or cases_of(parcel, context)[0]
    fact = stated(context, event, ev.Subject((case_id,), parcel.parcel_id, event.unit_id))
    product = place.part.product if place else context.book.product(pending.sku or "")
    category = product.category if product else "default"
    name = product.name if product else pending.code
    moved = replace(bench, stage=Grading(event.unit_id, category), last_unit_id=event.unit_id)
    moved = can_undo(moved, fact, say("flow.undo_identified", name=name))
    if issue is not None:
        return attention(moved, say(f"flow.issue_{issue}", name=name), fact)
    return ok(moved, say("flow.unit_identified", name=name), fact)
