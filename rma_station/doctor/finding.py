"""A finding: how bad it is, what was found, and what to do about it."""

from __future__ import annotations

import enum

from rma_station.domain.outcome import Message
from rma_station.domain.record import dataclass


class Level(enum.Enum):
    """How bad a finding is."""

    GOOD = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the report; both texts are of the catalogue's table ``doctor``."""

    level: Level
    what: Message
    remedy: Message | None = None


def good(key: str, **values: str | int) -> Finding:
    """A check that found everything right."""
    return Finding(Level.GOOD, Message(f"doctor.{key}", values))


def note(key: str, do: str = "", **values: str | int) -> Finding:
    """Worth knowing, and keeps nothing from working. ``do``: key of the remedy, which may use the same values."""
    return _found(Level.NOTE, key, do, values)


def wrong(key: str, do: str, **values: str | int) -> Finding:
    """Something that keeps the station, or a part of it, from working. ``do``: key of the remedy."""
    return _found(Level.WRONG, key, do, values)


def _found(level: Level, key: str, do: str, values: dict[str, str | int]) -> Finding:
    return Finding(level, Message(f"doctor.{key}", values), Message(f"doctor.do.{do}", values) if do else None)
