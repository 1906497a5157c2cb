"""The receive flow: ``step(bench, input, context) -> Step``. Start here to read what the bench does.

One question per stage; every input is answered in every stage, never dropped. The order of a return is: badge,
parcel, packing, then for each unit: scan, questions, grade, label, scan back; then parcel done. The files beside
this one hold the jobs; this one says which job an input belongs to.
"""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain.clean import clean
from rma_station.domain.effects import OpenSheet, SwitchLanguage
from rma_station.domain.flows import find, grade, identify, label, no_place, parcels, photo, sign_in, weighing
from rma_station.domain.flows.inputs import (
    Chosen,
    Input,
    LabelSettled,
    OfPhotos,
    PeopleChanged,
    PinChecked,
    Pressed,
    Scanned,
    StableWeight,
    Typed,
)
from rma_station.domain.flows.not_now import command_not_now, expected, nobody_signed_in, that_is
from rma_station.domain.flows.stages import (
    AskSupervisor,
    ConfirmDone,
    ConfirmGrade,
    ConfirmOrphan,
    ConfirmReopen,
    ConfirmSignOut,
    ConfirmUndeclared,
    Danger,
    EnterPin,
    Find,
    Grading,
    Idle,
    OverrideReason,
    Packaging,
    Photos,
    PickLine,
    PickRma,
    ScanBack,
    UnitMenu,
    Units,
)
from rma_station.domain.flows.state import Bench, Context, Step, attention, ok, ready, stop
from rma_station.domain.flows.undo import undo
from rma_station.domain.grading import GRADES
from rma_station.domain.meaning import (
    AmbiguousScan,
    BadgeScan,
    ChoiceScan,
    Command,
    CommandScan,
    DamagedScan,
    ForgedScan,
    GradeScan,
    LpnScan,
    RmaScan,
    Simple,
    TrackingScan,
)
from rma_station.domain.outcome import say

LONGEST_TYPED = 60
"""Characters of a typed line that are looked at."""
SHEETS = {Command.HELP: "help", Command.LISTS: "lists"}


def step(bench: Bench, given: Input, context: Context) -> Step:
    """The answer to one input.

    Args:
        bench: the state before it.
        given: what came in.
        context: what may be looked up; it does not contain this step's own events yet.
    """
    if isinstance(given, LabelSettled):
        return label.settled(bench, given, context)
    if isinstance(given, PinChecked):
        return sign_in.pin_checked(bench, given, context)
    if isinstance(given, PeopleChanged):
        changed = sign_in.people_changed(bench, context)
        return changed if changed.outcome is not None else no_place.told(changed.bench, context)
    if isinstance(given, StableWeight):
        return _weight(bench, given, context)
    if isinstance(given, OfPhotos):
        return photo.came(bench, given, context)
    if isinstance(given, Scanned):
        return _scan(bench, given, context)
    if isinstance(given, Pressed):
        return _command(bench, given.command, context)
    if isinstance(given, Chosen):
        return _choice(bench, given.number, context)
    return _typed(bench, given, context)


# --- scans -----------------------------------------------------------------------------------------------


def _scan(bench: Bench, given: Scanned, context: Context) -> Step:
    meaning = given.meaning
    if isinstance(meaning, DamagedScan):
        return attention(bench, say("flow.scan_damaged"), detail=say(f"flow.damaged_{meaning.reason}"))
    if isinstance(meaning, ForgedScan):
        return stop(bench, say(f"flow.forged_{meaning.what}"), detail=say(f"flow.forged_{meaning.reason}"))
    if isinstance(meaning, BadgeScan):
        return sign_in.badge(bench, meaning.worker_id, context)
    if isinstance(meaning, CommandScan):
        return _command(bench, meaning.command, context)
    if isinstance(meaning, ChoiceScan):
        return _choice(bench, meaning.number, context)
    if isinstance(meaning, GradeScan):
        return _grade_scan(bench, meaning.grade, context)
    if bench.worker_id is None:
        return nobody_signed_in(bench)
    return _thing(bench, meaning, given.code, context)


def _thing(bench: Bench, meaning: Simple | AmbiguousScan, code: str, context: Context) -> Step:
    """A scan that names a parcel, a unit or a label."""
    meaning = _our_label(meaning, bench.stage, context)
    stage = bench.stage
    finding = isinstance(stage, Find)
    if isinstance(stage, ConfirmSignOut):
        return _thing(bench.back(), meaning, code, context)
    if isinstance(stage, (ConfirmOrphan, ConfirmReopen, Find, PickRma)):
        stage = bench.resting().stage
        bench = bench.resting()
    if isinstance(stage, UnitMenu):
        return _thing(bench.resting(), meaning, code, context)
    if isinstance(meaning, LpnScan):
        if isinstance(stage, ScanBack):
            return label.scanned_back(bench, stage, meaning.lpn, context)
        if isinstance(stage, (Idle, Units)):
            return label.scanned_lpn(bench, meaning.lpn, context)
    elif isinstance(stage, Idle):
        scan = find.scanned if finding else parcels.scan_parcel
        return scan(bench, meaning, code, context)
    elif isinstance(stage, Packaging):
        return _unit_before_packing(bench, meaning, code, context)
    elif isinstance(stage, (Units, ConfirmUndeclared, ConfirmDone)):
        return identify.scan_unit(bench.at(Units()), meaning, code, context)
    return attention(bench, expected(stage), detail=that_is(meaning))


def _our_label(meaning: Simple | AmbiguousScan, stage: object, context: Context) -> Simple | AmbiguousScan:
    """An LPN may happen to look like an order number, too; where a label is awaited (it may come off a roll), or when
    it is on a unit of ours, it is a label."""
    if isinstance(meaning, AmbiguousScan):
        for reading in meaning.readings:
            awaited = isinstance(stage, ScanBack)
            if isinstance(reading, LpnScan) and (awaited or context.book.unit_by_lpn(reading.lpn)):
                return reading
    return meaning


def _unit_before_packing(bench: Bench, meaning: Simple | AmbiguousScan, code: str, context: Context) -> Step:
    """A unit is scanned while the packing is asked for: the packing is intact, the usual answer."""
    if isinstance(meaning, (TrackingScan, RmaScan)):
        return attention(bench, say("flow.expected_packaging"), detail=that_is(meaning))
    inspected = parcels.inspected(bench, "intact", context)
    return _after(inspected, identify.scan_unit(inspected.bench, meaning, code, context))


def _grade_scan(bench: Bench, letter: str, context: Context) -> Step:
    if isinstance(bench.stage, ConfirmGrade):
        return grade.confirmed(bench, bench.stage, letter, context)
    return attention(bench, expected(bench.stage), detail=say("flow.that_is_a_grade"))


# --- commands --------------------------------------------------------------------------------------------


def _command(bench: Bench, command: Command, context: Context) -> Step:
    if command in SHEETS:
        return ready(bench, say(f"flow.sheet_{SHEETS[command]}"), effects=(OpenSheet(SHEETS[command]),))
    if command is Command.LANGUAGE:
        return ready(bench, say("flow.language_switched"), effects=(SwitchLanguage("other"),))
    if bench.worker_id is None:
        if command is Command.CANCEL and isinstance(bench.stage, (EnterPin, AskSupervisor)):
            return sign_in.cancel_pin(bench)
        return nobody_signed_in(bench)
    if command is Command.UNDO:
        return undo(bench, context)
    if command is Command.SET_ASIDE:
        return parcels.set_aside(bench, context)
    if command is Command.SIGN_OUT:
        return sign_in.ask_sign_out(bench)
    if command is Command.PHOTO:
        return photo.ask(bench, context)
    if command is Command.CANCEL:
        return undo(bench, context) if isinstance(bench.stage, ConfirmGrade) else _cancel(bench)
    if command in (Command.YES, Command.NO):
        return _yes(bench, context) if command is Command.YES else _no(bench, context)
    return _command_here(bench, command, context)


def _command_here(bench: Bench, command: Command, context: Context) -> Step:
    stage = bench.stage
    if command is Command.PARCEL_DONE and isinstance(stage, (Units, Packaging)):
        return _done(bench, context)
    if command is Command.NO_BARCODE and isinstance(stage, (Units, Packaging, ConfirmUndeclared, ConfirmDone)):
        return _no_barcode(bench, context)
    if command is Command.SAME_AGAIN and isinstance(stage, Grading):
        return grade.same_again(bench, stage, context)
    if command is Command.OVERRIDE and isinstance(stage, ConfirmGrade):
        return ready(bench, say("flow.override_choose"))
    if command is Command.LABEL_OWED and isinstance(stage, ScanBack):
        return label.owe(bench, stage, "worker", context)
    if command is Command.FIND and isinstance(stage, (Idle, Find)):
        return find.ask_number(bench)
    if command is Command.REPRINT and isinstance(stage, (Idle, Units, ScanBack, UnitMenu)):
        return label.reprint(bench, _unit_to_print(bench, context), context)
    if command is Command.RELABEL and isinstance(stage, (Units, ScanBack, UnitMenu)):
        return label.relabel(bench, _unit_in_hand(bench), context)
    return command_not_now(bench, command)


def _done(bench: Bench, context: Context) -> Step:
    if not isinstance(bench.stage, Packaging):
        return parcels.ask_done(bench, context)
    inspected = parcels.inspected(bench, "intact", context)
    return _after(inspected, parcels.ask_done(inspected.bench, context))


def _no_barcode(bench: Bench, context: Context) -> Step:
    """Also while the packing is asked for, or where another unit turned up instead of an answer."""
    if not isinstance(bench.stage, Packaging):
        return identify.ask_line(bench, context)
    inspected = parcels.inspected(bench, "intact", context)
    return _after(inspected, identify.ask_line(inspected.bench, context))


def _after(first: Step, then: Step) -> Step:
    """Two steps as one: the answer of the second, with the events and effects of both."""
    return Step(then.bench, then.outcome, (*first.events, *then.events), then.effects)


def _unit_to_print(bench: Bench, context: Context) -> str | None:
    """Between parcels the labels that are owed are worked off, oldest first; else it is the unit in hand."""
    owing = context.book.units_owing_label() if isinstance(bench.stage, Idle) else ()
    return owing[0].unit_id if owing else _unit_in_hand(bench)


def _unit_in_hand(bench: Bench) -> str | None:
    if isinstance(bench.stage, (ScanBack, UnitMenu)):
        return bench.stage.unit_id
    return bench.last_unit_id


def _cancel(bench: Bench) -> Step:
    stage = bench.stage
    if isinstance(stage, EnterPin):
        return sign_in.cancel_pin(bench)
    if isinstance(stage, OverrideReason):
        return ready(bench.at(ConfirmGrade(stage.grading)), say("flow.cancelled"))
    if isinstance(stage, Grading) and stage.amend:
        return ready(bench.resting(), say("flow.cancelled"))
    if isinstance(stage, ScanBack):
        return attention(bench, expected(stage), detail=say("flow.use_label_owed"))
    if isinstance(stage, Photos):
        return attention(bench, expected(stage), detail=say("flow.use_without_photo"))
    if isinstance(stage, (Grading, Danger)):
        return attention(bench, expected(stage), detail=say("flow.use_undo"))
    if isinstance(stage, (Idle, Units, Packaging)):
        return attention(bench, say("flow.nothing_to_cancel"))
    return ready(bench.back(), say("flow.cancelled"))


def _yes(bench: Bench, context: Context) -> Step:
    stage = bench.stage
    if isinstance(stage, ConfirmOrphan):
        return parcels.open_orphan(bench, stage.code, context)
    if isinstance(stage, ConfirmReopen):
        return parcels.reopen(bench, stage.parcel_id, context)
    if isinstance(stage, ConfirmUndeclared):
        return identify.undeclared(bench, stage.pending, context)
    if isinstance(stage, ConfirmDone):
        return parcels.finish(bench, context)
    if isinstance(stage, ConfirmSignOut):
        return sign_in.sign_out(bench, context)
    if isinstance(stage, ConfirmGrade):
        return grade.confirmed(bench, stage, None, context)
    if isinstance(stage, Danger):
        return grade.secured(bench, stage, context)
    if isinstance(stage, Packaging):
        return parcels.inspected(bench, "intact", context)
    return command_not_now(bench, Command.YES)


def _no(bench: Bench, context: Context) -> Step:
    stage = bench.stage
    if isinstance(stage, Danger):
        return undo(bench, context)
    if isinstance(stage, ConfirmGrade):
        return ready(bench, say("flow.override_choose"))
    if isinstance(stage, (ConfirmOrphan, ConfirmReopen, ConfirmUndeclared, ConfirmDone, ConfirmSignOut)):
        return ready(bench.back(), say("flow.cancelled"))
    return command_not_now(bench, Command.NO)


# --- numbers, text, weight -------------------------------------------------------------------------------


def _choice(bench: Bench, number: int, context: Context) -> Step:
    stage = bench.stage
    taken: Step | None = None
    if isinstance(stage, Packaging) and 1 <= number <= len(parcels.PACKAGING):
        taken = parcels.inspected(bench, parcels.PACKAGING[number - 1], context)
    elif isinstance(stage, PickRma):
        taken = find.picked_rma(bench, stage, number, context)
    elif isinstance(stage, PickLine):
        taken = identify.picked_line(bench, stage, number, context)
    elif isinstance(stage, Grading):
        taken = grade.answered(bench, stage, number, context)
    elif isinstance(stage, ConfirmGrade) and 1 <= number <= len(GRADES):
        taken = grade.confirmed(bench, stage, grade.grade_number(number), context)
    elif isinstance(stage, OverrideReason):
        taken = grade.override(bench, stage, number, context)
    elif isinstance(stage, Photos):
        taken = photo.skipped(bench, stage, number, context)
    elif isinstance(stage, UnitMenu):
        taken = _menu(bench, stage, number, context)
    elif isinstance(stage, (ConfirmOrphan, ConfirmReopen, ConfirmUndeclared, ConfirmDone, ConfirmSignOut, Danger)):
        taken = {1: _yes, 2: _no}[number](bench, context) if number in (1, 2) else None
    return taken or attention(bench, say("flow.no_such_answer", number=number), detail=expected(stage))


def _menu(bench: Bench, stage: UnitMenu, number: int, context: Context) -> Step | None:
    if number == 1:
        return label.amend(bench, stage, context)
    if number == 2:
        return label.reprint(bench, stage.unit_id, context)
    if number == 3:
        return label.relabel(bench, stage.unit_id, context)
    return ready(bench.resting(), say("flow.cancelled")) if number == 4 else None


def _typed(bench: Bench, given: Typed, context: Context) -> Step:
    if isinstance(bench.stage, EnterPin):
        return sign_in.pin(bench, bench.stage, given.text, context)
    text = clean(given.text, LONGEST_TYPED)
    if isinstance(bench.stage, Find):
        return find.typed_number(bench, text, context)
    if context.book.unit_by_lpn(text) is not None:
        return _picked_label(bench, text, context)
    return attention(bench, say("flow.typing_not_now"), detail=expected(bench.stage))


def _picked_label(bench: Bench, lpn: str, context: Context) -> Step:
    """A label out of the list of those owed, or typed: opened where nothing else is in hand."""
    if isinstance(bench.stage, ConfirmSignOut):
        bench = bench.back()
    if isinstance(bench.stage, (UnitMenu, PickRma)):
        bench = bench.resting()
    if isinstance(bench.stage, (Idle, Units)):
        return label.opened(bench, lpn, context)
    return attention(bench, expected(bench.stage), detail=say("flow.that_is_a_label"))


def _weight(bench: Bench, given: StableWeight, context: Context) -> Step:
    stage = bench.stage
    if isinstance(stage, Grading):
        return ok(bench.at(replace(stage, grams=given.grams)), say("flow.unit_weighed", grams=given.grams))
    if bench.parcel_id:
        return weighing.weighed(bench, given.grams, given.raw, given.device, context)
    return Step(bench, None)
