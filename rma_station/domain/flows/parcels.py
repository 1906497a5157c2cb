"""Finding, opening, inspecting, setting aside and finishing a parcel."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain import events as ev
from rma_station.domain.flows import label, no_place, photo
from rma_station.domain.flows.grade import grading_of
from rma_station.domain.flows.stages import (
    ConfirmDone,
    ConfirmOrphan,
    ConfirmReopen,
    Grading,
    Idle,
    Packaging,
    PickRma,
    Units,
)
from rma_station.domain.flows.state import Bench, Context, Step, Undoable, attention, can_undo, ok, ready, stated, stop
from rma_station.domain.flows.subjects import about, units_of
from rma_station.domain.meaning import AmbiguousScan, Certainty, ProductScan, RmaScan, Simple, TextScan, TrackingScan
from rma_station.domain.outcome import Choice, say
from rma_station.domain.record import dataclass, replace
from rma_station.domain.rma import Parcel, ParcelState, Rma, RmaKind, line_counters

PACKAGING = ("intact", "damaged", "opened")
"""Answers to the packing question by number; the first is the usual one."""


@dataclass(frozen=True)
class Found:
    """How a parcel was found: the RMAs in it and the ids that were announced for it."""

    found_by: str
    code: str
    rma_ids: tuple[str, ...]
    parcel_id: str | None = None
    tracking: str | None = None
    carrier: str | None = None


# --- finding ---------------------------------------------------------------------------------------------


def scan_parcel(bench: Bench, meaning: Simple | AmbiguousScan, code: str, context: Context) -> Step:
    """A scan while no parcel is open: a tracking number, an RMA number or an order number."""
    readings = readings_of(meaning)
    step = known(bench, (*readings, TextScan(code)), context)
    if step is not None:
        return step
    parcels = [reading for reading in readings if isinstance(reading, TrackingScan)]
    maybe_product = any(isinstance(reading, ProductScan) for reading in readings)
    # a number that fits a parcel and a product alike proves neither: then a person says what it is
    if parcels and (not maybe_product or parcels[0].certainty is Certainty.CHECKED):
        return _open(bench, Found("unknown", code, (), None, parcels[0].number, parcels[0].carrier), context)
    if maybe_product and not parcels:
        return attention(bench, say("flow.parcel_first"), detail=say("flow.that_is_a_product"))
    return attention(bench.at(ConfirmOrphan(code)), say("flow.parcel_unknown", code=code))


def readings_of(meaning: Simple | AmbiguousScan) -> tuple[Simple, ...]:
    """Everything a scan may be, the surest first."""
    return meaning.readings if isinstance(meaning, AmbiguousScan) else (meaning,)


def known(bench: Bench, readings: Sequence[Simple], context: Context) -> Step | None:
    """Open the parcel that one of these readings names; ``None`` when none does."""
    for reading in readings:
        step = _known(bench, reading, context)
        if step is not None:
            return step
    return None


def _known(bench: Bench, reading: Simple, context: Context) -> Step | None:
    book = context.book
    if isinstance(reading, TrackingScan):
        return _announced(bench, reading.number, context)
    if isinstance(reading, RmaScan):
        rma = book.rma(reading.rma_id)
        return None if rma is None else one_of([rma], bench, reading.rma_id, "rma", context)
    if isinstance(reading, TextScan):
        before = book.parcel_opened_with(reading.text)
        if before is not None:
            return _again(bench, before, context)
        rmas = book.rmas_of_order(reading.text)
        if rmas:
            return one_of(rmas, bench, reading.text, "order", context)
        # carriers number as they like: an announced number needs no shape we know
        return _announced(bench, reading.text, context)
    return None


def _announced(bench: Bench, number: str, context: Context) -> Step | None:
    before = context.book.parcel_opened_with(number)
    if before is not None:
        return _again(bench, before, context)
    hit = context.book.parcel_by_tracking(number)
    if hit is None:
        return None
    announced = hit.announced
    known = context.book.parcel(announced.parcel_id)
    if known is not None:  # opened by another of its numbers
        return _again(bench, known, context)
    found = Found("tracking", number, hit.rma_ids, announced.parcel_id, announced.tracking, announced.carrier)
    return _open(bench, found, context)


def one_of(rmas: Sequence[Rma], bench: Bench, code: str, found_by: str, context: Context) -> Step:
    """Open the parcel of the only RMA, or ask which; ``found_by`` as in ``events.ParcelOpened``."""
    if len(rmas) > 1:
        chosen = bench.at(PickRma(tuple(rma.rma_id for rma in rmas[:9]), code, found_by))
        return ready(chosen, say("flow.pick_rma", count=len(rmas)))
    return open_rma(rmas[0], bench, code, found_by, context)


def open_rma(rma: Rma, bench: Bench, code: str, found_by: str, context: Context) -> Step:
    """Open, or go on with, the parcel of an RMA; ``code`` is what it is found again by."""
    before = context.book.parcel_opened_with(code)
    if before is not None:
        return _again(bench, before, context)
    waiting = [parcel for parcel in rma.parcels if context.book.parcel(parcel.parcel_id) is None]
    if len(rma.parcels) == 1 and not waiting:
        known = context.book.parcel(rma.parcels[0].parcel_id)
        if known is not None:
            return _again(bench, known, context)
    announced = waiting[0] if len(waiting) == 1 else None
    found = Found(
        found_by,
        code,
        (rma.rma_id,),
        announced.parcel_id if announced else None,
        announced.tracking if announced else None,
        announced.carrier if announced else None,
    )
    return _open(bench, found, context)


# --- opening ---------------------------------------------------------------------------------------------


def open_orphan(bench: Bench, code: str, context: Context) -> Step:
    """Nobody announced it: stored, graded, never refunded until matched."""
    return _open(bench, Found("unknown", code, ()), context)


def reopen(bench: Bench, parcel_id: str, context: Context) -> Step:
    """Work on a parcel that was done goes on."""
    fact = stated(context, ev.ParcelResumed(parcel_id), about(context, parcel_id))
    return attention(holding(bench, parcel_id, context), say("flow.parcel_reopened"), fact)


def _again(bench: Bench, parcel: Parcel, context: Context) -> Step:
    if parcel.state is ParcelState.DONE:
        return attention(bench.at(ConfirmReopen(parcel.parcel_id)), say("flow.parcel_is_done"))
    fact = stated(context, ev.ParcelResumed(parcel.parcel_id), about(context, parcel.parcel_id))
    held = holding(bench, parcel.parcel_id, context)
    if not parcel.packaging:
        held = held.at(Packaging())
    detail = say("flow.grade_first") if isinstance(held.stage, Grading) else None
    return ok(held, say("flow.parcel_resumed"), fact, detail=detail)


def _open(bench: Bench, found: Found, context: Context) -> Step:
    parcel_id = found.parcel_id or context.fresh.uuid()
    event = ev.ParcelOpened(parcel_id, found.found_by, found.code, found.rma_ids, found.tracking, found.carrier)
    fact = stated(context, event, ev.Subject(found.rma_ids or (parcel_id,), parcel_id))
    opened = holding(bench, parcel_id, context).at(Packaging())
    if not found.rma_ids:
        return attention(opened, say("flow.orphan_opened"), fact)
    bench_name = no_place.received_at(found.rma_ids, parcel_id, context)
    if bench_name is not None:
        key = "flow.parcel_received_at" if bench_name else "flow.parcel_received_elsewhere"
        return attention(opened, say(key, station=bench_name), fact, detail=say("flow.parcel_received_detail"))
    if any(_kind(context, rma_id) is RmaKind.COMPLAINT for rma_id in found.rma_ids):
        return attention(opened, say("flow.complaint_opened"), fact)
    return ok(opened, say("flow.parcel_opened", count=_advised(found.rma_ids, context)), fact)


def _kind(context: Context, rma_id: str) -> RmaKind | None:
    rma = context.book.rma(rma_id)
    return rma.kind if rma else None


def _advised(rma_ids: Sequence[str], context: Context) -> int:
    rmas = [context.book.rma(rma_id) for rma_id in rma_ids]
    return sum(line.quantity for rma in rmas if rma for line in rma.lines)


def holding(bench: Bench, parcel_id: str, context: Context) -> Bench:
    """The bench with this parcel open: at the unit that was left before it was graded, else asking for the next one."""
    held = replace(bench, parcel_id=parcel_id, stage=Units(), behind=None, undo=(), last_unit_id=None)
    parcel = context.book.parcel(parcel_id)
    units = units_of(parcel, context) if parcel else ()
    unit = next((unit for unit in units if unit.grading is None), None)
    if unit is None:
        return held
    product = context.book.product(unit.part_sku or unit.sku or "")
    text = say("flow.undo_identified", name=product.name if product else unit.sku or "?")
    taken = Undoable(unit.identified_by, ev.UnitIdentified.TYPE, text, parcel_id, unit.unit_id)
    return replace(held, stage=grading_of(unit, context), last_unit_id=unit.unit_id, undo=(taken,))


# --- packing ----------------------------------------------------------------------------------------------


def packaging_choices() -> tuple[Choice, ...]:
    """The numbered answers to the packing question."""
    return tuple(Choice(n, say(f"flow.packaging_{code}"), n == 1) for n, code in enumerate(PACKAGING, 1))


def inspected(bench: Bench, packaging: str, context: Context) -> Step:
    """The outer packing was looked at."""
    parcel_id = bench.parcel_id or ""
    fact = stated(context, ev.ParcelInspected(parcel_id, packaging), about(context, parcel_id))
    text = say(f"flow.undo_packaging_{packaging}")
    moved = can_undo(bench.at(Units()), fact, text)
    if packaging == "intact":
        return ok(moved, say("flow.packaging_saved"), fact)
    return attention(moved, say(f"flow.packaging_note_{packaging}"), fact)


# --- leaving ---------------------------------------------------------------------------------------------


def absent(parcel: Parcel, context: Context) -> tuple[ev.Absent, ...]:
    """Pieces that are advised and have not come in any parcel yet."""
    result = []
    for rma_id in parcel.rma_ids:
        rma = context.book.rma(rma_id)
        for line in rma.lines if rma else ():
            counters = line_counters(context.book.case(rma_id), line, parcel.parcel_id)
            if counters.received < counters.advised:
                result.append(ev.Absent(rma_id, line.line_id, counters.advised - counters.received))
    return tuple(result)


def ask_done(bench: Bench, context: Context) -> Step:
    """Parcel done: at once when everything is there, else what was not in it is shown first."""
    parcel = context.book.parcel(bench.parcel_id or "")
    if parcel is None:
        return stop(bench.at(Idle()), say("flow.no_parcel_open"))
    held = holding(bench, parcel.parcel_id, context)
    if isinstance(held.stage, Grading):
        return attention(held, say("flow.not_graded_yet"), detail=say("flow.grade_first"))
    missing = absent(parcel, context)
    if missing:
        pieces = sum(item.pieces for item in missing)
        return attention(bench.at(ConfirmDone()), say("flow.not_in_parcel", count=pieces))
    return finish(bench, context)


def finish(bench: Bench, context: Context) -> Step:
    """All that was in the parcel is on record."""
    parcel = context.book.parcel(bench.parcel_id or "")
    if parcel is None:
        return stop(bench.at(Idle()), say("flow.no_parcel_open"))
    event = ev.ParcelDone(parcel.parcel_id, absent(parcel, context))
    fact = stated(context, event, about(context, parcel.parcel_id))
    closed = can_undo(bench, fact, say("flow.undo_done"))
    closed = replace(closed, parcel_id=None, stage=Idle(), undo=closed.undo[-1:])
    return ok(closed, say("flow.parcel_done", count=len(units_of(parcel, context))), fact)


def set_aside(bench: Bench, context: Context) -> Step:
    """Put the open parcel aside; its question comes back when it is scanned again."""
    if bench.parcel_id is None:
        return attention(bench, say("flow.no_parcel_open"))
    fact = stated(context, ev.ParcelSetAside(bench.parcel_id), about(context, bench.parcel_id))
    aside = can_undo(bench, fact, say("flow.undo_set_aside"))
    aside = replace(aside, parcel_id=None, undo=aside.undo[-1:]).at(Idle())
    return ok(aside, say("flow.set_aside"), *photo.left(bench, context), *label.left(bench, context), fact)
