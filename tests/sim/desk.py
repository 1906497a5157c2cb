"""Two supervisors: they look at the queue, take their time, and decide about money and grades.

Sometimes on evidence that has changed since.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hub import hub_identity
from hub.review import decisions, desk
from rma_station.domain.review import Decision, ReviewItem
from sync import review_wire
from tests.sim.central import SUPERVISORS
from tests.sim.shop import DISPOSITION

if TYPE_CHECKING:
    from tests.sim.world import World


class Desk:
    """Decides now and then while the day lasts."""

    def __init__(self, world: World) -> None:
        self.world, self.count = world, 0
        self.of_grades = random.Random(f"grades {world.seed}")
        """A chance of its own: days on which no grade is changed stay what they were."""
        self.share = self.of_grades.choice((0, 0.1, 0.3))
        """Of the decisions, those about a grade."""
        world.after(world.chance.uniform(60, 200), self.look)

    def look(self) -> None:
        """Open one case."""
        world = self.world
        if world.calm:
            return
        world.after(world.chance.uniform(10, 60), self.look)
        if not world.hub.up:
            return
        with world.hub.database.transaction() as connection:
            header = hub_identity.identity(connection).header(world.time)
            items = desk.queue(connection, header, world.time).items
            if not items:
                return
            item = world.chance.choice(items)
            case = desk.case_file(connection, header, item.case_id, world.time)
        if case is None:
            return
        who = world.chance.choice(sorted(SUPERVISORS))
        regraded = self._grade(case, who) if self.of_grades.random() < self.share else None
        decision = regraded or self._decision(item, who, case.basis)
        world.after(world.chance.uniform(1, 60), lambda: self.decide(item.case_id, decision))

    def _decision(self, item: ReviewItem, who: str, basis: tuple[str, ...]) -> Decision:
        self.count += 1
        token, chance = f"because-{self.count}", self.world.chance
        if item.reason == "orphan":
            rma_id = self._owner(item.case_id)
            return Decision("", "match", who, SUPERVISORS[who], basis, token, rma_id=rma_id)
        verdict, deduction = chance.choices(("approve", "decline", "regrade"), (70, 20, 10))[0], 0
        if item.late_contradiction:
            verdict = "noted"
        elif chance.random() < 0.1:
            verdict, deduction = "adjust", max(1, (item.amount_minor or 1) // 3)
        return Decision(item.intent_key, verdict, who, SUPERVISORS[who], basis, token, deduction_minor=deduction)

    def _grade(self, case: review_wire.ReviewCase, who: str) -> Decision | None:
        """Another grade for one of the units; none where nothing was graded."""
        if not case.gradings:
            return None
        self.count += 1
        unit, grade = self.of_grades.choice(case.gradings), self.of_grades.choice("ACD")
        goes, about = DISPOSITION[grade], (who, SUPERVISORS[who], case.basis, f"because-{self.count}")
        return Decision(
            "", "grade", *about, unit_id=unit.unit_id, grade=grade, disposition=goes, destination=goes.upper()
        )

    def _owner(self, case_id: str) -> str:
        """Where an orphan parcel belongs: a person who opens it can see that."""
        return self.world.owners.get(case_id, "RMA-2026-000001")

    def decide(self, case_id: str, decision: Decision) -> None:
        """Hand it in."""
        world = self.world
        if not world.hub.up:
            return
        with world.hub.database.transaction() as connection:
            reply = decisions.decide(connection, case_id, decision, world.time, world.hub.propose)
        words = reply.code or reply.message
        world.note(decision.worker_id, f"{decision.verdict} {case_id[-12:]} {decision.intent_key[-6:]}: {words}")
        if reply.code == "basis_changed":
            world.happened("decision on old evidence")
        if reply.accepted:
            if decision.verdict == "match":
                world.happened("orphan matched")
            if decision.verdict == "grade":
                world.happened("grade changed in the review")
            subject = decision.intent_key or case_id
            world.promises.decisions.append((subject, decision.verdict, decision.worker_id, decision.reason))
