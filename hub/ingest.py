"""Taking a station's events: chain, dedupe, fold, slots, all of a batch in one transaction. Nothing here waits.

What becomes of a line: *accepted* (stored and folded), *duplicate* (known by its event id), *parked* (made by a newer
version; replayed after an upgrade) or *dead letter* (with code, reason and who can fix it). All of them advance
``have_through``; what refuses a whole batch is in ``hub/intake/refusals.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from hub import alerts, hub_identity, store
from hub.intake import forks, hub_log, on_the_way, projection, quarantine, receipts, refusals, surplus
from hub.intake.lines import Line, dead, read_all
from hub.tables import dead_letters, event_cases, events, logs, parked, places, stations
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.domain.codes import log_letters
from rma_station.domain.fold import Fact
from rma_station.domain.identifiers import derived_uuid
from rma_station.domain.rma import Case, Rma
from sync import versions, wire

Propose = Callable[[Connection, Mapping[str, Case], Mapping[str, Rma], datetime], None]
"""``propose(connection, changed cases by id, their RMAs by id, now)``: what money follows, in the same transaction."""

CHAIN_BREAK = "chain_break"
"""Flag of a log whose lines do not add up, and the mark it leaves on every case it touches from then on."""
OWNERS = {
    "too_large": "administrator",
    "bad_utf8": "administrator",
    "malformed": "administrator",
    "erased": "administrator",
    "payload_mismatch": "supervisor",
    "id_reuse": "supervisor",
}
"""Code of a dead letter to who can do something about it."""


def propose_nothing(connection: Connection, cases: Mapping[str, Case], rmas: Mapping[str, Rma], now: datetime) -> None:
    """For a hub without money: no intents follow from events."""


@dataclass
class Batch:
    """What became of the lines of one batch."""

    station: str
    log_id: str
    lines: list[Line] = field(default_factory=list)
    flag: str = ""


def ingest(
    connection: Connection,
    station: str,
    log_id: str,
    header: wire.BatchHeader,
    lines: Sequence[bytes],
    now: datetime,
    propose: Propose,
    *,
    protocol: int = wire.PROTOCOL,
) -> wire.EventsReply | wire.Problem:
    """Take one batch of a log, inside the caller's transaction.

    Args:
        connection: in a transaction; when a ``Problem`` comes back nothing was written, but that a fork was seen.
        station: name of the authenticated station.
        log_id: the log, one of this station's.
        header: place of the first line and the hash before it.
        lines: the lines of the journal, without newlines.
        now: the hub's time of receipt.
        propose: called once with all cases that changed.
        protocol: of the station; one that does not know how to begin another log is not refused for its letters,
            and one that does not read receipts gets none.
    """
    identity = hub_identity.identity(connection)
    log = connection.execute(select(logs).where(logs.c.log_id == log_id).with_for_update()).first()
    problem = refusals.refusal(connection, identity, station, log_id, log, header, lines, now)
    if problem is None and log is None and protocol >= versions.FORKS:
        problem = refusals.taken_letters(connection, identity, log_id, now)
    if problem:
        return _refused(connection, station, log_id, problem, now)
    have, at = (log.have_through, bytes(log.hash)) if log else (0, en.GENESIS)
    batch = Batch(station, log_id, flag=log.flag if log else "")
    batch.lines = read_all(bytes.fromhex(header.previous_hash), header.first_seq, lines)
    fork = refusals.fork(connection, identity, log_id, batch.lines, have, now)
    if fork:
        return _refused(connection, station, log_id, fork, now)
    repeated = [line for line in batch.lines if line.seq <= have]
    batch.lines = [line for line in batch.lines if line.seq > have]
    if any(refusals.other_mode(line, identity.mode) for line in batch.lines):
        message = f"this hub is a {identity.mode} hub; sample and live never mix"
        return wire.Problem(identity.header(now), "mode", message, have_through=have)
    if batch.lines:
        take(connection, identity, batch, now, propose)
        _advance(connection, batch, log, now)
        have, at = batch.lines[-1].seq, batch.lines[-1].hash
    accepted = sum(not line.result for line in batch.lines)
    receipt = receipts.sign(identity, log_id, have, at, now) if protocol >= versions.RECEIPTS else None
    return wire.EventsReply(identity.header(now), have, accepted, _results(repeated, batch.lines), receipt)


def _refused(connection: Connection, station: str, log_id: str, problem: wire.Problem, now: datetime) -> wire.Problem:
    """Nothing of the batch is kept; but that a log has two histories is remembered, whatever its station does next."""
    if problem.code == "fork":
        forks.seen(connection, station, log_id, problem.at_seq, now)
    return problem


def _results(repeated: Sequence[Line], taken: Sequence[Line]) -> tuple[wire.EventResult, ...]:
    """What the station is told line by line: the accepted ones, nearly all of them, are counted and not listed."""
    known = [wire.EventResult(line.seq, line.event_id or "", "duplicate") for line in repeated]
    told = [line for line in taken if line.result]
    return (
        *known,
        *(wire.EventResult(line.seq, line.event_id or "", line.result, line.code, line.reason) for line in told),
    )


def take(
    connection: Connection,
    identity: hub_identity.Identity,
    batch: Batch,
    now: datetime,
    propose: Propose,
    *,
    again: bool = False,
) -> None:
    """Dedupe, fold, give slots and store lines whose places are decided; also used for re-driving.

    ``again`` is for lines that are known as parked: their ids are theirs already.
    """
    if not again:
        dedupe(connection, batch.lines)
    forks.gone_on(connection, batch.station, batch.log_id, batch.lines, now)
    contested = forks.contested(connection, batch.log_id, batch.lines)
    dead_now = sum(line.result == "dead_letter" for line in batch.lines)
    doubted = quarantine.MARK if quarantine.look(connection, batch.station, dead_now, now) else ""
    for line in batch.lines:
        if line.code == "payload_mismatch" or _misplaced(line, batch.log_id):
            batch.flag = CHAIN_BREAK
    work = projection.load(
        connection, dict.fromkeys(case_id for line in batch.lines if not line.result for case_id in line.case_ids)
    )
    on_the_way.load(connection, work, batch.lines)
    benches = forks.first_logs(connection)
    for line in batch.lines:
        if not line.result:
            line.case_ids = on_the_way.cases_of(work, line)
            flag = batch.flag or (forks.MARK if contested.intersection(line.case_ids) else doubted)
            _fold(work, line, benches, flag, now)
    _store(connection, batch, now)
    on_the_way.match(connection, identity, work, batch.lines, now)
    finish(connection, identity, work, now, propose, senders={batch.log_id: batch.station})


def finish(
    connection: Connection,
    identity: hub_identity.Identity,
    work: projection.Work,
    now: datetime,
    propose: Propose,
    senders: Mapping[str, str] | None = None,
) -> None:
    """After folding: give slots, write the cases, let money follow.

    ``senders``: stations by log, of logs that may be new here.
    """
    said = projection.settle(work)
    benches = _benches(connection, work, said, senders or {})
    facts = hub_log.append(connection, identity, said, now, benches=benches)
    for stated, fact in zip(said, facts, strict=True):
        projection.apply(work, fact, stated.subject.case_ids, now)
    projection.write(connection, work, now)
    surplus.refresh(connection, [work.cases[case_id] for case_id in work.changed if case_id in work.rmas], now)
    if work.changed:
        propose(connection, {case_id: work.cases[case_id] for case_id in work.changed}, work.rmas, now)


def _benches(
    connection: Connection, work: projection.Work, said: Sequence[ev.Stated], senders: Mapping[str, str]
) -> dict[str, str]:
    """By unit, the name of the station that identified it: for the units whose slots are given now."""
    found = {}
    for stated in said:
        unit_id = stated.subject.unit_id if isinstance(stated.event, ev.SlotGiven) else None
        for case_id in stated.subject.case_ids if unit_id else ():
            found[unit_id or ""] = work.cases[case_id].units[unit_id or ""].log_id
    query = select(logs.c.log_id, logs.c.station).where(logs.c.log_id.in_(set(found.values())))
    names = dict(senders) | ({row.log_id: row.station for row in connection.execute(query)} if found else {})
    return {unit_id: names[log_id] for unit_id, log_id in found.items() if log_id in names}


def _misplaced(line: Line, log_id: str) -> bool:
    """True for a line born in this very log at another place: something was taken out, put in or moved."""
    return bool(line.entry and line.entry.envelope.log_id == log_id and line.entry.envelope.seq != line.seq)


# --- deciding and storing --------------------------------------------------------------------------------


def dedupe(connection: Connection, lines: Sequence[Line]) -> None:
    """Find what is here already by its event id: the same bytes are a duplicate, others a dead letter."""
    known: dict[str, bytes] = {}
    wanted = [line.event_id for line in lines if line.event_id and line.result != "dead_letter"]
    for some in store.pieces(wanted):
        for row in connection.execute(select(parked.c.event_id, parked.c.raw).where(parked.c.event_id.in_(some))):
            known[row.event_id] = bytes(row.raw)
        for row in connection.execute(select(events.c.event_id, events.c.line).where(events.c.event_id.in_(some))):
            known[row.event_id] = bytes(row.line)
    for line in lines:
        event_id = line.event_id
        if event_id is None or line.result == "dead_letter":
            continue
        if event_id not in known:
            known[event_id] = line.raw
        elif en.counted(known[event_id]) == en.counted(line.raw):
            line.result, line.code, line.reason = "duplicate", "", ""
        else:
            dead(line, "id_reuse", f"another event has the id {event_id} already; the first one is kept")


def _fold(work: projection.Work, line: Line, benches: Mapping[str, str], flag: str, now: datetime) -> None:
    if line.entry is None or line.event is None:
        return
    envelope = line.entry.envelope
    bench = benches.get(envelope.log_id, envelope.log_id)
    fact = Fact(envelope.event_id, line.event, envelope.worker_id, envelope.occurred_at, bench)
    try:
        projection.apply(work, fact, line.case_ids, now, flag)
    except Exception as error:
        line.result, line.code = "parked", "projection"
        line.reason = clean(f"this version cannot fold it: {error!r}")


def _store(connection: Connection, batch: Batch, now: datetime) -> None:
    number = hub_log.next_number(connection)
    offset = connection.scalar(select(stations.c.clock_offset).where(stations.c.name == batch.station))
    rows: list[dict[str, Any]] = []
    routes: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    dead: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for line in batch.lines:
        place = {"log_id": batch.log_id, "seq": line.seq}
        if not line.result and line.entry is not None:
            rows.append(hub_log.event_row(number, line.entry, batch.log_id, line.seq, now, batch.flag, offset))
            routes.extend({"case_id": case_id, "number": number} for case_id in line.case_ids)
            number += 1
            continue
        other.append({**place, "hash": line.hash, "result": line.result, "event_id": line.event_id})
        arrived = {**place, "station": batch.station, "event_id": line.event_id, "raw": line.raw, "received_at": now}
        if line.result == "dead_letter":
            why = {"code": line.code, "reason": line.reason, "owner": OWNERS.get(line.code, "administrator")}
            dead.append({**arrived, **why, "letter_id": derived_uuid("dead-letter", batch.log_id, str(line.seq))})
        elif line.result == "parked":
            waiting.append({**arrived, "needs": line.reason})
    for table, new in ((events, rows), (event_cases, routes), (dead_letters, dead)):
        if new:
            connection.execute(insert(table), new)
    store.upsert(connection, places, other)
    store.upsert(connection, parked, waiting)
    tampered = {line.code for line in batch.lines if line.code == "id_reuse"} | ({batch.flag} - {""})
    alerts.tell_tampered(connection, batch.station, batch.log_id, tampered, now)
    if dead or waiting:
        alerts.tell_letters(connection, batch.station, batch.log_id, now)


def _advance(connection: Connection, batch: Batch, log: Row[Any] | None, now: datetime) -> None:
    last = batch.lines[-1]
    row = {
        "log_id": batch.log_id,
        "station": batch.station,
        "have_through": last.seq,
        "hash": last.hash,
        "flag": batch.flag,
        "first_at": log.first_at if log else now,
        "last_at": now,
        "letters": log_letters(batch.log_id),
    }
    store.upsert(connection, logs, [row])
