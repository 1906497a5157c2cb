"""After the label was asked for: scanning it back, owing it, printing it again, a new LPN."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.book import UnitHit
from rma_station.domain.flows.grade import Verdict, grading_of, label_for
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.flows.stages import Photos, ScanBack, UnitMenu
from rma_station.domain.flows.state import Bench, Context, Step, attention, ok, ready, stated, stop
from rma_station.domain.flows.subjects import of_unit
from rma_station.domain.outcome import Kind, Outcome, say
from rma_station.domain.rma import Unit

# --- scan back -------------------------------------------------------------------------------------------


def scanned_back(bench: Bench, stage: ScanBack, lpn: str, context: Context) -> Step:
    """An LPN while a label is awaited: its own, an unused one of a registered roll, or a wrong one.

    A number that is not known here may be on a unit of another station: taking it would give two units one number.
    """
    hit = context.book.unit(stage.unit_id)
    if hit is None:
        return stop(bench.resting(), say("flow.unit_gone"))
    if lpn == hit.unit.lpn and hit.unit.label_outdated:
        return _regraded(bench, hit)
    if lpn == hit.unit.lpn:
        return ok(
            bench.resting(),
            say("flow.label_confirmed", lpn=lpn),
            *_placed(hit, lpn, "scan_back", context, stage.job_id),
        )
    other = context.book.unit_by_lpn(lpn)
    if other is not None and other.void and other.unit.unit_id == stage.unit_id:
        return stop(bench, say("flow.lpn_void", lpn=lpn), detail=say("flow.lpn_void_detail", lpn=hit.unit.lpn))
    if other is not None:
        return stop(bench, say("flow.label_wrong", lpn=lpn), detail=say("flow.label_wrong_detail", lpn=hit.unit.lpn))
    if not lpn.startswith(context.rules.roll_prefixes):
        return stop(bench, say("flow.label_foreign", lpn=lpn), detail=say("flow.label_foreign_detail"))
    relabelled = stated(context, ev.UnitRelabelled(stage.unit_id, lpn, hit.unit.lpn), of_unit(context, hit))
    return ok(
        bench.resting(),
        say("flow.label_preprinted", lpn=lpn),
        relabelled,
        *_placed(hit, lpn, "preprinted", context),
    )


def _placed(hit: UnitHit, lpn: str, how: str, context: Context, job_id: str | None = None) -> tuple[ev.Stated, ...]:
    facts = [stated(context, ev.LabelConfirmed(hit.unit.unit_id, lpn, how, job_id), of_unit(context, hit))]
    grading = hit.unit.grading
    if grading is not None:
        placed = ev.UnitPlaced(hit.unit.unit_id, lpn, grading.destination)
        facts.append(stated(context, placed, of_unit(context, hit)))
    return tuple(facts)


def owe(bench: Bench, stage: ScanBack, reason: str, context: Context) -> Step:
    """The label cannot be printed or scanned back now: it is owed, work goes on."""
    hit = context.book.unit(stage.unit_id)
    if hit is None:
        return stop(bench.resting(), say("flow.unit_gone"))
    fact = stated(context, ev.LabelOwed(stage.unit_id, hit.unit.lpn, reason), of_unit(context, hit))
    return attention(bench.resting(), say("flow.label_owed", lpn=hit.unit.lpn), fact)


def left(bench: Bench, context: Context) -> tuple[ev.Stated, ...]:
    """Whoever leaves a label that was not scanned back owes it."""
    stage = bench.behind or bench.stage
    hit = context.book.unit(stage.unit_id) if isinstance(stage, (Photos, ScanBack)) else None
    if hit is None or hit.unit.label in ("confirmed", "owed"):
        return ()
    return (stated(context, ev.LabelOwed(hit.unit.unit_id, hit.unit.lpn, "left"), of_unit(context, hit)),)


def settled(bench: Bench, given: LabelSettled, context: Context) -> Step:
    """A print job came to an end; the worker hears of it only when there is something to do."""
    hit = context.book.unit(given.unit_id)
    if hit is None or hit.unit.taken_back or given.lpn != hit.unit.lpn or hit.unit.label_outdated:
        return Step(bench, None)  # the unit is gone, or has another number or grade by now: this label is void
    if given.result in ("sent", "confirmed"):
        facts = [stated(context, ev.LabelSent(given.job_id, given.unit_id, given.printer), of_unit(context, hit))]
        if not context.rules.scan_back or (given.result == "confirmed" and _already_resting(bench, hit.unit)):
            how = "odometer" if given.result == "confirmed" else "worker"
            facts += _placed(hit, given.lpn, how, context, given.job_id)
        return Step(bench, None, tuple(facts) if hit.unit.label != "confirmed" else ())
    if hit.unit.label in ("confirmed", "owed"):
        return Step(bench, None)
    fact = stated(context, ev.LabelOwed(given.unit_id, given.lpn, given.problem or given.result), of_unit(context, hit))
    waiting = isinstance(bench.stage, ScanBack) and bench.stage.job_id == given.job_id
    after = bench.resting() if waiting else bench
    key = "flow.label_not_printed" if given.result == "not_sent" else "flow.label_unsure"
    remedy = say("flow.remedy", problem=given.problem or given.result)
    return Step(after, Outcome(Kind.ATTENTION, say(key, lpn=given.lpn), remedy), (fact,))


def _already_resting(bench: Bench, unit: Unit) -> bool:
    return unit.label == "owed" and not (isinstance(bench.stage, ScanBack) and bench.stage.unit_id == unit.unit_id)


# --- again -----------------------------------------------------------------------------------------------


def reprint(bench: Bench, unit_id: str | None, context: Context) -> Step:
    """Print the label of a unit once more, with the attempt mark; the LPN stays."""
    hit = context.book.unit(unit_id) if unit_id else None
    if hit is None or hit.unit.taken_back:
        return attention(bench, say("flow.nothing_to_reprint"))
    grading = hit.unit.grading
    if grading is None:
        return attention(bench, say("flow.not_graded_yet"))
    verdict = Verdict(grading.grade, grading.disposition, grading.destination)
    asked, label = label_for(hit, verdict, grading.dangerous, context)
    after = bench.at(ScanBack(hit.unit.unit_id, label.job_id)) if context.rules.scan_back else bench.resting()
    return ok(after, say("flow.label_again", lpn=hit.unit.lpn, attempt=label.attempt), asked, effects=(label,))


def relabel(bench: Bench, unit_id: str | None, context: Context) -> Step:
    """A new LPN for a unit whose label is lost or unreadable; the old one is void."""
    hit = context.book.unit(unit_id) if unit_id else None
    if hit is None or hit.unit.grading is None or hit.unit.taken_back:
        return attention(bench, say("flow.not_graded_yet"))
    grading = hit.unit.grading
    lpn = context.fresh.lpn()
    relabelled = stated(context, ev.UnitRelabelled(hit.unit.unit_id, lpn, hit.unit.lpn), of_unit(context, hit))
    renamed = replace(hit, unit=replace(hit.unit, lpn=lpn, label_attempts=0))
    verdict = Verdict(grading.grade, grading.disposition, grading.destination)
    asked, label = label_for(renamed, verdict, grading.dangerous, context)
    after = bench.at(ScanBack(hit.unit.unit_id, label.job_id)) if context.rules.scan_back else bench.resting()
    said = say("flow.relabelled", lpn=lpn, old=hit.unit.lpn)
    return ok(after, said, relabelled, asked, effects=(label,))


# --- an LPN while nothing else is asked ------------------------------------------------------------------


def scanned_lpn(bench: Bench, lpn: str, context: Context) -> Step:
    """An LPN while idle, or between units: confirm an owed label, or open the unit."""
    hit = context.book.unit_by_lpn(lpn)
    owing = hit is not None and not hit.void and not hit.unit.taken_back and hit.unit.grading is not None
    awaited = hit is not None and hit.unit.label in ("asked", "sent", "owed") and not hit.unit.label_outdated
    if hit is not None and owing and awaited:
        return ok(
            bench, say("flow.label_confirmed", lpn=lpn), *_placed(hit, lpn, "scan_back", context, hit.unit.label_job)
        )
    return opened(bench, lpn, context)


def opened(bench: Bench, lpn: str, context: Context) -> Step:
    """Open a unit by its number. One that was typed, or marked in a list, proves no label: nothing is confirmed."""
    hit = context.book.unit_by_lpn(lpn)
    if hit is None:
        return attention(bench, say("flow.lpn_unknown", lpn=lpn))
    if hit.void:
        return stop(bench, say("flow.lpn_void", lpn=lpn), detail=say("flow.lpn_void_detail", lpn=hit.unit.lpn))
    if hit.unit.taken_back:
        return stop(bench, say("flow.lpn_taken_back", lpn=lpn))
    menu = bench.at(UnitMenu(hit.unit.unit_id))
    return _regraded(menu, hit) if hit.unit.label_outdated else ready(menu, say("flow.unit_opened", lpn=lpn))


def _regraded(bench: Bench, hit: UnitHit) -> Step:
    """A supervisor changed the grade in the review: what its label says is not so any more."""
    grading = hit.unit.grading
    grade, place = (grading.grade, grading.destination) if grading else ("", "")
    said = say("flow.regraded", grade=grade, destination=place)
    return attention(bench, said, detail=say("flow.regraded_detail"))


def amend(bench: Bench, stage: UnitMenu, context: Context) -> Step:
    """Grade a graded unit again; the first grading stays on record."""
    hit = context.book.unit(stage.unit_id)
    if hit is None or hit.unit.taken_back:
        return stop(bench.resting(), say("flow.unit_gone"))
    grading = grading_of(hit.unit, context, amend=True)
    return ready(replace(bench, stage=grading, last_unit_id=hit.unit.unit_id), say("flow.amending", lpn=hit.unit.lpn))
