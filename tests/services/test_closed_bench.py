"""A bench that takes no more work: the journal is damaged, or the program older than it. It says what to do."""

from __future__ import annotations

import queue
import sqlite3
from pathlib import Path

import pytest

from rma_station.domain.flows.inputs import Pressed, StableWeight, Typed
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Kind, Outcome, say
from rma_station.errors import JournalDamaged
from rma_station.ports import DeviceState, DeviceStatus, RawScan, UplinkState, UplinkStatus
from rma_station.services.bench import Update
from rma_station.services.room import Room
from rma_station.services.running import Late, RunningStation
from rma_station.store.chain import TAIL
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import ServiceBench, answer
from tests.store import given

DAMAGED = Outcome(Kind.STOP, say("flow.journal_damaged"), say("flow.journal_damaged_detail"))


@pytest.mark.failure(4)
def test_a_commit_that_meets_damage_closes_the_bench(tmp_path: Path) -> None:
    """What was being done is not saved; nothing is tried again and again on a dying disk."""
    bench = ServiceBench(tmp_path, rmas=(rma(1, line("L1", SHIRT)),))

    def damaged(*_: object, **__: object) -> None:
        raise JournalDamaged("journal.sqlite is damaged")

    bench.journal.commit = damaged  # type: ignore[method-assign]
    said = [bench.badge(), bench.scan("RMA-2026-000001")]

    assert said == ["stop:journal_damaged"] * 2
    assert (bench.station.closed, bench.station.bench.worker_id) == (True, None)


def test_whatever_a_worker_does_is_answered_with_what_to_do(tmp_path: Path) -> None:
    """Scans, keys, typed text; devices and the hub's line are shown as before, weights say nothing."""
    bench = ServiceBench(tmp_path)
    opening = bench.station.close_bench("program_old")
    before = bench.journal.last_seq

    scan = bench.station.handle(RawScan("scanner", b"anything", 1.0))
    keys = [answer(bench.station.handle(given)) for given in (Pressed(Command.UNDO), Typed("x"))]
    weight = bench.station.handle(StableWeight(100, b"", "scale"))  # type: ignore[arg-type]
    device = bench.station.handle(DeviceStatus("scanner", "scanner", DeviceState.OFFLINE))
    uplink = bench.station.handle(UplinkStatus(UplinkState.ONLINE))

    assert opening.outcome == Outcome(Kind.STOP, say("flow.program_old"), say("flow.program_old_detail"))
    assert (answer(scan), scan.device, keys) == ("stop:program_old", "scanner", ["stop:program_old"] * 2)
    assert weight.update is None
    assert device.update is not None
    assert uplink.update is not None
    assert uplink.update.view.facts[0] == say("flow.program_old")
    assert bench.journal.last_seq == before


@pytest.mark.failure(4)
def test_damage_that_the_scrub_finds_stops_the_running_bench(tmp_path: Path) -> None:
    """An old event rotted; the service screen and the log have the remedy."""
    bench = ServiceBench(tmp_path)
    bench.journal.commit([given.opened(), *(given.identified(f"u-{n:05}", f"L{n:05}") for n in range(TAIL + 50))])
    bench.journal.close()
    shell = sqlite3.connect(tmp_path / "journal.sqlite")
    shell.execute("UPDATE events SET line = replace(line, 'u-00007', 'u-00008') WHERE place & 65535 = 10")
    shell.commit()
    shell.close()
    bench.open()
    heard: queue.Queue[Update] = queue.Queue()
    running = RunningStation(lambda: Room(bench.station, bench.journal, bench.book, bench.reader))
    running.subscribe(heard.put)
    running.start()
    running.wait_open()
    running.start_late(Late())

    while heard.get(timeout=20).outcome != DAMAGED:
        continue
    errors = running.service_report().result(10).errors
    running.stop()

    (error,) = errors
    assert "event 10 is not what was committed" in error
    assert "rma-station salvage" in error


@pytest.mark.failure(4)
def test_a_line_that_does_not_verify_is_never_sent(tmp_path: Path) -> None:
    """The hub would keep it in the place of the real one."""
    bench = ServiceBench(tmp_path)
    bench.journal.commit([given.opened(), given.identified("u-1", "L1"), given.identified("u-2", "L2")])
    with bench.journal.database.transaction() as connection:
        connection.execute("UPDATE events SET line = replace(line, 'u-1', 'u-3') WHERE place & 65535 = 3")

    log, sent = bench.journal.log_id, bench.reader.lines_after(bench.journal.log_id, 3, 10, 10_000)[1]

    assert len(sent) == 1
    with pytest.raises(JournalDamaged, match="event 3 is not what was committed"):
        bench.reader.lines_after(log, 0, 10, 10_000)
