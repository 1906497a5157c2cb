"""A supervisor's PIN goes to the hub beside the worker's way, and the answer comes back as an input."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from rma_station.domain import codec, codes
from rma_station.domain.book import Person
from rma_station.domain.flows.inputs import Typed
from rma_station.domain.flows.state import Rules
from rma_station.domain.review import Answer, Offline, Ok, Refused
from rma_station.ports import RawScan
from rma_station.services.bench import Update
from rma_station.services.running import Late, Room, RunningStation
from tests.fakes import take_feed
from tests.services.bench import RULES, Row, ServiceBench

EWA = Person("000201", "Ewa", "supervisor")


def broken(worker_id: str, pin: str) -> Answer[str]:
    """A defect."""
    raise ValueError


@pytest.mark.parametrize(
    ("vouch", "said"),
    [
        (lambda _who, pin: Ok("") if pin == "201201" else Refused("pin"), "flow.signed_in"),
        (lambda _who, _pin: Refused("pin", "number or PIN is wrong"), "flow.pin_hub_pin"),
        (lambda _who, _pin: Offline("no route"), "flow.pin_hub_offline"),
        (None, "flow.pin_hub_offline"),
        (broken, "flow.pin_hub_offline"),
    ],
)
def test_the_hubs_word_reaches_the_bench(
    tmp_path: Path, vouch: Callable[[str, str], Answer[str]] | None, said: str
) -> None:
    """Badge, PIN, the hub is asked on a thread of its own."""
    bench = ServiceBench(tmp_path, rules=Rules(badge_pin=True))
    take_feed(bench.reader, [Row(0, "p", "person", EWA.worker_id, codec.encode(EWA))], "c2")
    heard: queue.Queue[Update] = queue.Queue()
    running = RunningStation(lambda: Room(bench.station, bench.journal, bench.book, bench.reader))
    running.subscribe(heard.put)
    running.start()
    running.start_late(Late(vouch=vouch))

    running.put(RawScan("scanner", codes.badge(EWA.worker_id, RULES.badge_key).encode(), 1.0))
    running.put(Typed("201201"))
    keys = [""]
    while keys[-1] not in (said, "flow.defect"):
        outcome = heard.get(timeout=10).outcome
        keys += [getattr(outcome.message, "key", "")] if outcome else []
    running.stop()

    assert keys[1:] == ["flow.enter_pin", "flow.pin_asking", said]


def test_a_restart_gives_nobody_new_tries(tmp_path: Path) -> None:
    """The lock is on the disk before the worker hears of it."""
    bench = ServiceBench(tmp_path, rules=Rules(badge_pin=True))
    person = Person("000001", "Anna", "worker", pin_hash="scrypt$2$8$1$00$00")
    take_feed(bench.reader, [Row(0, "p", "person", "000001", codec.encode(person))], "c2")
    bench.badge()
    for _ in range(5):
        bench.station.handle(Typed("0000"))
    bench.reopen()

    early = bench.badge()
    bench.clock.forward(300)

    assert (early, bench.badge()) == ("stop:badge_locked", "ready:enter_pin")
    assert bench.types().count("worker.pin_refused") == 5
