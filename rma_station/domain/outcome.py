"""What the worker is answered: values, never exceptions.

A ``Message`` is a key of the text catalogue and its values; language is chosen where it is shown. Values are
outside text more often than not and are cleaned by whoever renders them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from rma_station.domain.command import Command
from rma_station.domain.record import dataclass, field


class Kind(enum.Enum):
    """The only four outcomes (design section 6)."""

    READY = "ready"
    OK = "ok"
    ATTENTION = "attention"
    STOP = "stop"


@dataclass(frozen=True)
class Message:
    """A text of the catalogue (``services/texts/pl.toml``, ``en.toml``) by key, with its values."""

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Localized:
    """A text that comes as data in both languages (grading questions, instructions)."""

    pl: str
    en: str


Text = Message | Localized


def say(key: str, **values: str | int) -> Message:
    """``Message`` in one short call: ``say("unit.graded", grade="B")``."""
    return Message(key, values)


@dataclass(frozen=True)
class Outcome:
    """The answer to one input: it decides banner, colour, shape and sound."""

    kind: Kind
    message: Text
    detail: Text | None = None


@dataclass(frozen=True)
class Choice:
    """One numbered answer to the question on screen."""

    number: int
    text: Text
    proposed: bool = False


@dataclass(frozen=True)
class View:
    """All the worker screen shows for one state; the screen itself decides nothing.

    One question, and what it accepts. ``big`` is shown large (a grade, an LPN, a weight).
    """

    title: Text
    prompt: Text
    accepts: Text
    choices: tuple[Choice, ...] = ()
    big: str = ""
    facts: tuple[Text, ...] = ()
    """Short lines about the parcel and the unit in hand, most important first."""
    undo: Text | None = None
    """What undo would undo; ``None`` when there is nothing."""
    expects_text: bool = False
    """True when letters typed on a keyboard are input (finding a parcel by number), not keys."""
    secret: bool = False
    """True for a PIN: what is typed is not shown, and a burst of keys is not taken for it."""
    offers: tuple[Command, ...] = ()
    """Commands that make sense now, most useful first: the key line shows them."""
