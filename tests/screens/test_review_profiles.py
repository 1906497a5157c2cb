"""Answers and reasons are read in the words of the profile that was asked, also where profiles share their codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from rma_station.domain.grading import Option, Profile
from rma_station.domain.outcome import Localized
from rma_station.domain.review import CaseFile, EvidenceLine
from rma_station.screens import review_case
from rma_station.screens.review_words import Reader
from rma_station.wiring.profiles import profiles
from tests.screens.fakes import CONFLICT, FIRST, SECOND

SCUFFED = (Option("scuffed", Localized("Zdarta podeszwa", "Scuffed sole")),)


def shoes(apparel: Profile) -> Profile:
    """A site's own profile, made of the shipped one: the same codes, other words."""
    first, *others = apparel.questions
    asks = replace(first, text=Localized("Pudełko?", "Shoe box?"))
    name = Localized("Obuwie", "Shoes")
    return replace(apparel, code="shoes", name=name, questions=(asks, *others), override_reasons=SCUFFED)


def shown(asked: str | None, *known: str) -> str:
    """A case of two gradings, and how it is read where these profiles are; ``None``: the hub does not say which."""
    apparel = replace(profiles()["apparel"], override_reasons=(Option("scuffed", Localized("Otarcia", "Scuffs")),))
    here = {"apparel": apparel, "shoes": shoes(apparel)}
    said = {} if asked is None else {"profile": asked}
    gradings = tuple(replace(one, override_reason="scuffed") for one in (FIRST, SECOND))
    evidence = tuple(
        EvidenceLine(
            one.corrected_at or one.occurred_at,
            one.worker_id,
            "event.unit.graded",
            {"grade": one.grade, "override_reason": one.override_reason, **said},
        )
        for one in gradings
    )
    case = CaseFile("RMA-1", "withdrawal", "2026-12-04", (CONFLICT,), evidence, (), gradings=gradings)
    reader = Reader("en", 120, UTC, profiles=tuple(here[name] for name in known))
    return "\n".join("".join(text for text, _ in row.spans) for row in review_case.rows(case, reader))


def test_two_profiles_with_the_same_codes_are_told_apart() -> None:
    """Whichever stands first: the answers, the reason for another grade, and the name of what was asked."""
    read = [shown("shoes", "apparel", "shoes"), shown("apparel", "shoes", "apparel")]

    assert [("Shoe box?" in text, "Scuffed sole" in text, "graded as Shoes" in text) for text in read] == [
        (True, True, True),
        (False, False, False),
    ]
    assert ["Scuffs" in text for text in read] == [False, True]


def test_a_profile_this_station_does_not_have_is_read_by_its_codes() -> None:
    """The words of another one might say something else than was answered."""
    read = shown("shoes", "apparel")

    assert ("dirt none" in read, "graded as shoes" in read, "Scuffs" in read) == (True, True, False)


@pytest.mark.parametrize("known", [("apparel",), ("apparel", "shoes")])
def test_of_an_older_hub_the_first_profile_that_fits_is_read(known: tuple[str, ...]) -> None:
    """It does not say which one was asked."""
    read = shown(None, *known)

    assert ("Scuffs" in read, "dirt none" in read, "graded as" in read) == (True, False, False)
