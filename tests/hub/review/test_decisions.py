"""A supervisor decides online, with role and PIN, on what they saw, and never about their own grading."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub import feed, hub_identity, ingest, ledger, people, refunds, store
from hub.intake import projection
from hub.ledger import refund_intents
from hub.review import decisions, desk
from hub.shop import orders
from hub.shop.document import Document, LineGiven, OrderGiven, PaymentGiven, RmaGiven
from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.fold import Fact
from rma_station.domain.rma import Product
from sync import review_wire
from tests.hub import databases
from tests.hub.money_world import NOON, amended, graded, opened_parcel

RMA = "RMA-2026-000001"
GRADER, BOSS, OTHER = "000101", "000201", "000202"


@dataclass
class Desk:
    """A hub with one return, and its supervisors."""

    database: store.Database
    now: datetime = NOON
    facts: int = 0

    def happen(self, case_id: str, *happened: ev.Event, worker: str = GRADER) -> None:
        """Events arrive, as ingest folds them."""
        with self.database.transaction() as connection:
            work = projection.load(connection, [case_id])
            for one in happened:
                self.facts += 1
                fact = Fact(f"e{self.facts}", one, worker, "2026-11-22T12:00:00.000Z")
                projection.apply(work, fact, [case_id], self.now)
            ingest.finish(connection, hub_identity.identity(connection), work, self.now, refunds.propose)

    def returned(self, grade: str = "C") -> None:
        """The unit comes back in that grade; the parcel is done."""
        unit = ev.UnitIdentified("u1", "p1", "LPN1", "c", "gtin", RMA, "L1", "SHIRT", part_sku="SHIRT")
        self.happen(RMA, opened_parcel("p1", RMA), unit, graded("u1", grade), ev.ParcelDone("p1"))

    def queue(self) -> tuple[review_wire.ReviewItem, ...]:
        """The supervisors' queue."""
        with self.database.transaction() as connection:
            header = hub_identity.identity(connection).header(self.now)
            return desk.queue(connection, header, self.now).items

    def file(self, case_id: str = RMA) -> review_wire.ReviewCase:
        """A case as a supervisor sees it."""
        with self.database.transaction() as connection:
            found = desk.case_file(connection, hub_identity.identity(connection).header(self.now), case_id, self.now)
        assert found is not None
        return found

    def decide(self, verdict: str, case_id: str = RMA, **more: Any) -> str:
        """The code of the answer; ``-`` when it has none."""
        seen = self.file(case_id)
        given = review_wire.Decision(
            intent_key=more.pop("intent_key", seen.intents[0].intent_key if seen.intents else ""),
            verdict=verdict,
            worker_id=more.pop("worker_id", BOSS),
            pin=more.pop("pin", "246810"),
            basis=more.pop("basis", seen.basis),
            **more,
        )
        with self.database.transaction() as connection:
            reply = decisions.decide(connection, case_id, given, self.now, refunds.propose)
        return reply.code or "-"

    def intents(self) -> list[tuple[str, str, int]]:
        """Purpose, state and amount of every intent."""
        table = refund_intents
        with self.database.transaction() as connection:
            query = select(table.c.purpose, table.c.state, table.c.amount_minor).order_by(table.c.proposed_at)
            return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]

    def set(self, **values: Any) -> None:
        """Put the intents into a state a provider would have brought them to."""
        with self.database.transaction() as connection:
            connection.execute(update(refund_intents).values(**values))

    def send(self) -> None:
        """Queue what is due, and have it succeed."""
        self.now += timedelta(minutes=10)
        with self.database.transaction() as connection:
            refunds.queue_due(connection, self.now)
            waiting = refund_intents.c.state == "queued"
            connection.execute(update(refund_intents).where(waiting).values(state="succeeded", attempts=1))


@pytest.fixture
def at() -> Desk:
    """One order of 100.00, two supervisors and a worker."""
    database = databases.fresh()
    hub_identity.prepare(database, "sample", NOON, os.urandom)
    document = Document(
        (Product("SHIRT", "Koszula"),),
        (OrderGiven("Z-1", (PaymentGiven("P1", "transfer", 10000),), pieces=1, holder="Zofia"),),
        (RmaGiven(RMA, "withdrawal", "Z-1", (LineGiven("L1", "SHIRT", 1, 10000),), received_on="2026-11-12"),),
    )
    with database.transaction() as connection:
        orders.take_document(connection, document, "shop.json", NOON, refunds.propose)
        for number, role in ((GRADER, "supervisor"), (BOSS, "supervisor"), (OTHER, "supervisor"), ("000102", "worker")):
            people.put_person(connection, Person(number, f"P {number}", role), "246810", NOON, os.urandom)
    return Desk(database)


def test_what_is_held_stands_in_the_queue_with_its_evidence(at: Desk) -> None:
    """With the days that are left and the rule in words."""
    at.returned()

    (item,) = at.queue()
    seen = at.file()
    assert (item.case_id, item.reason, item.amount_minor, item.days_left) == (RMA, "diminished_value", 10000, 4)
    assert (seen.basis[1:], seen.graded_by) == (("e2", "e3"), (GRADER,))
    assert seen.rule == "The goods lost value: is there a deduction? (diminished, policy 3)"


def test_approving_sends_it_the_usual_way(at: Desk) -> None:
    """It is still within the settle delay and the caps."""
    at.returned()
    assert at.decide("approve") == "-"
    assert (at.intents(), at.queue()) == ([("refund", "approved", 10000)], ())

    at.send()
    assert at.intents() == [("refund", "succeeded", 10000)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"pin": "000000"}, "pin"),
        ({"worker_id": "000102"}, "role"),
        ({"worker_id": GRADER}, "own_grading"),
        ({"basis": ("e2",)}, "basis_changed"),
        ({"intent_key": "another"}, "state"),
    ],
)
def test_nobody_decides_without_right_or_on_old_news(at: Desk, given: dict[str, Any], code: str) -> None:
    """And nothing has changed then."""
    at.returned()

    assert (at.decide("approve", **given), at.intents()) == (code, [("refund", "held", 10000)])


def test_a_new_event_makes_a_decision_void(at: Desk) -> None:
    """The supervisor saw C; it is D by now."""
    at.returned()
    basis = at.file().basis
    at.happen(RMA, amended("u1", "D"))

    assert at.decide("approve", basis=basis) == "basis_changed"


@pytest.mark.parametrize("verdict", ["decline", "adjust", "regrade"])
def test_what_takes_something_away_needs_a_reason(at: Desk, verdict: str) -> None:
    """The customer, or the worker, is told it."""
    at.returned()

    assert at.decide(verdict) == "reason_missing"


def test_a_decline_is_final_and_says_why(at: Desk) -> None:
    """The reason is kept."""
    at.returned()

    assert at.decide("decline", reason="worn and washed") == "-"
    assert at.intents() == [("refund", "declined", 10000)]
    assert at.decide("approve", intent_key=at_key(at)) == "state"


def at_key(at: Desk) -> str:
    """Key of the only intent."""
    with at.database.transaction() as connection:
        return str(connection.scalar(select(refund_intents.c.refund_key)))


def test_a_deduction_needs_a_grade_that_shows_it(at: Desk) -> None:
    """Grade A lost no value; nor is a deduction ever the whole amount."""
    at.returned("C")
    assert at.decide("adjust", reason="scratched", deduction_minor=10000) == "amount"
    assert at.decide("adjust", reason="scratched", deduction_minor=2500) == "-"
    assert at.intents() == [("refund", "approved", 7500)]


def test_no_deduction_for_goods_as_new(at: Desk) -> None:
    """A flat fee is not a deduction."""
    at.returned("A")

    assert at.decide("adjust", reason="restocking fee", deduction_minor=1000, intent_key=at_key(at)) == "amount"


def test_a_later_difference_is_an_intent_of_its_own(at: Desk) -> None:
    """Refused while the first is uncertain; then the rest goes under a key of its own."""
    at.returned()
    at.decide("adjust", reason="scratched", deduction_minor=2500)
    at.send()
    key = at_key(at)
    at.set(state="unknown")
    assert at.decide("adjust", reason="not scratched after all", intent_key=key) == "state"
    at.set(state="succeeded")

    assert at.decide("adjust", reason="not scratched after all", intent_key=key) == "-"
    assert at.intents() == [("refund", "succeeded", 7500), ("adjust-1", "approved", 2500)]
    at.send()
    assert at.intents() == [("refund", "succeeded", 7500), ("adjust-1", "succeeded", 2500)]


def test_too_much_paid_is_a_loss(at: Desk) -> None:
    """Found out late: the late contradiction is settled by writing the loss down."""
    at.returned("A")
    at.send()
    at.happen(RMA, amended("u1", "D"))
    (item,) = at.queue()
    assert (item.reason, item.late_contradiction) == ("late_contradiction", True)

    assert at.decide("adjust", reason="broken inside", deduction_minor=4000) == "-"

    with at.database.transaction() as connection:
        assert connection.execute(select(ledger.refund_losses.c.amount_minor)).all() == [(4000,)]
    assert (at.intents(), at.queue()) == ([("refund", "succeeded", 10000)], ())


def test_a_late_contradiction_can_be_noted(at: Desk) -> None:
    """Then it leaves the queue and nothing else happens."""
    at.returned("A")
    at.send()
    at.happen(RMA, amended("u1", "B"))

    assert (at.decide("noted"), at.queue(), at.intents()) == ("-", (), [("refund", "succeeded", 10000)])


def test_sending_again_takes_two_people(at: Desk) -> None:
    """The same one twice is one; the answer says that another supervisor is needed."""
    at.returned("A")
    at.send()
    at.set(state="needs_human", reason="unclear")
    key = at_key(at)

    first, again = at.decide("approve", intent_key=key), at.decide("approve", intent_key=key)
    assert (first, again, at.intents()) == ("second", "second", [("refund", "needs_human", 10000)])
    assert at.decide("approve", intent_key=key, worker_id=OTHER) == "-"
    assert at.intents() == [("refund", "queued", 10000)]


def test_a_regrade_keeps_it_held(at: Desk) -> None:
    """Until there is a new grading, which decides anew."""
    at.returned()
    assert at.decide("regrade", reason="photo shows no damage") == "-"
    assert [item.reason for item in at.queue()] == ["regrade"]

    at.happen(RMA, amended("u1", "A"), worker="000102")

    assert at.intents() == [("refund", "proposed", 10000)]


def test_an_orphan_is_matched_to_its_return(at: Desk) -> None:
    """The hub says so in its own log; the parcel leaves the queue; no money follows by itself."""
    at.happen("p9", opened_parcel("p9"), ev.UnitIdentified("u9", "p9", "L9", "c", "gtin", issue="orphan"))
    at.happen("p9", ev.ParcelDone("p9"))
    assert [(item.case_id, item.kind, item.intent_key) for item in at.queue()] == [("p9", "orphan", "")]

    assert at.decide("match", "p9", rma_id="RMA-2026-000009") == "state"
    assert at.decide("match", "p9", rma_id=RMA) == "-"

    assert (at.queue(), at.intents()) == ((), [])


def test_every_decision_is_kept_and_told(at: Desk) -> None:
    """With its basis, and without the PIN."""
    at.returned()
    at.decide("approve")

    with at.database.transaction() as connection:
        kept = connection.execute(select(ledger.decisions).where(ledger.decisions.c.by == BOSS)).mappings().one()
        page = feed.page(connection, "", 500, at.now)
    told = [entry.body for entry in page.entries if entry.kind == "notice"]  # type: ignore[union-attr]
    assert (kept["verdict"], kept["basis"][1:], kept["policy_version"]) == ("approve", ["e2", "e3"], 3)
    assert [(body["what"], body["verdict"], body["by"]) for body in told] == [("decision", "approve", BOSS)]
    assert "246810" not in str(kept) + str(told)


def test_the_most_urgent_comes_first(at: Desk) -> None:
    """By days to the deadline; what has none comes last."""
    at.returned()
    at.happen("p9", opened_parcel("p9"), ev.ParcelDone("p9"))

    assert [item.kind for item in at.queue()] == ["withdrawal", "orphan"]
    assert replace(at.queue()[0], title="").days_left == 4


def test_an_amount_that_was_changed_since_it_was_seen_makes_an_approval_void(at: Desk) -> None:
    """The shop sends the order anew while a supervisor looks at a hundred; they do not approve a thousand."""
    at.returned()
    seen = at.file()
    document = Document(
        (),
        (OrderGiven("Z-1", (PaymentGiven("P1", "transfer", 100_000),), pieces=1, holder="Zofia"),),
        (RmaGiven(RMA, "withdrawal", "Z-1", (LineGiven("L1", "SHIRT", 1, 100_000),), received_on="2026-11-12"),),
    )
    with at.database.transaction() as connection:
        orders.take_document(connection, document, "shop.json", at.now, refunds.propose)

    codes = [at.decide("approve", basis=seen.basis), at.decide("adjust", basis=seen.basis, reason="r")]
    without = at.decide("approve", basis=tuple(word for word in seen.basis if not word.startswith(desk.MONEY)))

    assert (codes, without, at.intents()) == (["basis_changed"] * 2, "basis_changed", [("refund", "held", 100_000)])
    assert at.decide("approve") == "-"


def test_an_approved_refund_in_another_currency_than_its_payment_never_leaves_by_itself(at: Desk) -> None:
    """A hundred zloty were paid and the return says euro: a supervisor's word does not make a hundred euro of it."""
    document = Document(
        rmas=(RmaGiven(RMA, "withdrawal", "Z-1", (LineGiven("L1", "SHIRT", 1, 10000),), currency="EUR"),)
    )
    with at.database.transaction() as connection:
        orders.take_document(connection, document, "shop.json", NOON, refunds.propose)
    at.returned()

    approved = at.decide("approve")
    at.send()
    again = at.decide("approve")

    assert (approved, at.intents(), again) == ("-", [("refund", "needs_human", 10000)], "state")
    assert [item.reason for item in at.queue()] == ["currency"]
    assert at.decide("decline", reason="paid in cash") == "-"
    with at.database.transaction() as connection:
        assert connection.scalar(select(ledger.order_money.c.committed_minor)) == 0
