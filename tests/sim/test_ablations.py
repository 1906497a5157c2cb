"""The auditor is strong enough: with a rule taken out, it complains within a few days, and of the right thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim import folder
from tests.sim.ablations import ABLATIONS, Ablation
from tests.sim.auditor import complaints
from tests.sim.world import Plan, World

WITHIN = 8
"""Days."""
SMALL = Plan(stations=(2, 3), items=(8, 10), times=2.0)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """See ``folder.made``."""
    with folder.made() as made:
        yield made


@pytest.mark.parametrize("ablation", ABLATIONS, ids=str)
def test_the_auditor_finds(ablation: Ablation, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule whose loss would hurt somebody."""
    prepare = ablation.apply(monkeypatch)
    plan = replace(SMALL, kinds=frozenset(ablation.kinds))
    said: set[str] = set()
    for seed in range(WITHIN):
        with World(seed, home / f"{ablation.name}-{seed}", plan, prepare) as world:
            said.update(complaint.code for complaint in complaints(world.live()))
        if said & ablation.found_by:
            return
    pytest.fail(f"{WITHIN} days of a system that {ablation.name}, and all that was said is {sorted(said)}")


def test_it_has_nothing_to_say_of_a_hub_that_forgets_what_it_confirmed(home: Path) -> None:
    """Its word at the next hello counts, not the station's memory of its last one (design rule 5)."""

    def forgets(world: World) -> None:
        world.hub.forgetful = True

    plan = replace(SMALL, kinds=frozenset({"hub died before commit", "call lost", "reply lost"}))
    for seed in range(3):
        with World(seed, home / f"forgets-{seed}", plan, forgets) as world:
            assert complaints(world.live()) == []
