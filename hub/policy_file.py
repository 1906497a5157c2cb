"""A policy's file: read, checked, and never laxer than the guards. The table itself is ``policy.py``.

What is spelt wrongly would hold nothing back and nobody would know: every word a row can be met by is one of a list.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.currencies import CURRENCIES
from hub.policy import (
    ACTIONS,
    GUARDS,
    ISSUES,
    MARKS,
    MEANS,
    PACKAGING,
    PURPOSES,
    WEIGHTS,
    Bounds,
    Breaker,
    Condition,
    Policy,
    Rule,
)
from rma_station.domain.grading import DISPOSITIONS, GRADES
from rma_station.domain.rma import RmaKind
from rma_station.errors import ConfigError


@functools.cache
def shipped() -> Policy:
    """The policy that comes with the program."""
    return load(Path(__file__).parent / "data" / "policy.toml")


MOST, MOST_DAYS, MOST_MINOR = 10**9, 3650, 10**12
"""Largest numbers in the head of a policy: beyond them no time and no column of a database goes."""
NOT_NONE = "at least one; a row with none never holds anything back"


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
        limits.number("refunds_per_hour", 1),
        {_currency(amounts, code, code): amounts.number(code, 1, most=MOST_MINOR) for code in amounts.data},
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
            raise take.error(key, value, NOT_NONE)
        for item in values:
            if item not in allowed:
                raise take.error(key, item, "one or a list of " + ", ".join(map(repr, allowed)))
        return frozenset(values)

    return read_words


def _currencies(take: _Table, key: str, value: Any) -> Condition:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise take.error(key, value, NOT_NONE)
    return frozenset(_currency(take, key, item) for item in values)


def _currency(take: _Table, key: str, code: Any) -> str:
    if not isinstance(code, str) or code not in CURRENCIES:
        raise take.error(key, take.data.get(key, code), "a currency of ISO 4217 in capitals, such as PLN")
    return code


def _flag(take: _Table, key: str, value: Any) -> Condition:
    if not isinstance(value, bool):
        raise take.error(key, value, "true or false")
    return value


def _bounds(take: _Table, key: str, value: Any) -> Condition:
    if isinstance(value, dict) and value and set(value) <= {"at_least", "at_most", "known"}:
        numbers = [item for name, item in value.items() if name != "known"]
        known = value.get("known", True)
        if all(type(item) is int for item in numbers) and isinstance(known, bool) and (known or not numbers):
            bounds = Bounds(**value)
            if bounds.at_least is not None and bounds.at_most is not None and bounds.at_least > bounds.at_most:
                raise take.error(key, value, "at_least not above at_most: between them there is no number")
            return bounds
    raise take.error(key, value, "{ at_least = N, at_most = N } with whole numbers, or { known = false } alone")


_CONDITIONS: dict[str, Callable[[_Table, str, Any], Condition]] = {
    "kind": _words(*(kind.value for kind in RmaKind)),
    "purpose": _words(*PURPOSES),
    "grade": _words(*GRADES),
    "disposition": _words(*DISPOSITIONS),
    "issue": _words(*ISSUES),
    "weight": _words(*WEIGHTS),
    "packaging": _words(*PACKAGING),
    "mark": _words(*MARKS),
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
