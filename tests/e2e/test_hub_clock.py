"""What the hub's clock says of ours reaches the envelopes of the station's events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rma_station import config
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.services.running import RunningStation
from rma_station.wiring.room import open_room


@pytest.fixture
def station(tmp_path: Path) -> Iterator[RunningStation]:
    """The shipped configuration on an empty folder, without devices."""
    shipped = config.load()
    ours = replace(shipped, station=replace(shipped.station, data=tmp_path))
    running = RunningStation(lambda: open_room(ours))
    running.start()
    running.wait_open()
    yield running
    running.stop()


@pytest.mark.parametrize(("offset", "word"), [(2.0, "ok"), (-86400.0, "suspect"), (None, "ok")])
def test_a_clock_far_from_the_hubs_is_suspect(station: RunningStation, offset: float | None, word: str) -> None:
    """More than five minutes away; unknown is no reason for suspicion."""
    station.uplink_says(UplinkStatus(UplinkState.ONLINE, hub_time_offset=offset))

    assert station.call(station.room.journal.clock_word).result(5) == word
