"""A station whose program is older than its journal: it is shown, its queue goes up, nothing is written into it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rma_station.domain import codes
from rma_station.domain.outcome import say
from rma_station.errors import NewerJournal, Refused, StorageFailed
from rma_station.store import migrations
from rma_station.store.journal import Journal
from rma_station.store.upload_only import UploadOnlyReader
from sync import client, turns
from tests.fakes import CountingRandom, StandingClock
from tests.store import given
from tests.sync.histories import Hub, Station


class OldProgram(Station):
    """The same station after somebody installed an older version."""

    def start(self) -> None:
        """As ``wiring.room.open_room`` does it."""
        self.journal = Journal.open(
            self.folder, station=self.name, mode="sample", app_version="0.0.9", clock=self.clock,
            random=CountingRandom(self.seed), make_lpn=codes.lpn, read_only=True,
        )  # fmt: skip
        self.reader = UploadOnlyReader(self.journal, self.clock)
        self.state = client.begin("sample", self.reader.hub_id(), self.reader.hub_key())

    def answer(self, action: turns.Action) -> turns.Event:
        """As the uplink's thread does it with what it cannot store."""
        try:
            return super().answer(action)
        except Refused as error:
            assert isinstance(action, turns.ApplyFeed | turns.ApplySnapshot)
            return turns.NotApplied(say("service.hub.feed", reason=str(error)))


def from_the_future(folder: Path) -> None:
    """What a newer version's migration may have done: a number, a column, a table."""
    shell = sqlite3.connect(folder / "journal.sqlite")
    shell.execute("ALTER TABLE events ADD COLUMN weather TEXT NOT NULL DEFAULT 'fine'")
    shell.execute("CREATE TABLE weather (id TEXT)")
    shell.execute("PRAGMA user_version = 99")
    shell.close()


@pytest.mark.failure(44)
@pytest.mark.parametrize("met", [True, False])
def test_the_queue_of_a_newer_journal_goes_up(tmp_path: Path, met: bool) -> None:
    """All of it, whether the station ever met its hub or not; the file stays byte for byte what it was."""
    clock = StandingClock()
    hub = Hub(clock)
    station = Station(clock, tmp_path, hub, "a")
    if met:
        station.parcel("p-1")
        station.sync()
    station.parcel("p-2")
    lines = station.lines()
    station.stop()
    from_the_future(tmp_path)
    with pytest.raises(NewerJournal, match=r"Install that version again\. Until then the station only sends"):
        given.open_journal(tmp_path)
    before = (tmp_path / "journal.sqlite").read_bytes()

    old = OldProgram(clock, tmp_path, hub, "old")
    old.sync()
    with pytest.raises(StorageFailed):
        old.commit(given.opened("p-3"))
    old.stop()

    assert lines.items() <= hub.here().items()
    assert "service.hub.feed" in old.notes or old.state.unsent == 0
    assert (tmp_path / "journal.sqlite").read_bytes() == before
    hub.chains()


@pytest.mark.failure(44)
def test_after_the_upgrade_it_is_an_ordinary_station(tmp_path: Path) -> None:
    """The right version opens it as if nothing had happened."""
    clock = StandingClock()
    hub = Hub(clock)
    station = Station(clock, tmp_path, hub, "a")
    station.parcel("p-1")
    station.stop()
    newest = migrations.steps()[-1].number
    from_the_future(tmp_path)
    old = OldProgram(clock, tmp_path, hub, "old")
    old.sync()
    old.stop()
    shell = sqlite3.connect(tmp_path / "journal.sqlite")
    shell.execute(f"PRAGMA user_version = {newest}")
    shell.close()

    again = Station(clock, tmp_path, hub, "b")
    again.parcel("p-2")
    again.sync()

    assert again.lines().items() <= hub.here().items()
    again.stop()
