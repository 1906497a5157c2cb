"""An enrolled station is taken out of use with work the hub never saw: its bundle brings all of it, without a token."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import command_line, server
from hub.evidence import blob_files
from hub.tables import acts, events, logs
from rma_station import config
from rma_station.__main__ import main
from rma_station.config import Config
from rma_station.errors import Malformed
from rma_station.store.journal import Journal
from rma_station.system import SystemRandom
from rma_station.wiring.at_rest import database_key
from sync import bundle
from tests.e2e.hubs import tls_hub
from tests.e2e.test_enrolment import CONFIG
from tests.e2e.test_photos_to_hub import PhotoBench, jpeg
from tests.sync.tiny_hub import wait_for

PHOTO = jpeg((1500, 1100))
"""Longer than one piece."""
pytestmark = [pytest.mark.failure(46), pytest.mark.timeout(120)]


class EnrolledBench(PhotoBench):
    """The station of a configuration file, on the journal that its commands open."""

    def __init__(self, settings: Config) -> None:
        self.settings = settings
        super().__init__(settings.data_folder)

    def open(self, folder: Path) -> Journal:
        """As ``rma-station run`` does."""
        return Journal.open(
            folder,
            station=self.settings.station.name,
            mode=self.settings.station.mode,
            app_version="0.1.0",
            clock=self.clock,
            random=SystemRandom(),
            key=database_key(self.settings),
        )

    def lines(self) -> list[bytes]:
        """Every event of the journal, in order."""
        query = "SELECT line FROM events ORDER BY rowid"
        rows = self.thread(lambda: self.journal.database.connection.execute(query).fetchall()).result(5)
        return [bytes(line) for (line,) in rows]

    def close(self) -> None:
        """The station is switched off."""
        self.thread(self.journal.close).result(10)
        self.thread.pool.shutdown()


@pytest.fixture(params=["off", "on"])
def encryption(request: pytest.FixtureRequest) -> str:
    """A plain journal, and one that is encrypted."""
    if request.param == "on":
        pytest.importorskip("sqlcipher3", reason="no wheel of sqlcipher3 for this machine")
    return str(request.param)


def enrolled(folder: Path, url: str, data: Path, encryption: str, capsys: pytest.CaptureFixture[str]) -> Path:
    """The configuration of a station that was let in by an invitation."""
    file = folder / "my.toml"
    text = CONFIG.format(folder=folder, url=url)
    file.write_text(text.replace("[station]\n", f'[station]\nencryption = "{encryption}"\n', 1))
    command_line.execute(["station", "invite", "bench-1", "--data", str(data)])
    assert main(["enrol", "--config", str(file), "--code", capsys.readouterr().out.split()[-1]]) == 0
    return file


def wiped(folder: Path, data: Path, encryption: str, capsys: pytest.CaptureFixture[str]) -> tuple[Path, list[bytes]]:
    """A stick with the bundle of a station that had sent one parcel and not another; and all its events."""
    with tls_hub(data) as url:
        file = enrolled(folder, url, data, encryption, capsys)
        bench = EnrolledBench(config.load(file))
        bench.url = url
        bench.uplink.start()
        wait_for(bench.withdrawals, 30)
        rma = bench.withdrawals()[0]
        bench.receive(rma, "unit-1")
        wait_for(bench.all_sent, 30)
        bench.uplink.stop()
    bench.receive(rma, "unit-2")
    bench.photograph(rma, "unit-2", PHOTO)
    lines = bench.lines()
    bench.close()
    stick = folder / "stick" / "bench-1.rma-bundle"
    stick.parent.mkdir()
    assert main(["wipe", "--config", str(file), "--name", "bench-1", "--bundle", str(stick)]) == 0
    assert not (folder / "sample" / "journal.sqlite").exists()
    return stick, lines


def here(data: Path) -> list[bytes]:
    """The lines the hub has of its station."""
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        query = select(events.c.line).join(logs, logs.c.log_id == events.c.log_id).order_by(events.c.number)
        found = [bytes(line) for line in connection.scalars(query.where(logs.c.station == "bench-1"))]
    hub.database.close()
    return found


def imported(data: Path, stick: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """What ``rma-station hub import bundle`` says."""
    capsys.readouterr()
    code = main(["hub", "import", "bundle", str(stick), "--data", str(data)])
    return code, capsys.readouterr().out.strip()


def test_all_that_a_wiped_station_had_is_at_the_hub(
    tmp_path: Path, encryption: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte, photos too, proved by its signature; once more, without a running hub, changes nothing."""
    data = tmp_path / "hub"
    stick, lines = wiped(tmp_path, data, encryption, capsys)
    before = here(data)

    with tls_hub(data):
        first = imported(data, stick, capsys)
    after, again = here(data), imported(data, stick, capsys)

    unsent = len(lines) - len(before)
    assert (before, after, here(data)) == (lines[: len(before)], lines, lines)
    assert unsent >= 5
    assert first == (0, f"bench-1: {len(before)} duplicate, {unsent} new.\nPhotos: 1 new.")
    assert again == (0, f"bench-1: {len(lines)} duplicate, 0 new.\nPhotos: 1 duplicate.")
    kept = blob_files.Folder(data / blob_files.FOLDER)
    assert kept.path_of(hashlib.sha256(PHOTO).hexdigest()).read_bytes() == PHOTO
    hub = server.open_hub(data)
    with hub.database.transaction() as connection:
        results = list(connection.scalars(select(acts.c.result).where(acts.c.what == "bundle")))
    hub.database.close()
    assert [result.rpartition(", ")[2] for result in results] == ["proved", "proved"]


def test_an_altered_bundle_of_a_wiped_station_brings_nothing(
    tmp_path: Path, encryption: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bit fell over on the stick: refused with what to do, and the file as it was still comes in."""
    data = tmp_path / "hub"
    stick, lines = wiped(tmp_path, data, encryption, capsys)
    before, whole = here(data), stick.read_bytes()
    at = len(bundle.split(whole)[1]) // 2
    stick.write_bytes(whole[:-at] + bytes([whole[-at] ^ 1]) + whole[-at + 1 :])

    with pytest.raises(Malformed, match="damaged or cut, copy it again"):
        command_line.execute(["import", "bundle", str(stick), "--data", str(data)])
    untouched = here(data)
    stick.write_bytes(whole)

    assert untouched == before
    assert imported(data, stick, capsys)[0] == 0
    assert here(data) == lines


def test_a_hub_put_back_to_yesterday_keeps_its_stations_from_being_wiped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything was sent, photo too, and the station knows it; yesterday's hub has none of it, today's has all."""
    yesterday, today = tmp_path / "yesterday", tmp_path / "today"
    with tls_hub(today) as url:
        file = enrolled(tmp_path, url, today, "off", capsys)
    shutil.copytree(today, yesterday)
    with tls_hub(today) as url:
        bench = EnrolledBench(config.load(file))
        bench.url = url
        bench.uplink.start()
        wait_for(bench.withdrawals, 30)
        rma = bench.withdrawals()[0]
        bench.receive(rma, "unit-1")
        bench.photograph(rma, "unit-1", PHOTO)
        bench.uplink.nudge()
        wait_for(bench.all_sent, 30)
        wait_for(lambda: bench.thread(lambda: bench.journal.photos.counts().waiting == 0).result(5), 30)
        bench.uplink.stop()
    events = len(bench.lines())
    bench.close()

    def wipe(data: Path) -> tuple[int, str]:
        with tls_hub(data) as url:
            file.write_text(re.sub('url = ".*"', f'url = "{url}"', file.read_text()))
            return main(["wipe", "--config", str(file), "--name", "bench-1"]), capsys.readouterr().err

    refused, done = wipe(yesterday), wipe(today)

    assert refused[0] == 3
    assert f"{events} events and 1 photos are not at the hub" in refused[1]
    assert done == (0, "")
    assert not (tmp_path / "sample" / "journal.sqlite").exists()
