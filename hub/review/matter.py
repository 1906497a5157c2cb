"""What a supervisor decides about, and what is said of it: shared by the verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from rma_station.domain.rma import Case
from sync import review_wire

UNCERTAIN = ("in_flight", "unknown")
"""States in which nobody knows whether the money went."""


@dataclass(frozen=True)
class Said:
    """What came of a decision: ``code`` is empty when it was accepted."""

    code: str = ""
    message: str = ""
    word: str = ""
    """Of an accepted one: ``second`` when it takes another supervisor before anything happens, ``late`` when the money
    had gone before."""


@dataclass(frozen=True)
class Matter:
    """All a verdict needs."""

    connection: Connection
    case: Case
    decision: review_wire.Decision
    now: datetime
    row: RowMapping | None = None
    """The intent it is about."""

    @property
    def by(self) -> str:
        """Who decides."""
        return self.decision.worker_id


def nothing_booked(row: RowMapping) -> bool:
    """Whether an intent that waits for a person was never sent, definitely refused, surely not booked, or came back."""
    return row["attempts"] == 0 or row["reason"] in ("rejected", "absent", "returned")
