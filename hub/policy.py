"""The policy: may this money go back without a person? A decision table as data; ``evaluate`` is pure.

The table is a TOML file that ``policy_file.py`` reads (``hub/data/policy.toml`` ships). Rows are read from the top and
the first one whose conditions all hold decides, so the file reads like the house rules it is. A decision carries the
row, the version and the facts it saw; it is stored with them for ever, so that a later policy never has to explain an
earlier one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rma_station.domain.fold import CONTRADICTIONS

ACTIONS = ("approve", "hold", "decline")
MEANS = ("transfer", "card", "blik", "paypal", "cash_on_delivery", "gift_card", "other")
"""How an order can have been paid."""
ISSUES = ("undeclared", "over_receipt", "wrong_serial", "orphan")
PACKAGING = ("intact", "damaged", "opened")
WEIGHTS = ("match", "short", "light", "heavy", "not_compared")
PURPOSES = ("refund", "delivery")
REASON_LENGTH, ID_LENGTH = 40, 60
"""So much of a row's reason and id is kept with a decision."""
GUARDS = ("chain_break", "fork", "quarantine", "conflict", "cancelled")
"""Marks no policy lets pass by not knowing them: what stations say is in doubt, or the shop took the RMA back."""
MARKS = (*GUARDS, *CONTRADICTIONS, "unknown_code")
"""Every mark there is: by the hub, by the fold, and for a grade or disposition of a station that is newer."""


@dataclass(frozen=True)
class Facts:
    """What the table may look at: one slot (or an order's delivery cost) and one payment it would go back to."""

    kind: str
    """Kind of the RMA."""
    purpose: str = "refund"
    """``refund`` or ``delivery``."""
    grade: str = ""
    """The worst grade of the units in the slot."""
    disposition: frozenset[str] = frozenset()
    issue: frozenset[str] = frozenset()
    weight: frozenset[str] = frozenset()
    """Verdicts of the parcels the units came in."""
    packaging: frozenset[str] = frozenset()
    mark: frozenset[str] = frozenset()
    """Codes of broken guards in the case; ``chain_break`` when a station's log does not verify."""
    override: bool = False
    """A worker gave another grade than the answers proposed."""
    dangerous: bool = False
    photos_complete: bool = True
    """The bytes of every photo of the units and their parcels are here, and none was skipped that a profile asks for.
    """
    means: str = ""
    """How the payment was made; empty when no payment is known."""
    refundable: bool = True
    """Whether money can go back to this payment."""
    amount_minor: int | None = None
    """Minor units; ``None`` when it is not known what was paid."""
    currency: str = "PLN"
    same_currency: bool = True
    """Whether the payment was made in the RMA's currency."""
    days_left: int | None = None
    """Days to the legal deadline; negative when it has passed."""

    def as_inputs(self) -> dict[str, Any]:
        """JSON form, stored with the decision."""
        return {
            item.name: sorted(value) if isinstance(value, frozenset) else value
            for item in dataclasses.fields(self)
            if (value := getattr(self, item.name)) is not None
        }


@dataclass(frozen=True)
class Bounds:
    """A condition on a number; one that is not known fulfils none but ``known = false``."""

    at_least: int | None = None
    at_most: int | None = None
    known: bool = True

    def holds(self, value: int | None) -> bool:
        """Whether the number is within."""
        if value is None or not self.known:
            return (value is None) is not self.known
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)


Condition = frozenset[str] | bool | Bounds


@dataclass(frozen=True)
class Rule:
    """One row of the decision table."""

    id: str
    action: str
    """``approve``, ``hold`` or ``decline``."""
    reason: str = ""
    """Code shown in the queue and stored; required for hold and decline."""
    say: Mapping[str, str] = field(default_factory=dict)
    """The row in words, by language."""
    when: Mapping[str, Condition] = field(default_factory=dict)

    def holds(self, facts: Facts) -> bool:
        """Whether every condition is met."""
        return all(_met(condition, getattr(facts, name)) for name, condition in self.when.items())


@dataclass(frozen=True)
class Breaker:
    """Limits above which nothing more is sent until a person has looked."""

    refunds_per_hour: int
    amount_minor_per_hour: Mapping[str, int]
    """By currency; money in a currency without a limit is never sent by itself."""


@dataclass(frozen=True)
class Policy:
    """A policy file as it was read: the table, the limits of the breaker, and the waiting times."""

    version: int
    rules: tuple[Rule, ...]
    breaker: Breaker
    settle_delay_minutes: int = 10
    missing_after_days: int = 14
    """Days after the last parcel until a unit that did not come is called missing."""
    bank_answer_days: int = 3
    """Days after which a bank file without an answer makes its refunds ``unknown``."""
    time_zone: str = "Europe/Warsaw"
    """Whose calendar days the law counts."""

    def day(self, now: datetime) -> date:
        """The calendar day there; in the night it is another one than in UTC."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True)
class Decision:
    """What the table said, and why."""

    action: str
    reason: str
    rule_id: str
    version: int
    inputs: Mapping[str, Any]
    say: Mapping[str, str]

    def explain(self, language: str = "en") -> str:
        """One line for a person; in the other language where the row has no words in this one."""
        words = self.say.get(language) or next(iter(self.say.values()), "") or self.reason or self.action
        return explained(words, self.rule_id, self.version)


def explained(words: str, rule_id: str, version: int) -> str:
    """A row's words with the row and the version they are of; stations take them apart again."""
    return f"{words} ({rule_id}, policy {version})"


def evaluate(policy: Policy, facts: Facts) -> Decision:
    """The first row that fits; reading a policy made sure that the last one always does."""
    rule = next(rule for rule in policy.rules if rule.holds(facts))
    reason, rule_id = rule.reason[:REASON_LENGTH], rule.id[:ID_LENGTH]
    return Decision(rule.action, reason, rule_id, policy.version, facts.as_inputs(), rule.say)


def _met(condition: Condition, value: Any) -> bool:
    if isinstance(condition, Bounds):
        return condition.holds(value)
    if isinstance(condition, bool):
        return value is condition
    return bool(condition & value) if isinstance(value, frozenset) else value in condition
