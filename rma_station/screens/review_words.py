"""What a supervisor reads in words: names, amounts, answers and reasons by their grading profile, and the hub's rule.

``Reader`` is who reads and on how wide a screen; the rows of the review are made for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import tzinfo

from rma_station.domain.clean import clean
from rma_station.domain.grading import Profile
from rma_station.domain.money import format_amount
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass, field
from rma_station.domain.review import ReviewItem
from rma_station.services.texts import catalogue, render, word

WIDE = 120
"""Columns from which a row of the queue also has the hub's title of it."""
NARROW = 80
"""On fewer columns than these everything is said shorter, or on more lines."""
_RULE = re.compile(r"(?P<words>.+?) \((?P<rule>[\w-]+), policy (?P<version>\d+)\)(?:; |$)")
"""As the hub explains a decision of its policy, one after the other."""


@dataclass(frozen=True)
class Reader:
    """Who reads, and where."""

    language: str
    width: int
    """Columns of the screen."""
    zone: tzinfo
    names: Mapping[str, str] = field(default_factory=dict)
    """Of workers, by their number."""
    profiles: Sequence[Profile] = ()
    """Whose words answers and reasons are shown in."""

    @property
    def narrow(self) -> bool:
        """There is little room on a line."""
        return self.width < NARROW

    def say(self, key: str, **values: str | int) -> str:
        """A text of the catalogue."""
        return render(say(key, **values), self.language)

    def name_and_number(self, worker_id: str) -> str:
        """Of a worker; the number alone when nobody here knows the name."""
        name = self.names.get(worker_id)
        return clean(worker_id if name is None else f"{name} {worker_id}", 60)

    def who(self, worker_id: str) -> str:
        """Name and number of a worker, the name alone where there is little room."""
        return clean(self.names.get(worker_id, worker_id), 60) if self.narrow else self.name_and_number(worker_id)

    def amount(self, item: ReviewItem) -> str:
        """What would be refunded; empty where nothing would."""
        return format_amount(item.amount_minor, item.currency, self.language) if item.amount_minor else ""


def asked_by(profile: str, profiles: Sequence[Profile]) -> Sequence[Profile]:
    """The profiles whose words answers and reasons may be in.

    Args:
        profile: code of the one that was asked; empty where an older hub does not say it: then any may fit.
        profiles: all that this station has; none of them fits where it does not have the one that was asked.
    """
    return [one for one in profiles if one.code == profile] if profile else profiles


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
    """The hub's rules in the reader's language where it is known.

    A hub that is asked in a language answers in it, as far as the house's policy has words in it. An older one explains
    in English: words that are exactly those of the shipped policy are put into the reader's language.
    """
    said = []
    for found in _RULE.finditer(explanation):
        key = f"review.policy.{found['rule']}"
        shipped = key in catalogue("en") and word(key, "en") == found["words"]
        said.append(f"{word(key, language) if shipped else found['words']} ({found['rule']}, {found['version']})")
    return clean("; ".join(said) or explanation, 300)
