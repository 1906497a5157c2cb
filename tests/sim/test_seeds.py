"""Days on which the simulator found a mistake of the product once; each mistake has a small test of its own, too.

A day changes when the product draws another random number: these are kept because they cost little and were bad.
"""

from __future__ import annotations

import pytest

from tests.sim import folder
from tests.sim.auditor import complaints
from tests.sim.world import World

FOUND = {
    5: "a serial number that came twice held the whole return (test_refunds_propose)",
    20: "a unit scanned while its parcel was matched was nobody's (test_matching)",
    81: "a match that a replaced hub had forgotten stayed true at the station (test_intake)",
    556: "a log that was whole under another one was sent, called a fork, and sent again without end (test_client)",
    1005: "a held refund that the lost past had paid was nobody's to look at (test_restores)",
    418: "a station under a new log was taken for a second bench (test_forks)",
    128: "a changed grade that a restored hub forgot stayed with the return of a matched orphan (test_intake)",
    1143: "an undone piece of an orphan stayed with the return of a match the hub forgot (test_intake)",
}


@pytest.mark.parametrize("seed", FOUND, ids=lambda seed: f"{seed}: {FOUND[seed]}")
def test_a_day_that_was_bad_once(seed: int) -> None:
    """And is not any more."""
    with folder.made() as home, World(seed, home / str(seed)) as world:
        assert complaints(world.live()) == []
