"""PINs are checked beside the worker's way, here or by the hub, and the answer comes back as an input."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from rma_station.derivation import make_verifier
from rma_station.domain import codec, codes
from rma_station.domain.book import Person
from rma_station.domain.flows.inputs import PinChecked, Typed
from rma_station.domain.flows.state import Rules
from rma_station.domain.review import Answer, Offline, Ok, Refused
from rma_station.ports import RawScan, UplinkState, UplinkStatus
from rma_station.services.bench import Update
from rma_station.services.room import Room
from rma_station.services.running import Late, RunningStation
from rma_station.services.station import Identity, Station
from rma_station.store.reader import StoredReader
from tests.fakes import take_feed
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import RULES, Row, ServiceBench, answer

EWA = Person("000201", "Ewa", "supervisor")


def broken(worker_id: str, pin: str) -> Answer[str]:
    """A defect."""
    raise ValueError


@pytest.mark.parametrize(
    ("vouch", "said"),
    [
        (lambda _who, pin: Ok("") if pin == "201201" else Refused("pin"), "flow.signed_in"),
        (lambda _who, _pin: Refused("pin", "number or PIN is wrong"), "flow.pin_hub_pin"),
        (lambda _who, _pin: Refused("locked_here", "too many", 15), "flow.pin_hub_locked_here"),
        (lambda _who, _pin: Refused("ok", "a code of its own"), "flow.pin_hub_refused"),
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
        bench.station.handle(PinChecked("000001", "wrong"))
    bench.reopen()

    early = bench.badge()
    bench.clock.forward(300)

    assert (early, bench.badge()) == ("stop:badge_locked", "ready:enter_pin")
    assert bench.types().count("worker.pin_refused") == 5


PEPPER = b"p" * 32


def test_a_workers_pin_is_checked_against_what_is_kept_here(tmp_path: Path) -> None:
    """The verifier in the database fits only with this station's pepper; the hub is not asked."""
    bench = ServiceBench(tmp_path, rules=Rules(badge_pin=True))
    reader = StoredReader(bench.journal, bench.clock, pepper=PEPPER)
    anna = Person("000001", "Anna", "worker", pin_hash=make_verifier("4711", bytes(16)))
    take_feed(reader, [Row(0, "p", "person", "000001", codec.encode(anna))], "c2")
    heard: queue.Queue[Update] = queue.Queue()
    running = RunningStation(lambda: Room(bench.station, bench.journal, bench.book, reader, PEPPER))
    running.subscribe(heard.put)
    running.start()

    running.put(RawScan("scanner", codes.badge("000001", RULES.badge_key).encode(), 1.0))
    keys = [""]
    for pin, end in (("4712", "flow.pin_wrong"), ("4711", "flow.signed_in")):
        running.put(Typed(pin))
        while keys[-1] != end:
            outcome = heard.get(timeout=10).outcome
            keys += [getattr(outcome.message, "key", "")] if outcome else []
    running.stop()

    assert keys[1:] == [
        "flow.enter_pin", "flow.pin_checking", "flow.pin_wrong", "flow.pin_checking", "flow.signed_in",
    ]  # fmt: skip


def test_scans_go_on_while_a_pin_is_being_checked(tmp_path: Path) -> None:
    """Checking is slow on purpose: the step that starts it derives nothing."""
    bench = ServiceBench(tmp_path, rules=Rules(badge_pin=True))
    anna = Person("000001", "Anna", "worker", pin_hash="argon2id$65536$10$4$0000000000000000$00")
    take_feed(bench.reader, [Row(0, "p", "person", "000001", codec.encode(anna))], "c2")
    bench.badge()

    handled = bench.station.handle(Typed("4711"))
    other = bench.badge("000002")

    assert [check.pin for check in handled.pins] == ["4711"]
    assert other == "stop:pin_not_set"


@pytest.mark.failure(40)
def test_a_worker_who_was_removed_is_signed_out_at_the_next_sync(tmp_path: Path) -> None:
    """Their parcel is set aside, their work is saved, and the badge is no longer taken."""
    bench = ServiceBench(tmp_path, rmas=(rma(1, line("L1", SHIRT)),))
    bench.badge()
    bench.scan("RMA-2026-000001")
    gone = Person("000001", "Anna", "worker", active=False)
    take_feed(bench.reader, [Row(1, "p", "person", "000001", codec.encode(gone))], "c2")

    said = answer(bench.station.refresh())

    assert (said, bench.station.bench.worker_id) == ("stop:badge_withdrawn", None)
    assert bench.types()[-2:] == ["parcel.set_aside", "worker.signed_out"]
    assert bench.badge() == "stop:badge_inactive"


@pytest.mark.failure(40, 45)
def test_days_without_the_hub_are_counted_over_restarts(tmp_path: Path) -> None:
    """From the last word of the hub that reached this station, by its own clock."""
    bench = ServiceBench(tmp_path)
    bench.station.handle(UplinkStatus(UplinkState.ONLINE))
    bench.reader.note_heard()
    online = bench.station.offline_days
    bench.clock.forward(12 * 86_400)
    bench.reopen()
    restored = Station(
        Identity("bench-1", "sample"), bench.journal, bench.book, bench.clock, scan_rules=RULES,
        heard_at=bench.reader.heard_at(),
    )  # fmt: skip

    before = restored.offline_days
    restored.handle(UplinkStatus(UplinkState.ONLINE))

    assert (online, before, restored.offline_days) == (0, 12, 0)
