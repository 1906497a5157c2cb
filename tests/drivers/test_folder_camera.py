"""A picture that appears in a folder is taken once it is complete; what nobody took stays, and is told once."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.catalogue import open_camera
from drivers.folder_camera import FolderCamera, Looks, Seen, Settled
from rma_station.domain.effects import TakePhoto
from rma_station.errors import Malformed, StorageFailed, StorageFull
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, NoPicture, Picture
from rma_station.system import SystemClock
from tests.drivers.test_pictures import made

OF = TakePhoto("p1", "u1", "grade")


class Bench:
    """A folder camera, the files it kept, and what it said."""

    def __init__(self, folder: Path, *, remove: bool = False) -> None:
        self.folder, self.kept = folder, {}
        self.said: queue.SimpleQueue[DeviceMessage] = queue.SimpleQueue()
        self.error: Exception | None = None
        self.camera = FolderCamera("folder", folder, SystemClock(), self._keep, remove=remove, look_seconds=0.01)
        self.state: DeviceStatus | None = None

    def _keep(self, data: bytes) -> tuple[str, int]:
        if self.error is not None:
            raise self.error
        sha256 = hashlib.sha256(data).hexdigest()
        self.kept[sha256] = data
        return sha256, len(data)

    def start(self) -> Bench:
        """Until the folder is looked into."""
        self.camera.start(self.said.put)
        self.until(lambda: self.state is not None and self.state.state is DeviceState.READY)
        return self

    def until(self, true: Callable[[], object]) -> None:
        """Read what it says until something holds."""
        ends = time.monotonic() + 10
        while not true():
            assert time.monotonic() < ends
            try:
                message = self.said.get(timeout=0.01)
            except queue.Empty:
                continue
            assert isinstance(message, DeviceStatus), message
            self.state = message

    def next(self) -> Picture | NoPicture:
        """The next thing it says of pictures."""
        ends = time.monotonic() + 10
        while True:
            message = self.said.get(timeout=max(0.01, ends - time.monotonic()))
            if isinstance(message, (Picture, NoPicture)):
                return message
            assert isinstance(message, DeviceStatus)
            self.state = message

    def put(self, name: str, data: bytes) -> Path:
        """A picture appears, whole at once."""
        part = self.folder / f".{name}"
        part.write_bytes(data)
        part.rename(self.folder / name)
        return self.folder / name

    def names(self) -> list[str]:
        """What lies in the folder and below."""
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made_bench = Bench(tmp_path)
    yield made_bench
    made_bench.camera.stop()


def test_a_picture_that_appears_is_kept_told_and_put_away(bench: Bench) -> None:
    """It is durable before the station hears of it, and moved only when it is on record."""
    bench.start().put("a.jpg", made("PNG"))

    told = bench.next()

    assert isinstance(told, Picture)
    assert (told.name, told.source, told.mime, told.of) == ("a.jpg", "folder", "image/jpeg", None)
    assert len(bench.kept[told.sha256]) == told.size
    assert bench.names() == ["a.jpg"]
    bench.camera.settled("a.jpg", taken=True)
    bench.until(lambda: bench.names() == ["taken/a.jpg"])


def test_two_of_one_name_are_put_away_under_two(bench: Bench) -> None:
    """A camera that counts from 1 every morning overwrites nothing."""
    (bench.folder / "taken").mkdir()
    (bench.folder / "taken" / "a.jpg").write_bytes(b"yesterday")
    bench.start().put("a.jpg", made("JPEG"))
    bench.next()
    bench.camera.settled("a.jpg", taken=True)

    bench.until(lambda: bench.names() == ["taken/a-2.jpg", "taken/a.jpg"])


def test_what_was_taken_can_be_removed_instead(tmp_path: Path) -> None:
    """``taken=remove``: what the camera wrote beside the picture is gone with it."""
    bench = Bench(tmp_path, remove=True).start()
    bench.put("a.jpg", made("JPEG"))
    bench.next()
    bench.camera.settled("a.jpg", taken=True)

    bench.until(lambda: bench.names() == [])
    bench.camera.stop()


def test_what_nobody_took_waits_and_is_taken_on_the_workers_word(bench: Bench) -> None:
    """Told once; the photo command takes the newest."""
    bench.start().put("a.jpg", made("JPEG"))
    bench.next()
    bench.camera.settled("a.jpg", taken=False)
    bench.until(lambda: bench.state is not None and bench.state.problems == ("pictures_wait",))
    bench.camera.take(OF)

    told = bench.next()

    assert isinstance(told, Picture)
    assert (told.name, told.of) == ("a.jpg", OF)
    bench.camera.settled("a.jpg", taken=True)
    bench.until(lambda: bench.state is not None and bench.state.problems == ())


def test_what_was_there_before_is_nobodys(tmp_path: Path) -> None:
    """After a start, or a crash in the middle of taking one, no picture is given to whatever is in hand."""
    (tmp_path / "old.jpg").write_bytes(made("JPEG"))
    bench = Bench(tmp_path).start()

    assert bench.state is not None
    assert bench.state.problems == ("pictures_wait",)
    bench.put("new.jpg", made("JPEG", (20, 20)))
    told = bench.next()
    assert isinstance(told, Picture)
    assert told.name == "new.jpg"
    bench.camera.stop()


def test_nothing_waits_when_it_is_asked_for(bench: Bench) -> None:
    """Where no picture waits in the folder the worker is told so at once."""
    bench.start().camera.take(OF)

    assert bench.next() == NoPicture("folder", "no_picture")


def test_a_picture_is_not_read_while_it_grows(bench: Bench) -> None:
    """A camera that writes slowly; names of half a download, hidden ones and links are not looked at."""
    bench.start()
    data = made("JPEG", (600, 400))
    for name in ("b.jpg.part", ".c.jpg", "d.tmp"):
        (bench.folder / name).write_bytes(data)
    (bench.folder / "link.jpg").symlink_to("/etc/passwd")
    with open(bench.folder / "a.jpg", "wb", buffering=0) as growing:
        for byte in range(0, len(data), 200):
            growing.write(data[byte : byte + 200])
            threading.Event().wait(0.003)
    told = bench.next()

    while isinstance(told, NoPicture):  # a machine that stood still between two writes; what is whole comes in the end
        told = bench.next()
    assert (told.name, opened_size(bench.kept[told.sha256])) == ("a.jpg", (600, 400))


def opened_size(data: bytes) -> tuple[int, int]:
    """Pixels of a kept picture."""
    from tests.drivers.test_pictures import opened

    return opened(data).size


@pytest.mark.parametrize(
    ("error", "problem"),
    [(None, "unreadable"), (StorageFull("x"), "no_room"), (StorageFailed("x"), "not_kept")],
)
@pytest.mark.failure(3)
def test_what_cannot_be_kept_stays_and_is_told_once(bench: Bench, error: Exception | None, problem: str) -> None:
    """Not a picture, or no room for it: it waits."""
    bench.error = error
    bench.start().put("a.jpg", b"\xff\xd8\xff nothing" if error is None else made("JPEG"))

    assert bench.next() == NoPicture("folder", problem)
    bench.until(lambda: bench.state is not None and bench.state.problems == ("pictures_wait",))
    assert bench.names() == ["a.jpg"]


def test_a_folder_that_is_not_there_is_a_state(tmp_path: Path) -> None:
    """And a picture that is asked for meanwhile is answered at once; it comes back by itself."""
    bench = Bench(tmp_path / "later")
    bench.camera.start(bench.said.put)
    bench.until(lambda: bench.state is not None and bench.state.state is DeviceState.ERROR)
    bench.camera.take(OF)
    assert bench.next() == NoPicture("folder", "no_camera")
    (tmp_path / "later").mkdir()
    bench.until(lambda: bench.state is not None and bench.state.state is DeviceState.READY)
    bench.camera.stop()


@pytest.mark.parametrize("url", ["folder:", "folder:photos", "folder:/x?taken=burn", "folder:/x?a=1", "phone:x"])
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    """With what may stand there."""
    with pytest.raises(Malformed):
        open_camera("camera", url, SystemClock(), lambda data: ("", 0))


def test_a_phone_is_no_device_of_this_machine() -> None:
    """Its page is the hub's."""
    assert open_camera("phone", "phone:", SystemClock(), lambda data: ("", 0)) is None


# --- looks, without a disk -------------------------------------------------------------------------------

names = st.sampled_from(["a", "b"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), names, st.integers(0, 3)),
        st.tuples(st.just("remove"), names, st.just(0)),
        st.tuples(st.just("look"), names, st.just(0)),
        st.tuples(st.just("settle"), names, st.integers(0, 1)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(steps)
def test_no_file_is_offered_twice_as_it_is_or_before_it_rests(given_steps: list[tuple[str, str, int]]) -> None:
    """Whatever is written, removed and settled between two looks."""
    files: dict[str, Seen] = {}
    looks, before, offered = Looks({}), {}, set()
    for number, (what, name, value) in enumerate(given_steps):
        if what == "write":
            files[name] = Seen(value, number)
        elif what == "remove":
            files.pop(name, None)
        elif what == "settle":
            looks.settled(Settled(name, bool(value)))
        else:
            for found in looks.look(dict(files)):
                assert files[found].size
                assert before.get(found) == files[found]
                assert (found, files[found]) not in offered
                offered.add((found, files[found]))
                looks.on_its_way(found)
            before = dict(files)
    assert 0 <= looks.waiting <= 2
