"""Photos over a real HTTP connection: whatever happens on the way, each arrives whole, and events are not held up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rma_station.ports import UplinkState
from sync import blobs
from sync.network import Metered
from sync.state import Pace
from tests.sync.messages import HUB
from tests.sync.test_uplink import Bench
from tests.sync.tiny_hub import TinyHub, wait_for


class PhotoBench(Bench):
    """A bench with two photos to send, one of them longer than a call."""

    def __init__(self, token: Path) -> None:
        self.metered = False
        super().__init__(token)

    def of_photos(self) -> dict[str, object]:
        """Their files, without a limit of pace."""
        for data in (b"one" * 100, b"two" * 100_000):
            self.journal.files[hashlib.sha256(data).hexdigest()] = data
        return {"photos": self.journal, "pace": Pace(), "metered": lambda: self.metered}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PhotoBench]:
    token = tmp_path / "hub-token"
    token.write_text("secret-token\n")
    token.chmod(0o600)
    made = PhotoBench(token)
    yield made
    made.uplink.stop()
    made.station.pool.shutdown(wait=False, cancel_futures=True)


class PhotoHub(TinyHub):
    """A hub that says it knows the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.header = replace(HUB, protocol_max=blobs.PROTOCOL)


def arrived(bench: PhotoBench, hub: TinyHub) -> bool:
    """Every photo is at the hub, and the station knows."""
    return hub.photos == bench.journal.files and set(bench.journal.photo_notes) == set(hub.photos)


def test_photos_follow_the_events_in_pieces(bench: PhotoBench) -> None:
    """Authenticated as every call; no piece is larger than a call may be."""
    with PhotoHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: arrived(bench, hub))
    patches = [sent for path, sent in hub.calls if path.startswith("/v1/blobs/") and blobs.OFFSET in sent]

    assert hub.lines == bench.journal.lines
    assert [(int(sent["Content-Length"]), sent["Content-Type"]) for sent in patches] == [
        (300, blobs.CONTENT_TYPE),
        (blobs.CALL_BYTES, blobs.CONTENT_TYPE),
        (300_000 - blobs.CALL_BYTES, blobs.CONTENT_TYPE),
    ]
    assert {sent["Authorization"] for sent in patches} == {"Bearer secret-token"}


@pytest.mark.failure(41)
@pytest.mark.parametrize("fault", ["close", "portal", "lost_reply", "damage", "full"])
@pytest.mark.parametrize("place", [0, 1, 3, 4])
def test_any_fault_at_any_call_is_survived(bench: PhotoBench, fault: str, place: int) -> None:
    """At the question or at a chunk, the first or the last one."""
    with PhotoHub().serving() as hub:
        hub.blob_faults.extend(["ok"] * place + [fault])
        bench.run(hub)
        wait_for(lambda: arrived(bench, hub))


@pytest.mark.failure(41)
def test_an_upload_that_was_cut_goes_on_where_the_hub_stands(bench: PhotoBench) -> None:
    """What was sent before the cut is not sent again."""
    _, long = bench.journal.files
    with PhotoHub().serving() as hub:
        hub.parts[long] = bench.journal.files[long][:299_999]
        bench.run(hub)
        wait_for(lambda: arrived(bench, hub))
    sizes = [int(sent["Content-Length"]) for path, sent in hub.calls if path.endswith(long) and blobs.OFFSET in sent]

    assert sizes == [1]


@pytest.mark.failure(42)
def test_a_photo_the_hub_has_already_is_not_sent(bench: PhotoBench) -> None:
    """From another station, or from before this one was put back."""
    with PhotoHub().serving() as hub:
        hub.photos.update(bench.journal.files)
        bench.run(hub)
        wait_for(lambda: arrived(bench, hub))

    assert [sent for _, sent in hub.calls if blobs.OFFSET in sent] == []


def test_where_bytes_cost_photos_wait_and_events_go(bench: PhotoBench) -> None:
    """Until the line is another one."""
    bench.metered = True
    with PhotoHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))
        waited = dict(hub.photos)
        bench.metered = False
        wait_for(lambda: arrived(bench, hub))

    assert waited == {}


def test_a_file_that_is_damaged_is_told_and_the_next_one_sent(bench: PhotoBench) -> None:
    """Nobody waits for it for ever."""
    short, long = bench.journal.files
    bench.journal.files[short] = b""
    with PhotoHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: set(bench.journal.photo_notes) == {short, long})
        wait_for(lambda: [note.key for note in bench.shown.notes] == ["service.hub.photo"])

    assert bench.journal.photo_notes == {short: "damaged", long: HUB.hub_epoch}
    assert bench.shown.state is UplinkState.ONLINE


def test_networkmanager_is_asked_at_most_once_a_minute() -> None:
    """1 and 3 mean that the line is paid by the byte, or probably so."""
    answers, now = ["u 3\n", "u 4\n", ""], [0.0]
    metered = Metered(lambda: answers.pop(0), lambda: now[0])

    said = [metered(), metered()]
    now[0] = 61.0
    said.append(metered())
    now[0] = 122.0
    assert [*said, metered()] == [True, True, False, False]
