"""The folder of photos: whole or not there, whatever is cut, sent twice or spoilt."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.evidence.blob_files import RESERVE_BYTES, Folder, Step
from rma_station.errors import StorageFull
from sync import blobs

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
HASH = hashlib.sha256(JPEG).hexdigest()
SIZE = len(JPEG)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty one, that is not even made yet."""
    return Folder(tmp_path / "blobs")


def files(folder: Folder) -> list[str]:
    """Every file below it."""
    return sorted(str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file())


def send(folder: Folder, data: bytes, at: int = 0, station: str = "bench-1", sha256: str = HASH) -> Step:
    """Bytes of the photo."""
    return folder.append(station, sha256, at, SIZE, data)


def test_a_photo_is_in_its_place_when_its_last_byte_is_right(folder: Folder) -> None:
    """Under its hash, readable by this user alone, and nothing is left beside it."""
    assert send(folder, JPEG[:5000]) == Step(5000)
    assert folder.size_of(HASH) is None
    assert send(folder, JPEG[5000:], 5000) == Step(SIZE, "image/jpeg")

    assert files(folder) == [f"{HASH[:2]}/{HASH}"]
    assert folder.path_of(HASH).read_bytes() == JPEG
    assert (folder.path.stat().st_mode & 0o77, folder.path_of(HASH).stat().st_mode & 0o77) == (0, 0)


@pytest.mark.failure(41)
def test_an_upload_that_was_cut_goes_on_where_the_hub_stands(folder: Folder) -> None:
    """Cut at 99 %: the hub is asked, and only the rest is sent."""
    cut = SIZE * 99 // 100
    send(folder, JPEG[:cut])

    assert folder.look("bench-1", HASH) == Step(cut)
    assert send(folder, JPEG[cut:], cut).whole


@pytest.mark.failure(41)
def test_bytes_that_were_damaged_on_their_way_are_thrown_away(folder: Folder) -> None:
    """And sent again from the beginning."""
    damaged = JPEG[:700] + bytes([JPEG[700] ^ 1]) + JPEG[701:]

    assert send(folder, damaged) == Step(0, refused="hash")
    assert (files(folder), folder.look("bench-1", HASH)) == ([], Step(0))
    assert send(folder, JPEG).whole


def test_bytes_for_another_place_are_refused_and_change_nothing(folder: Folder) -> None:
    """Whether they are ahead of the hub or behind it."""
    send(folder, JPEG[:100])

    assert send(folder, JPEG[200:300], 200) == Step(100, refused="offset")
    assert send(folder, JPEG[:50], 0) == Step(100, refused="offset")
    assert folder.look("bench-1", HASH) == Step(100)


def test_one_station_cannot_spoil_what_another_one_sends(folder: Folder) -> None:
    """Each has its own beginning of the same photo."""
    folder.append("bench-2", HASH, 0, SIZE, b"\xff\xd8\xff" + b"rubbish")

    assert folder.look("bench-1", HASH) == Step(0)
    assert send(folder, JPEG).whole


@pytest.mark.failure(42)
def test_the_same_photo_twice_is_legal(folder: Folder) -> None:
    """Also when two stations send it at the same time."""
    send(folder, JPEG[:100], station="bench-1")
    send(folder, JPEG[:200], station="bench-2")

    assert send(folder, JPEG[100:], 100, station="bench-1").whole
    assert send(folder, JPEG[200:], 200, station="bench-2").whole
    staged = folder.stage(JPEG)
    staged.keep()
    staged.drop()
    assert (files(folder), staged.sha256) == ([f"{HASH[:2]}/{HASH}"], HASH)


def test_bytes_that_are_whole_are_beside_their_place_until_they_are_kept(folder: Folder) -> None:
    """What is not kept is gone; what is kept stays."""
    dropped, kept = folder.stage(JPEG), folder.stage(JPEG)
    beside = [name.partition("/")[0] for name in files(folder)]
    dropped.drop()
    kept.keep()
    kept.drop()

    assert (beside, files(folder)) == (["partial", "partial"], [f"{HASH[:2]}/{HASH}"])


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"GIF89a" + bytes(50), b"MZ" + bytes(50), bytes(50)])
def test_what_is_no_photo_is_refused_with_its_first_bytes(folder: Folder, data: bytes) -> None:
    """Nothing of it is kept."""
    step = folder.append("bench-1", hashlib.sha256(data).hexdigest(), 0, len(data), data)

    assert (step, files(folder)) == (Step(0, refused="media_type"), [])


def test_a_file_shorter_than_its_first_bytes_is_looked_at_when_it_ends(folder: Folder) -> None:
    """Three bytes of a JPEG are a JPEG to the hub; two are nothing."""
    short = b"\xff\xd8\xff"

    assert folder.append("b", hashlib.sha256(short).hexdigest(), 0, 3, short) == Step(3, "image/jpeg")
    assert folder.append("b", hashlib.sha256(short[:2]).hexdigest(), 0, 2, short[:2]).refused == "media_type"


@pytest.mark.parametrize(
    ("offset", "length", "data", "code"),
    [
        (0, blobs.LIMIT + 1, JPEG, "too_large"),
        (0, 0, b"", "malformed"),
        (0, 10, JPEG, "malformed"),
        (SIZE, SIZE, b"x", "malformed"),
    ],
)
def test_what_does_not_fit_is_refused(folder: Folder, offset: int, length: int, data: bytes, code: str) -> None:
    """Before anything is written."""
    assert folder.append("bench-1", HASH, offset, length, data) == Step(0, refused=code)
    assert not folder.path.exists()


def test_the_database_keeps_its_room_on_the_disk(tmp_path: Path) -> None:
    """Photos wait at the stations while the disk is nearly full; what is here stays."""
    free = [RESERVE_BYTES + 5000]
    folder = Folder(tmp_path / "blobs", free=lambda path: free[0])
    send(folder, JPEG[:5000])
    free[0] = RESERVE_BYTES

    with pytest.raises(StorageFull, match="256 MiB"):
        send(folder, JPEG[5000:], 5000)
    with pytest.raises(StorageFull):
        folder.stage(b"\xff\xd8\xff other")

    free[0] = RESERVE_BYTES * 2
    assert folder.look("bench-1", HASH) == Step(5000)
    assert send(folder, JPEG[5000:], 5000).whole


def test_a_disk_that_fills_up_in_the_middle_leaves_what_was_there(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-written call is cut off again."""
    send(folder, JPEG[:100])
    real = os.pwrite
    calls = iter([50])

    def full(descriptor: int, data: bytes, at: int) -> int:
        some = next(calls, None)
        if some is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[:some], at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StorageFull):
        send(folder, JPEG[100:], 100)
    monkeypatch.undo()

    assert folder.look("bench-1", HASH) == Step(100)


def test_a_hub_that_was_killed_between_the_last_byte_and_the_name_finishes_when_asked(folder: Folder) -> None:
    """All bytes are in the partial file; nobody has to send them again."""
    send(folder, JPEG[:100])
    partial = folder.path / "partial" / f"bench-1.{HASH}"
    partial.write_bytes(JPEG)

    assert folder.look("bench-1", HASH) == Step(SIZE, "image/jpeg")
    assert files(folder) == [f"{HASH[:2]}/{HASH}"]


def test_a_file_in_its_place_that_a_disk_spoilt_is_not_believed(folder: Folder) -> None:
    """It is asked for again, and put right."""
    send(folder, JPEG)
    folder.path_of(HASH).write_bytes(JPEG[:-1] + b"?")

    assert folder.look("bench-1", HASH) == Step(0)
    assert send(folder, JPEG).whole


def test_what_nobody_goes_on_with_is_removed_after_days(folder: Folder) -> None:
    """And only that."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    send(folder, JPEG, station="bench-1")
    send(folder, JPEG[:100], station="bench-2")
    send(folder, JPEG[:100], station="bench-3")
    old = (now - timedelta(days=8)).timestamp()
    os.utime(folder.path / "partial" / f"bench-2.{HASH}", (old, old))
    fresh = now.timestamp()
    os.utime(folder.path / "partial" / f"bench-3.{HASH}", (fresh, fresh))

    assert folder.sweep(now - timedelta(days=7)) == 1
    assert files(folder) == [f"{HASH[:2]}/{HASH}", f"partial/bench-3.{HASH}"]
    assert Folder(folder.path / "none").sweep(now) == 0


CALLS = st.lists(
    st.tuples(st.sampled_from(["bench-1", "bench-2"]), st.integers(0, 40), st.integers(0, 25), st.booleans()),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(CALLS)
@pytest.mark.failure(41)
def test_whatever_is_sent_in_whatever_order_a_photo_is_whole_or_not_there(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[str, int, int, bool]]
) -> None:
    """Any offsets, any cuts, damaged bytes, two stations: the hub's offset is the truth, and its file is right."""
    photo = b"\xff\xd8\xff" + bytes(range(29))
    sha256 = hashlib.sha256(photo).hexdigest()
    folder = Folder(tmp_path_factory.mktemp("sent") / "blobs", free=lambda path: 1 << 40)
    here = {"bench-1": b"", "bench-2": b""}
    for station, at, size, damaged in calls:
        if folder.size_of(sha256) is not None:
            break
        data = photo[at : at + size]
        data = data[:-1] + bytes([data[-1] ^ 0x55]) if damaged and data else data
        step = folder.append(station, sha256, at, len(photo), data)
        if at + len(data) > len(photo):
            assert step.refused == "malformed"
        elif at != len(here[station]):
            assert step == Step(len(here[station]), refused="offset")
        else:
            sent = here[station] + data
            if step.refused:
                assert sent != photo[: len(sent)]
                sent = b""
            here[station] = sent
            assert step.offset == len(sent)
    for station, bytes_here in here.items():
        if folder.size_of(sha256) is None:
            assert folder.look(station, sha256) == Step(len(bytes_here))
            if bytes_here == photo[: len(bytes_here)]:
                at = len(bytes_here)
                assert folder.append(station, sha256, at, len(photo), photo[at:]).whole
    if folder.size_of(sha256) is not None:
        assert folder.path_of(sha256).read_bytes() == photo
