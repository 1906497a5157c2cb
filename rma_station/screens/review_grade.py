"""Changing a grade in the review: which units, which grades, and where a unit goes then. Pure.

A unit's grading profile says where each grade goes; its own bench asked by it, and this station has it too.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.domain.grading import DISPOSITIONS, GRADES, Profile, disposition_after
from rma_station.domain.record import dataclass
from rma_station.domain.review import CaseFile, EvidenceLine, GradingSeen
from rma_station.screens import review_gradings, review_words
from rma_station.screens.review_words import Reader

MOST_UNITS = 9
"""So many have a number key; any can be chosen by scanning its label."""


@dataclass(frozen=True)
class Gradable:
    """A unit whose grade can be changed here."""

    seen: GradingSeen
    profile: Profile
    sku: str = ""
    """As the evidence of its label says; empty where it does not."""

    @property
    def dispositions(self) -> tuple[str, ...]:
        """Where units of this profile can go, in the order of their number keys."""
        return tuple(one for one in DISPOSITIONS if one in self.profile.destinations)

    def proposed(self, grade: str) -> str:
        """Where it goes with another grade, as its profile says."""
        return disposition_after(self.profile, self.seen.grade, self.seen.disposition, grade)


def gradable(case: CaseFile, profiles: Sequence[Profile]) -> tuple[Gradable, ...]:
    """The units of a case whose grade can be changed, those without a profile at this station left out."""
    found = []
    for one in case.gradings:
        asked = review_words.asked_by(review_gradings.profile_of(one, case), profiles)
        profile = next((profile for profile in asked if _knows(profile, one)), asked[0] if len(asked) == 1 else None)
        if profile is not None:
            sku = next((line.values["sku"] for line in case.evidence if _identifies(line, one)), "")
            found.append(Gradable(one, profile, clean(sku, 20)))
    return tuple(found)


def _identifies(line: EvidenceLine, one: GradingSeen) -> bool:
    return bool(one.lpn) and line.values.get("lpn") == one.lpn and "sku" in line.values


def _knows(profile: Profile, one: GradingSeen) -> bool:
    options = {question.code: {option.code for option in question.options} for question in profile.questions}
    return all(answer in options.get(question, ()) for question, answer in one.answers.items())


def offered(step: str, units: Sequence[Gradable], unit: Gradable) -> tuple[str, ...]:
    """What the number keys stand for while a step of the change is asked; empty for any other step."""
    if step == "unit":
        return tuple(one.seen.unit_id for one in units)
    if step == "grade":
        return GRADES
    return unit.dispositions if step == "disposition" else ()


def words(step: str, units: Sequence[Gradable], unit: Gradable, reader: Reader) -> list[str]:
    """The same in words, each with its number key."""
    if step == "unit":
        named = (" ".join(filter(None, (one.seen.lpn, one.sku, one.seen.grade))) for one in units[:MOST_UNITS])
        return [f"{n} {name}" for n, name in enumerate(named, 1)]
    kind = "grade" if step == "grade" else "disposition"
    return [f"{n} {reader.say(f'{kind}.{one}')}" for n, one in enumerate(offered(step, units, unit), 1)]
