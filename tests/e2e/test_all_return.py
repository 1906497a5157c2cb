"""Every station of a house comes back at the same moment: a real hub takes all they have, and nobody starves."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import hub_ingest
from benchmarks.returning import prepared, storm_of

STATIONS, EVENTS = 12, 480


@pytest.mark.failure(14)
def test_a_hub_has_every_event_of_a_dozen_stations_that_return_together(tmp_path: Path) -> None:
    """Each says hello between its batches, and is told to come later rather than left waiting."""
    parcels = EVENTS // hub_ingest.PER_PARCEL
    rma_ids = [f"RMA-2026-{number:06}" for number in range(parcels * STATIONS)]
    logs = [hub_ingest.journal(hub_ingest.new_id(), rma_ids[number::STATIONS]) for number in range(STATIONS)]

    _, storm = storm_of(prepared(tmp_path / "hub", ""), rma_ids, logs)

    assert storm.wrong == []
    assert len(storm.hello) == sum(2 + (len(log) - 1) // 500 for log in logs)
