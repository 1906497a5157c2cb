"""Grading a unit: the profile's questions, the proposal, an override with its reason, a danger, the label."""

from __future__ import annotations

from rma_station.domain import events as ev
from rma_station.domain.book import UnitHit
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.flows.stages import ConfirmGrade, Danger, Grading, OverrideReason, Photos, ScanBack
from rma_station.domain.flows.state import (
    Bench,
    Context,
    LastGrading,
    Step,
    attention,
    can_undo,
    ok,
    ready,
    stated,
    stop,
)
from rma_station.domain.flows.subjects import of_unit
from rma_station.domain.grading import (
    GRADES,
    Option,
    Profile,
    Proposal,
    next_question,
    override_reasons,
    photos_wanted,
    propose,
)
from rma_station.domain.outcome import Text, say
from rma_station.domain.record import dataclass, replace
from rma_station.domain.rma import RmaKind, Unit

HELD_KINDS = frozenset({RmaKind.COMPLAINT})
"""Kinds whose goods wait for the desk, whatever their condition."""


@dataclass(frozen=True)
class Verdict:
    """What will be committed for a unit."""

    grade: str
    disposition: str
    destination: str


def grading_of(unit: Unit, context: Context, *, amend: bool = False) -> Grading:
    """The first question about a unit."""
    product = context.book.product(unit.part_sku or unit.sku or "")
    return Grading(unit.unit_id, product.category if product else "default", amend=amend)


def answered(bench: Bench, stage: Grading, number: int, context: Context) -> Step | None:
    """A numbered answer to the question on screen; ``None`` when there is no such number."""
    profile = context.book.profile(stage.category)
    question = next_question(profile, stage.answers)
    if question is None:
        return next_step(bench, stage, context)
    if not 1 <= number <= len(question.options):
        return None
    option = question.options[number - 1]
    grading = replace(stage, answers={**stage.answers, question.code: option.code})
    if option.dangerous:
        return stop(bench.at(Danger(grading)), profile.danger or say("flow.danger"))
    return next_step(bench, grading, context, option.text)


def next_step(bench: Bench, grading: Grading, context: Context, said: Text | None = None) -> Step:
    """The next question, or the proposal when all are answered; ``said`` is the answer just given, shown once more."""
    profile = context.book.profile(grading.category)
    question = next_question(profile, grading.answers)
    if question is not None:
        return ready(bench.at(grading), said or question.text)
    proposal = proposed(profile, grading, context)
    return ready(bench.at(ConfirmGrade(grading)), say("flow.grade_proposed", grade=proposal.grade))


def proposed(profile: Profile, grading: Grading, context: Context) -> Proposal:
    """What the answers come to; a unit that is held for a person goes to the hold shelf."""
    proposal = propose(profile, grading.answers)
    if not proposal.dangerous and _held(grading.unit_id, context):
        return replace(proposal, disposition="hold", destination=profile.destinations["hold"])
    return proposal


def _held(unit_id: str, context: Context) -> bool:
    hit = context.book.unit(unit_id)
    if hit is None:
        return False
    rma = context.book.rma(hit.unit.rma_id) if hit.unit.rma_id else None
    return hit.unit.issue is not None or hit.unit.slots_refused or (rma is not None and rma.kind in HELD_KINDS)


def confirmed(bench: Bench, stage: ConfirmGrade, grade: str | None, context: Context) -> Step:
    """The proposed grade is right (``None`` or the same), or another one is: then the reason is asked for."""
    profile = context.book.profile(stage.grading.category)
    proposal = proposed(profile, stage.grading, context)
    if grade is None or grade == proposal.grade:
        return commit(bench, stage.grading, proposal.grade, None, context)
    return ready(bench.at(OverrideReason(stage.grading, grade)), say("flow.override_reason", grade=grade))


def override(bench: Bench, stage: OverrideReason, number: int, context: Context) -> Step | None:
    """The reason for another grade; ``None`` when there is no such number."""
    reasons = reasons_for(stage, context)
    if not 1 <= number <= len(reasons):
        return None
    return commit(bench, stage.grading, stage.grade, reasons[number - 1].code, context)


def reasons_for(stage: OverrideReason, context: Context) -> tuple[Option, ...]:
    """Why it may be this grade instead of the proposed one: a better one has other reasons than a worse one."""
    profile = context.book.profile(stage.grading.category)
    return override_reasons(profile, proposed(profile, stage.grading, context).grade, stage.grade)


def secured(bench: Bench, stage: Danger, context: Context) -> Step:
    """The dangerous unit lies where the instruction says."""
    return commit(bench, stage.grading, "E", None, context)


def same_again(bench: Bench, stage: Grading, context: Context) -> Step:
    """Repeat the last grading for an equal unit that was not asked about yet."""
    hit = context.book.unit(stage.unit_id)
    last = bench.last
    if last is None or hit is None or stage.answers or stage.amend:
        return attention(bench, say("flow.same_again_not_now"))
    if (hit.unit.part_sku or hit.unit.sku) != last.sku or stage.category != last.category:
        return attention(bench, say("flow.same_again_other_product"))
    return commit(bench, replace(stage, answers=last.answers), last.grade, last.override_reason, context, same=True)


def commit(
    bench: Bench, grading: Grading, grade: str, reason: str | None, context: Context, *, same: bool = False
) -> Step:
    """Grade or amend the unit and ask for its label, in one step."""
    hit = context.book.unit(grading.unit_id)
    if hit is None:
        return stop(bench.resting(), say("flow.unit_gone"))
    profile = context.book.profile(grading.category)
    proposal = proposed(profile, grading, context)
    verdict = _verdict(profile, proposal, grade)
    event = _event(grading, profile, proposal, verdict, reason=reason, same=same)
    fact = stated(context, event, of_unit(context, hit))
    asked, label = label_for(hit, verdict, proposal.dangerous, context)
    moved = can_undo(bench, fact, say("flow.undo_graded", grade=grade))
    moved = replace(moved, last=_remember(hit.unit, grading, grade, reason, proposal), last_unit_id=hit.unit.unit_id)
    # Nobody is asked to hold a camera over a swollen battery.
    wanted, role = (0, "") if proposal.dangerous else photos_wanted(profile, grading.answers, grade)
    if hit.unit.pictures < wanted:
        moved = moved.at(Photos(hit.unit.unit_id, label.job_id, wanted, role))
    else:
        moved = moved.at(ScanBack(hit.unit.unit_id, label.job_id)) if context.rules.scan_back else moved.resting()
    said = say("flow.graded", grade=grade, destination=verdict.destination)
    return ok(moved, said, fact, asked, effects=(label,))


def _verdict(profile: Profile, proposal: Proposal, grade: str) -> Verdict:
    if grade == proposal.grade or proposal.disposition != profile.dispositions[proposal.grade]:
        return Verdict(grade, proposal.disposition, proposal.destination)
    disposition = profile.dispositions[grade]
    return Verdict(grade, disposition, profile.destinations[disposition])


def _event(
    grading: Grading, profile: Profile, proposal: Proposal, verdict: Verdict, *, reason: str | None, same: bool
) -> ev.UnitGraded | ev.UnitAmended:
    said = {
        "unit_id": grading.unit_id,
        "profile": profile.code,
        "profile_version": profile.version,
        "answers": dict(grading.answers),
        "proposed_grade": proposal.grade,
        "grade": verdict.grade,
        "proposed_disposition": proposal.disposition,
        "disposition": verdict.disposition,
        "destination": verdict.destination,
        "override_reason": reason,
        "dangerous": proposal.dangerous,
    }
    if grading.amend:
        return ev.UnitAmended(**said)  # type: ignore[arg-type]
    return ev.UnitGraded(**said, same_again=same, grams=grading.grams)  # type: ignore[arg-type]


def _remember(unit: Unit, grading: Grading, grade: str, reason: str | None, proposal: Proposal) -> LastGrading | None:
    if proposal.dangerous or unit.issue is not None:
        return None
    return LastGrading(unit.part_sku or unit.sku or "", grading.category, grading.answers, grade, reason)


def label_for(hit: UnitHit, verdict: Verdict, dangerous: bool, context: Context) -> tuple[ev.Stated, PrintUnitLabel]:
    """The event that asks for a label, and the label; a repeated one carries its attempt."""
    unit = hit.unit
    attempt = unit.label_attempts + 1
    job_id = context.fresh.uuid()
    product = context.book.product(unit.part_sku or unit.sku or "")
    asked = ev.LabelAsked(job_id, unit.unit_id, unit.lpn, "unit", attempt)
    label = PrintUnitLabel(
        job_id=job_id,
        unit_id=unit.unit_id,
        lpn=unit.lpn,
        grade=verdict.grade,
        disposition=verdict.disposition,
        destination=verdict.destination,
        rma_id=unit.rma_id,
        sku=unit.part_sku or unit.sku,
        name=product.name if product else "",
        attempt=attempt,
        dangerous=dangerous,
        held=verdict.disposition == "hold",
    )
    return stated(context, asked, of_unit(context, hit)), label


def grade_number(number: int) -> str | None:
    """Grade by number key: 1 is A, 5 is E."""
    return GRADES[number - 1] if 1 <= number <= len(GRADES) else None
