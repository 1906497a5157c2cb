"""From a camera's picture to the record: file, then event, then word; and what the worker has in hand decides."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from rma_station.domain.effects import TakePhoto
from rma_station.domain.flows.inputs import Pressed
from rma_station.domain.flows.state import Rules
from rma_station.domain.meaning import Command
from rma_station.errors import StorageFull
from rma_station.ports import DeviceState, DeviceStatus, NoPicture, Picture
from rma_station.services.devices import Devices
from rma_station.services.handled import SettledPicture
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import ServiceBench

RETURN = rma(1, line("L1", SHIRT, 1))


@pytest.fixture
def bench(tmp_path: Path) -> ServiceBench:
    """A worker with an open parcel and a shirt in hand."""
    made = ServiceBench(tmp_path / "data", (RETURN,), Rules(cameras=("camera",)))
    made.badge()
    made.scan("TRACK10")
    made.scan("5901234123457")
    return made


def picture(bench: ServiceBench, data: bytes = b"picture", of: TakePhoto | None = None) -> Picture:
    """A picture that was kept."""
    kept = bench.journal.photos.files.keep(data)
    return Picture("camera", "a.jpg", kept.sha256, kept.size, "image/jpeg", "camera", of)


def test_the_photo_command_asks_a_camera_for_what_is_in_hand(bench: ServiceBench) -> None:
    """Only after the commit, as every effect."""
    handled = bench.station.handle(Pressed(Command.PHOTO))
    unit = next(iter(bench.book.case(RETURN.rma_id).live_units))

    assert handled.photos == (TakePhoto("parcel-1-0", unit.unit_id, "grade"),)


def test_a_picture_becomes_a_photo_of_the_unit_and_waits_for_the_hub(bench: ServiceBench) -> None:
    """Event and row are one transaction; the camera hears that it was taken."""
    given = picture(bench)
    handled = bench.station.handle(given)
    (unit,) = bench.book.case(RETURN.rma_id).live_units

    assert handled.picture == SettledPicture("camera", "a.jpg", taken=True)
    assert handled.committed
    assert [photo.sha256 for photo in unit.photos] == [given.sha256]
    assert bench.journal.photos.due("e") == (given.sha256, given.size)


def test_a_picture_nobody_has_in_hand_is_left_to_the_camera(bench: ServiceBench) -> None:
    """Told, not recorded."""
    bench.station.handle(Pressed(Command.SET_ASIDE))
    handled = bench.station.handle(picture(bench))

    assert (handled.picture, handled.committed) == (SettledPicture("camera", "a.jpg", taken=False), False)
    assert handled.update is not None
    assert handled.update.outcome is not None
    assert bench.journal.photos.due("e") is None


@pytest.mark.failure(3)
def test_a_picture_that_cannot_be_committed_is_not_taken(bench: ServiceBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """STOP, and the file in the folder stays."""

    def full(*args: object, **more: object) -> None:
        raise StorageFull("no room")

    given = picture(bench)
    monkeypatch.setattr(bench.journal, "commit", full)
    handled = bench.station.handle(given)

    assert handled.picture == SettledPicture("camera", "a.jpg", taken=False)
    assert bench.book.case(RETURN.rma_id).photos == ()


def test_a_picture_that_did_not_come_is_answered(bench: ServiceBench) -> None:
    """In the worker's words."""
    handled = bench.station.handle(NoPicture("camera", "no_camera"))

    assert handled.update is not None
    assert handled.update.outcome is not None
    assert handled.update.outcome.message.key == "flow.photo_failed_no_camera"  # type: ignore[union-attr]


@pytest.mark.failure(2)
def test_after_a_crash_the_photo_is_on_record_and_its_file_is_there(bench: ServiceBench) -> None:
    """The question that stood stands again."""
    given = picture(bench, os.urandom(2000))
    bench.station.handle(given)
    stage = bench.station.bench.stage
    bench.journal.database.close()
    bench.open()

    (unit,) = bench.book.case(RETURN.rma_id).live_units
    data = bench.journal.photos.files.read(unit.photos[0].sha256)
    assert data is not None
    assert hashlib.sha256(data).hexdigest() == given.sha256
    assert bench.station.bench.stage == stage


class FakeCamera:
    """A camera that remembers."""

    def __init__(self, name: str) -> None:
        self.name, self.asked, self.told = name, [], []

    def start(self, sink: object) -> None:
        pass

    def stop(self) -> None:
        pass

    def retry(self) -> None:
        pass

    def take(self, of: TakePhoto) -> None:
        self.asked.append(of)

    def settled(self, name: str, *, taken: bool) -> None:
        self.told.append((name, taken))


def test_the_first_camera_that_works_takes_the_picture() -> None:
    """Where none works the first answers for all; where there is none, nobody does."""
    first, second = FakeCamera("first"), FakeCamera("second")
    devices = Devices([], [], lambda message: None, [first, second])
    of = TakePhoto("p", "u", "grade")
    devices.take(of)
    devices._receive(DeviceStatus("second", "camera", DeviceState.READY))
    devices.take(of)
    devices.settled("second", "a.jpg", taken=True)
    devices.settled("nobody", "a.jpg", taken=True)

    assert (first.asked, second.asked, second.told) == ([of], [of], [("a.jpg", True)])
    assert not Devices([], [], lambda message: None).take(of)
