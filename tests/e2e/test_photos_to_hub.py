"""Photos between a real journal and a real hub: up from a station's disk, and down the feed from a phone's page."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from rma_station.domain import events as ev
from rma_station.domain.rma import Photo, Rma
from sync import blobs, wire
from sync.state import Pace
from tests.e2e.bench import Bench
from tests.e2e.hubs import running_hub
from tests.sync.tiny_hub import wait_for

PUBLIC = "https://returns.example"


class PhotoBench(Bench):
    """A station without a screen that sends its photos."""

    def of_photos(self) -> dict[str, object]:
        """Their files, without a limit of pace."""
        return {"photos": self.journal.photos.files, "pace": Pace()}

    def photograph(self, rma: Rma, unit: str, data: bytes) -> str:
        """A photo of a unit, kept and committed; its hash."""
        kept = self.journal.photos.files.keep(data)
        event = ev.PhotoTaken(
            f"photo-{unit}", f"parcel-{unit}", kept.sha256, kept.size, "image/jpeg", "damage", "camera", unit
        )
        about = ev.Subject((rma.rma_id,), f"parcel-{unit}", unit)
        self.thread(lambda: self.journal.commit([ev.Stated(event, about)])).result(10)
        self.uplink.nudge()
        return kept.sha256

    def waiting(self) -> int:
        """Photos the hub has not said it has."""
        return self.thread(lambda: self.journal.photos.counts().waiting).result(10)

    def photos(self, rma: Rma, unit: str) -> tuple[Photo, ...]:
        """Of a unit, as this station knows them."""
        return self.thread(lambda: self.journal.projection.case(rma.rma_id).units[unit].photos).result(5)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PhotoBench]:
    made = PhotoBench(tmp_path)
    yield made
    made.close()


def jpeg(size: tuple[int, int] = (900, 700)) -> bytes:
    """A picture of noise, longer than one call."""
    written = io.BytesIO()
    Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)).save(written, "JPEG", quality=90)
    return written.getvalue()


@pytest.mark.failure(41)
def test_a_photo_goes_up_after_its_event_and_across_a_restart_of_the_hub(bench: PhotoBench, tmp_path: Path) -> None:
    """Whole, under its hash, and the station knows that it may make room."""
    data = jpeg()
    assert len(data) > blobs.CALL_BYTES
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        bench.uplink.start()
        wait_for(bench.withdrawals)
        rma = bench.withdrawals()[0]
        bench.receive(rma, "unit-1")
        wait_for(bench.all_sent)
    sha256 = bench.photograph(rma, "unit-1", data)
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        wait_for(lambda: bench.waiting() == 0)
        assert bench.line.get_blob(sha256) == data
        assert bench.line.get_blob("0" * 64) is None
    assert bench.thread(lambda: bench.journal.photos.make_room(1)).result(5) == len(data)


def test_a_phones_photo_comes_down_the_feed(bench: PhotoBench, tmp_path: Path) -> None:
    """The page the station shows as a code takes it; the unit has it as one of its own."""
    with running_hub(tmp_path / "hub", bench.key, PUBLIC) as bench.url:
        bench.uplink.start()
        wait_for(bench.withdrawals)
        rma = bench.withdrawals()[0]
        bench.receive(rma, "unit-1")
        wait_for(lambda: bench.slots(rma, "unit-1") == (1,))
        asked = blobs.UploadAsked("parcel-unit-1", (rma.rma_id,), "unit-1", "damage")
        page = bench.line.call(blobs.UploadPage, "POST", blobs.UPLOADS, wire.encode(asked)).reply
        assert isinstance(page, blobs.UploadPage)
        assert page.url.startswith(f"{PUBLIC}/u/")
        address = bench.url + page.url.removeprefix(PUBLIC)
        sent = httpx.post(address, files={"photo": ("a.jpg", jpeg((60, 40)), "image/jpeg")})
        wait_for(lambda: bench.photos(rma, "unit-1"))

    assert sent.status_code == 303
    (photo,) = bench.photos(rma, "unit-1")
    assert (photo.role, photo.source) == ("damage", "phone")
    assert bench.waiting() == 0


def test_a_hub_no_phone_would_trust_says_so(bench: PhotoBench, tmp_path: Path) -> None:
    """The station offers no phone then."""
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        asked = blobs.UploadAsked("p", ("RMA-1",), "unit-1")
        reply = bench.line.call(blobs.UploadPage, "POST", blobs.UPLOADS, wire.encode(asked)).reply

    assert isinstance(reply, wire.Problem)
    assert reply.code == "no_public_url"
