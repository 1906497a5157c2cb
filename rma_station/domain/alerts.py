"""What the hub wants people to know until it is over: events it could not take, logs that parted.

It comes down the feed as rows of the kind ``alert``; a row is there as long as it is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from rma_station.domain.local_time import local
from rma_station.domain.outcome import Message
from rma_station.domain.record import dataclass, field


@dataclass(frozen=True)
class OpenLetter:
    """An event of a log that the hub has and could not take."""

    seq: int
    result: str
    """``dead_letter`` or ``parked`` (a newer hub will take it)."""
    code: str
    reason: str
    owner: str
    """Who can do something about it: ``supervisor`` or ``administrator``."""
    event_id: str | None = None


@dataclass(frozen=True)
class Alert:
    """One thing to know."""

    code: str
    """``letters``, ``fork_seen``, ``forked`` or ``key_twice``."""
    at: str
    """UTC, since when."""
    station: str = ""
    log_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    count: int = 0
    letters: tuple[OpenLetter, ...] = ()
    """The newest few of them."""

    def messages(self) -> tuple[Message, ...]:
        """In words of the catalogue: what it is, then each letter."""
        at = f"{local(self.at, UTC)} UTC"
        about: dict[str, str | int] = {"station": self.station, "count": self.count, "at": at}
        head = Message(f"alert.{self.code}", {**self.values, **about})
        return (head, *(_letter(letter) for letter in self.letters))


def _letter(letter: OpenLetter) -> Message:
    return Message(f"alert.{letter.result}", {"seq": letter.seq, "reason": letter.reason, "owner": letter.owner})
