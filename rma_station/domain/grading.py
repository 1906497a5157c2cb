"""Grading profiles as data: questions, what the answers cap, the grade and disposition they propose.

A profile is a TOML file (``rma_station/data/profiles/``), read with ``read_profile``. Grades go from ``A`` (as new)
to ``E`` (waste); each answer names the best grade still possible, the worst of them is proposed. Reason, grade and
disposition stay three separate code sets (design section 4).
"""

from __future__ import annotations

from collections.abc import Mapping

from rma_station.domain import codec
from rma_station.domain.outcome import Localized
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed

GRADES = ("A", "B", "C", "D", "E")
DISPOSITIONS = ("restock", "outlet", "repair", "supplier", "recycle", "dispose", "quarantine", "hold")
"""Where a unit goes; ``hold`` is the supervisor's shelf."""

MOST_PHOTOS = 6
"""More would keep the bench for minutes."""


@dataclass(frozen=True)
class Option:
    """One answer. ``best`` is the best grade that is still possible; ``goto`` ends the questions with ``end``."""

    code: str
    text: Localized
    best: str = "A"
    disposition: str | None = None
    """Forces a disposition, whatever the grade (a broken hygiene seal)."""
    dangerous: bool = False
    """STOP with the instruction and a quarantine label."""
    ends: bool = False
    """No further question makes sense after this answer."""
    photos: int = 0
    """So many different photos are asked for after this answer: evidence of a damage."""
    only_for: str = ""
    """Of a reason for another grade: ``better`` or ``worse`` than the proposed one; empty: it fits both."""


@dataclass(frozen=True)
class Question:
    """One question with numbered answers; the first option is the usual one."""

    code: str
    text: Localized
    options: tuple[Option, ...]
    unless: Mapping[str, str] | None = None
    """Not asked when an earlier question was answered so: ``{question: option}``."""


@dataclass(frozen=True)
class Profile:
    """The questions for a category, and where each grade goes."""

    code: str
    version: int
    name: Localized
    questions: tuple[Question, ...]
    dispositions: Mapping[str, str]
    """Grade to disposition."""
    destinations: Mapping[str, str]
    """Disposition to the place written on the label."""
    danger: Localized | None = None
    """Instruction shown when a dangerous answer was given."""
    override_reasons: tuple[Option, ...] = ()
    """Reasons a worker may give for another grade than the proposed one."""
    photos: Mapping[str, int] = field(default_factory=dict)
    """Grade to the number of different photos that are asked for."""


@dataclass(frozen=True)
class Proposal:
    """What the answers come to."""

    grade: str
    disposition: str
    destination: str
    dangerous: bool = False


def read_profile(data: codec.JsonValue) -> Profile:
    """A profile from parsed TOML.

    Raises:
        Malformed: a field is wrong, a grade has no disposition, or a disposition no destination.
    """
    profile = codec.decode(Profile, data)
    for grade in GRADES:
        if profile.dispositions.get(grade) not in DISPOSITIONS:
            raise Malformed(f"profile {profile.code}: grade {grade} needs one of {', '.join(DISPOSITIONS)}")
    for grade, count in profile.photos.items():
        if grade not in GRADES or not 0 <= count <= MOST_PHOTOS:
            raise Malformed(f"profile {profile.code}: photos.{grade} = {count}; a grade, and 0 to {MOST_PHOTOS}")
    for question in profile.questions:
        if not 2 <= len(question.options) <= 8:
            raise Malformed(f"profile {profile.code}: question {question.code} needs two to eight options")
        for option in question.options:
            _check_option(profile, question, option)
    for reason in profile.override_reasons:
        if reason.only_for not in ("", "better", "worse"):
            raise Malformed(f"profile {profile.code}: only_for = {reason.only_for!r} of {reason.code}; better or worse")
    missing = {*profile.dispositions.values(), "quarantine", "hold"} - set(profile.destinations)
    if missing:
        raise Malformed(f"profile {profile.code}: no destination for {', '.join(sorted(missing))}")
    return profile


def _check_option(profile: Profile, question: Question, option: Option) -> None:
    where = f"profile {profile.code}: option {question.code}.{option.code}"
    if option.best not in GRADES:
        raise Malformed(f"{where}: best = {option.best!r} is none of {', '.join(GRADES)}")
    if not 0 <= option.photos <= MOST_PHOTOS:
        raise Malformed(f"{where}: photos = {option.photos}; 0 to {MOST_PHOTOS}")
    if option.disposition is not None and option.disposition not in profile.destinations:
        raise Malformed(f"{where}: disposition {option.disposition!r} has no destination")


def next_question(profile: Profile, answers: Mapping[str, str]) -> Question | None:
    """The first question still to be asked; ``None`` when the answers are complete."""
    for question in profile.questions:
        given = answers.get(question.code)
        if given is not None:
            if option_of(question, given).ends:
                return None
            continue
        unless = question.unless or {}
        if not any(answers.get(code) == option for code, option in unless.items()):
            return question
    return None


def option_of(question: Question, code: str) -> Option:
    """The option with this code.

    Raises:
        Malformed: the question has no such option.
    """
    for option in question.options:
        if option.code == code:
            return option
    raise Malformed(f"question {question.code} has no option {code!r}")


def propose(profile: Profile, answers: Mapping[str, str]) -> Proposal:
    """Grade and disposition for complete answers: the worst cap wins, a forced disposition beats the grade's."""
    grade, forced, dangerous = "A", None, False
    for question in profile.questions:
        if question.code not in answers:
            continue
        option = option_of(question, answers[question.code])
        grade = max(grade, option.best)
        forced = option.disposition or forced
        dangerous = dangerous or option.dangerous
    if dangerous:
        return Proposal("E", "quarantine", profile.destinations["quarantine"], dangerous=True)
    disposition = forced or profile.dispositions[grade]
    return Proposal(grade, disposition, profile.destinations[disposition])


def disposition_after(profile: Profile, before: str, disposition: str, grade: str) -> str:
    """Where a unit goes that gets another grade.

    Args:
        profile: it was graded by.
        before: its grade until now.
        disposition: where it went with that; elsewhere than its grade goes, it stays there (a broken seal, a hold).
        grade: the new one.
    """
    return profile.dispositions[grade] if profile.dispositions.get(before) == disposition else disposition


def override_reasons(profile: Profile, proposed: str, grade: str) -> tuple[Option, ...]:
    """The reasons that can be given for this grade instead of the proposed one, by number; all when none fits."""
    way = "better" if GRADES.index(grade) < GRADES.index(proposed) else "worse"
    fitting = tuple(reason for reason in profile.override_reasons if reason.only_for in ("", way))
    return fitting or profile.override_reasons


def photos_wanted(profile: Profile, answers: Mapping[str, str], grade: str) -> tuple[int, str]:
    """How many different photos of a unit are asked for, and what they are to show: ``grade`` or ``damage``.

    Args:
        profile: its grading profile.
        answers: the worker's; one that the profile does not know asks for no photo.
        grade: the grade that was given.
    """
    asked = [
        option.photos
        for question in profile.questions
        for option in question.options
        if answers.get(question.code) == option.code
    ]
    of_damage, of_grade = max(asked, default=0), profile.photos.get(grade, 0)
    return max(of_damage, of_grade), "damage" if of_damage >= of_grade and of_damage else "grade"
