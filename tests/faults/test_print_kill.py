"""A station is killed with SIGKILL again and again while it prints: no label comes out twice, none is forgotten."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from rma_station.domain.effects import PrintUnitLabel
from rma_station.store import jobs
from rma_station.store.database import open_database
from tests.faults.processes import ROUNDS, Child
from virtual_bench.client import VirtualBench


@pytest.mark.failure(2)
@pytest.mark.timeout(60 + 15 * ROUNDS)
def test_no_label_twice_and_none_forgotten_over_kills(tmp_path: Path) -> None:
    """Every label that was told is out once, or on record as one nobody knows about; none is out twice."""
    dice = random.Random(7)
    told: list[str] = []
    with VirtualBench.start(tmp_path / "bench") as bench:
        command = ("tests.faults.printing_process", str(tmp_path / "data"), bench.url("labels"))
        for _ in range(ROUNDS):
            station = Child(*command)
            told += [station.line() for _ in range(dice.randint(1, 25))]
            told += station.kill()
        station = Child(*command)
        told.append(station.line())
        assert station.process.stdin is not None
        station.process.stdin.write(b"enough\n")
        station.process.stdin.flush()
        while (line := station.line()) != "done":
            told.append(line)
        station.process.wait(10)
        printed = [label.data for label in bench.printed()]

    database = open_database(tmp_path / "data" / "live", holder="test", create=False)
    found = jobs.newest_jobs(database.connection, 100_000)
    database.close()
    units = [job.label for job in found if isinstance(job.label, PrintUnitLabel)]
    states = {unit.lpn: job.state for unit, job in zip(units, found, strict=True)}
    out = Counter({unit.lpn: sum(f"^FD{unit.lpn}^FS^XZ".encode() in data for data in printed) for unit in units})

    assert set(told) <= set(states)
    assert max(out.values()) == 1
    assert {states[lpn] for lpn, count in out.items() if not count} <= {"unknown"}
    assert {states[lpn] for lpn, count in out.items() if count} <= {"confirmed", "unknown"}
    assert Counter(states.values())["unknown"] <= ROUNDS
