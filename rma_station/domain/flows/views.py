"""What the worker sees for a state: one question, what it accepts, its numbered answers, what undo would undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rma_station.domain.flows import grade, parcels, photo
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
    LineChoice,
    OverrideReason,
    Packaging,
    Photos,
    PickLine,
    PickRma,
    ScanBack,
    SignedOut,
    Stage,
    UnitMenu,
    Units,
)
from rma_station.domain.flows.state import Bench, Context
from rma_station.domain.flows.undo import next_undo
from rma_station.domain.grading import GRADES, next_question
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Choice, Text, View, say
from rma_station.domain.rma import Parcel, Rma, line_counters

URGENT_DAYS = 3
"""A deadline that near is shown before everything else."""
YES_NO = (Choice(1, say("flow.yes")), Choice(2, say("flow.no")))


def view(bench: Bench, context: Context) -> View:
    """The view of a state; a pure function, the same for screen, plain mode and tests."""
    stage = bench.stage
    code = _CODES[type(stage)]
    return View(
        title=_title(bench, context),
        prompt=_prompt(bench, code, context),
        accepts=say(f"flow.accepts_{_accepted(stage, code, context)}"),
        choices=_choices(stage, context),
        big=_big(stage, context),
        facts=(*_unit_facts(bench, context), *_parcel_facts(bench, context)),
        offers=_offers(bench, context),
        undo=next_undo(bench),
        expects_text=isinstance(stage, (EnterPin, Find)),
        secret=isinstance(stage, EnterPin),
    )


_CODES: dict[type[Stage], str] = {
    SignedOut: "badge",
    EnterPin: "pin",
    Idle: "parcel",
    Find: "number",
    PickRma: "rma",
    ConfirmOrphan: "yes_no",
    ConfirmReopen: "yes_no",
    Packaging: "packaging",
    Units: "unit",
    PickLine: "line",
    ConfirmUndeclared: "yes_no",
    Grading: "answer",
    ConfirmGrade: "grade",
    OverrideReason: "reason",
    Danger: "danger",
    Photos: "photo",
    ScanBack: "label",
    UnitMenu: "menu",
    ConfirmDone: "yes_no",
    ConfirmSignOut: "yes_no",
    AskSupervisor: "supervisor",
}

_OFFERS: dict[type[Stage], tuple[Command, ...]] = {
    SignedOut: (Command.LANGUAGE,),
    Idle: (Command.FIND, Command.LISTS, Command.REPRINT, Command.SIGN_OUT),
    Packaging: (Command.SET_ASIDE,),
    Units: (Command.PARCEL_DONE, Command.NO_BARCODE, Command.SET_ASIDE, Command.REPRINT),
    Grading: (Command.SET_ASIDE,),
    ConfirmGrade: (Command.YES, Command.CANCEL),
    Danger: (),
    Photos: (),
    ScanBack: (Command.LABEL_OWED, Command.REPRINT, Command.RELABEL),
}
"""What is worth a place in the key line; every other question can be left with cancel."""

_QUESTIONS: dict[type[Stage], str] = {
    ConfirmOrphan: "flow.ask_orphan",
    ConfirmReopen: "flow.ask_reopen",
    ConfirmUndeclared: "flow.ask_undeclared",
    ConfirmDone: "flow.ask_done",
    ConfirmSignOut: "flow.ask_sign_out",
}


_PICTURED = (Packaging, Grading, ConfirmGrade, Photos, ScanBack, UnitMenu)
"""Questions in which the photo key is worth a place, where there is a camera."""


def _accepted(stage: Stage, code: str, context: Context) -> str:
    return "no_camera" if isinstance(stage, Photos) and not context.rules.cameras else code


def _offers(bench: Bench, context: Context) -> tuple[Command, ...]:
    offers = _plain_offers(bench, context)
    return (*offers, Command.PHOTO) if context.rules.cameras and isinstance(bench.stage, _PICTURED) else offers


def _plain_offers(bench: Bench, context: Context) -> tuple[Command, ...]:
    stage = bench.stage
    offers = _OFFERS.get(type(stage), (Command.CANCEL,))
    if isinstance(stage, Grading):
        hit = context.book.unit(stage.unit_id)
        if hit and _same_again_fits(bench, stage, hit.unit.part_sku or hit.unit.sku):
            return (Command.SAME_AGAIN, *offers)
        return (Command.CANCEL, *offers) if stage.amend else offers
    if bench.last_unit_id is None:
        return tuple(command for command in offers if command is not Command.REPRINT)
    return offers


def _title(bench: Bench, context: Context) -> Text:
    parcel = context.book.parcel(bench.parcel_id) if bench.parcel_id else None
    if parcel is None:
        return say("flow.title_idle")
    if not parcel.rma_ids:
        return say("flow.title_orphan")
    if len(parcel.rma_ids) > 1:
        return say("flow.title_several", count=len(parcel.rma_ids))
    return say("flow.title_rma", rma=parcel.rma_ids[0])


def _prompt(bench: Bench, code: str, context: Context) -> Text:
    stage = bench.stage
    if isinstance(stage, ConfirmSignOut) and bench.parcel_id:
        return say("flow.ask_sign_out_open")
    if isinstance(stage, Grading):
        question = next_question(context.book.profile(stage.category), stage.answers)
        return question.text if question else say("flow.prompt_answer")
    if isinstance(stage, Danger):
        return context.book.profile(stage.grading.category).danger or say("flow.danger")
    return say(_QUESTIONS.get(type(stage), f"flow.prompt_{code}"))


def _choices(stage: Stage, context: Context) -> tuple[Choice, ...]:
    if isinstance(stage, Packaging):
        return parcels.packaging_choices()
    if isinstance(stage, (ConfirmOrphan, ConfirmReopen, ConfirmUndeclared, ConfirmDone, ConfirmSignOut)):
        return YES_NO
    if isinstance(stage, Danger):
        return (Choice(1, say("flow.danger_secured")), Choice(2, say("flow.danger_mistake")))
    if isinstance(stage, PickRma):
        return tuple(Choice(n, _rma_choice(rma_id, context)) for n, rma_id in enumerate(stage.rma_ids, 1))
    if isinstance(stage, PickLine):
        return tuple(
            Choice(n, _line_choice(choice, context, several=len({each.rma_id for each in stage.choices}) > 1))
            for n, choice in enumerate(stage.choices, 1)
        )
    if isinstance(stage, Grading):
        question = next_question(context.book.profile(stage.category), stage.answers)
        options = question.options if question else ()
        return tuple(Choice(n, option.text) for n, option in enumerate(options, 1))
    if isinstance(stage, ConfirmGrade):
        proposal = grade.proposed(context.book.profile(stage.grading.category), stage.grading, context)
        return tuple(Choice(n, say(f"grade.{letter}"), letter == proposal.grade) for n, letter in enumerate(GRADES, 1))
    if isinstance(stage, OverrideReason):
        return tuple(Choice(n, reason.text) for n, reason in enumerate(grade.reasons_for(stage, context), 1))
    if isinstance(stage, Photos):
        why = photo.reasons(context)
        return tuple(Choice(n, say(f"flow.without_photo_{code}")) for n, code in enumerate(why, 1))
    if isinstance(stage, UnitMenu):
        keys = ("flow.menu_amend", "flow.menu_reprint", "flow.menu_relabel", "flow.menu_back")
        return tuple(Choice(n, say(key)) for n, key in enumerate(keys, 1))
    return ()


def _rma_choice(rma_id: str, context: Context) -> Text:
    rma = context.book.rma(rma_id)
    return say("flow.rma_choice", rma=rma_id, order=rma.order_id if rma else "?")


def _line_choice(choice: LineChoice, context: Context, *, several: bool) -> Text:
    product = context.book.product(choice.part_sku)
    name = product.name if product else choice.part_sku
    return say("flow.line_choice", rma=choice.rma_id, name=name) if several else say("flow.unit_identified", name=name)


def _big(stage: Stage, context: Context) -> str:
    if isinstance(stage, ConfirmGrade):
        return grade.proposed(context.book.profile(stage.grading.category), stage.grading, context).grade
    if isinstance(stage, OverrideReason):
        return stage.grade
    if isinstance(stage, Photos):
        hit = context.book.unit(stage.unit_id)
        return f"{hit.unit.pictures if hit else 0}/{stage.wanted}"
    if isinstance(stage, (ScanBack, UnitMenu)):
        hit = context.book.unit(stage.unit_id)
        grading = hit.unit.grading if hit else None
        return grading.grade if grading else ""
    return ""


def _unit_facts(bench: Bench, context: Context) -> tuple[Text, ...]:
    stage = bench.stage
    grading = stage.grading if isinstance(stage, (ConfirmGrade, OverrideReason, Danger)) else stage
    unit_id = grading.unit_id if isinstance(grading, (Grading, Photos, ScanBack, UnitMenu)) else None
    hit = context.book.unit(unit_id) if unit_id else None
    if hit is None:
        return ()
    unit = hit.unit
    product = context.book.product(unit.part_sku or unit.sku or "")
    name = product.name if product else unit.sku or unit.gtin or ""
    facts: list[Text] = [say("flow.fact_unit" if name else "flow.fact_unit_unknown", name=name, lpn=unit.lpn)]
    if unit.issue:
        facts.append(say(f"flow.fact_{unit.issue}"))
    elif unit.slots_refused:
        facts.append(say("flow.fact_no_place"))
    if unit.serial:
        facts.append(say("flow.fact_serial", serial=unit.serial))
    if unit.photos and not isinstance(stage, Photos):
        facts.append(say("flow.fact_photos", count=len(unit.photos)))
    if unit.photos_skipped:
        facts.append(say("flow.fact_photos_skipped"))
    if isinstance(stage, ConfirmGrade):
        proposal = grade.proposed(context.book.profile(stage.grading.category), stage.grading, context)
        facts.append(say("flow.fact_destination", destination=proposal.destination))
    elif unit.grading is not None:
        facts.append(say("flow.fact_destination", destination=unit.grading.destination))
    if isinstance(stage, Grading) and _same_again_fits(bench, stage, unit.part_sku or unit.sku):
        facts.append(say("flow.fact_same_again", grade=bench.last.grade if bench.last else ""))
    return tuple(facts)


def _same_again_fits(bench: Bench, stage: Grading, sku: str | None) -> bool:
    return bench.last is not None and bench.last.sku == sku and not stage.answers and not stage.amend


def _parcel_facts(bench: Bench, context: Context) -> tuple[Text, ...]:
    """What a worker must know first, then what is still to come out of the parcel, then the rest."""
    parcel = context.book.parcel(bench.parcel_id) if bench.parcel_id else None
    if parcel is None:
        return ()
    rmas = [rma for rma_id in parcel.rma_ids if (rma := context.book.rma(rma_id))]
    urgent, plain = _case_facts(rmas, context)
    facts = [*_missing_facts(bench, parcel, context), *urgent]
    if parcel.weight_verdict == "light":
        facts.append(say("flow.fact_weight_light", grams=parcel.grams or 0))
    if not isinstance(bench.stage, ConfirmDone):
        facts += _line_facts(parcel, rmas, context)
    facts += plain
    if parcel.packaging in ("damaged", "opened"):
        facts.append(say(f"flow.fact_packaging_{parcel.packaging}"))
    if parcel.grams is not None and parcel.weight_verdict != "light":
        facts.append(say(f"flow.fact_weight_{parcel.weight_verdict}", grams=parcel.grams))
    number = parcel.tracking or ("" if rmas else parcel.code)
    if number:
        facts.append(say("flow.fact_tracking", number=number))
    return tuple(facts)


def _case_facts(rmas: Sequence[Rma], context: Context) -> tuple[list[Text], list[Text]]:
    """Deadlines and kinds, each once: those that change how one works, and the others."""
    urgent: list[Text] = []
    plain: list[Text] = []
    for rma in rmas:
        facts: list[tuple[Text, bool]] = [(say(f"flow.fact_kind_{rma.kind.value}"), rma.kind in grade.HELD_KINDS)]
        if rma.deadline_on:
            facts.append(_deadline(rma.deadline_on, context))
        for fact, first in facts:
            if fact not in (*urgent, *plain):
                (urgent if first else plain).append(fact)
    return urgent, plain


def _deadline(deadline_on: str, context: Context) -> tuple[Text, bool]:
    """The days that are left; the date alone when this station's clock does not know what day it is."""
    if context.clock not in ("hub", "ok"):
        return say("flow.fact_deadline_unsure", date=deadline_on), True
    days = (date.fromisoformat(deadline_on) - context.today).days
    return say("flow.fact_deadline" if days >= 0 else "flow.fact_overdue", count=abs(days)), days <= URGENT_DAYS


def _line_facts(parcel: Parcel, rmas: Sequence[Rma], context: Context) -> list[Text]:
    """What is open first; lines that are complete below."""
    opened: list[Text] = []
    complete: list[Text] = []
    for rma in rmas:
        case = context.book.case(rma.rma_id)
        for line in rma.lines:
            counters = line_counters(case, line, parcel.parcel_id)
            fact = say("flow.fact_line", name=line.name, received=counters.received, advised=counters.advised)
            (opened if counters.received < counters.advised else complete).append(fact)
    return opened + complete


def _missing_facts(bench: Bench, parcel: Parcel, context: Context) -> list[Text]:
    if not isinstance(bench.stage, ConfirmDone):
        return []
    facts: list[Text] = []
    for item in parcels.absent(parcel, context):
        rma = context.book.rma(item.rma_id)
        line = rma.line(item.line_id) if rma else None
        facts.append(say("flow.fact_absent", name=line.name if line else item.line_id, pieces=item.pieces))
    return facts
