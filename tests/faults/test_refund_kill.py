"""The process that sends refunds is killed with SIGKILL again and again; afterwards each is booked, once."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.processes import ROUNDS, Child
from tests.faults.refunding_process import Bank

PIECES = 3 * ROUNDS


@pytest.mark.failure(25)
@pytest.mark.timeout(60 + 20 * ROUNDS)
def test_a_refund_worker_that_is_killed_books_each_refund_once(tmp_path: Path) -> None:
    """Between asking and booking, between booking and the answer, between answer and commit: a real database, a
    provider without idempotency keys whose look-ups lag."""
    dice = random.Random(11)
    command = ("tests.faults.refunding_process", str(tmp_path), str(PIECES))
    for _ in range(ROUNDS):
        worker = Child(*command)
        assert worker.line() == "ready"
        for _ in range(dice.randint(1, 4)):
            worker.line()
        worker.kill()

    worker = Child(*command)
    said = [worker.line()]
    while said[-1]:
        said.append(worker.line())

    booked = Counter(key for key, _, _ in Bank(tmp_path / "bookings").bookings())
    assert json.loads(said[-2]) == ["succeeded"] * PIECES
    assert (len(booked), set(booked.values())) == (PIECES, {1})
