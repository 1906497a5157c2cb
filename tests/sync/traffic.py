"""A conversation of a station with a hub, as it went over the wire; every protocol keeps its recording.

``python -m tests.sync.traffic`` records the present protocol anew. A recording that a release has carried never
changes: ``golden/v1/traffic.ndjson`` was made by the program of version 0.1.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from hub import api, hub_identity
from hub.central import Hub
from hub.trust import stations
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from sync import versions, wire
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, new_hub, plain_line

GOLDEN = Path(__file__).parent / "golden"
SAME_LETTERS = "log-781515"
"""Its labels begin as those of ``log-a``."""


@dataclass(frozen=True)
class Exchange:
    """One call and what came back."""

    what: str
    method: str
    path: str
    body: str
    protocol: int
    known: bool
    """Whether the token was one the hub knows."""
    status: int = 0
    reply: Any = None


class Recorder:
    """A hub in memory with one return and one station, which speaks a protocol."""

    def __init__(self, protocol: int) -> None:
        self.protocol = protocol
        database = new_hub()
        announce(database, an_rma(plain_line(quantity=2)), an_rma(rma_id="RMA-2026-000002"))
        with database.transaction() as connection:
            identity = hub_identity.identity(connection)
            self.token = stations.add(connection, "bench-1", Numbers(), NOW)
        hub = Hub(database, identity, lambda: NOW, Numbers())
        self.client = TestClient(api.create_app(hub))
        self.exchanges: list[Exchange] = []

    def play(self, call: Exchange) -> Exchange:
        """Make a call and keep what came."""
        token = self.token if call.known else "nobody"
        headers = {"Authorization": f"Bearer {token}", "X-RMA-Protocol": str(call.protocol)}
        reply = self.client.request(call.method, call.path, content=call.body.encode(), headers=headers)
        done = Exchange(**{**asdict(call), "status": reply.status_code, "reply": reply.json()})
        self.exchanges.append(done)
        return done

    def post(self, what: str, path: str, body: bytes, *, known: bool = True) -> Exchange:
        """A call with a body."""
        return self.play(Exchange(what, "POST", path, body.decode(), self.protocol, known))

    def get(self, what: str, path: str) -> Exchange:
        """A call without one."""
        return self.play(Exchange(what, "GET", path, "", self.protocol, True))


def a_log(unit_id: str = "u1") -> Log:
    """A parcel with a graded unit."""
    log = Log("log-a")
    log.say(ev.LogOpened("bench-1", "sample"))
    log.parcel("p-1", RMA)
    log.unit(unit_id, "p-1")
    log.grade(unit_id)
    log.done("p-1")
    log.say(ev.WorkerSignedOut("000001", 1, 1))
    return log


def hello(log: Log, mode: str = "sample", **more: Any) -> bytes:
    """A hello as the first protocol has it, with what later ones add."""
    head = {"log_id": log.log_id, "last_seq": len(log.lines), "last_hash": log.hashes[-1].hex()}
    beat = {"app_version": "0.1.0", "unsent": len(log.lines), "devices": {"scanner": "ready"}}
    return json.dumps({"mode": mode, "logs": [head], "heartbeat": beat, **more}).encode()


def batch(log: Log, first: int, last: int) -> bytes:
    """A part of a log."""
    head = {"first_seq": first, "previous_hash": log.hashes[first - 1].hex(), "count": last - first + 1}
    return b"\n".join([json.dumps(head).encode(), *log.lines[first - 1 : last], b""])


def converse(protocol: int) -> Iterator[Exchange]:
    """Everything a station of the first protocol says; later ones add to it at the end."""
    to, log, events = Recorder(protocol), a_log(), wire.EVENTS.format(log_id="log-a")
    to.post("hello of a new log", wire.HELLO, hello(log))
    to.post("a batch", events, batch(log, 1, 4))
    to.post("the same batch again", events, batch(log, 1, 4))
    to.post("a gap", events, batch(log, 6, 6))
    to.post("the rest", events, batch(log, 5, 6))
    to.post("hello of a known log", wire.HELLO, hello(log))
    other = a_log("u9")
    to.post("another history", events, batch(other, 3, 6))
    to.post("hello of another history", wire.HELLO, hello(other))
    page = to.get("the feed's first page", f"{wire.FEED}?cursor=&limit=2")
    to.get("its next", f"{wire.FEED}?cursor={page.reply['cursor']}&limit=100")
    to.get("an unknown cursor", f"{wire.FEED}?cursor=bm8=&limit=100")
    to.get("a snapshot", f"{wire.SNAPSHOT}?cursor=&limit=3")
    poison = a_log()
    poison.put(b'{"v":1}')
    poison.say_raw("moon.landed", 1, {})
    poison.say_raw("unit.graded", 1, {"unit_id": 7}, RMA)
    to.post("poison, news and nonsense", events, batch(poison, 7, 9))
    to.post("hello in the other mode", wire.HELLO, hello(log, "live"))
    to.post("no JSON", wire.HELLO, b"hello?")
    to.post("nobody's token", wire.HELLO, hello(log), known=False)
    if protocol >= versions.FORKS:
        _new_log(to, log)
    yield from to.exchanges


def _new_log(to: Recorder, log: Log) -> None:
    """A station with another history goes on under a new log; a third one has letters that are taken."""
    branch = Log("log-a", log.lines[:3], log.hashes[:4])
    for seq, grade in ((4, "C"), (5, "B")):
        event = ev.UnitGraded("u1", "default", 1, {}, grade, grade, "outlet", "outlet", "B-01")
        branch.say(event, RMA, event_id=f"branch-{seq}", unit_id="u1")
    ids = [en.open_line(line, en.GENESIS).envelope.event_id for line in branch.lines]
    to.post("which are missing", wire.MISSING, json.dumps({"event_ids": ids}).encode())
    new = Log("log-b")
    new.say(ev.LogForked("bench-1", "sample", "log-a", 3, "other"))
    for line in branch.lines[3:]:
        new.put(line, en.open_line(line, new.hashes[-1]).hash)
    closed = {"log_id": "log-a", "last_seq": 3, "last_hash": log.hashes[3].hex(), "closed": True}
    here = {"log_id": "log-b", "last_seq": len(new.lines), "last_hash": new.hashes[-1].hex()}
    logs = json.dumps({"mode": "sample", "logs": [closed, here], "protocol": to.protocol}).encode()
    to.post("hello of a closed log and a new one", wire.HELLO, logs)
    to.post("the new log", wire.EVENTS.format(log_id="log-b"), batch(new, 1, len(new.lines)))
    alike = Log(SAME_LETTERS)
    alike.say(ev.LogOpened("bench-1", "sample"))
    to.post("hello of a log with taken letters", wire.HELLO, hello(alike))
    to.post("its first batch", wire.EVENTS.format(log_id=SAME_LETTERS), batch(alike, 1, 1))


def write(protocol: int, exchanges: Iterator[Exchange]) -> None:
    """Keep a recording."""
    lines = [json.dumps(asdict(exchange), ensure_ascii=False) + "\n" for exchange in exchanges]
    (GOLDEN / f"v{protocol}" / "traffic.ndjson").write_text("".join(lines), encoding="utf-8")


def recorded(protocol: int) -> list[Exchange]:
    """The recording of a protocol."""
    text = (GOLDEN / f"v{protocol}" / "traffic.ndjson").read_text(encoding="utf-8")
    return [Exchange(**json.loads(line)) for line in text.splitlines()]


if __name__ == "__main__":
    (GOLDEN / f"v{wire.PROTOCOL}").mkdir(exist_ok=True)
    write(wire.PROTOCOL, converse(wire.PROTOCOL))
