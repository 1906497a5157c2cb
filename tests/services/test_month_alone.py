"""A station without its hub for 31 days: it works, keeps everything, says how it stands, and catches up at the end.

The real services on a real journal; only the clock is told what day it is.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.domain import codes
from rma_station.domain import events as ev
from rma_station.domain.flows.inputs import Chosen, Pressed
from rma_station.domain.flows.stages import ScanBack
from rma_station.domain.meaning import Command, CommandScan
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.services.room import Room
from rma_station.services.running import RunningStation
from rma_station.store.disk_budget import DAY, KEPT_FREE, DiskBudget, disk_budget
from tests.fakes import StandingClock
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import RULES, ServiceBench, answer
from tests.store import given
from tests.store.given import open_journal
from tests.sync.histories import Hub, Station

DAYS = 31


def a_day(b: ServiceBench, number: int) -> str:
    """The day's return, from badge to parcel done; how the badge was answered."""
    signed_in = b.badge()
    b.scan(f"RMA-2026-{number:06d}")
    b.station.handle(Chosen(1))
    b.scan("5901234123457")
    for _ in range(4):
        b.station.handle(Chosen(1))
    b.station.handle(Pressed(Command.YES))
    stage = b.station.bench.stage
    assert isinstance(stage, ScanBack)
    unit = b.book.unit(stage.unit_id)
    assert unit is not None
    assert b.scan(unit.unit.lpn).startswith("ok:")
    b.station.handle(Pressed(Command.PARCEL_DONE))
    # A printed command sheet is as good on the last day as on the first.
    assert answer(b.station.handle(Pressed(Command.SIGN_OUT))) == "ready:sign_out_question"
    b.station.handle(Pressed(Command.YES))
    return signed_in


@pytest.mark.failure(45)
def test_a_month_without_the_hub(tmp_path: Path) -> None:
    """Every day's return is received; a restart each night; nothing expires, people are told in time, all goes up."""
    b = ServiceBench(tmp_path / "data", tuple(rma(number, line("L1", SHIRT)) for number in range(1, DAYS + 1)))
    b.station.handle(UplinkStatus(UplinkState.ONLINE))
    b.station.handle(UplinkStatus(UplinkState.OFFLINE))
    b.reader.note_heard()
    answers = []
    for number in range(1, DAYS + 1):
        b.clock.forward(DAY)
        b.reopen()
        answers.append(a_day(b, number))

    unsent, types = b.reader.unsent(), b.types()
    done = types.count("parcel.done")
    marked = [event for event in types if event == ev.WorkerAdmittedOffline.TYPE]
    budget = disk_budget(b.journal, 10**10)
    lines = dict(b.journal.database.connection.execute("SELECT event_id, line FROM events").fetchall())
    b.journal.close()

    assert answers == ["ok:signed_in"] * 30 + ["attention:signed_in"]
    assert (done, len(marked)) == (DAYS, 1)
    assert unsent.events == len(lines) == len(types)
    assert unsent.oldest_seconds // DAY == DAYS
    assert budget.days is not None
    assert budget.days > 1000

    hub = Hub(b.clock)
    station = Station(b.clock, tmp_path / "data", hub, "after")
    station.sync()
    assert lines.items() <= hub.here().items()
    assert station.state.unsent == 0
    station.stop()


@pytest.mark.failure(45)
def test_the_service_screen_says_how_it_stands(tmp_path: Path) -> None:
    """Since when the oldest event waits, how long the station is alone, for how long there is room."""
    b = ServiceBench(tmp_path)
    b.badge()
    b.clock.forward(3 * DAY + 4 * 3600)
    running = RunningStation(lambda: Room(b.station, b.journal, b.book, b.reader))
    running.start()
    facts = dict(running.service_report().result(20).journal)
    running.stop()

    assert (facts["oldest_unsent"], facts["alone"]) == ("3 d 4 h", "3 d")
    assert facts["room"].startswith("> 3650 d")
    assert facts["room"].endswith("MB/d)")


@pytest.mark.failure(45)
def test_the_rate_is_that_of_the_last_week(tmp_path: Path) -> None:
    """A busy month long ago does not shorten what is left; a quiet week does not hide a busy one."""
    clock = StandingClock()
    journal = open_journal(tmp_path, clock)
    journal.commit([given.opened()])
    for number in range(300):
        journal.commit([given.identified(f"u-{number}", f"L{number}")])
    busy = disk_budget(journal, 10**9)
    clock.forward(30 * DAY)
    quiet = disk_budget(journal, 10**9)
    journal.commit([given.graded("u-1")])
    clock.forward(DAY)
    little = disk_budget(journal, 10**9)

    assert busy.a_day > 100_000
    assert (quiet, quiet.days) == (DiskBudget(10**9, 0), None)
    assert 0 < little.a_day < busy.a_day / 100
    assert (DiskBudget(KEPT_FREE + 1000, 100).days, DiskBudget(10, 100).days) == (10, 0)
    journal.close()


@pytest.mark.failure(45)
def test_badges_and_sheets_of_the_first_day_are_taken_on_the_last(tmp_path: Path) -> None:
    """Neither carries a date: a month offline voids nothing that is on paper."""
    b = ServiceBench(tmp_path)
    b.reader.note_heard()
    sheet = codes.command(CommandScan(Command.HELP), RULES.station, RULES.generation, RULES.command_key)
    b.clock.forward(400 * DAY)
    b.reopen()

    assert [b.badge(), b.scan(sheet)] == ["attention:signed_in", "ready:sheet_help"]
