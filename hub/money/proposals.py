"""``propose``: ingest calls it in its own transaction with the cases that changed; it keeps the intents in step.

Until an intent is queued, new facts simply change it: undo takes it away, amend and relabel decide it anew and start
the settle delay again. A queued one is taken back. Once money is on its way nothing changes by itself any more: the
intent gets ``late_at`` and a supervisor looks at it. All reads and writes are set-wise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from hub import policy as rules
from hub import policy_file
from hub.evidence import photos
from hub.intake.doubted import HELD
from hub.ledger import OPEN_STATES, decisions, refund_intents, refund_steps
from hub.money.adjustments import hold_adjustments
from hub.money.caps import commit_amount
from hub.money.delivery import withdraw_delivery
from hub.money.paid import TENANT, chunks, load_money
from hub.money.planning import OrderMoney, Wanted, plan
from rma_station.domain.rma import Case, Rma

_STATE_AFTER = {"approve": "proposed", "hold": "held", "decline": "declined"}


@dataclass(frozen=True)
class Proposed:
    """What a call changed, by refund key."""

    made: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    """Contradicted after the money was on its way."""


def propose(
    connection: Connection,
    changed_cases: Iterable[Case],
    rmas: Mapping[str, Rma],
    now: datetime,
    *,
    policy: rules.Policy | None = None,
    tenant: str = TENANT,
) -> Proposed:
    """Bring the intents of the changed cases in step with their facts.

    Args:
        connection: in the transaction in which the cases are written.
        changed_cases: the cases as they are now; those without an RMA (orphans) ask for nothing.
        rmas: announced RMAs by number, with what was paid; more than needed does no harm.
        now: the hub's time.
        policy: ``None`` takes the shipped one.
    """
    chosen = policy or policy_file.shipped()
    cases = {case.case_id: case for case in changed_cases if case.case_id in rmas and case.units}
    if not cases:
        return Proposed()
    present = _intents(connection, list(cases))
    live = {
        case_id: case for case_id, case in cases.items() if case_id in present or any(u.slots for u in case.live_units)
    }
    money = load_money(connection, [rmas[case_id].order_id for case_id in live])
    here = photos.here(connection, [photo.sha256 for case in live.values() for photo in case.photos])
    work = _Work(chosen, now)
    for case_id, case in live.items():
        rma = rmas[case_id]
        wanted = plan(case, rma, money.get(rma.order_id, OrderMoney()), chosen.day(now), tenant, here)
        work.compare(wanted, present.get(case_id, {}))
    work.write(connection)
    return Proposed(tuple(work.made), tuple(work.changed), tuple(work.cancelled), tuple(work.late))


def _intents(connection: Connection, case_ids: list[str]) -> dict[str, dict[str, RowMapping]]:
    found: dict[str, dict[str, RowMapping]] = defaultdict(dict)
    for chunk in chunks(case_ids):
        query = select(refund_intents).where(refund_intents.c.case_id.in_(chunk), refund_intents.c.purpose == "refund")
        for row in connection.execute(query.with_for_update()).mappings():
            found[row["case_id"]][row["refund_key"]] = row
    return found


class _Work:
    """What one call is going to write, collected first and written set-wise."""

    def __init__(self, policy: rules.Policy, now: datetime) -> None:
        self.policy, self.now = policy, now
        self.settles_at = now + timedelta(minutes=policy.settle_delay_minutes)
        self.inserts: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.late_updates: list[dict[str, Any]] = []
        self.photo_updates: list[dict[str, Any]] = []
        self.grader_updates: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.released: list[RowMapping] = []
        self.shaken: list[RowMapping] = []
        self.made: list[str] = []
        self.changed: list[str] = []
        self.cancelled: list[str] = []
        self.late: list[str] = []

    def compare(self, wanted: Sequence[Wanted], present: Mapping[str, RowMapping]) -> None:
        """Set one case's wishes against what stands there."""
        for wish in wanted:
            row = present.get(wish.key)
            if row is None:
                self.inserts.append(self._decided(wish))
                self.made.append(wish.key)
            elif row["fingerprint"] != wish.fingerprint or row["state"] == "cancelled" or _graded_again(wish, row):
                self._changed(wish, row)
            else:
                self._looked_at_again(wish, row)
        kept = {wish.key for wish in wanted}
        for key, row in present.items():
            if key not in kept:
                self._gone(row)

    def _changed(self, wish: Wanted, row: RowMapping) -> None:
        state = row["state"]
        if state in OPEN_STATES or (state == "cancelled" and row["attempts"] == 0 and row["reason"] == "undone"):
            self.updates.append(self._decided(wish))
            self.changed.append(wish.key)
        elif state == "queued" and row["attempts"] == 0:
            self.released.append(row)
            self.shaken.append(row)
            self.updates.append(self._decided(wish))
            self.changed.append(wish.key)
        elif row["fingerprint"] != wish.fingerprint:
            self._late(row, wish.fingerprint, wish.basis, wish.graders)

    def _looked_at_again(self, wish: Wanted, row: RowMapping) -> None:
        """Nothing about the goods is new, but whoever looked and agreed is no longer a second pair of eyes."""
        everybody = {*row["graders"], *wish.graders}
        if len(everybody) > len(row["graders"]):
            self.grader_updates.append({"key": wish.key, "graders": sorted(everybody)})
        if row["photos_complete"] != wish.facts.photos_complete:
            self._pictured(wish, row)

    def _pictured(self, wish: Wanted, row: RowMapping) -> None:
        """Photos came, or were said late. That is no new fact about the goods: only the policy's own word changes."""
        then = rules.evaluate(self.policy, replace(wish.facts, photos_complete=row["photos_complete"]))
        told = (_STATE_AFTER[then.action], then.reason) == (row["state"], row["reason"]) or row["reason"] == HELD
        own = told and row["decided_by"] is None
        if own and row["state"] in OPEN_STATES and rules.evaluate(self.policy, wish.facts).rule_id != then.rule_id:
            self.updates.append(self._decided(wish))
            self.changed.append(wish.key)
        else:
            self.photo_updates.append({"key": wish.key, "photos_complete": wish.facts.photos_complete})

    def _gone(self, row: RowMapping) -> None:
        state = row["state"]
        if state in OPEN_STATES or (state == "queued" and row["attempts"] == 0):
            if state == "queued":
                self.released.append(row)
                self.shaken.append(row)
            key = row["refund_key"]
            self.updates.append(
                {
                    **{name: row[name] for name in _MUTABLE},
                    "state": "cancelled",
                    "reason": "undone",
                    "frozen_at": None,
                    "changed_at": self.now,
                    "key": key,
                }
            )
            self._step(key, "cancelled", "undone")
            self.cancelled.append(key)
        elif state not in ("cancelled", "declined") and row["fingerprint"] != "":
            self._late(row, "", tuple(row["basis"]), tuple(row["graders"]))

    def _late(self, row: RowMapping, fingerprint: str, basis: Sequence[str], graders: Sequence[str]) -> None:
        key = row["refund_key"]
        self.shaken.append(row)
        self.late_updates.append(
            {
                "key": key,
                "late_at": self.now,
                "fingerprint": fingerprint,
                "basis": list(basis),
                "graders": sorted({*row["graders"], *graders}),
                "changed_at": self.now,
            }
        )
        self._step(key, row["state"], "late_contradiction")
        self.late.append(key)

    def _decided(self, wish: Wanted) -> dict[str, Any]:
        decision = rules.evaluate(self.policy, wish.facts)
        state = _STATE_AFTER[decision.action]
        self.decisions.append(
            {
                "refund_key": wish.key,
                "case_id": wish.case_id,
                "at": self.now,
                "by": "policy",
                "verdict": decision.action,
                "reason": decision.reason,
                "rule_id": decision.rule_id,
                "policy_version": decision.version,
                "inputs": dict(decision.inputs),
                "basis": list(wish.basis),
            }
        )
        self._step(wish.key, state, decision.reason or decision.rule_id)
        return {
            "key": wish.key,
            "refund_key": wish.key,
            "purpose": wish.purpose,
            "case_id": wish.case_id,
            "kind": wish.kind,
            "order_id": wish.order_id,
            "subject": wish.subject,
            "slot": wish.slot,
            "payment_id": wish.payment_id,
            "state": state,
            "reason": decision.reason,
            "right_minor": wish.right_minor,
            "deduction_minor": 0,
            "amount_minor": wish.right_minor,
            "currency": wish.currency,
            "deadline_on": wish.deadline_on,
            "basis": list(wish.basis),
            "fingerprint": wish.fingerprint,
            "graders": list(wish.graders),
            "rule_id": decision.rule_id,
            "policy_version": decision.version,
            "explanation": decision.explain()[:300],
            "rule_words": dict(decision.say),
            "photos_complete": wish.facts.photos_complete,
            "proposed_at": self.now,
            "settles_at": self.settles_at,
            "decided_by": None,
            "frozen_at": None,
            "changed_at": self.now,
        }

    def _step(self, key: str, state: str, reason: str) -> None:
        self.steps.append(
            {
                "refund_key": key,
                "at": self.now,
                "state": state,
                "reason": reason[: rules.REASON_LENGTH],
                "by": "hub",
                "detail": "",
            }
        )

    def write(self, connection: Connection) -> None:
        """All of it, with one statement a kind."""
        for row in self.released:
            commit_amount(connection, row, -row["amount_minor"])
        withdraw_delivery(connection, {row["order_id"] for row in self.shaken}, self.now)
        hold_adjustments(connection, self.shaken, self.now)
        if self.inserts:
            rows = [{name: value for name, value in row.items() if name != "key"} for row in self.inserts]
            connection.execute(insert(refund_intents), rows)
        statement = update(refund_intents).where(refund_intents.c.refund_key == bindparam("key"))
        if self.updates:
            connection.execute(statement, [{name: row[name] for name in (*_MUTABLE, "key")} for row in self.updates])
        if self.late_updates:
            connection.execute(statement, self.late_updates)
        for asides in (self.photo_updates, self.grader_updates):
            if asides:
                connection.execute(statement, asides)
        for table, rows in ((decisions, self.decisions), (refund_steps, self.steps)):
            if rows:
                connection.execute(insert(table), rows)


def _graded_again(wish: Wanted, row: RowMapping) -> bool:
    """A re-grade was asked for, and it came: also one that agrees decides anew."""
    return bool(row["state"] == "held" and row["reason"] == "regrade" and set(wish.basis) - set(row["basis"]))


_MUTABLE = (
    "state",
    "reason",
    "right_minor",
    "deduction_minor",
    "amount_minor",
    "currency",
    "deadline_on",
    "basis",
    "fingerprint",
    "graders",
    "rule_id",
    "policy_version",
    "explanation",
    "rule_words",
    "photos_complete",
    "proposed_at",
    "settles_at",
    "decided_by",
    "frozen_at",
    "changed_at",
)
"""What may change while nothing is frozen."""
