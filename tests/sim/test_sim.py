"""Nothing lost, nothing doubled, everybody informed: bad days, each repeatable by its seed (``docs/simulator.md``).

``make sim SEEDS=500`` runs more of them; a seed that failed once is a test of its own in ``test_seeds.py``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sim import faults, folder
from tests.sim.auditor import complaints
from tests.sim.world import Plan, World

FIRST, SEEDS = int(os.environ.get("SIM_FIRST", "1")), int(os.environ.get("SIM_SEEDS", "6"))
SMALL = Plan(stations=(2, 3), items=(6, 9))


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Memory where there is some: the sync of a thousand commits to a disk is not what is tried here."""
    with folder.made() as made:
        yield made


@pytest.fixture(scope="module")
def struck() -> Counter[str]:
    """Faults of all days together."""
    return Counter()


@pytest.mark.failure(5, 6, 7, 10, 12, 15, 21, 24, 25, 26, 27, 29, 30, 31, 32, 37, 41)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_a_bad_day(seed: int, home: Path, struck: Counter[str]) -> None:
    """Whatever strikes: promises are kept, money goes once, and all comes to rest."""
    with World(seed, home / str(seed)) as world:
        world.live()
        struck.update(world.struck)

        assert complaints(world) == []


def test_the_days_were_bad(struck: Counter[str]) -> None:
    """Nearly every kind of fault happened; a simulation without faults proves nothing."""
    assert len([kind for kind in faults.ALL if struck[kind]]) > len(faults.ALL) * 0.75


def test_a_seed_is_the_same_day_every_time(home: Path) -> None:
    """The same to the last byte of the trace, however often."""
    days = []
    for number in (1, 2):
        with World(77, home / f"again-{number}", SMALL) as world:
            days.append(world.live().digest.hexdigest())

    assert days[0] == days[1]
