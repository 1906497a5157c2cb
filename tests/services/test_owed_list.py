"""The list of labels owed: what nobody knows about is asked for, when the worker opens it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.domain.flows.inputs import Chosen, LabelSettled, Pressed
from rma_station.domain.meaning import Command
from rma_station.domain.print_jobs import Step
from rma_station.services.room import Room
from rma_station.services.running import RunningStation
from rma_station.services.texts import render
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import ServiceBench


def grade(b: ServiceBench, result: str) -> None:
    """One shirt, whose label ends so."""
    b.scan("5901234123457")
    for _ in range(4):
        b.station.handle(Chosen(1))
    b.station.handle(Pressed(Command.YES))
    job = b.journal.jobs_open()[-1]
    b.journal.mark_job(job.job_id, Step.START)
    lpn = b.book.unit(job.unit_id).unit.lpn  # type: ignore[union-attr]
    b.station.handle(LabelSettled(job.job_id, job.unit_id, lpn, result, "labels"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningStation]:
    """A station that owes two labels: one was not printed, of the other nobody knows."""

    def room() -> Room:
        b = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT, quantity=2)),))
        b.badge()
        b.scan("RMA-2026-000001")
        b.station.handle(Chosen(1))
        grade(b, "not_sent")
        grade(b, "unknown")
        return Room(b.station, b.journal, b.book, b.reader)

    station = RunningStation(room)
    station.start()
    station.wait_open()
    yield station
    station.stop()


def test_a_label_nobody_knows_about_is_asked_for(running: RunningStation) -> None:
    """The other one is only listed."""
    texts = [render(row.text, "en").split(" ", 4)[:4] for row in running.labels_owed().result(5)]

    assert [" ".join(words) == "Did it come out?" for words in texts] == [False, True]
