"""Bank batches: which refunds leave in which file, and what the bank says of them.

``make`` commits the batch, its entries and the attempts; only then a file is written (``file_bytes``), as often as one
likes. A refund is in one batch for ever. It stays ``in_flight`` until a supervisor confirms the batch with the bank's
reference or a status file is imported; without either it is ``unknown`` after ``bank_answer_days``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from hub import policy as rules
from hub import policy_file
from hub.connectors.bank_file import BankFile, Transfer, end_to_end_id, message_id, render, text_for
from hub.connectors.bank_status import BankAnswer
from hub.ledger import bank_accounts, bank_batches, bank_entries, refund_intents, switches
from hub.money.booking import booked, refund_of
from hub.money.breaker import breaker
from hub.money.moves import intent, move, stopped_by
from hub.money.sending import begin_attempt, queued
from hub.recovery import sent_before
from hub.store import pieces, stamp
from rma_station.domain.clean import clean
from rma_station.errors import Refused

LIMIT = 1000
"""Most transfers in one file."""
_Entry: TypeAlias = dict[str, Any]
"""A row of ``bank_entries``."""


@dataclass(frozen=True)
class Made:
    """A batch that was made, or why none was."""

    message_id: str = ""
    count: int = 0
    total_minor: int = 0
    currency: str = ""
    stopped: str = ""
    """The switch that is on, with its reason."""


@dataclass(frozen=True)
class Answered:
    """What a confirmation or a status file changed."""

    succeeded: int = 0
    rejected: int = 0
    returned: int = 0
    pending: int = 0
    not_ours: int = 0


def make(connection: Connection, currency: str, now: datetime, by: str, *, policy: rules.Policy | None = None) -> Made:
    """Put all queued transfers of a currency into a new batch.

    Raises:
        Refused: there are some, and the shop's own account in this currency is not known.
    """
    chosen = policy or policy_file.shipped()
    provider = BankFile()
    rows = [
        row
        for row in queued(connection, provider, LIMIT * 4)
        if row["currency"] == currency and not provider.objection(refund_of(connection, row))
    ]
    rows = _never_in_a_file(connection, rows, now)[:LIMIT]
    stop = stopped_by(connection) or breaker(connection, rows, now, chosen)
    if stop:
        why = connection.scalar(select(switches.c.reason).where(switches.c.name == stop))
        return Made(currency=currency, stopped=f"{stop}: {why}")
    if not rows:
        return Made(currency=currency)
    account = connection.execute(select(bank_accounts).where(bank_accounts.c.currency == currency)).mappings().first()
    if account is None:
        raise Refused(f"the shop's own {currency} account is not known; set it with: hub account {currency} NAME IBAN")
    message = message_id([row["refund_key"] for row in rows])
    total = sum(row["amount_minor"] for row in rows)
    connection.execute(
        insert(bank_batches).values(
            message_id=message,
            currency=currency,
            count=len(rows),
            total_minor=total,
            debtor={name: account[name] for name in ("name", "iban", "bic")},
            execute_on=chosen.day(now).isoformat(),
            made_at=now.replace(microsecond=0),
            made_by=by,
            state="made",
        )
    )
    deadline = now + timedelta(days=chosen.bank_answer_days)
    entries = []
    for position, row in enumerate(sorted(rows, key=lambda row: row["refund_key"]), 1):
        refund = begin_attempt(connection, row, now, provider.name, deadline)
        if refund is None:
            raise Refused(f"refund {row['refund_key']} was taken by another worker; make the batch again")
        entries.append(
            {
                "refund_key": refund.key,
                "message_id": message,
                "position": position,
                "end_to_end_id": end_to_end_id(refund.key),
                "amount_minor": refund.amount_minor,
                "currency": currency,
                "holder": text_for(currency, refund.holder, 70),
                "iban": refund.iban,
                "description": text_for(currency, f"Zwrot {refund.case_id} zamówienie {refund.order_id}", 140),
            }
        )
    connection.execute(insert(bank_entries), entries)
    return Made(message, len(entries), total, currency)


def file_bytes(connection: Connection, message: str) -> bytes:
    """The batch's file; the same bytes every time.

    Raises:
        Refused: there is no such batch.
    """
    batch = connection.execute(select(bank_batches).where(bank_batches.c.message_id == message)).first()
    if batch is None:
        raise Refused(f"there is no batch {clean(message, 40)!r}; see: hub batch list")
    query = select(bank_entries).where(bank_entries.c.message_id == message).order_by(bank_entries.c.position)
    transfers = [
        Transfer(row.end_to_end_id, row.amount_minor, row.holder, row.iban, row.description)
        for row in connection.execute(query)
    ]
    execute_on = date.fromisoformat(batch.execute_on)
    return render(message, batch.currency, batch.debtor, execute_on, batch.made_at, transfers)


def listed(connection: Connection) -> Sequence[RowMapping]:
    """All batches, the newest first."""
    return connection.execute(select(bank_batches).order_by(bank_batches.c.made_at.desc())).mappings().all()


def graders_in(connection: Connection, message: str) -> frozenset[str]:
    """Everybody who graded a unit whose refund is in a batch: four eyes look at money (design rule 10)."""
    query = (
        select(refund_intents.c.graders)
        .join(bank_entries, bank_entries.c.refund_key == refund_intents.c.refund_key)
        .where(bank_entries.c.message_id == message)
    )
    return frozenset(worker for graders in connection.scalars(query) for worker in graders)


def confirm(connection: Connection, message: str, reference: str, now: datetime, by: str) -> Answered:
    """A supervisor has the bank's word that the whole batch was booked.

    Raises:
        Refused: no such batch, no reference, or it was confirmed with another one.
    """
    if not reference.strip():
        raise Refused("a confirmation names the bank's reference of the booking")
    batch = connection.execute(select(bank_batches).where(bank_batches.c.message_id == message)).first()
    if batch is None:
        raise Refused(f"there is no batch {clean(message, 40)!r}; see: hub batch list")
    if batch.bank_reference not in (None, "", clean(reference, 80)):
        words = f"{batch.answered_by} confirmed this batch at {stamp(batch.answered_at)}"
        raise Refused(f"{words} with the bank's reference {batch.bank_reference!r}; that stands")
    answer = BankAnswer("booked", "", message, clean(reference, 80), f"confirmed by {by}")
    found = take_answers(connection, [answer], now, by)
    if not batch.bank_reference:
        values = {"state": "confirmed", "bank_reference": clean(reference, 80), "answered_at": now, "answered_by": by}
        connection.execute(update(bank_batches).where(bank_batches.c.message_id == message).values(**values))
    return found


def take_answers(connection: Connection, answers: Iterable[BankAnswer], now: datetime, by: str) -> Answered:
    """Let the bank's answers move the refunds they name; the same file twice changes nothing.

    Args:
        connection: in a transaction: all of a file counts, or nothing of it.
        answers: those that ``may_be_ours``: looking for each of a bank's other customers would hold everybody up.
        now: the hub's time.
        by: who brings them.
    """
    said = list(answers)
    counts = {"booked": 0, "rejected": 0, "returned": 0, "pending": 0, "": 0}
    touched: set[str] = set()
    known = _entries_of(connection, said)
    for answer in said:
        if answer.end_to_end_id:
            entries = known.get(answer.end_to_end_id, [])
        else:
            entries = [entry for entry in known.get(answer.message_id, []) if entry["outcome"] is None]
        if not entries:
            counts["booked" if _left_before(connection, answer, now) else ""] += 1
        for entry in entries:
            counts[answer.outcome] += _take(connection, entry, answer, now, by)
            touched.add(entry["message_id"])
    for message in sorted(touched):
        open_ones = select(func.count()).where(bank_entries.c.message_id == message, bank_entries.c.outcome.is_(None))
        if connection.scalar(open_ones) == 0:
            here = (bank_batches.c.message_id == message) & (bank_batches.c.state == "made")
            values = {"state": "answered", "answered_at": now, "answered_by": by}
            connection.execute(update(bank_batches).where(here).values(**values))
    return Answered(counts["booked"], counts["rejected"], counts["returned"], counts["pending"], counts[""])


def may_be_ours(answer: BankAnswer) -> bool:
    """Whether an answer names a whole file, or an id as hubs make them."""
    return not answer.end_to_end_id or sent_before.key_of(answer.end_to_end_id) is not None


def _entries_of(connection: Connection, answers: Sequence[BankAnswer]) -> dict[str, list[_Entry]]:
    """The entries these answers are about: by their own ids, and by those of whole files."""
    found: dict[str, list[_Entry]] = {}
    numbers = sorted({answer.end_to_end_id for answer in answers} - {""})
    messages = sorted({answer.message_id for answer in answers if not answer.end_to_end_id})
    read: dict[str, _Entry] = {}
    for column, values in ((bank_entries.c.end_to_end_id, numbers), (bank_entries.c.message_id, messages)):
        for some in pieces(values):
            query = select(bank_entries).where(column.in_(some)).order_by(bank_entries.c.position)
            for row in connection.execute(query).mappings():
                entry = read.setdefault(row["refund_key"], dict(row))
                found.setdefault(row[column.name], []).append(entry)
    return found


def _take(connection: Connection, entry: _Entry, answer: BankAnswer, now: datetime, by: str) -> bool:
    """One entry; true when something changed (or, for ``pending``, always)."""
    if answer.outcome == "pending":
        return True
    if entry["outcome"] == answer.outcome or (entry["outcome"] == "returned" and answer.outcome == "booked"):
        return False
    row = intent(connection, entry["refund_key"])
    if row is None:
        return False
    key = entry["refund_key"]
    words = clean(f"bank: {answer.outcome} {answer.reason} {answer.reference}".strip(), 300)
    if answer.outcome == "booked":
        reference = answer.reference or entry["message_id"]
        if answer.currency and answer.currency != entry["currency"]:
            note = f"the bank booked {answer.currency} instead of {entry['currency']}"
            move(connection, key, "needs_human", now, leaves=_OPEN, reason="amount_differs", by=by, note=note)
        else:
            booked(connection, row, now, reference, answer.amount_minor, by)
    else:
        note = f"{words}. Ask the customer for another account number; the new refund is a new intent."
        if answer.outcome == "rejected" and row["state"] == "succeeded":
            note = f"{words}, and was said to be booked before: look at the account first. {note}"
        more = {"reason": answer.outcome, "by": by, "detail": words, "note": clean(note, 300)}
        move(connection, key, "needs_human", now, leaves=(*_OPEN, "succeeded"), **more)
    here = bank_entries.c.refund_key == key
    connection.execute(update(bank_entries).where(here).values(outcome=answer.outcome, detail=words))
    entry["outcome"] = answer.outcome
    return True


def _left_before(connection: Connection, answer: BankAnswer, now: datetime) -> bool:
    """Booked, and in no batch here: it may have left in one that a restore has forgotten."""
    if answer.outcome != "booked" or not answer.end_to_end_id:
        return False
    return sent_before.answered(connection, answer, now)


_OPEN = ("in_flight", "unknown", "needs_human")


def _never_in_a_file(connection: Connection, rows: Sequence[RowMapping], now: datetime) -> list[RowMapping]:
    """Queued again after it had left in a file once: a person has to look, the key stays where it was."""
    keys = [row["refund_key"] for row in rows]
    query = select(bank_entries.c.refund_key, bank_entries.c.message_id).where(bank_entries.c.refund_key.in_(keys))
    before = {row.refund_key: row.message_id for row in connection.execute(query)}
    for key, message in before.items():
        note = f"was in file {message}; a refund leaves in one file only"
        move(connection, key, "needs_human", now, leaves=("queued",), reason="in_a_file", detail=note, note=note)
    return [row for row in rows if row["refund_key"] not in before]
