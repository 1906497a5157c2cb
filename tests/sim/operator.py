"""Who looks after the hub: drives dead letters again, also in vain; and a version of the hub that refuses good events.

The version is mended one day. Until then some events of these types are dead letters, or are parked because they could
not be folded; what is driven again afterwards is taken, late and once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.intake import letters, lines, projection
from hub.tables import dead_letters, parked
from rma_station.domain import envelope as en
from rma_station.errors import Refused

if TYPE_CHECKING:
    from tests.sim.world import World

KIND = "hub refuses good events"
TAKEN = ("accepted", "duplicate")
_TYPES = frozenset({"unit.graded", "photo.taken", "unit.placed", "label.asked", "label.confirmed", "parcel.inspected"})
_READ, _FOLD = lines._unusable, projection.apply


class Operator:
    """Acts now and then while the day lasts, and goes through all of it when it is over."""

    def __init__(self, world: World) -> None:
        self.world, self.mended = world, False
        if world.rates[KIND] > 0:
            lines._unusable, projection.apply = self._unusable, self._apply
            world.after(world.chance.uniform(100, 380), self.mend)
        world.after(world.chance.uniform(40, 120), self.look)

    def look(self) -> None:
        """Drive one again."""
        world = self.world
        if world.calm:
            return
        world.after(world.chance.uniform(20, 90), self.look)
        found = self._all() if world.hub.up else []
        if found:
            self.redrive(world.chance.choice(found))

    def redrive(self, letter_id: str) -> None:
        """One of them; one that was taken is refused."""
        world, result = self.world, ""
        with world.hub.database.transaction() as connection:
            query = select(dead_letters.c.redriven_result).where(dead_letters.c.letter_id == letter_id)
            before = connection.scalar(query) or ""
            try:
                result = letters.redrive(connection, letter_id, "operator", world.time, world.hub.propose)
            except Refused:
                assert before in TAKEN
        world.note("operator", f"drives {letter_id[-6:]} again: {result[:60] or 'taken already'}")
        assert not (before in TAKEN and result)
        if result in TAKEN:
            world.happened("letter driven again")

    def finish(self) -> None:
        """The hub is mended, and everything is driven again, twice."""
        self.mend()
        for _ in range(2):
            for letter_id in self._all():
                self.redrive(letter_id)

    def mend(self) -> None:
        """The next version makes this mistake no more; as every start of the hub it looks at what is parked."""
        if not self.mended:
            self.mended = True
            self.close()
            self.world.note("operator", "mends the hub")

    def close(self) -> None:
        """What was patched is as it was."""
        lines._unusable, projection.apply = _READ, _FOLD

    def _all(self) -> list[str]:
        with self.world.hub.database.transaction() as connection:
            found = list(connection.scalars(select(dead_letters.c.letter_id)))
            found += connection.scalars(select(parked.c.event_id).where(parked.c.replayed_at.is_(None)))
        return sorted(found)

    def _chosen(self, event_id: str) -> float:
        """Less than 1 when the version is wrong about this event; the same whenever it comes."""
        return int(event_id[-6:], 16) / 0xFFFFFF / max(self.world.rates[KIND], 1e-9)

    def _unusable(self, envelope: en.Envelope) -> str:
        if envelope.type in _TYPES and self._chosen(envelope.event_id) < 0.5:
            self.world.happened(KIND)
            return "this version knows better"
        return _READ(envelope)

    def _apply(self, work: Any, fact: Any, *given: Any, **named: Any) -> None:
        if fact.event.TYPE in _TYPES and 0.5 <= self._chosen(fact.event_id) < 1:
            self.world.happened(KIND)
            raise ZeroDivisionError("this version cannot count")
        _FOLD(work, fact, *given, **named)
