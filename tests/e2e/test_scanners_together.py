"""Scanners of every kind at one station at once, with the real drivers and the real journal."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import workday
from drivers.evdev_scanner import EvdevScanner
from drivers.hid_pos import layout
from drivers.hid_scanner import hid_scanner
from drivers.keymaps import US
from drivers.keystrokes import typed
from drivers.serial_scanner import SerialScanner
from drivers.transport import open_url
from rma_station import config
from rma_station.domain.outcome import Kind, Message
from rma_station.ports import DeviceState
from rma_station.services.bench import Update
from rma_station.services.running import RunningStation
from rma_station.system import SystemClock
from rma_station.wiring.room import open_room
from tests.drivers.support import QUICK, Line, wait_until
from tests.drivers.test_evdev_scanner import Desk
from tests.drivers.test_hid_pos import COUNTED, reports
from tests.drivers.test_hid_scanner import Socket

SHAPE = layout(COUNTED)


class Bench:
    """A station with a serial scanner, one in HID POS mode and one that types; a worker is signed in."""

    def __init__(self, folder: Path) -> None:
        prepared = workday.prepare(folder / "station", 1, 1)
        settings = config.load(prepared.config_file())
        settings = dataclasses.replace(settings, rules=dataclasses.replace(settings.rules, duplicate_ms=400))
        self.line, self.socket, self.desk = Line(folder), Socket(), Desk()
        self.running = RunningStation(lambda: open_room(settings))
        self.answers: list[tuple[Kind, str, str]] = []
        self.running.subscribe(self._hear)
        self.running.start()
        self.running.wait_open()
        clock = SystemClock()
        self.running.add_devices(
            [
                SerialScanner("serial", lambda: open_url(self.line.url), clock, backoff=QUICK),
                hid_scanner("pos", self.socket.connect, clock, backoff=QUICK),
                EvdevScanner("wedge", self.desk.connect, clock, backoff=QUICK),
            ],
            [],
        )
        states = self.running.device_statuses
        wait_until(lambda: [each.state for each in states()].count(DeviceState.READY) == 3)

    def _hear(self, update: Update) -> None:
        outcome = update.outcome
        if outcome is not None and isinstance(outcome.message, Message):
            self.answers.append((outcome.kind, outcome.message.key, str(outcome.message.values.get("code", ""))))

    def serial(self, *codes: str) -> None:
        for code in codes:
            self.line.send(code.encode() + b"\r")

    def pos(self, *codes: str) -> None:
        for code in codes:
            self.socket.send(*reports(SHAPE, code.encode(), b"]C0"))

    def wedge(self, *codes: str) -> None:
        for code in codes:
            self.desk.plugged.send(typed(code, US))

    def close(self) -> None:
        self.running.stop()
        self.line.unplug()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_all_kinds_at_once(bench: Bench) -> None:
    """A hundred scans from each, without a pause: all answered, each scanner's in its order."""
    codes = {letter: [f"{letter}-{n:03}-{'X' * (n % 30)}" for n in range(100)] for letter in "SPW"}
    senders = [
        threading.Thread(target=send, args=codes[letter])
        for send, letter in ((bench.serial, "S"), (bench.pos, "P"), (bench.wedge, "W"))
    ]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(bench.answers) >= 300)
    for sender in senders:
        sender.join()

    answered = [code for _, _, code in bench.answers]
    assert {letter: [code for code in answered if code.startswith(letter)] for letter in "SPW"} == codes


@pytest.mark.parametrize("kind", ["serial", "pos", "wedge"])
def test_the_same_code_from_the_same_scanner_is_one_scan_and_said(bench: Bench, kind: str) -> None:
    """The second is answered, so that nobody wonders; the next code counts again."""
    send = getattr(bench, kind)
    send("NOBODY-KNOWS-1", "NOBODY-KNOWS-1", "NOBODY-KNOWS-2")
    wait_until(lambda: len(bench.answers) == 3)

    assert [code for _, _, code in bench.answers] == ["NOBODY-KNOWS-1", "", "NOBODY-KNOWS-2"]
    assert bench.answers[1][:2] == (Kind.ATTENTION, "flow.duplicate")


def test_the_same_code_from_two_scanners_is_two_scans(bench: Bench) -> None:
    """Two workers at one table."""
    bench.serial("NOBODY-KNOWS-1")
    bench.pos("NOBODY-KNOWS-1")
    wait_until(lambda: len(bench.answers) == 2)

    assert [code for _, _, code in bench.answers] == ["NOBODY-KNOWS-1"] * 2


def test_a_damaged_scan_is_shown_and_changes_nothing(bench: Bench) -> None:
    """Lost keys, and a report that announces more than it has."""
    before = bench.running.call(lambda: bench.running.room.journal.last_seq).result(5)
    bench.desk.plugged.send([*typed("590", US, ends=()), (0, 3, 0), (0, 0, 0), *typed("1", US)])
    bench.socket.send(bytes.fromhex("02055D4530313233"))
    wait_until(lambda: len(bench.answers) == 2)

    assert [answer[:2] for answer in bench.answers] == [(Kind.ATTENTION, "flow.scan_damaged")] * 2
    assert bench.running.call(lambda: bench.running.room.journal.last_seq).result(5) == before
