"""Grading is data: the worst answer caps the grade, a danger beats everything, a wrong profile is refused in words."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rma_station
from rma_station.domain import grading
from rma_station.errors import Malformed

FOLDER = Path(rma_station.__file__).parent / "data" / "profiles"


def shipped(name: str) -> dict[str, Any]:
    """A shipped profile as parsed TOML."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


PROFILES = [grading.read_profile(shipped(file.stem)) for file in sorted(FOLDER.glob("*.toml"))]


def said(text: str) -> dict[str, str]:
    """The same words in both languages."""
    return {"pl": text, "en": text}


def option(code: str, **more: Any) -> dict[str, Any]:
    """One answer of a profile file."""
    return {"code": code, "text": said(code), **more}


SMALL: dict[str, Any] = {
    "code": "small",
    "version": 1,
    "name": said("Small"),
    "dispositions": {"A": "restock", "B": "outlet", "C": "outlet", "D": "recycle", "E": "dispose"},
    "destinations": {
        "restock": "R1",
        "outlet": "O1",
        "recycle": "U1",
        "dispose": "X1",
        "quarantine": "Q1",
        "hold": "H1",
        "repair": "N1",
    },
    "questions": [
        {
            "code": "danger",
            "text": said("Danger?"),
            "options": [option("no"), option("yes", best="E", dangerous=True, ends=True)],
        },
        {
            "code": "packing",
            "text": said("Packing?"),
            "options": [option("sealed", ends=True), option("open", best="B"), option("none", best="C")],
        },
        {
            "code": "works",
            "text": said("Works?"),
            "options": [option("yes"), option("no", best="D", disposition="repair")],
        },
        {
            "code": "accessories",
            "text": said("Complete?"),
            "options": [option("yes"), option("no", best="C")],
            "unless": {"works": "no"},
        },
    ],
}
PROFILE = grading.read_profile(SMALL)


def changed(**changes: Any) -> dict[str, Any]:
    """The small profile with something replaced."""
    return {**copy.deepcopy(SMALL), **changes}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, "danger"),
        ({"danger": "yes"}, None),
        ({"danger": "no"}, "packing"),
        ({"danger": "no", "packing": "sealed"}, None),
        ({"danger": "no", "packing": "open"}, "works"),
        ({"danger": "no", "packing": "open", "works": "yes"}, "accessories"),
        ({"danger": "no", "packing": "open", "works": "no"}, None),
    ],
)
def test_questions_come_in_order_and_only_where_they_make_sense(answers: dict[str, str], expected: str | None) -> None:
    """An answer can end them, or make a later one needless."""
    question = grading.next_question(PROFILE, answers)

    assert (question.code if question else None) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"danger": "no", "packing": "sealed"}, grading.Proposal("A", "restock", "R1")),
        (
            {"danger": "no", "packing": "open", "works": "yes", "accessories": "no"},
            grading.Proposal("C", "outlet", "O1"),
        ),
        ({"danger": "no", "packing": "none", "works": "no"}, grading.Proposal("D", "repair", "N1")),
        ({"danger": "yes"}, grading.Proposal("E", "quarantine", "Q1", dangerous=True)),
        (
            {"danger": "yes", "packing": "open", "works": "no"},
            grading.Proposal("E", "quarantine", "Q1", dangerous=True),
        ),
    ],
)
def test_the_worst_answer_caps_the_grade_and_a_danger_beats_all(
    answers: dict[str, str], expected: grading.Proposal
) -> None:
    """A forced disposition beats the grade's; a danger beats that."""
    assert grading.propose(PROFILE, answers) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed(dispositions={"A": "restock"}), "grade B needs one of"),
        (changed(dispositions={**SMALL["dispositions"], "A": "shelf"}), "grade A needs one of"),
        (changed(destinations={"restock": "R1", "repair": "N1"}), "no destination for"),
        (changed(questions=[{"code": "q", "text": said("?"), "options": [option("a")]}]), "two to eight options"),
        (
            changed(questions=[{"code": "q", "text": said("?"), "options": [option(str(n)) for n in range(9)]}]),
            "two to",
        ),
        (changed(questions=[{"code": "q", "text": said("?"), "options": [option("a", best="F"), option("b")]}]), "'F'"),
        (
            changed(
                questions=[{"code": "q", "text": said("?"), "options": [option("a", disposition="x"), option("b")]}]
            ),
            "'x' has no destination",
        ),
        (changed(version="1"), "Profile.version"),
        (changed(name={"pl": "only"}), "Profile.name.en: missing"),
        (changed(colour="red"), "unknown field"),
    ],
)
def test_a_wrong_profile_is_refused_in_words(data: dict[str, Any], reason: str) -> None:
    """Before a worker ever sees it."""
    with pytest.raises(Malformed, match=reason):
        grading.read_profile(data)


def test_an_answer_that_does_not_exist_is_refused() -> None:
    """The message names question and answer."""
    with pytest.raises(Malformed, match="question danger has no option 'maybe'"):
        grading.propose(PROFILE, {"danger": "maybe"})


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.code)
@given(data=st.data())
def test_every_way_through_a_shipped_profile_ends_in_a_proposal(profile: grading.Profile, data: st.DataObject) -> None:
    """Every question is asked at most once, and one worse answer never makes the grade better."""
    answers: dict[str, str] = {}
    while question := grading.next_question(profile, answers):
        assert question.code not in answers
        answers[question.code] = data.draw(st.sampled_from([item.code for item in question.options]))
    proposal = grading.propose(profile, answers)

    worst = max(
        (grading.option_of(item, answers[item.code]).best for item in profile.questions if item.code in answers),
        default="A",
    )
    assert proposal.grade == ("E" if proposal.dangerous else worst)
    assert proposal.destination == profile.destinations[proposal.disposition]
    assert not proposal.dangerous or proposal.disposition == "quarantine"


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.code)
def test_a_shipped_profile_that_knows_a_danger_says_what_to_do(profile: grading.Profile) -> None:
    """STOP without an instruction helps nobody."""
    dangerous = any(item.dangerous for question in profile.questions for item in question.options)

    assert bool(profile.danger) or not dangerous
    assert len({question.code for question in profile.questions}) == len(profile.questions)
