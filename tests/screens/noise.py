"""Text as nobody should ever send it: sequences that command terminals, markup, controls, odd and broken characters.

``noisy`` puts it in the place of every text of a value, so that a screen can be shown full of it.
"""

from __future__ import annotations

import dataclasses
import enum
import random
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

PIECES = (
    "\x1b]52;c;cHduZWQ=\x07", "\x1b]0;title\x1b\\", "\x1b]8;;http://x\x1b\\x", "\x1b[2J", "\x1b[1;1H", "\x1b[?1049l",
    "\x1bc", "\x1b(0", "\x1b#8", "\x1bP$q\x1b\\", "\x1b_Gf=100\x1b\\", "\x1b^x\x1b\\", "\x1b", "\x9b2J", "\x9b31m",
    "\x9d52;c;x\x9c", "\x90q\x9c", "\x9f", "\x85", "\x00", "\x05", "\x07", "\x08", "\x0b", "\x0c", "\x0e", "\x7f",
    "\r", "\n", "\t", "\u202e", "\u2066", "\u200b", "\u00ad", "\ufeff", "\U000e0041", "\ud800",
    "[@click=app.exit]x[/]", "[red]x", "[/wrong]", "[[", "]", "\\[", "[link=file:///]x[/link]", "{0}", "{name}", "%s",
    "żółw", "🙂", "é", "漢字", "﷽", " " * 9, "A" * 60,
)  # fmt: skip
KEPT = frozenset({"key", "language", "kind", "state", "group", "sheet", "currency", "role", "theme", "what"})
"""Fields that are words of ours; what is shown for them comes from the catalogue."""


def noise(dice: random.Random) -> str:
    """One text."""
    drawn = [dice.choice(PIECES) for _ in range(dice.randint(1, 6))]
    if dice.random() < 0.3:
        drawn.append(dice.randbytes(8).decode("latin-1"))
    return "".join(drawn)


def noisy(value: T, dice: random.Random) -> T:
    """The same value with noise in every text that may come from outside."""
    return _noisy(value, dice)


def _noisy(value: Any, dice: random.Random) -> Any:
    if isinstance(value, enum.Enum):
        return value
    if isinstance(value, str):
        return noise(dice) if value else value
    if isinstance(value, tuple):
        return tuple(_noisy(item, dice) for item in value)
    if isinstance(value, Mapping):
        return {key: _noisy(item, dice) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init and field.name not in KEPT]
        return dataclasses.replace(value, **{name: _noisy(getattr(value, name), dice) for name in names})
    return value
