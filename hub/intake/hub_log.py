"""The hub's own log: what it says itself (slots, matches) is an event like any other, in a log and on the feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hub import feed, hub_identity, store
from hub.tables import event_cases, events, logs
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact
from rma_station.domain.identifiers import uuid7

STATION = "hub"
"""Owner of the hub's own log; no station can have this name."""
APP_VERSION = "hub"


def append(
    connection: Connection,
    identity: hub_identity.Identity,
    said: Sequence[ev.Stated],
    now: datetime,
    worker_id: str | None = None,
    benches: Mapping[str, str] | None = None,
) -> list[Fact]:
    """Seal, store and send down the feed; the caller folds the facts that come back into its cases.

    Args:
        connection: inside a transaction.
        identity: who this hub is.
        said: events with their subjects, in order.
        now: the hub's time.
        worker_id: the person who decided, where one did.
        benches: names of the stations units were identified at, by unit: other benches are told on the feed.
    """
    if not said:
        return []
    number = next_number(connection)
    log = connection.execute(select(logs).where(logs.c.log_id == identity.log_id).with_for_update()).first()
    seq, previous = (log.have_through, bytes(log.hash)) if log else (0, en.GENESIS)
    rows: list[dict[str, Any]] = []
    routes: list[dict[str, Any]] = []
    entries: list[feed.NewEntry] = []
    facts: list[Fact] = []
    for stated in said:
        seq += 1
        entry = _sealed(identity, stated, seq, previous, now, worker_id)
        previous = entry.hash
        event_id, subject = entry.envelope.event_id, stated.subject
        rows.append(event_row(number, entry, identity.log_id, seq, now))
        routes.extend({"case_id": case_id, "number": number} for case_id in subject.case_ids)
        facts.append(Fact(event_id, stated.event, worker_id, entry.envelope.occurred_at))
        body = _body(entry, subject, (benches or {}).get(subject.unit_id or "", ""))
        entries.append(feed.NewEntry("fact", subject.case_ids[0] if subject.case_ids else "", body))
        number += 1
    connection.execute(insert(events), rows)
    if routes:
        connection.execute(insert(event_cases), routes)
    row = {"log_id": identity.log_id, "station": STATION, "have_through": seq, "hash": previous, "flag": ""}
    store.upsert(connection, logs, [{**row, "first_at": log.first_at if log else now, "last_at": now}])
    feed.append(connection, entries, now)
    return facts


def next_number(connection: Connection) -> int:
    """The next number in the order of receipt; the caller appends in this transaction."""
    return (connection.scalar(select(func.max(events.c.number))) or 0) + 1


def event_row(
    number: int, entry: en.Entry, log_id: str, seq: int, now: datetime, flag: str = "", offset: int | None = None
) -> dict[str, Any]:
    """A row of ``events``."""
    return {
        "number": number,
        "event_id": entry.envelope.event_id,
        "log_id": log_id,
        "seq": seq,
        "line": entry.line,
        "hash": entry.hash,
        "type": entry.envelope.type,
        "schema": entry.envelope.schema,
        "parcel_id": entry.envelope.subject.get("parcel_id"),
        "flag": flag,
        "received_at": now,
        "clock_offset": offset,
    }


def _sealed(
    identity: hub_identity.Identity, stated: ev.Stated, seq: int, previous: bytes, now: datetime, worker_id: str | None
) -> en.Entry:
    type_name, schema, payload = ev.write(stated.event)
    unix_ms = int(now.timestamp() * 1000)
    envelope = en.Envelope(
        event_id=uuid7(unix_ms, identity.mixed("event", identity.epoch, seq, previous.hex())),
        log_id=identity.log_id,
        seq=seq,
        type=type_name,
        schema=schema,
        occurred_at=store.stamp(now),
        boot_id=identity.epoch,
        mono_ms=0,
        clock_state="ok",
        app_version=APP_VERSION,
        payload_sha256="",
        worker_id=worker_id,
        subject=stated.subject.as_mapping(),
    )
    return en.seal(envelope, payload, identity.mixed("salt", seq, previous.hex())[:16], previous)


def _body(entry: en.Entry, subject: ev.Subject, bench: str) -> dict[str, Any]:
    envelope = entry.envelope
    received = {"station": bench, "parcel_id": subject.parcel_id} if bench else {}
    return {
        "event_id": envelope.event_id,
        "type": envelope.type,
        "schema": envelope.schema,
        "case_ids": list(subject.case_ids),
        "payload": entry.payload,
        "worker_id": envelope.worker_id,
        "occurred_at": envelope.occurred_at,
        **received,
    }
