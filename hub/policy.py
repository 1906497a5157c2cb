"""The policy: may this money go back without a person? A decision table as data; ``evaluate`` is pure.

The table is a TOML file (``hub/data/policy.toml`` ships). Rows are read from the top and the first one whose
conditions all hold decides, so the file reads like the house rules it is. A decision carries the row, the version and
the facts it saw; it is stored with them for ever, so that a later policy never has to explain an earlier one.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rma_station.domain.grading import DISPOSITIONS, GRADES
from rma_station.domain.rma import RmaKind
from rma_station.errors import ConfigError

ACTIONS = ("approve", "hold", "decline")
MEANS = ("transfer", "card", "blik", "paypal", "cash_on_delivery", "gift_card", "other")
"""How an order can have been paid."""
ISSUES = ("undeclared", "over_receipt", "wrong_serial", "orphan")
PACKAGING = ("intact", "damaged", "opened")
WEIGHTS = ("match", "short", "light", "heavy", "not_compared")
PURPOSES = ("refund", "delivery")


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
    return Decision(rule.action, rule.reason, rule.id, policy.version, facts.as_inputs(), rule.say)


def _met(condition: Condition, value: Any) -> bool:
    if isinstance(condition, Bounds):
        return condition.holds(value)
    if isinstance(condition, bool):
        return value is condition
    return bool(condition & value) if isinstance(value, frozenset) else value in condition


# --- reading ---------------------------------------------------------------------------------------------


@functools.cache
def shipped() -> Policy:
    """The policy that comes with the program."""
    return load(Path(__file__).parent / "data" / "policy.toml")


MOST, MOST_DAYS, MOST_MINOR = 10**9, 3650, 10**12
"""Largest numbers in the head of a policy: beyond them no time and no column of a database goes."""
GUARDS = ("chain_break", "fork", "quarantine", "conflict", "cancelled")
"""Marks no policy lets pass by not knowing them: what stations say is in doubt, or the shop took the RMA back."""


def guarded(policy: Policy) -> Policy:
    """A house's policy with the shipped rows, at its top, for those ``GUARDS`` it does not speak of."""
    spoken = frozenset(mark for rule in policy.rules for mark in _marks(rule))
    missing = {frozenset({mark}) for mark in GUARDS if mark not in spoken}
    added = [rule for rule in shipped().rules if _marks(rule) in missing]
    return replace(policy, rules=(*added, *policy.rules))


def _marks(rule: Rule) -> frozenset[str]:
    found = rule.when.get("mark")
    return found if isinstance(found, frozenset) else frozenset()


def load(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        ConfigError: names file, row, key, value and what is allowed.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), "file", str(error), "a readable TOML file in UTF-8") from None
    return read(data, str(path))


def read(data: Mapping[str, Any], file: str) -> Policy:
    """A policy from parsed TOML; ``file`` is named in errors. Raises ``ConfigError``."""
    take = _Table(data, file, "")
    keys = ("version", "settle_delay_minutes", "missing_after_days", "bank_answer_days", "time_zone")
    take.only(*keys, "breaker", "rule")
    limits = _Table(take.table("breaker"), file, "breaker.")
    limits.only("refunds_per_hour", "amount_minor_per_hour")
    amounts = _Table(limits.table("amount_minor_per_hour"), file, "breaker.amount_minor_per_hour.")
    breaker = Breaker(
        limits.number("refunds_per_hour", 1), {code: amounts.number(code, 1, most=MOST_MINOR) for code in amounts.data}
    )
    rows = data.get("rule")
    if not isinstance(rows, list) or not rows:
        raise ConfigError(file, "rule", rows, "at least one row, written [[rule]]")
    rules = tuple(_rule(row, file, number) for number, row in enumerate(rows, 1))
    if rules[-1].when:
        raise ConfigError(file, f"rule[{len(rules)}].when", sorted(rules[-1].when), "nothing: the last row takes all")
    names = [rule.id for rule in rules]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise ConfigError(file, f"rule[{number}].id", name, "a name no other row has")
    return Policy(
        version=take.number("version", 1),
        rules=rules,
        breaker=breaker,
        settle_delay_minutes=take.number("settle_delay_minutes", 0, 10, MOST_DAYS * 24 * 60),
        missing_after_days=take.number("missing_after_days", 1, 14, MOST_DAYS),
        bank_answer_days=take.number("bank_answer_days", 1, 3, MOST_DAYS),
        time_zone=_time_zone(data.get("time_zone", Policy.time_zone), file),
    )


def _time_zone(name: Any, file: str) -> str:
    try:
        return ZoneInfo(name).key
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise ConfigError(file, "time_zone", name, "a name of the IANA list, such as 'Europe/Warsaw'") from None


def _rule(row: Any, file: str, number: int) -> Rule:
    take = _Table(row, file, f"rule[{number}].")
    take.only("id", "action", "reason", "say", "when")
    action = take.word("action", ACTIONS)
    reason = take.data.get("reason", "")
    if not isinstance(reason, str) or (action != "approve" and not reason):
        raise take.error("reason", reason, "a word that says why, shown in the queue")
    say = take.table("say") if "say" in take.data else {}
    for language, words in say.items():
        if language not in ("pl", "en") or not isinstance(words, str):
            raise take.error(f"say.{language}", words, "a sentence under pl or en")
    given = take.table("when") if "when" in take.data else {}
    when = {name: _condition(take, name, value) for name, value in given.items()}
    identity = take.data.get("id")
    if not isinstance(identity, str) or not identity:
        raise take.error("id", identity, "a short name of its own")
    return Rule(identity, action, reason, say, when)


def _condition(take: _Table, name: str, value: Any) -> Condition:
    read_one = _CONDITIONS.get(name)
    if read_one is None:
        raise take.error(f"when.{name}", value, "one of the conditions " + ", ".join(_CONDITIONS))
    return read_one(take, f"when.{name}", value)


def _words(*allowed: str) -> Callable[[_Table, str, Any], Condition]:
    def read_words(take: _Table, key: str, value: Any) -> Condition:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise take.error(key, value, "at least one; a row with none never holds anything back")
        for item in values:
            if not isinstance(item, str) or (allowed and item not in allowed):
                raise take.error(key, item, "one or a list of " + (", ".join(map(repr, allowed)) or "texts"))
        return frozenset(values)

    return read_words


def _currencies(take: _Table, key: str, value: Any) -> Condition:
    found = _words()(take, key, value)
    assert isinstance(found, frozenset)
    for item in found:
        if not re.fullmatch(r"[A-Z]{3}", item):
            raise take.error(key, item, "three capitals such as PLN")
    return found


def _flag(take: _Table, key: str, value: Any) -> Condition:
    if not isinstance(value, bool):
        raise take.error(key, value, "true or false")
    return value


def _bounds(take: _Table, key: str, value: Any) -> Condition:
    if isinstance(value, dict) and value and set(value) <= {"at_least", "at_most", "known"}:
        numbers = [item for name, item in value.items() if name != "known"]
        if all(type(item) is int for item in numbers) and isinstance(value.get("known", True), bool):
            return Bounds(**value)
    raise take.error(key, value, "{ at_least = N, at_most = N } with whole numbers, or { known = false }")


_CONDITIONS: dict[str, Callable[[_Table, str, Any], Condition]] = {
    "kind": _words(*(kind.value for kind in RmaKind)),
    "purpose": _words(*PURPOSES),
    "grade": _words(*GRADES),
    "disposition": _words(*DISPOSITIONS),
    "issue": _words(*ISSUES),
    "weight": _words(*WEIGHTS),
    "packaging": _words(*PACKAGING),
    "mark": _words(),
    "override": _flag,
    "dangerous": _flag,
    "photos_complete": _flag,
    "means": _words(*MEANS, ""),
    "refundable": _flag,
    "amount_minor": _bounds,
    "currency": _currencies,
    "same_currency": _flag,
    "days_left": _bounds,
}


class _Table:
    """A TOML table that knows where it stands, for errors that name the place."""

    def __init__(self, data: Any, file: str, prefix: str) -> None:
        if not isinstance(data, Mapping):
            raise ConfigError(file, prefix.rstrip("."), data, "a table of keys")
        self.data, self.file, self.prefix = data, file, prefix

    def error(self, key: str, value: object, allowed: str) -> ConfigError:
        return ConfigError(self.file, self.prefix + key, value, allowed)

    def only(self, *names: str) -> None:
        for key in self.data:
            if key not in names:
                raise self.error(key, self.data[key], "one of the keys " + ", ".join(names))

    def table(self, key: str) -> Mapping[str, Any]:
        value = self.data.get(key)
        if not isinstance(value, dict):
            raise self.error(key, value, "a table of keys")
        return value

    def number(self, key: str, least: int, default: int | None = None, most: int = MOST) -> int:
        value = self.data.get(key, default)
        if type(value) is not int or not least <= value <= most:
            raise self.error(key, value, f"a whole number from {least} to {most}")
        return value

    def word(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.data.get(key)
        if value not in allowed:
            raise self.error(key, value, " or ".join(map(repr, allowed)))
        return str(value)
