"""Gradings side by side, for whoever decides between them: who, where, when and by whose clock, what was answered.

Pure: values in, rows out. On 80 columns and more the two stand beside each other, on fewer one under the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.domain.local_time import local
from rma_station.domain.money import format_amount
from rma_station.domain.review import CaseFile, GradingSeen, Paid
from rma_station.screens import picture, review_words
from rma_station.screens.review_words import Reader
from rma_station.screens.sheet import Row, head_row, text_row
from rma_station.services.texts import catalogue, word

SHAPES = {"counts": ("■", "accent"), "confirms": ("●", "accent"), "contradicts": ("▲", "warn"), "alone": ("▲", "warn")}
"""A role's shape beside its word: never colour alone."""
SURPLUS = ("surplus", "over_receipt", "undeclared")
"""Reasons of units that fill no slot."""
NAMES = 11
"""Cells of the names of the facts."""


def rows(case: CaseFile, reader: Reader) -> list[Row]:
    """What contradicts, confirms or fills no slot; nothing where every grading stands alone and counts."""
    by_unit = {one.unit_id: one for one in case.gradings}
    compared: list[Row] = []
    for one in case.gradings:
        first = by_unit.get(one.of)
        if first is not None:
            compared += [*_beside(first, one, case, reader), text_row("")]
        elif one.role == "alone":
            compared += [*_below(one, case, reader), text_row("")]
    if not compared and not case.paid:
        return []
    found = [head_row(reader.say("review.compared"))]
    for paid in case.paid:
        found += _paid(paid, reader)
    hint = _hint(case)
    if hint:
        found.append(text_row(reader.say(hint), "muted"))
    count = 1 + sum(one.role == "confirms" for one in case.gradings)
    if count > 1:
        found.append(text_row(reader.say("review.confirmed", count=count), "accent"))
    return [*found, *compared]


def _hint(case: CaseFile) -> str:
    """What can be done here, in words of its own."""
    if case.paid:
        return "review.late_hint"
    if any(one.role == "contradicts" for one in case.gradings):
        return "review.conflict_hint"
    return "review.surplus_hint" if any(item.reason in SURPLUS and not item.intent_key for item in case.intents) else ""


def _beside(first: GradingSeen, second: GradingSeen, case: CaseFile, reader: Reader) -> list[Row]:
    if reader.narrow:
        return [*_below(first, case, reader), *_below(second, case, reader)]
    each = (reader.width - NAMES - 5) // 2
    made = [Row(((" " * (NAMES + 2), "base"), *_column(first, each, reader), *_column(second, each, reader)))]
    for (name, left), (_, right) in zip(_facts(first, case, reader), _facts(second, case, reader), strict=True):
        for number, (one, other) in enumerate(_together(left, right, each)):
            head = picture.fit(name if number == 0 else "", NAMES)
            role = "base" if left == right else "strong"
            fitted = picture.fit(one, each)
            made.append(Row(((f"  {head}", "muted"), (f" {fitted}", role), (f" {picture.fit(other, each)}", role))))
    return made


def _column(one: GradingSeen, width: int, reader: Reader) -> tuple[picture.Span, ...]:
    shape, role = SHAPES.get(one.role, ("■", "base"))
    said = picture.fit(f" {shape} {reader.say(f'review.role.{one.role}')}", width + 1)
    return ((said, role),)


def _together(left: str, right: str, width: int) -> list[tuple[str, str]]:
    one, other = picture.wrap(left, width, 3) or [""], picture.wrap(right, width, 3) or [""]
    most = max(len(one), len(other))
    return list(zip([*one, *[""] * (most - len(one))], [*other, *[""] * (most - len(other))], strict=True))


def _below(one: GradingSeen, case: CaseFile, reader: Reader) -> list[Row]:
    shape, role = SHAPES.get(one.role, ("■", "base"))
    made = [Row(((f" {shape} {reader.say(f'review.role.{one.role}')}", role),))]
    for name, value in _facts(one, case, reader):
        parts = picture.wrap(value, reader.width - NAMES - 4, 3) or [""]
        for number, part in enumerate(parts):
            made.append(Row(((f"  {picture.fit(name if number == 0 else '', NAMES)} ", "muted"), (part, "base"))))
    return made


def _facts(one: GradingSeen, case: CaseFile, reader: Reader) -> Sequence[tuple[str, str]]:
    """Names and values, the same names for every grading."""
    asked = review_words.asked_by(profile_of(one, case), reader.profiles)
    answers = ", ".join(review_words.answers(one.answers, asked, reader.language))
    changed = review_words.reason(one.override_reason, asked, reader.language)
    weight = (
        reader.say("review.weight_unknown") if one.grams is None else reader.say("review.weight_known", grams=one.grams)
    )
    return (
        (reader.say("review.fact.grade"), _coded("grade", one.grade, reader)),
        (reader.say("review.fact.disposition"), _coded("disposition", one.disposition, reader)),
        (reader.say("review.fact.who"), reader.who(one.worker_id) if one.worker_id else "-"),
        (reader.say("review.fact.where"), clean(one.station, 40) or "-"),
        (reader.say("review.fact.when"), _when(one, reader)),
        (reader.say("review.fact.answers"), answers or "-"),
        (reader.say("review.fact.changed"), changed or "-"),
        (reader.say("review.fact.weight"), weight),
        (reader.say("review.fact.photos"), str(one.photos)),
        (reader.say("review.fact.label"), clean(one.lpn, 16)),
    )


def profile_of(one: GradingSeen, case: CaseFile) -> str:
    """Code of the profile that was asked: the evidence of the same moment and worker says it, where the hub does."""
    moment = one.corrected_at or one.occurred_at, one.worker_id
    said = {fact.values.get("profile", "") for fact in case.evidence if (fact.at, fact.who) == moment} - {""}
    return said.pop() if len(said) == 1 else ""


def _when(one: GradingSeen, reader: Reader) -> str:
    """By the bench's clock, set right by the hub's where that is known; a doubtful clock is said to be one."""
    at = local(one.corrected_at or one.occurred_at, reader.zone)
    if one.clock_state in ("", "ok"):
        return at
    key = "review.when_corrected" if one.corrected_at else "review.when_doubtful"
    return reader.say(key, at=at, hub=local(one.received_at, reader.zone))


def _coded(kind: str, code: str, reader: Reader) -> str:
    key = f"{kind}.{code}"
    return word(key, reader.language) if key in catalogue(reader.language) else clean(code, 20)


def _paid(paid: Paid, reader: Reader) -> list[Row]:
    amount = format_amount(paid.amount_minor, paid.currency, reader.language)
    lost = format_amount(paid.lost_minor, paid.currency, reader.language)
    key = "review.paid_out" if paid.state == "succeeded" else "review.paid_perhaps"
    return [
        text_row(f"▲ {reader.say(key, amount=amount, at=local(paid.at, reader.zone))}", "warn"),
        text_row(reader.say("review.lost", amount=lost)),
    ]
