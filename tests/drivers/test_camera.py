"""A camera takes a picture on command, keeps it, then says so; one that is gone answers at once and comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import pytest

from drivers.camera import PictureCamera
from drivers.catalogue import open_camera
from drivers.sim_camera import drawn
from rma_station.domain.effects import TakePhoto
from rma_station.errors import DeviceLost, Malformed, StorageFull
from rma_station.ports import DeviceState, NoPicture, Picture
from rma_station.system import SystemClock
from tests.drivers.support import QUICK, Inbox
from tests.drivers.test_pictures import made, opened

OF = TakePhoto("p1", "u1", "damage")


class FakeSource:
    """A camera whose cable and picture a test decides."""

    detail = "fake camera"

    def __init__(self) -> None:
        self.data: bytes = made("PNG")
        self.gone = False

    def grab(self) -> bytes:
        self.check()
        return self.data

    def check(self) -> None:
        if self.gone:
            raise DeviceLost("pulled out")

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


class Bench:
    """A camera over a fake source."""

    def __init__(self) -> None:
        self.source, self.inbox, self.plugged = FakeSource(), Inbox(), True
        self.kept: dict[str, bytes] = {}
        self.keep: Callable[[bytes], tuple[str, int]] = self._keep
        self.camera = PictureCamera("camera", self._connect, SystemClock(), self._asked_to_keep)
        self.camera._thread._backoff = QUICK

    def _connect(self) -> FakeSource:
        if not self.plugged:
            raise DeviceLost("not there")
        self.source.gone = False
        return self.source

    def _keep(self, data: bytes) -> tuple[str, int]:
        sha256 = hashlib.sha256(data).hexdigest()
        self.kept[sha256] = data
        return sha256, len(data)

    def _asked_to_keep(self, data: bytes) -> tuple[str, int]:
        return self.keep(data)

    def start(self) -> None:
        """Until it is ready."""
        self.camera.start(self.inbox)
        self.inbox.until(lambda: self.inbox.states[-1:] == [DeviceState.READY])

    @property
    def said(self) -> list[Picture | NoPicture]:
        """What it said of pictures."""
        return [item for item in self.inbox.messages if isinstance(item, (Picture, NoPicture))]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made_bench = Bench()
    yield made_bench
    made_bench.camera.stop()


def test_a_picture_is_kept_before_it_is_told(bench: Bench) -> None:
    """Written anew as JPEG, and of what was asked for."""
    bench.start()
    bench.camera.take(OF)
    bench.inbox.until(lambda: len(bench.said) == 1)

    (told,) = bench.said
    assert isinstance(told, Picture)
    assert (told.device, told.source, told.of, told.size) == ("camera", "camera", OF, len(bench.kept[told.sha256]))
    assert opened(bench.kept[told.sha256]).format == "JPEG"


def test_a_camera_that_is_not_there_answers_at_once(bench: Bench) -> None:
    """Nobody at the bench waits for it."""
    bench.plugged = False
    bench.camera.start(bench.inbox)
    bench.inbox.until(lambda: bench.inbox.states[-1:] == [DeviceState.ERROR])
    bench.camera.take(OF)

    assert bench.said == [NoPicture("camera", "no_camera")]


def test_a_camera_pulled_out_is_told_and_comes_back(bench: Bench) -> None:
    """The picture that was asked for is not."""
    bench.start()
    bench.source.gone = True
    bench.camera.take(OF)
    bench.inbox.until(lambda: bench.said == [NoPicture("camera", "no_camera")])
    bench.inbox.until(lambda: bench.inbox.states[-2:] == [DeviceState.ERROR, DeviceState.READY])
    bench.camera.take(OF)
    bench.inbox.until(lambda: len(bench.said) == 2)

    assert isinstance(bench.said[1], Picture)


def test_garbage_and_a_full_disk_are_answers_and_no_end(bench: Bench) -> None:
    """The worker is told why there is no picture, and the camera stays ready for the next one."""
    bench.start()
    bench.source.data = b"\xff\xd8\xff" + bytes(100)
    bench.camera.take(OF)
    bench.inbox.until(lambda: bench.said[-1:] == [NoPicture("camera", "unreadable")])
    bench.source.data = made("JPEG")

    def full(data: bytes) -> tuple[str, int]:
        raise StorageFull("no room")

    bench.keep = full
    bench.camera.take(OF)
    bench.inbox.until(lambda: bench.said[-1:] == [NoPicture("camera", "no_room")])
    assert bench.inbox.states[-1] is DeviceState.READY


def test_the_drawn_camera_gives_another_picture_each_time() -> None:
    """With SAMPLE on its face; each is a photo of its own."""
    first, second = drawn(1, 1_700_000_000), drawn(2, 1_700_000_000)

    assert opened(first).size == (1280, 960)
    assert first != second


@pytest.mark.parametrize("url", ["sim:other", "sim:camera?fault=x", "sim:camera?every=2", "evdev:/dev/x"])
def test_a_drawn_camera_that_cannot_be_meant_is_refused(url: str) -> None:
    """With what may stand there."""
    with pytest.raises(Malformed):
        open_camera("camera", url, SystemClock(), lambda data: ("", 0))
