"""The text catalogue: every sentence a person reads, by key, in Polish and English.

The texts are in ``texts/pl.toml`` and ``texts/en.toml``; those of the administrator's commands (``doctor``,
``devices``) in ``texts/administrator/``, loaded when the first of them is shown. A text has ``{name}`` where a value
goes, or ``{name:prefix}`` where the value is itself a code whose word is the text ``prefix.<value>``
(``{grade:grade}``, ``{place:disposition}``). A text that counts is a table of plural forms (``one``, ``few``,
``many``) chosen by the value ``count``. Sentences are never put together from pieces, because word order differs
between languages.

Values come from outside more often than not: each goes through ``domain.clean``, and none is ever read as a
pattern, so that a SKU called ``{0.__class__}`` is shown as just that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Localized, Message, Text

LANGUAGES = ("pl", "en")
FOLDER = Path(__file__).with_name("texts")
ADMINISTRATOR = ("doctor.", "devices.", "wizard.", "enrol.", "wipe.", "salvage.", "encrypt.", "stopped.")
"""Tables of the catalogue that are in ``texts/administrator/``."""
FORMS = {"pl": ("one", "few", "many"), "en": ("one", "many")}
"""The plural forms each language has."""
LONGEST_VALUE = 120
"""Characters of one value; longer ones end in an ellipsis."""
LONGEST_FOR_ADMINISTRATORS = 1000
"""The same in their texts: a path that is cut cannot be used."""
_PLACE = re.compile(r"\{([a-z_]+)(?::([a-z_.]+))?\}")

Entry = str | Mapping[str, str]


def plural(language: str, count: int) -> str:
    """Which form of a counted text fits: ``one``, ``few`` or ``many``.

    Source: Unicode CLDR plural rules, cardinals, for ``pl`` and ``en`` (whole numbers only).
    """
    number = abs(count)
    if number == 1:
        return "one"
    if language == "pl" and number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return "few"
    return "many"


def render(text: Text, language: str) -> str:
    """A text as one harmless line in a language.

    A key that the catalogue does not have is shown as itself rather than failing at the bench; a missing value is
    shown as ``?``. Tests find both before a worker does.

    Args:
        text: a message of the catalogue, or a text that came as data in both languages.
        language: ``pl`` or ``en``; anything else is shown in English.
    """
    spoken = language if language in LANGUAGES else "en"
    if isinstance(text, Localized):
        return clean(text.pl if spoken == "pl" else text.en, limit=400)
    entries = catalogue(spoken)
    if text.key not in entries and text.key.startswith(ADMINISTRATOR):
        entries = administrator(spoken)
    entry = entries.get(text.key)
    if entry is None:
        return clean(text.key)
    if not isinstance(entry, str):
        count = text.values.get("count", 0)
        entry = entry[plural(spoken, count if isinstance(count, int) else 0)]
    longest = LONGEST_FOR_ADMINISTRATORS if text.key.startswith(ADMINISTRATOR) else LONGEST_VALUE
    return _fill(entry, text.values, entries, longest)


def word(key: str, language: str) -> str:
    """A text without values."""
    return render(Message(key), language)


@cache
def catalogue(language: str) -> Mapping[str, Entry]:
    """All texts of a language by key: ``screen.ok`` is ``ok`` of the table ``[screen]``."""
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(data, ""))


@cache
def administrator(language: str) -> Mapping[str, Entry]:
    """The texts of the administrator's commands; longer than a bench's, and never needed there."""
    data = tomllib.loads((FOLDER / "administrator" / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(data, ""))


def places(entry: Entry) -> frozenset[str]:
    """The values a text needs, each with its word list: ``count``, ``grade:grade``."""
    texts = (entry,) if isinstance(entry, str) else tuple(entry.values())
    return frozenset(f"{name}:{prefix}" if prefix else name for text in texts for name, prefix in _PLACE.findall(text))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        if isinstance(value, str) or ("one" in value and isinstance(value["one"], str)):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")


def _fill(pattern: str, values: Mapping[str, str | int], entries: Mapping[str, Entry], longest: int) -> str:
    if "{" not in pattern:
        return pattern

    def value(match: re.Match[str]) -> str:
        name, prefix = match.groups()
        given = values.get(name)
        if given is None:
            return "?"
        known = entries.get(f"{prefix}.{given}") if prefix else None
        return known if isinstance(known, str) else clean(str(given), limit=longest)

    return _PLACE.sub(value, pattern)
