"""A provider with a fault script, and a database that dies between two writes."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.connectors.provider import (
    Absent,
    Accepted,
    Booked,
    CannotTell,
    Capabilities,
    Found,
    Refund,
    Rejected,
    Unknown,
)
from hub.store import Database


class Died(BaseException):
    """The process is gone: no handler of the program runs any more."""


@dataclass
class FakeProvider:
    """Books what it is asked to, without an idempotency key, as badly as told.

    ``faults`` gives for each call one of ``ok before after drop die_before die_after`` (an error before or after
    booking, a lost answer, the death of our process), for each look-up one of ``ok error``.
    """

    now: Callable[[], datetime]
    faults: Callable[[str], str] = lambda what: "ok"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities("none", "by_ref", lookup_lag=timedelta(minutes=15))
    )
    name: str = "fake"
    means: frozenset[str] = frozenset({"transfer", "card"})
    booked: list[tuple[str, int, datetime]] = field(default_factory=list)
    calls: int = 0
    objects: str = ""
    answer: Booked | Accepted | Rejected | Unknown | None = None

    def objection(self, refund: Refund) -> str:
        """As told."""
        return self.objects

    def refund(self, refund: Refund) -> Booked | Accepted | Rejected | Unknown:
        """Book, with the fault that is due."""
        self.calls += 1
        if self.answer is not None:
            return self.answer
        fault = self.faults("refund")
        if fault == "before":
            return Unknown("500 before booking")
        if fault == "die_before":
            raise Died
        self.booked.append((refund.key, refund.amount_minor, self.now()))
        if fault == "after":
            return Unknown("500 after booking")
        if fault == "drop":
            raise ConnectionResetError("dropped")
        if fault == "die_after":
            raise Died
        return Booked(f"B{len(self.booked)}", refund.amount_minor)

    def lookup(self, refund: Refund) -> Found | Absent | CannotTell:
        """The list of bookings is older than the lookup lag says."""
        if self.faults("lookup") == "error":
            return CannotTell("503")
        for number, (key, amount, at) in enumerate(self.booked, 1):
            if key == refund.key and self.now() - at >= self.capabilities.lookup_lag * 0.9:
                return Found(f"B{number}", amount)
        return Absent()


@dataclass
class DyingDatabase:
    """Hands transactions on and dies before one begins or after one has committed, with the given chance."""

    database: Database
    chance: random.Random
    rate: float = 0.05

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, perhaps the last."""
        if self.chance.random() < self.rate:
            raise Died
        with self.database.transaction() as connection:
            yield connection
        if self.chance.random() < self.rate:
            raise Died
