"""What runs beside the station thread leaves the database to it, and ends with the station."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from pathlib import Path

from rma_station.derivation import make_verifier
from rma_station.domain import codec, codes
from rma_station.domain.book import Person
from rma_station.domain.flows.inputs import Typed
from rma_station.domain.flows.state import Rules
from rma_station.domain.outcome import say
from rma_station.domain.review import Answer, Ok
from rma_station.ports import RawScan, UplinkState, UplinkStatus
from rma_station.services.bench import NoPhone, PhoneAsked, Update
from rma_station.services.claims import Piece
from rma_station.services.room import Room
from rma_station.services.running import Late, RunningStation
from rma_station.store.reader import StoredReader
from tests.fakes import take_feed
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import RULES, Row, ServiceBench
from tests.sync.tiny_hub import wait_for

PEPPER = b"p" * 32


def test_pins_claims_and_phones_leave_the_database_alone_and_end(tmp_path: Path) -> None:
    """A PIN checked here and one at the hub, a claim, a phone's page: only the station's thread reads or writes."""
    bench = ServiceBench(tmp_path, (rma(1, line("L1", SHIRT)),), rules=Rules(badge_pin=True))
    reader = StoredReader(bench.journal, bench.clock, pepper=PEPPER)
    anna = Person("000001", "Anna", "worker", pin_hash=make_verifier("4711", bytes(16)))
    ewa = Person("000201", "Ewa", "supervisor")
    rows = [Row(n, f"p{n}", "person", one.worker_id, codec.encode(one)) for n, one in enumerate((anna, ewa))]
    take_feed(reader, rows, "c2")
    before = set(threading.enumerate())
    users: set[str] = set()
    bench.journal.database.connection.set_trace_callback(lambda _sql: users.add(threading.current_thread().name))
    asked: list[str] = []
    heard: queue.Queue[Update] = queue.Queue()
    running = RunningStation(lambda: Room(bench.station, bench.journal, bench.book, reader, PEPPER))

    def vouch(_worker_id: str, _pin: str) -> Answer[str]:
        running.call(reader.hub_id).result(5.0)  # as the desk does it
        asked.append("vouch")
        return Ok("")

    def others(_piece: Piece) -> Sequence[str]:
        asked.append("claim")
        return ("bench-7",)

    def page(_of: PhoneAsked) -> NoPhone:
        asked.append("phone")
        return NoPhone("unit_not_here", say("phone.no_phone"))

    def until(key: str) -> None:
        while getattr(getattr(heard.get(timeout=10).outcome, "message", None), "key", "") != key:
            continue

    running.subscribe(heard.put)
    running.start()
    running.wait_open(10)
    running.start_late(Late(vouch=vouch, others=others, phone=("phones", page)))
    running.uplink_says(UplinkStatus(UplinkState.ONLINE))
    for worker_id, pin in (("000201", "201201"), ("000001", "4711")):
        running.put(RawScan("scanner", codes.badge(worker_id, RULES.badge_key).encode(), 1.0))
        running.put(Typed(pin))
        until("flow.signed_in")
    running.put(RawScan("scanner", b"TRACK10", 2.0))
    running.put(RawScan("scanner", b"5901234123457", 3.0))
    wait_for(lambda: "claim" in asked)
    running.phone_page().result(10)
    running.stop()

    wait_for(lambda: not set(threading.enumerate()) - before)
    assert set(asked) == {"vouch", "claim", "phone"}
    assert users == {"station"}
