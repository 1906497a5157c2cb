"""What ``hub`` commands and the API may ask of a running hub about money, people and imports, by name.

Refusals that have to be remembered (a wrong PIN, a tripped breaker) are answers with ``code``, never exceptions: the
transaction has to commit them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, func, select

from hub import admin, people
from hub.central import Hub, Operation, Outside
from hub.connectors import iban as accounts
from hub.connectors.bank_status import read_status
from hub.ledger import bank_accounts, refund_intents
from hub.money import batches, losses
from hub.money.booking import booked
from hub.money.moves import BREAKER, FROZEN, intent, set_switch
from hub.shop import files, sample
from hub.shop.orders import take_document
from hub.store import upsert
from rma_station.domain import codec
from rma_station.domain.book import Person
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Refused

Given = Mapping[str, JsonValue]


def load_sample(hub: Hub, connection: Connection) -> None:
    """First start of a sample hub: the sample shop. A live hub only tells its badge key."""
    if hub.identity.mode == "sample":
        sample.load(connection, hub.identity, hub.now(), hub.propose, hub.random)
    else:
        people.tell_badge_key(connection, hub.identity, hub.now())


def take_file(hub: Hub, given: Given) -> JsonValue:
    """``name`` and ``text`` of an import file -> how many were new or changed."""
    name = admin.text(given, "name")
    document, places = files.read_file(name, str(given.get("text", "")))
    with hub.database.transaction() as connection:
        return codec.encode(take_document(connection, document, clean(name), hub.now(), hub.propose, places))


def person_put(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``worker_id name role [language] [active] [pin]``."""
    active = given.get("active", True) is not False
    person = Person(
        admin.text(given, "worker_id"),
        admin.text(given, "name"),
        admin.text(given, "role"),
        active,
        str(given.get("language") or "pl"),
    )
    people.put_person(connection, person, str(given["pin"]) if given.get("pin") else None, hub.now(), hub.random)
    return {"worker_id": person.worker_id}


def people_list(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """Everybody, without PINs."""
    return {"people": [codec.encode(person) for person in people.listed(connection)]}


NAME_LENGTH = 70
"""Of a holder's name in pain.001 (``Max70Text`` of the banks' rules)."""
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
"""ISO 9362."""


def account_set(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``currency name iban [bic]``: the shop's own account."""
    iban = accounts.normalised(admin.text(given, "iban"))
    if not accounts.valid(iban):
        raise Refused(f"{clean(iban, 40)!r} is not an IBAN whose check digits agree")
    currency = admin.text(given, "currency")
    name, bic = admin.text(given, "name"), given.get("bic") or None
    if name != clean(name, NAME_LENGTH) or not name.strip():
        raise Refused(f"the holder's name {clean(name, 40)!r} has over {NAME_LENGTH} characters, or some no bank takes")
    if bic is not None and not BIC.fullmatch(str(bic)):
        raise Refused(f"{clean(str(bic), 20)!r} is no BIC: eight or eleven letters and digits, such as BPKOPLPW")
    row = {"currency": currency, "name": name, "iban": iban, "bic": bic}
    upsert(connection, bank_accounts, [row])
    return {"currency": currency, "iban": iban}


def batch_make(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``currency by`` -> the batch, its refunds in flight; ``stopped`` when a switch is on."""
    by = admin.text(given, "by")
    made = batches.make(connection, admin.text(given, "currency"), hub.now(), by, policy=hub.policy)
    return {**codec.encode(made), "stopped": made.stopped}


def batch_file(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``message_id`` -> ``xml``."""
    return {"xml": batches.file_bytes(connection, admin.text(given, "message_id")).decode()}


def batch_list(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """All batches."""
    names = ("message_id", "currency", "count", "total_minor", "execute_on", "state", "bank_reference")
    return {
        "batches": [
            {**{name: row[name] for name in names}, "made_at": row["made_at"].isoformat(), "made_by": row["made_by"]}
            for row in batches.listed(connection)
        ]
    }


def batch_confirm(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``message_id reference worker_id pin``: a supervisor has the bank's word."""
    who = people.check(connection, admin.text(given, "worker_id"), str(given.get("pin", "")), hub.now())
    if who.code:
        return {"code": who.code, "message": who.message}
    by, message = admin.text(given, "worker_id"), admin.text(given, "message_id")
    if by in batches.graders_in(connection, message):
        return {"code": "own_grading", "message": "whoever graded something in this batch does not confirm it"}
    found = batches.confirm(connection, message, admin.text(given, "reference"), hub.now(), by)
    return {"code": "", **codec.encode(found), "succeeded": found.succeeded}


def batch_status(hub: Hub, given: Given) -> JsonValue:
    """``text`` of a pain.002 or camt.054 file and ``by`` -> what it changed: all the file says of us, or nothing."""
    by = admin.text(given, "by")
    answers = read_status(str(given.get("text", "")).encode())
    ours = [answer for answer in answers if batches.may_be_ours(answer)]
    with hub.database.transaction() as connection:
        found = batches.take_answers(connection, ours, hub.now(), by)
    found = replace(found, not_ours=found.not_ours + len(answers) - len(ours))
    names = ("succeeded", "rejected", "returned", "pending", "not_ours")
    return {name: getattr(found, name) for name in names}


def switch(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``name`` (``frozen`` or ``breaker``), ``on``, ``reason``, ``worker_id pin``."""
    name = admin.text(given, "name")
    if name not in (FROZEN, BREAKER):
        raise Refused(f"there is no switch {clean(name, 20)!r}; there are {FROZEN} and {BREAKER}")
    who = people.check(connection, admin.text(given, "worker_id"), str(given.get("pin", "")), hub.now())
    if who.code:
        return {"code": who.code, "message": who.message}
    by, reason = admin.text(given, "worker_id"), admin.text(given, "reason")
    set_switch(connection, name, on=bool(given.get("on")), reason=reason, by=by, now=hub.now())
    return {"code": ""}


def mark_paid(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``refund_key evidence worker_id pin``: somebody paid it another way, or found the booking; never the grader."""
    who = people.check(connection, admin.text(given, "worker_id"), str(given.get("pin", "")), hub.now())
    if who.code:
        return {"code": who.code, "message": who.message}
    by, evidence = admin.text(given, "worker_id"), clean(admin.text(given, "evidence"), 200)
    row = intent(connection, admin.text(given, "refund_key"))
    if row is None or row["state"] not in ("unknown", "needs_human"):
        return {"code": "state", "message": "only a refund that waits for a person can be marked paid"}
    if by in row["graders"]:
        return {"code": "own_grading", "message": "whoever graded in this case does not decide about it"}
    booked(connection, row, hub.now(), evidence, None, by)
    return {"code": ""}


def losses_list(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """The loss report."""
    return {"losses": losses.report(connection)}


def refunds_list(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """Counts by state, and the intents that wait for a person; with ``all`` every intent."""
    table = refund_intents
    counts = connection.execute(
        select(table.c.state, table.c.currency, func.count().label("n"), func.sum(table.c.amount_minor).label("sum"))
        .group_by(table.c.state, table.c.currency)
        .order_by(table.c.state)
    ).mappings()
    waiting = select(table).where(table.c.state.in_(["needs_human", "unknown"])).order_by(table.c.deadline_on)
    names = ("refund_key", "case_id", "order_id", "purpose", "amount_minor", "currency", "state", "reason", "note")
    every = select(table).order_by(table.c.case_id, table.c.subject, table.c.slot, table.c.payment_id)
    more = (*names, "subject", "slot", "payment_id", "kind", "rule_id", "deadline_on")
    rows = connection.execute(every).mappings() if given.get("all") else ()
    return {
        "all": [{name: row[name] for name in more} for row in rows],
        "counts": [
            {"state": row["state"], "currency": row["currency"], "count": row["n"], "amount_minor": int(row["sum"])}
            for row in counts
        ],
        "waiting": [{name: row[name] for name in names} for row in connection.execute(waiting).mappings()],
    }


OPERATIONS: Mapping[str, Operation | Outside] = {
    "import": Outside(take_file),
    "person-put": person_put,
    "people": people_list,
    "account-set": account_set,
    "batch-make": batch_make,
    "batch-file": batch_file,
    "batch-list": batch_list,
    "batch-confirm": batch_confirm,
    "batch-status": Outside(batch_status),
    "switch": switch,
    "mark-paid": mark_paid,
    "refunds": refunds_list,
    "losses": losses_list,
}
