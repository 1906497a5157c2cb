"""What a hub that was put back has on record of photos counts once their bytes were read again."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from hub import acts, refunds
from hub.evidence import blob_files, photos
from hub.evidence.blobs import Kept
from hub.ledger import refund_intents
from hub.recovery import restores
from rma_station.domain import events as ev
from tests.hub import money_world
from tests.hub.build import NOW, RMA, Log, Numbers, announce, new_hub, send
from tests.hub.money_world import world

pytestmark = pytest.mark.failure(26)

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
HASH = hashlib.sha256(JPEG).hexdigest()
LATER = NOW + timedelta(hours=1)


class House:
    """A hub with a unit whose money rests on one photo, all of it here."""

    def __init__(self, path: Path) -> None:
        self.database = new_hub()
        world(database=self.database)
        announce(self.database, money_world.rma())
        log = Log()
        log.parcel("p1", RMA)
        log.unit("u1", "p1")
        log.grade("u1")
        taken = ev.PhotoTaken("f1", "p1", HASH, len(JPEG), "image/jpeg", "grade", "camera", "u1")
        log.say(taken, RMA, unit_id="u1")
        log.done("p1")
        send(self.database, log, propose=refunds.propose)
        self.kept = Kept(self.database, blob_files.Folder(path / "blobs"), refunds.propose)
        self.kept.append("bench-1", HASH, 0, len(JPEG), JPEG, NOW)
        self.file = self.kept.folder.path_of(HASH)

    def put_back(self) -> None:
        """The database is an older one; what the files are nobody knows."""
        with self.database.transaction() as connection:
            restores.restored(connection, LATER, Numbers())

    def states(self) -> list[tuple[str, str]]:
        """Of the money."""
        with self.database.transaction() as connection:
            return [(row.state, row.reason) for row in connection.execute(refund_intents.select())]

    def on_record(self) -> bool:
        """Whether people are told that it is here."""
        with self.database.transaction() as connection:
            return HASH in photos.here(connection, [HASH])

    def done(self) -> list[str]:
        """What the hub says it did by itself."""
        with self.database.transaction() as connection:
            return [row["what"] for row in acts.listed(connection)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A new one."""
    return House(tmp_path)


@pytest.mark.parametrize("data", [None, JPEG[:-1] + b"?", JPEG[:50]], ids=["gone", "changed", "cut"])
def test_a_station_that_asks_sends_a_harmed_photo_again(house: House, data: bytes | None) -> None:
    """Its size alone says nothing; until it is here again, money waits and people see that it is missing."""
    house.put_back()
    house.file.unlink() if data is None else house.file.write_bytes(data)
    before = house.states()
    stands = house.kept.look("bench-1", HASH, LATER)
    waiting = (house.on_record(), house.states())
    house.kept.append("bench-1", HASH, 0, len(JPEG), JPEG, LATER)

    assert (before, stands.offset) == ([("proposed", "")], 0)
    assert waiting == (False, [("held", "photos")])
    assert (house.on_record(), house.states()) == (True, [("proposed", "")])
    assert "blob-lost" in house.done()


def test_a_photo_nobody_asks_about_is_read_again_by_the_hub(house: House) -> None:
    """The station has removed it long ago, or is no more."""
    house.put_back()
    house.file.write_bytes(JPEG[:-1] + b"?")

    assert house.kept.read_again(LATER) == 1
    assert (house.on_record(), house.states()) == (False, [("held", "photos")])


def test_a_sound_photo_is_read_again_once(house: House) -> None:
    """It is on record as of now, by whom it came."""
    house.put_back()
    assert house.kept.read_again(LATER) == 0

    with house.database.transaction() as connection:
        row, doubtful = photos.blob(connection, HASH), photos.blobs_before(connection, LATER, 9)
    assert (row and (row.source, row.complete_at), doubtful) == (("bench-1", LATER), [])


def test_files_that_come_after_the_database_are_put_on_record(house: House) -> None:
    """Somebody copied the folder back a day later, and no station has the photos any more."""
    house.put_back()
    house.file.unlink()
    house.kept.read_again(LATER)
    lost = house.on_record()
    house.file.write_bytes(JPEG)
    house.kept.read_again(LATER)

    assert (lost, house.on_record(), house.states()) == (False, True, [("proposed", "")])


def test_a_hub_that_was_never_put_back_reads_nothing_again(house: House) -> None:
    """Its record is as old as its files."""
    with house.database.transaction() as connection:
        began = restores.began(connection)

    assert (began, house.kept.read_again(LATER), house.on_record()) == (None, 0, True)
