"""A process stands still (SIGSTOP, as a suspended machine does) for longer than others wait for it, and goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults import paying_process
from tests.faults.processes import ROUNDS, Child, Hub, adds_up, finished, station
from tests.sync.tiny_hub import wait_for

SILENCE = 0.5
"""Seconds a station waits for the hub here; 20 in the product."""


def shown(folder: Path, after: int) -> list[dict[str, object]]:
    """What the station showed of the hub since there were so many lines."""
    return [json.loads(line) for line in (folder / "shown").read_text().splitlines()[after:]]


@pytest.mark.timeout(60 + 20 * ROUNDS)
def test_a_hub_that_stood_still_has_everything_once(hub: Hub, tmp_path: Path) -> None:
    """Stopped amid batches until the station gave a call up: work goes on, the status line says it, and
    what the hub does late with the calls it was holding changes nothing."""
    dice = random.Random(9)
    bench = station(tmp_path, str(SILENCE))
    told: list[str] = []
    for _ in range(max(2, ROUNDS // 2)):
        told += [bench.line() for _ in range(dice.randint(1, 20))]
        before = len(shown(tmp_path, 0))
        os.kill(hub.child.process.pid, signal.SIGSTOP)
        try:
            told += [bench.line() for _ in range(10)]
            wait_for(lambda seen=before: any(one["words"] == ["service.hub.silent"] for one in shown(tmp_path, seen)))
            told += [bench.line() for _ in range(dice.randint(40, 80))]
        finally:
            os.kill(hub.child.process.pid, signal.SIGCONT)
        silent = [one["state"] for one in shown(tmp_path, before) if one["words"]]
        assert set(silent) <= {"silent", "offline"}
        wait_for(lambda seen=before: shown(tmp_path, seen)[-1]["state"] == "online", 30)
    told += finished(bench)
    hub.kill()

    assert {"state": "silent", "words": ["service.hub.waiting"]} in [
        {"state": one["state"], "words": one["words"]} for one in shown(tmp_path, 0)
    ]
    adds_up(tmp_path, hub.data, told)


@pytest.mark.failure(31)
@pytest.mark.parametrize(("where", "tries"), [("before", 2), ("after", 1)])
def test_a_refund_worker_that_stood_still_beyond_its_lease_books_once(where: str, tries: int) -> None:
    """Stopped between claiming and sending, it does not send when it goes on, but looks up and tries again; stopped
    with the booking made, the late answer is believed."""
    worker = Child("tests.faults.paying_process", where)
    assert worker.line() == "stopping"
    woken = time.monotonic() + 2 * paying_process.LEASE_SECONDS
    wait_for(lambda: time.monotonic() > woken)
    worker.process.send_signal(signal.SIGCONT)

    told = json.loads(worker.line())

    worker.process.wait(10)
    assert told == {"states": ["succeeded"], "bookings": 1, "tries": tries}
