"""The terminal: its size, its character set, and whether the Linux console's font has what the screens show."""

from __future__ import annotations

from collections.abc import Iterator

from rma_station.doctor.finding import Finding, good, note, wrong
from rma_station.doctor.machine import Machine

SMALLEST = (40, 15)
NEEDED = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ─│┌┐└┘█▶●▲·"
"""Polish letters, frames, and the shapes that stand beside colour."""


def terminal(machine: Machine) -> Iterator[Finding]:
    """Size, character set and font."""
    columns, lines = machine.size
    kind = machine.environment.get("TERM", "?")
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        yield wrong("terminal_small", "terminal_small", columns=columns, lines=lines)
    else:
        yield good("terminal", kind=kind, columns=columns, lines=lines)
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((machine.environment[name] for name in names if machine.environment.get(name)), "")
    if "utf" not in locale.lower():
        yield note("locale", "locale", locale=locale or "-")
    if machine.glyphs is not None:
        yield font(machine.glyphs)
    elif kind == "linux":
        yield note("font_unknown", "font")


def font(glyphs: frozenset[int]) -> Finding:
    """Whether the console's font has every character the screens need."""
    missing = "".join(letter for letter in NEEDED if ord(letter) not in glyphs)
    return wrong("font_lacks", "font", missing=missing) if missing else good("font")
