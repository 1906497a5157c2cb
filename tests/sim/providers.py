"""Two providers, and how a process calls them: one remembers keys, one does not; both lose answers and lag behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.connectors.provider import Absent, Accepted, Booked, CannotTell, Capabilities, Found, Refund, Rejected, Unknown
from tests.sim.process import Died, Process

if TYPE_CHECKING:
    from tests.sim.world import World

LAG = timedelta(seconds=90)


@dataclass(frozen=True)
class Booking:
    """Money that went back."""

    key: str
    amount_minor: int
    at: datetime
    order_id: str
    payment_id: str


@dataclass
class Provider:
    """Its own books, which nobody here can change: what the auditor believes of money."""

    world: World
    name: str
    means: frozenset[str]
    capabilities: Capabilities
    keyed: bool
    true_lag: timedelta = LAG
    """How late its list really is."""
    booked: list[Booking] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def objection(self, refund: Refund) -> str:
        """None."""
        return ""

    def refund(self, refund: Refund) -> Booked | Accepted | Rejected | Unknown:
        """Book it, with the fault that is due."""
        world = self.world
        if refund.key in self.refused or world.strikes("provider refused"):
            self.refused.add(refund.key)
            return Rejected("closed", "the account is closed")
        if world.strikes("provider failed before booking"):
            return Unknown("500")
        known = next((at for at, one in enumerate(self.booked, 1) if one.key == refund.key), 0) if self.keyed else 0
        if not known:
            self.booked.append(Booking(refund.key, refund.amount_minor, world.time, refund.order_id, refund.payment_id))
            world.evidence.left(refund.key)
            world.note(self.name, f"books {refund.key[-6:]} {refund.amount_minor}")
        if world.strikes("provider failed after booking"):
            return Unknown("500")
        if world.strikes("provider silent after booking"):
            raise ConnectionResetError("dropped")
        return Booked(f"{self.name}-{known or len(self.booked)}", refund.amount_minor)

    def lookup(self, refund: Refund) -> Found | Absent | CannotTell:
        """Its list is as old as its lag says, or a little younger."""
        if self.world.strikes("look-up failed"):
            return CannotTell("503")
        seen = self.world.time - self.true_lag * self.world.chance.uniform(0.3, 0.98)
        for number, booking in enumerate(self.booked, 1):
            if booking.key == refund.key and booking.at <= seen:
                return Found(f"{self.name}-{number}", booking.amount_minor)
        return Absent()


def providers(world: World) -> dict[str, Provider]:
    """By means of payment."""
    remembers = Capabilities("key", "by_ref", lookup_lag=LAG, key_ttl=timedelta(hours=24))
    forgets = Capabilities("none", "by_ref", lookup_lag=LAG)
    return {
        "card": Provider(world, "card", frozenset({"card"}), remembers, keyed=True),
        "transfer": Provider(world, "transfer", frozenset({"transfer"}), forgets, keyed=False),
    }


class Called:
    """A provider as a process reaches it: over a slow line, and the process may end before or after the call."""

    def __init__(self, process: Process, provider: Provider) -> None:
        self._process, self._provider = process, provider
        self.name, self.means, self.capabilities = provider.name, provider.means, provider.capabilities

    def objection(self, refund: Refund) -> str:
        """None."""
        return ""

    def refund(self, refund: Refund) -> Booked | Accepted | Rejected | Unknown:
        """One call."""
        self._travel("worker died before the call")
        answer = self._provider.refund(refund)
        self._travel("worker died after the call")
        return answer

    def lookup(self, refund: Refund) -> Found | Absent | CannotTell:
        """One question."""
        self._travel("worker died before the call")
        return self._provider.lookup(refund)

    def _travel(self, death: str) -> None:
        world = self._process.world
        if world.strikes(death):
            raise Died
        if not world.calm:
            self._process.pause(world.chance.uniform(0.01, 9))
