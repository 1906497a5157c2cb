"""What reaches the screens from other threads, and nothing else does: dataclass messages, sent by ``post_message``."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from textual.message import Message

from rma_station.domain.record import dataclass
from rma_station.services.bench import Update


@dataclass
class BenchUpdate(Message, bubble=False):
    """The station has something new to show."""

    update: Update

    def can_replace(self, message: Message) -> bool:
        """A mere change of view or status need not be painted when a newer one already waits; an answer always is."""
        return self.update.outcome is None and self.update.sheet is None and isinstance(message, BenchUpdate)


@dataclass
class Answered(Message, bubble=False):
    """A question to the bench or the hub has its answer; ``token`` says which question."""

    token: int
    future: Future[Any]


@dataclass
class TerminalGone(Message, bubble=False):
    """Nobody can see us any more."""
