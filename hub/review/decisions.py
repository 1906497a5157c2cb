"""A supervisor decides: online, with role and PIN, never about their own grading, on the events they saw.

Every decision is stored for ever with its basis and sent down the feed. Nothing here moves money; it approves, holds
back, or asks for a new intent, which then goes the usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from hub import feed, hub_identity, ingest, people, store
from hub.intake import matching, projection, surplus
from hub.ledger import bank_entries, decisions, refund_intents
from hub.money.booking import record_loss
from hub.money.caps import commit_amount
from hub.money.moves import intent, move
from hub.money.paid import TENANT
from hub.money.queueing import OTHER_CURRENCY
from hub.money.shares import refund_key
from hub.review import changed_grade
from hub.review.desk import MONEY, basis_of, graders_of, money_of
from hub.review.matter import UNCERTAIN, Matter, Said, nothing_booked
from hub.trust import pin_tries
from rma_station.domain.clean import clean
from sync import review_wire, wire

VERDICTS = ("approve", "decline", "adjust", "regrade", "match", "noted", "grade")
_NEED_REASON = frozenset({"decline", "adjust", "regrade", "grade"})
_ABOUT_AMOUNTS = frozenset({"approve", "adjust"})


def decide(
    connection: Connection,
    case_id: str,
    decision: review_wire.Decision,
    now: datetime,
    propose: ingest.Propose,
    *,
    place: str = pin_tries.COMMANDS,
) -> review_wire.DecisionReply:
    """Take a decision, in the caller's transaction, which commits whatever the answer is (wrong PINs are counted).

    Args:
        connection: in a transaction.
        case_id: what it is about.
        decision: what was decided, by whom, on what basis.
        now: the hub's time.
        propose: what money follows.
        place: the station where the PIN was typed.
    """
    identity = hub_identity.identity(connection)
    header = identity.header(now)
    who = people.check(connection, decision.worker_id, decision.pin, now, place=place)
    if who.code:
        return checked_reply(header, who)
    work = projection.load(connection, [case_id])
    row = intent(connection, decision.intent_key) if decision.intent_key else None
    matter = Matter(connection, work.cases[case_id], decision, now, row)
    said = _refusal(matter, case_id)
    if not said.code:
        said = _said(matter, propose)
    if said.code:
        return review_wire.DecisionReply(header, False, said.code, said.message)
    _record(matter, case_id)
    return review_wire.DecisionReply(header, True, said.word, said.message)


def checked_reply(header: wire.HubHeader, who: people.Checked) -> review_wire.DecisionReply:
    """What a station is told of a person's role and PIN."""
    minutes, here = (who.lock.minutes, not who.lock.everywhere) if who.lock else (0, False)
    return review_wire.DecisionReply(header, not who.code, who.code, who.message, minutes, here)


def _said(matter: Matter, propose: ingest.Propose) -> Said:
    if matter.decision.verdict == "match":
        return _match(matter, propose)
    if matter.decision.verdict == "grade":
        return changed_grade.change(matter, propose)
    return _VERDICTS[matter.decision.verdict](matter)


def _refusal(matter: Matter, case_id: str) -> Said:
    decision, row = matter.decision, matter.row
    if decision.verdict not in VERDICTS:
        return Said("state", f"the verdict is none of {', '.join(VERDICTS)}")
    if decision.worker_id in graders_of(matter.case):
        return Said("own_grading", "whoever graded in this case does not decide about it")
    if not _is_as_seen(matter):
        return Said("basis_changed", "the case has changed since; look at it again")
    if decision.verdict in _NEED_REASON and not decision.reason.strip():
        return Said("reason_missing", "this needs a reason; for a decline it is what the customer is told")
    if decision.verdict == "match":
        return Said() if not decision.intent_key else Said("state", "only a parcel without an RMA can be matched")
    if decision.verdict in ("noted", "grade") and not decision.intent_key:
        return Said()
    if row is None or row["case_id"] != case_id:
        return Said("state", "there is no such refund in this case")
    return Said()


def _is_as_seen(matter: Matter) -> bool:
    """Whether case and money are what the supervisor looked at."""
    decision, row = matter.decision, matter.row
    money = {word for word in decision.basis if word.startswith(MONEY)}
    if set(decision.basis) - money != set(basis_of(matter.case)):
        return False
    named = row is not None and row["case_id"] == matter.case.case_id and decision.verdict in _ABOUT_AMOUNTS
    return row is None or not named or money_of(row) in money


def _row(matter: Matter) -> RowMapping:
    assert matter.row is not None
    return matter.row


def _approve(matter: Matter) -> Said:
    row, by, now = _row(matter), matter.by, matter.now
    key = row["refund_key"]
    if row["state"] == "held" and not row["payment_id"]:
        return Said("state", "no payment is known; import the order first")
    if move(matter.connection, key, "approved", now, leaves=("held",), by=by, decided_by=by, late_at=None):
        return Said("", "approved")
    if row["state"] != "needs_human":
        return Said("state", f"this refund is {row['state']}")
    if row["reason"] == OTHER_CURRENCY:
        return Said("state", row["note"])
    in_file = select(bank_entries.c.message_id).where(bank_entries.c.refund_key == key)
    if matter.connection.scalar(in_file):
        return Said("state", "it left in a bank file once; adjust makes a new refund of it")
    if row["retry_asked_by"] in (None, by):
        move(
            matter.connection,
            key,
            "needs_human",
            now,
            leaves=("needs_human",),
            reason=row["reason"],
            by=by,
            detail="asked to send it again",
            retry_asked_by=by,
        )
        return Said("", "a second supervisor has to say the same; then it is sent again", "second")
    values: dict[str, Any] = {"retry_asked_by": None, "absences": 0, "next_check_at": None}
    move(matter.connection, key, "queued", now, leaves=("needs_human",), reason="retry", by=by, **values)
    return Said("", "sent again under the same key")


def _decline(matter: Matter) -> Said:
    row, by = _row(matter), matter.by
    key, reason = row["refund_key"], clean(matter.decision.reason, 300)
    note: dict[str, Any] = {"note": reason, "decided_by": by}
    leaves = ("proposed", "held", "approved")
    if move(matter.connection, key, "declined", matter.now, leaves=leaves, by=by, detail=reason, **note):
        return Said("", "declined")
    if row["state"] == "needs_human" and nothing_booked(row):
        commit_amount(matter.connection, row, -row["amount_minor"])
        move(matter.connection, key, "declined", matter.now, leaves=("needs_human",), by=by, detail=reason, **note)
        return Said("", "declined")
    return Said("state", f"this refund is {row['state']}; the money may have gone")


def _adjust(matter: Matter) -> Said:
    row, by, deduction = _row(matter), matter.by, matter.decision.deduction_minor
    grades = [g.grade for unit in matter.case.live_units for g in unit.gradings[-1:]]
    if not 0 <= deduction < row["right_minor"]:
        return Said("amount", f"the deduction is from 0 to below {row['right_minor']} minor units; else decline")
    if deduction and all(grade == "A" for grade in grades):
        return Said("amount", "a deduction needs a grade that shows the lost value; ask for a re-grade")
    amount, reason = row["right_minor"] - deduction, clean(matter.decision.reason, 300)
    if row["state"] in ("held", "proposed", "approved"):
        values: dict[str, Any] = {"deduction_minor": deduction, "amount_minor": amount, "decided_by": by}
        leaves = ("held", "proposed", "approved")
        move(
            matter.connection, row["refund_key"], "approved", matter.now, leaves=leaves, by=by, detail=reason, **values
        )
        return Said("", "approved with a deduction")
    return _difference(matter, row, amount, reason)


def _difference(matter: Matter, row: RowMapping, amount: int, reason: str) -> Said:
    """Something was frozen already: the difference is an intent of its own, or a loss."""
    connection, table, by, now = matter.connection, refund_intents, matter.by, matter.now
    same = (
        (table.c.subject == row["subject"]) & (table.c.slot == row["slot"]) & (table.c.payment_id == row["payment_id"])
    )
    family = connection.execute(select(table).where(same).with_for_update()).mappings().all()
    uncertain = [one for one in family if one["state"] in (*UNCERTAIN, "queued")]
    if uncertain:
        return Said("state", "an earlier refund of this is still under way; wait until it is certain")
    for one in family:
        if one["state"] == "needs_human":
            if not nothing_booked(one):
                return Said("state", "it is not certain yet that nothing was booked")
            commit_amount(connection, one, -one["amount_minor"])
            move(connection, one["refund_key"], "cancelled", now, leaves=("needs_human",), reason="replaced", by=by)
    paid = sum(one["amount_minor"] for one in family if one["state"] == "succeeded")
    open_ones = [one for one in family if one["state"] in ("held", "proposed", "approved")]
    if open_ones:
        return Said("state", "an adjustment of this waits already")
    _clear_late(matter, row)
    if amount < paid:
        record_loss(connection, row, paid - amount, reason, by, now)
        return Said("", "too much was paid; recorded as a loss")
    if amount == paid:
        return Said("", "nothing to add")
    count = connection.scalar(select(func.count()).select_from(table).where(same, table.c.purpose.like("adjust-%")))
    purpose = f"adjust-{(count or 0) + 1}"
    values = {name: row[name] for name in row if name not in _OWN}
    key = refund_key(TENANT, row["subject"], row["slot"], row["payment_id"], purpose)
    values |= {"refund_key": key, "purpose": purpose, "right_minor": amount - paid, "amount_minor": amount - paid}
    values |= {"state": "held", "reason": "", "proposed_at": now, "settles_at": now, "changed_at": now}
    connection.execute(insert(table).values(**values))
    move(connection, key, "approved", now, leaves=("held",), by=by, detail=reason, decided_by=by)
    return Said("", f"{purpose}: the difference is refunded as a new intent")


_OWN = frozenset(
    {
        "deduction_minor",
        "decided_by",
        "frozen_at",
        "connector",
        "attempts",
        "absences",
        "next_check_at",
        "settled_at",
        "provider_ref",
        "note",
        "late_at",
        "retry_asked_by",
    }
)
"""Columns an adjustment does not take over from the intent it adjusts."""


def _regrade(matter: Matter) -> Said:
    row, reason = _row(matter), clean(matter.decision.reason, 300)
    values: dict[str, Any] = {"by": matter.by, "detail": reason, "note": reason}
    leaves = ("held", "proposed", "approved")
    if move(matter.connection, row["refund_key"], "held", matter.now, leaves=leaves, reason="regrade", **values):
        return Said("", "held until it was graded again")
    return Said("state", f"this refund is {row['state']}; a new grading would come too late")


def _noted(matter: Matter) -> Said:
    if matter.row is None:
        units = surplus.note(matter.connection, matter.case.case_id, matter.now, matter.by)
        return Said("", f"{units} units noted") if units else Said("state", "nothing here waits to be noted")
    _clear_late(matter, _row(matter))
    return Said("", "noted")


def _clear_late(matter: Matter, row: RowMapping) -> None:
    leaves, values = (row["state"],), {"reason": row["reason"], "by": matter.by, "detail": matter.decision.reason}
    move(matter.connection, row["refund_key"], row["state"], matter.now, leaves=leaves, **values, late_at=None)


def _match(matter: Matter, propose: ingest.Propose) -> Said:
    rma_id = matter.decision.rma_id or ""
    problem = matching.match(matter.connection, matter.case.case_id, rma_id, matter.now, matter.by, propose)
    if problem == "unknown_rma":
        return Said("state", f"there is no RMA {clean(rma_id, 40)!r}")
    return Said("state", "this parcel belongs to an RMA already") if problem else Said("", f"matched to {rma_id}")


_VERDICTS: dict[str, Callable[[Matter], Said]] = {
    "approve": _approve,
    "decline": _decline,
    "adjust": _adjust,
    "regrade": _regrade,
    "noted": _noted,
}


def _record(matter: Matter, case_id: str) -> None:
    decision, row = matter.decision, matter.row
    inputs = {"deduction_minor": decision.deduction_minor, "rma_id": decision.rma_id, "intent": decision.intent_key}
    if decision.verdict == "grade":
        inputs |= {name: getattr(decision, name) for name in ("unit_id", "grade", "disposition", "destination")}
    if row is not None:
        inputs |= {name: row[name] for name in ("state", "reason", "amount_minor", "currency", "explanation")}
    values = {
        "refund_key": decision.intent_key or None,
        "case_id": case_id,
        "at": matter.now,
        "by": decision.worker_id,
        "verdict": decision.verdict,
        "reason": clean(decision.reason, 300),
        "rule_id": row["rule_id"] if row else "",
        "policy_version": row["policy_version"] if row else 0,
        "inputs": inputs,
        "basis": list(decision.basis),
    }
    matter.connection.execute(insert(decisions).values(**values))
    body = {"what": "decision", "case_id": case_id, "intent_key": decision.intent_key, "verdict": decision.verdict}
    body |= {"by": decision.worker_id, "reason": clean(decision.reason, 300), "at": store.stamp(matter.now)}
    feed.append(matter.connection, [feed.NewEntry("notice", decision.intent_key or case_id, body)], matter.now)
