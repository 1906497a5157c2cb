"""Station and hub are killed with SIGKILL again and again while parcels are received; afterwards everything adds up.

``FAULT_ROUNDS=50 python -m pytest tests/faults`` (``make test-faults``) kills fifty times.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.processes import ROUNDS, Hub, adds_up, finished, station


@pytest.mark.failure(2, 11, 25)
@pytest.mark.timeout(60 + 20 * ROUNDS)
def test_what_was_told_to_be_saved_is_at_the_hub_once(hub: Hub, tmp_path: Path) -> None:
    """Killed in turn at random moments: no unit that was told is missing, none is there twice, the chain is whole, and
    no line is paid back more than was paid for it."""
    dice = random.Random(5)
    told: list[str] = []
    for turn in range(ROUNDS):
        bench = station(tmp_path)
        told += [bench.line() for _ in range(dice.randint(1, 30))]
        if turn % 2:
            hub.kill()
            hub.start()
            told += [bench.line() for _ in range(dice.randint(1, 10))]
        told += bench.kill()
    told += finished(station(tmp_path))
    hub.kill()

    adds_up(tmp_path, hub.data, told)
