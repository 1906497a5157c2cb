"""Refunds that left before the hub's past was put back, as the files say that left with them.

A payment file (``pain.001``) or an answer of the bank names refunds by ``EndToEndId``, which is their key. One that is
here goes to a person at once; one that is not here yet is remembered, and goes to a person as soon as the events of
the stations have made it again. Nothing of it is sent a second time by itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from hub import store
from hub.connectors.bank_sent import Left
from hub.connectors.bank_status import BankAnswer
from hub.ledger import COMMITTED, OPEN_STATES, SENT_BEFORE, refund_attempts
from hub.money.booking import booked, record_loss
from hub.money.caps import commit_amount, full_cap
from hub.money.moves import intent, move
from hub.past import sent_before
from rma_station.domain.clean import clean

UNSENT = (*sorted(OPEN_STATES), "queued", "cancelled", "declined")


def key_of(end_to_end_id: str) -> str | None:
    """The refund's key; ``None`` when no hub of ours has made this id."""
    try:
        key = uuid.UUID(end_to_end_id)
    except ValueError:
        return None
    return str(key) if key.hex == end_to_end_id and key.version == 5 else None


def enter(connection: Connection, given: Sequence[Left], now: datetime, by: str) -> int:
    """Remember what left, and stop those that are here; returns how many were ours."""
    count = 0
    for one in given:
        key = key_of(one.end_to_end_id)
        if key is None:
            continue
        count += 1
        _remember(connection, key, one.message_id, one.amount_minor, one.currency, None, now)
        row = intent(connection, key)
        if row is not None and row["state"] in UNSENT:
            stop(connection, row, now, by)
    return count


def answered(connection: Connection, answer: BankAnswer, now: datetime) -> bool:
    """The bank has booked a transfer that is in no batch here; false when it is not ours."""
    key = key_of(answer.end_to_end_id)
    if key is None:
        return False
    reference = clean(answer.reference, 200) or "bank"
    _remember(connection, key, "the bank's answer", answer.amount_minor, answer.currency, reference, now)
    row = intent(connection, key)
    if row is not None and row["state"] != "succeeded":
        stop(connection, row, now, "bank")
    return True


def known(connection: Connection, key: str) -> bool:
    """Whether this refund is known to have left."""
    return (
        connection.execute(select(sent_before.c.refund_key).where(sent_before.c.refund_key == key)).first() is not None
    )


def stop(connection: Connection, row: RowMapping, now: datetime, by: str = "hub") -> None:
    """Bring a refund that left before to a person, or to its end where the bank has booked it.

    It counts as sent: its amount is committed, and it has an attempt. Where the caps have no room for it any more,
    something else was paid in its place: it is held, and what the bank has booked is a loss.
    """
    key = row["refund_key"]
    left = connection.execute(select(sent_before).where(sent_before.c.refund_key == key)).mappings().one()
    note = f"left in {left['source']} before the hub was restored; look whether the bank has booked it"
    if row["state"] not in COMMITTED:
        full = full_cap(connection, row, row["amount_minor"])
        if full:
            changes = {"reason": f"cap_{full}", "by": by, "detail": note, "note": note}
            move(connection, key, "held", now, leaves=UNSENT, **changes)
            if left["reference"]:
                record_loss(connection, row, left["amount_minor"] or row["amount_minor"], note, by, now)
            return
        commit_amount(connection, row, row["amount_minor"])
    number = row["attempts"] + 1
    leaves = (*UNSENT, "in_flight", "unknown", "needs_human")
    values: dict[str, Any] = {"attempts": number, "note": note, "next_check_at": None}
    move(connection, key, "needs_human", now, leaves=leaves, reason=SENT_BEFORE, by=by, detail=note, **values)
    connection.execute(
        insert(refund_attempts).values(
            refund_key=key,
            number=number,
            connector="before the restore",
            request_sha256="",
            amount_minor=row["amount_minor"],
            currency=row["currency"],
            started_at=left["at"],
            deadline_at=now,
            ended_at=now,
            outcome=SENT_BEFORE,
        )
    )
    again = intent(connection, key)
    if left["reference"] and again is not None:
        booked(connection, again, now, left["reference"], left["amount_minor"], by)


def _remember(
    connection: Connection,
    key: str,
    source: str,
    amount: int | None,
    currency: str,
    reference: str | None,
    at: datetime,
) -> None:
    before = connection.execute(select(sent_before).where(sent_before.c.refund_key == key)).first()
    if before is not None:
        source, reference = before.source, reference or before.reference
        amount = before.amount_minor if amount is None else amount
    row = {"source": source, "amount_minor": amount, "currency": clean(currency, 3), "reference": reference, "at": at}
    store.upsert(connection, sent_before, [{"refund_key": key, **row}])
