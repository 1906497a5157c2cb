"""The delivery cost of an order: once, at most the cheapest standard delivery, when everything it had came back.

Asked for when the last slot is queued; taken back when a slot is taken back before the money is on its way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from hub import policy as rules
from hub.ledger import COMMITTED, OPEN_STATES, decisions, line_money, order_money, refund_intents, refund_steps
from hub.money.caps import commit_amount
from hub.money.paid import TENANT, load_money
from hub.money.planning import days_left
from hub.money.shares import Share, delivery_subject, refund_key, shares

_RANK = {"withdrawal": 0, "undelivered": 1, "b2b": 2, "exchange": 3, "complaint": 4}
"""Kinds of RMA, from the one that is refunded most easily to the one that a person always decides."""
_STATE_AFTER = {"approve": "approved", "hold": "held", "decline": "declined"}
"""Nothing settles here: the goods have settled already, so what the policy approves is approved at once."""


def propose_delivery(
    connection: Connection, order_ids: Iterable[str], now: datetime, policy: rules.Policy, tenant: str = TENANT
) -> list[str]:
    """Ask for the delivery cost of those orders whose goods are all on their way to be refunded; the new keys."""
    made: list[str] = []
    for order_id in sorted(set(order_ids)):
        made += _for_order(connection, order_id, now, policy, tenant)
    return made


def withdraw_delivery(connection: Connection, order_ids: Iterable[str], now: datetime) -> None:
    """A slot of these orders is in doubt: take the delivery cost back where nothing was sent, else mark it late."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return
    query = select(refund_intents).where(refund_intents.c.order_id.in_(wanted), refund_intents.c.purpose == "delivery")
    for row in connection.execute(query.with_for_update()).mappings().all():
        free = row["state"] in OPEN_STATES or (row["state"] == "queued" and row["attempts"] == 0)
        changes: dict[str, Any] = {"changed_at": now}
        if free:
            if row["state"] == "queued":
                commit_amount(connection, row, -row["amount_minor"])
            changes |= {"state": "cancelled", "reason": "undone", "frozen_at": None}
        elif row["state"] in COMMITTED:
            changes |= {"late_at": now}
        else:
            continue
        key = row["refund_key"]
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**changes))
        state, reason = ("cancelled", "undone") if free else (row["state"], "late_contradiction")
        connection.execute(insert(refund_steps).values(refund_key=key, at=now, state=state, reason=reason, by="hub"))


def _for_order(connection: Connection, order_id: str, now: datetime, policy: rules.Policy, tenant: str) -> list[str]:
    order = connection.execute(select(order_money).where(order_money.c.order_id == order_id)).first()
    subject = delivery_subject(order_id)
    line = connection.execute(select(line_money).where(line_money.c.subject == subject)).first()
    if order is None or not order.pieces or line is None or not line.paid_minor or line.start_minor is None:
        return []
    rows = connection.execute(select(refund_intents).where(refund_intents.c.order_id == order_id)).mappings().all()
    goods = [row for row in rows if row["purpose"] == "refund"]
    if _slots_on_their_way(goods) < order.pieces:
        return []
    present = {row["refund_key"]: row for row in rows if row["purpose"] == "delivery"}
    money = load_money(connection, [order_id])[order_id]
    # The goods that fare worst under the policy speak for the delivery: it goes back no more easily than they did.
    last = max(goods, key=lambda row: (_RANK[row["kind"]], row["case_id"]))
    made = []
    for part in shares(line.start_minor, line.start_minor + line.paid_minor, money.payments):
        payment_id = part.payment.payment_id if part.payment else ""
        key = refund_key(tenant, subject, 0, payment_id, "delivery")
        old = present.get(key)
        if old is not None and not _was_taken_back_unsent(old):
            continue
        decision = rules.evaluate(policy, _facts(last, part, order.currency, policy.day(now)))
        intent = {
            **_decided(decision, now),
            "refund_key": key,
            "purpose": "delivery",
            "case_id": last["case_id"],
            "kind": last["kind"],
            "order_id": order_id,
            "subject": subject,
            "slot": 0,
            "payment_id": payment_id,
            "right_minor": part.amount_minor,
            "deduction_minor": 0,
            "amount_minor": part.amount_minor,
            "currency": order.currency,
            "deadline_on": last["deadline_on"],
            "basis": sorted({event for row in rows for event in row["basis"]}),
            "fingerprint": "",
            "graders": sorted({grader for row in rows for grader in row["graders"]}),
        }
        _write(connection, intent, decision, now, is_new=old is None)
        made.append(key)
    return made


def _slots_on_their_way(goods: Sequence[RowMapping]) -> int:
    """How many of the order's pieces are refunded or certain to be: every part of their money is committed."""
    by_slot: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in goods:
        if row["state"] != "cancelled":
            by_slot[row["subject"], row["slot"]].append(row["state"])
    return sum(all(state in COMMITTED for state in states) for states in by_slot.values())


def _was_taken_back_unsent(row: RowMapping) -> bool:
    return bool(row["state"] == "cancelled" and row["attempts"] == 0)


def _facts(goods: RowMapping, part: Share, currency: str, today: date) -> rules.Facts:
    """What the policy is told of the part of a delivery cost that goes back to one payment.

    Args:
        goods: the intent that speaks for the order's goods.
        part: of the delivery cost.
        currency: the order's.
        today: the hub's date.
    """
    payment = part.payment
    return rules.Facts(
        kind=goods["kind"],
        purpose="delivery",
        means=payment.means if payment else "",
        refundable=payment.refundable if payment else True,
        amount_minor=part.amount_minor,
        currency=currency,
        same_currency=payment.currency == currency if payment else True,
        days_left=days_left(goods["deadline_on"], today),
    )


def _decided(decision: rules.Decision, now: datetime) -> dict[str, Any]:
    """The columns of an intent that the policy's answer fills."""
    return {
        "state": _STATE_AFTER[decision.action],
        "reason": decision.reason,
        "rule_id": decision.rule_id,
        "policy_version": decision.version,
        "explanation": decision.explain()[:300],
        "rule_words": dict(decision.say),
        "proposed_at": now,
        "settles_at": now,
        "changed_at": now,
    }


def _write(
    connection: Connection, intent: Mapping[str, Any], decision: rules.Decision, now: datetime, *, is_new: bool
) -> None:
    """Keep an intent with the decision it came from and the step it took."""
    key = intent["refund_key"]
    if is_new:
        connection.execute(insert(refund_intents).values(**intent))
    else:
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**intent))
    connection.execute(
        insert(decisions).values(
            refund_key=key,
            case_id=intent["case_id"],
            at=now,
            by="policy",
            verdict=decision.action,
            reason=decision.reason,
            rule_id=decision.rule_id,
            policy_version=decision.version,
            inputs=dict(decision.inputs),
            basis=intent["basis"],
        )
    )
    connection.execute(
        insert(refund_steps).values(
            refund_key=key, at=now, state=intent["state"], reason=decision.rule_id[: rules.REASON_LENGTH], by="hub"
        )
    )
