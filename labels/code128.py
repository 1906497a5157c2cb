"""Code 128 as the numbers of its characters, planned by us so that it is equally wide in every printer language.

The plan is the portable one (hardware reference 4.5): either subset B throughout, or, when it begins with four digits
or is GS1-128, subset C in pairs as far as they go and then B to the end. Switching back to C is shorter by little and
read wrongly by one of two renderers. Source of the numbers: ISO/IEC 15417.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rma_station.domain.record import dataclass

FNC1 = "\x1d"
"""Stands for FNC1 in a text to encode: a GS1 message begins with one and ends its variable fields with one."""
SHIFT, CODE_C, CODE_B, FNC1_VALUE, START_B, START_C = 98, 99, 100, 102, 104, 105
STOP_MODULES = 13
CHARACTER_MODULES = 11
_PAIRS, _INNER_PAIRS = 4, 6
"""So many digits at an end, or between other characters, make subset C worth while."""


def plan(text: str) -> tuple[int, ...]:
    """The characters from the start to the last of the data, without check character and stop.

    Args:
        text: ASCII; ``FNC1`` where a function character shall stand. Other control characters are shifted to subset A.
    """
    found: list[int] = []
    place = 0
    if text[:_PAIRS].lstrip(FNC1).isdecimal() and len(text) >= _PAIRS:
        found.append(START_C)
        while place < len(text):
            if text[place] == FNC1:
                found.append(FNC1_VALUE)
                place += 1
            elif len(text) >= place + 2 and text[place : place + 2].isdecimal():
                found.append(int(text[place : place + 2]))
                place += 2
            else:
                found.append(CODE_B)
                break
    else:
        found.append(START_B)
    for character in text[place:]:
        found += _in_b(character)
    return tuple(found)


def compact(text: str) -> tuple[int, ...]:
    """A shorter plan that goes to subset C for every long run of digits: for what we draw ourselves, bar by bar."""
    found: list[int] = []
    runs = re.findall(r"[0-9]+|[^0-9]+", text)
    in_c = False
    for number, run in enumerate(runs):
        edge = number in (0, len(runs) - 1)
        pairs = len(run) // 2 if run[0].isdecimal() and len(run) >= (_PAIRS if edge else _INNER_PAIRS) else 0
        alone = len(run) - 2 * pairs
        # The odd digit goes where subset B is anyway: before the pairs, but behind them at the very beginning.
        before, digits, after = (run[:alone], run[alone:], "") if number else ("", run[: 2 * pairs], run[2 * pairs :])
        for part in (before, digits, after):
            if not part:
                continue
            wanted = part is digits and pairs > 0
            if not found:
                found.append(START_C if wanted else START_B)
            elif wanted != in_c:
                found.append(CODE_C if wanted else CODE_B)
            in_c = wanted
            for place in range(0, len(part), 2 if wanted else 1):
                found += (int(part[place : place + 2]),) if wanted else _in_b(part[place])
    return tuple(found)


def _in_b(character: str) -> tuple[int, ...]:
    if character == FNC1:
        return (FNC1_VALUE,)
    code = ord(character)
    return (code - 32,) if code >= 32 else (SHIFT, code + 64)


@dataclass(frozen=True)
class Spelling:
    """How a printer language names what is not data."""

    start_b: str
    start_c: str
    to_b: str
    fnc1: str


def spelled(values: Sequence[int], words: Spelling) -> str:
    """A plan as text: its characters, with starts, changes and FNC1 in the words of a printer language."""
    pairs = values[0] == START_C
    written = [words.start_c if pairs else words.start_b]
    for value in values[1:]:
        if value == FNC1_VALUE:
            written.append(words.fnc1)
        elif pairs and value == CODE_B:
            written.append(words.to_b)
            pairs = False
        else:
            written.append(f"{value:02}" if pairs else chr(value + 32))
    return "".join(written)


def modules(values: Sequence[int]) -> int:
    """Width of a plan with check character and stop, without quiet zones, in modules."""
    return CHARACTER_MODULES * (len(values) + 1) + STOP_MODULES


def bars(values: Sequence[int]) -> str:
    """A plan as 1 (bar) and 0 (space) a module, with check character and stop."""
    from barcode.charsets import code128

    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    characters = (code128.CODES[value] for value in (*values, check))
    return "".join((*characters, code128.STOP, "11"))
