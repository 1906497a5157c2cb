"""How many events a second the hub takes over HTTP: accepted, chained, folded, slots given, intents proposed.

A real hub process on a fresh SQLite file, four stations that post batches of 500 at once, everything on this machine.
Baseline: the same lines written by raw ``sqlite3`` with ``synchronous=FULL`` into one table with a unique id, 500 a
commit, in the same run. Run ``python -m benchmarks.hub_ingest [--events N]``.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from benchmarks.hub_process import LINE, SKU, running_hub
from benchmarks.table import Figure
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.identifiers import uuid7
from sync import wire

STATIONS = 4
BATCH = wire.BATCH_EVENTS
UNITS = 4
PER_PARCEL = 3 + 5 * UNITS
"""Events of one parcel."""
TARGET = 4000
"""Events a second we promise."""


def new_id() -> str:
    """A UUIDv7."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def parcel(rma_id: str) -> Iterator[ev.Stated]:
    """What a bench says about one parcel of four units."""
    parcel_id = new_id()
    about = ev.Subject((rma_id,), parcel_id)
    yield ev.Stated(ev.ParcelOpened(parcel_id, "tracking", "13090000000001", (rma_id,), "13090000000001", "dpd"), about)
    yield ev.Stated(ev.ParcelInspected(parcel_id, "intact"), about)
    for number in range(UNITS):
        unit, job, lpn = new_id(), new_id(), f"R7K2M{number:05}X"
        subject = ev.Subject((rma_id,), parcel_id, unit)
        answers = {"seal": "open", "worn": "no", "complete": "yes"}
        for event in (
            ev.UnitIdentified(unit, parcel_id, lpn, "05901234123457", "gtin", rma_id, LINE, SKU),
            ev.UnitGraded(unit, "apparel", 3, answers, "B", "B", "outlet", "outlet", "OUT-1"),
            ev.LabelAsked(job, unit, lpn, "unit"),
            ev.LabelConfirmed(unit, lpn, "scan_back", job),
            ev.UnitPlaced(unit, lpn, "OUT-1"),
        ):
            yield ev.Stated(event, subject)
    yield ev.Stated(ev.ParcelDone(parcel_id), about)


def journal(log_id: str, rma_ids: Sequence[str]) -> list[tuple[bytes, bytes]]:
    """A station's log: line and hash of every entry."""
    previous, entries = en.GENESIS, []
    stated = (one for rma_id in rma_ids for one in parcel(rma_id))
    for seq, one in enumerate(stated, 1):
        type_name, schema, payload = ev.write(one.event)
        envelope = en.Envelope(
            event_id=new_id(),
            log_id=log_id,
            seq=seq,
            type=type_name,
            schema=schema,
            occurred_at="2026-11-22T10:00:00.000Z",
            boot_id="7f3c0b0e-boot",
            mono_ms=seq * 1000,
            clock_state="ok",
            app_version="0.1.0",
            payload_sha256="",
            worker_id="000001",
            session_id=log_id,
            subject=one.subject.as_mapping(),
        )
        entry = en.seal(envelope, payload, os.urandom(16), previous)
        entries.append((entry.line, entry.hash))
        previous = entry.hash
    return entries


def bodies(entries: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """The batches of a log as they are posted."""
    made = []
    for start in range(0, len(entries), BATCH):
        some = entries[start : start + BATCH]
        previous = entries[start - 1][1] if start else en.GENESIS
        head = wire.BatchHeader(start + 1, previous.hex(), len(some))
        made.append(b"\n".join([codec.to_bytes(codec.encode(head)), *(line for line, _ in some)]) + b"\n")
    return made


def post(url: str, token: str, log_id: str, batches: Sequence[bytes]) -> list[float]:
    """One station sends its log; returns the seconds of each call."""
    seconds = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for body in batches:
            begun = time.perf_counter()
            reply = client.post(wire.EVENTS.format(log_id=log_id), content=body)
            seconds.append(time.perf_counter() - begun)
            if reply.status_code != httpx.codes.OK or reply.json().get("results"):
                raise SystemExit(f"the hub did not take a batch: {reply.text[:300]}")
    return seconds


def raw(folder: Path, logs: Sequence[Sequence[tuple[bytes, bytes]]]) -> float:
    """Events a second of the baseline."""
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "locking_mode = EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE events (event_id TEXT PRIMARY KEY, line BLOB, hash BLOB)")
    rows = [(json.loads(line)["event_id"], line, digest) for log in logs for line, digest in log]
    begun = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows[start : start + BATCH])
        connection.execute("COMMIT")
    rate = len(rows) / (time.perf_counter() - begun)
    connection.close()
    return rate


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Events a second against the promise."""
    parcels = (8_000 if quick else 40_000) // PER_PARCEL
    rma_ids = [f"RMA-2026-{number:06}" for number in range(parcels)]
    logs = [journal(new_id(), rma_ids[number::STATIONS]) for number in range(STATIONS)]
    baseline = raw(folder, logs)
    rate, seconds, used = hub_rate(folder / "hub", rma_ids, logs)
    count = sum(map(len, logs))
    note = (
        f"{rate / baseline:.2f} of the baseline; {used * 1e6 / count:.0f} us of the hub's processor an event, "
        f"a batch {seconds[len(seconds) // 2] * 1000:.0f} ms; {proposed(folder / 'hub'):,} refund intents proposed"
    )
    shown = f"raw sqlite3, same lines {baseline:.0f}/s"
    return [Figure("hub ingest, batch 500", f"{rate:.0f} events/s", shown, rate, TARGET, "at least", (note,))]


def proposed(data: Path) -> int:
    """Refund intents in a hub's file that nobody uses any more."""
    connection = sqlite3.connect(data / "hub.sqlite3")
    (count,) = connection.execute("SELECT count(*) FROM refund_intents").fetchone()
    connection.close()
    return int(count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure once and print the figures as one JSON line."""
    options = argparse.ArgumentParser(prog="benchmarks.hub_ingest", description=__doc__)
    options.add_argument("--events", type=int, default=40_000, help="over all stations")
    parcels = max(1, options.parse_args(arguments).events // PER_PARCEL)
    rma_ids = [f"RMA-2026-{number:06}" for number in range(parcels)]
    logs = [journal(new_id(), rma_ids[number::STATIONS]) for number in range(STATIONS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baseline = raw(folder, logs)
        rate, slowest, used = hub_rate(folder / "hub", rma_ids, logs)
    figures = {
        "events": sum(map(len, logs)),
        "hub_events_per_second": round(rate),
        "raw_sqlite_events_per_second": round(baseline),
        "ratio": round(rate / baseline, 3),
        "hub_cpu_microseconds_per_event": round(used * 1e6 / sum(map(len, logs))),
        "batch_p50_ms": round(slowest[len(slowest) // 2] * 1000),
        "batch_p99_ms": round(slowest[int(len(slowest) * 0.99)] * 1000),
        "target": TARGET,
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def hub_rate(
    data: Path, rma_ids: Sequence[str], logs: Sequence[Sequence[tuple[bytes, bytes]]]
) -> tuple[float, list[float], float]:
    """Events a second of a hub process of its own, the seconds of its calls in order of size, its processor seconds."""
    with running_hub(data, rma_ids, UNITS, STATIONS) as hub:
        batches = [bodies(log) for log in logs]
        with concurrent.futures.ThreadPoolExecutor(STATIONS) as pool:
            begun, used = time.perf_counter(), hub.processor_seconds()
            calls = [pool.submit(post, hub.url, hub.tokens[n], f"bench-log-{n}", batches[n]) for n in range(STATIONS)]
            seconds = sorted(one for call in calls for one in call.result())
            elapsed, used = time.perf_counter() - begun, hub.processor_seconds() - used
        return sum(map(len, logs)) / elapsed, seconds, used


if __name__ == "__main__":
    sys.exit(main())
