"""What a supervisor reads in words: answers and reasons by their grading profile, and the rule that held the money."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rma_station.domain.clean import clean
from rma_station.domain.grading import Profile
from rma_station.services.texts import catalogue, render, word

_RULE = re.compile(r"(?P<words>.+?) \((?P<rule>[\w-]+), policy (?P<version>\d+)\)(?:; |$)")
"""As the hub explains a decision of its policy, one after the other."""


def answers(given: Mapping[str, str], profiles: Sequence[Profile], language: str) -> list[str]:
    """Question and answer, each in the words of the first profile that knows them all; else their codes."""
    for profile in profiles:
        words = {
            (question.code, option.code): f"{render(question.text, language)} {render(option.text, language)}"
            for question in profile.questions
            for option in question.options
        }
        if all(pair in words for pair in given.items()):
            return [words[pair] for pair in given.items()]
    return [f"{clean(name, 30)} {clean(value, 30)}" for name, value in given.items()]


def reason(code: str, profiles: Sequence[Profile], language: str) -> str:
    """Why a worker gave another grade, in the words of a profile that knows the code; else the code."""
    known = (one for profile in profiles for one in profile.override_reasons if one.code == code)
    found = next(known, None)
    return render(found.text, language) if found is not None else clean(code, 60)


def rule(explanation: str, language: str) -> str:
    """The hub's rule in the reader's language where it is one of the shipped policy; a site's own stands as it came.

    The hub explains in English: only words that are exactly the shipped ones are put into another language.
    """
    said = []
    for found in _RULE.finditer(explanation):
        key = f"review.policy.{found['rule']}"
        if key not in catalogue("en") or word(key, "en") != found["words"]:
            return clean(explanation, 300)
        said.append(f"{word(key, language)} ({found['rule']}, {found['version']})")
    return "; ".join(said) or clean(explanation, 300)
