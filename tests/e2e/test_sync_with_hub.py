"""A journal in its file, the uplink's thread, HTTP, and the hub as it is started: events go up, slots come down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.domain.review import Offline
from rma_station.ports import UplinkState
from sync.review import ReviewDesk
from tests.e2e.bench import Bench
from tests.e2e.hubs import running_hub
from tests.sync.tiny_hub import wait_for


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Closed at the end."""
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_graded_unit_gets_its_slot_across_a_restart_of_the_hub(bench: Bench, tmp_path: Path) -> None:
    """The sample's returns come down, the unit goes up, its slot comes down; also for one graded while it was off."""
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        bench.uplink.start()
        wait_for(bench.withdrawals)
        rma = bench.withdrawals()[0]
        bench.receive(rma, "unit-1")
        wait_for(lambda: bench.slots(rma, "unit-1") == (1,))
    bench.receive(rma, "unit-2")
    wait_for(lambda: bench.shown.state is UplinkState.OFFLINE and bench.shown.unsent == 4)
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        wait_for(bench.all_sent)


def test_another_hub_at_the_address_gets_nothing(bench: Bench, tmp_path: Path) -> None:
    """A fresh hub instead of the station's own, as after a wrong restore: shown, and nothing is sent or asked."""
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        bench.uplink.start()
        wait_for(bench.all_sent)
    bench.key.unlink()
    with running_hub(tmp_path / "other", bench.key) as bench.url:
        wait_for(lambda: [note.key for note in bench.shown.notes] == ["service.hub.other"])
        desk = ReviewDesk(bench.line, "sample", lambda: "the pinned hub")
        answer = desk.queue()

    assert bench.shown.state is UplinkState.OFFLINE
    assert isinstance(answer, Offline)
