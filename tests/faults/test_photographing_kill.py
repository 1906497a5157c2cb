"""Station and hub are killed again and again while photos are taken and sent: what was told is at the hub, whole."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from rma_station.domain import envelope as en
from rma_station.store.database import open_database
from tests.faults.processes import ROUNDS, Child, Hub, finished, journal_lines


def photographed(folder: Path) -> list[str]:
    """Hashes of the photos on record, in order."""
    entries = [en.open_line(line, en.GENESIS) for line in journal_lines(folder)]
    return [entry.payload["sha256"] for entry in entries if entry.envelope.type == "photo.taken"]


@pytest.mark.timeout(60 + 20 * ROUNDS)
@pytest.mark.failure(2, 41)
def test_every_photo_that_was_told_is_at_the_hub_whole(hub: Hub, tmp_path: Path) -> None:
    """No event without its file, no file cut short; and the station knows which the hub has."""
    dice = random.Random(7)
    told: list[str] = []
    for turn in range(max(2, ROUNDS // 2)):
        bench = Child("tests.faults.photographing_process", str(tmp_path))
        told += [bench.line() for _ in range(dice.randint(1, 6))]
        if turn % 2:
            hub.kill()
            hub.start()
            told += [bench.line()]
        told += bench.kill()
        database = open_database(tmp_path / "station", holder="test", create=False)
        kept = [row[0] for row in database.connection.execute("SELECT sha256 FROM photos WHERE here = 1")]
        database.close()
        for sha256 in kept:
            data = (tmp_path / "station" / "photos" / sha256[:2] / sha256).read_bytes()
            assert hashlib.sha256(data).hexdigest() == sha256
    last = Child("tests.faults.photographing_process", str(tmp_path))
    told += [last.line(), *finished(last)]
    hub.kill()

    on_record = photographed(tmp_path)
    assert set(told) <= set(on_record)
    at_hub = {file.name: file for file in (hub.data / "blobs").rglob("*") if file.is_file() and len(file.name) == 64}
    assert set(on_record) <= set(at_hub)
    for sha256 in on_record:
        assert hashlib.sha256(at_hub[sha256].read_bytes()).hexdigest() == sha256
