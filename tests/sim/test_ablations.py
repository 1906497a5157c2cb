"""The auditor is strong enough: with a rule taken out, it complains within a few days, and of the right thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rma_station.errors import JournalDamaged
from tests.sim import folder
from tests.sim.ablations import ABLATIONS, JOURNAL_DAMAGED, Ablation
from tests.sim.auditor import complaints
from tests.sim.world import Plan, World

WITHIN = 16
"""Days."""
SMALL = Plan(stations=(2, 3), items=(8, 10), times=2.0)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """See ``folder.made``."""
    with folder.made() as made:
        yield made


def found(ablation: Ablation, seed: int, home: Path, patch: pytest.MonkeyPatch) -> set[str]:
    """The codes of all that is said of a day without this rule: by the auditor, or by the journal that will not open.

    Raises:
        JournalDamaged: of an ablation that should not be found out that way.
    """
    plan = replace(SMALL, kinds=frozenset(ablation.kinds))
    with World(seed, home / f"{ablation.name}-{seed}", plan, ablation.apply(patch)) as world:
        try:
            return {complaint.code for complaint in complaints(world.live())}
        except JournalDamaged:
            if JOURNAL_DAMAGED not in ablation.found_by:
                raise
            return {JOURNAL_DAMAGED}


@pytest.mark.parametrize("ablation", ABLATIONS, ids=str)
def test_the_auditor_finds(ablation: Ablation, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule whose loss would hurt somebody."""
    said: set[str] = set()
    for seed in range(ablation.first, ablation.first + WITHIN):
        with monkeypatch.context() as patch:
            said |= found(ablation, seed, home, patch)
        if said & ablation.found_by:
            return
    pytest.fail(f"{WITHIN} days of a system that {ablation.name}, and all that was said is {sorted(said)}")


def test_a_journal_that_gave_up_its_lines_is_found_by_its_own_refusal(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Day 2: it lost all that was confirmed and does not open any more, so the auditor has nobody to ask."""
    deletes = next(one for one in ABLATIONS if one.name == "deletes on ack")

    assert found(deletes, 2, home, monkeypatch) == {JOURNAL_DAMAGED}


def test_it_has_nothing_to_say_of_a_hub_that_forgets_what_it_confirmed(home: Path) -> None:
    """Its word at the next hello counts, not the station's memory of its last one (design rule 5)."""

    def forgets(world: World) -> None:
        world.hub.forgetful = True

    plan = replace(SMALL, kinds=frozenset({"hub died before commit", "call lost", "reply lost"}))
    for seed in range(3):
        with World(seed, home / f"forgets-{seed}", plan, forgets) as world:
            assert complaints(world.live()) == []
