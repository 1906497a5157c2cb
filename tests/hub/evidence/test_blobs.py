"""The calls of photos as a station makes them, and what is known of photos."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from hub import api, hub_identity, parts, rounds, store
from hub.central import Hub
from hub.evidence import blob_files, photos
from hub.trust import stations
from rma_station.domain import events as ev
from sync import blobs as wire
from tests.hub.build import NOW, RMA, Log, Numbers, accepted, an_rma, announce, case_of, new_hub, send

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
HASH = hashlib.sha256(JPEG).hexdigest()
SIZE = len(JPEG)


class Bench:
    """A hub with a folder, and a station that calls it."""

    def __init__(self, path: Path) -> None:
        database = new_hub()
        announce(database, an_rma())
        with database.transaction() as connection:
            identity = hub_identity.identity(connection)
            self.token = stations.add(connection, "bench-1", Numbers(), NOW)
        folder = blob_files.Folder(path / "blobs")
        self.hub = Hub(database, identity, lambda: NOW, Numbers(), stations.digest("admin"), blobs=folder)
        self.client = TestClient(api.create_app(self.hub, parts.MOUNTS))

    def call(self, method: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """One call about the photo."""
        known = {"Authorization": f"Bearer {more.pop('token', self.token)}"}
        path = wire.blob_path(more.pop("sha256", HASH))
        return self.client.request(method, path, headers={**known, **(headers or {})}, **more)

    def patch(self, at: int, data: bytes, length: int = SIZE, **more: Any) -> httpx.Response:
        """The next bytes."""
        headers = {wire.OFFSET: str(at), wire.LENGTH: str(length), "Content-Type": wire.CONTENT_TYPE}
        return self.call("PATCH", headers, content=data, **more)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A new one."""
    return Bench(tmp_path)


def where(reply: httpx.Response) -> tuple[int, str | None, str | None, str | None]:
    """Status and the three headers."""
    return reply.status_code, *(reply.headers.get(name) for name in (wire.OFFSET, wire.LENGTH, wire.COMPLETE))


def test_a_photo_goes_up_in_pieces(bench: Bench) -> None:
    """Asked first, sent from where the hub stands, whole at the end."""
    assert where(bench.call("HEAD")) == (404, None, None, None)
    assert where(bench.patch(0, JPEG[:4000])) == (204, "4000", None, None)
    assert where(bench.call("HEAD")) == (200, "4000", None, None)
    assert where(bench.patch(4000, JPEG[4000:])) == (201, str(SIZE), str(SIZE), "?1")
    assert where(bench.call("HEAD")) == (200, str(SIZE), str(SIZE), "?1")


@pytest.mark.failure(42)
def test_a_photo_that_is_here_is_here_again(bench: Bench) -> None:
    """A station that lost the answer, or another one with the same photo, hears 201 at once."""
    bench.patch(0, JPEG)

    assert where(bench.patch(0, JPEG[:10])) == (201, str(SIZE), str(SIZE), "?1")


@pytest.mark.failure(41)
def test_a_cut_call_and_a_damaged_one_are_told_where_to_go_on(bench: Bench) -> None:
    """409 with the offset; 422 and from the beginning."""
    bench.patch(0, JPEG[:4000])
    ahead = bench.patch(9000, JPEG[9000:])
    damaged = bench.patch(4000, JPEG[4000:-1] + b"?")

    assert (where(ahead)[:2], ahead.json()["code"]) == ((409, "4000"), "offset")
    assert (where(damaged)[:2], damaged.json()["code"]) == ((422, "0"), "hash")
    assert where(bench.patch(0, JPEG))[0] == 201


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"length": wire.LIMIT + 1}, 413, "too_large"),
        ({"data": b"<svg/>" * 100, "length": 600}, 415, "media_type"),
        ({"length": 5}, 400, "malformed"),
        ({"at": "-1"}, 400, "malformed"),
        ({"at": "many"}, 400, "malformed"),
        ({"data": bytes(wire.CALL_BYTES + 1)}, 413, "too_large"),
        ({"sha256": "5F" * 32}, 400, "malformed"),
        ({"sha256": "..admin-token"}, 400, "malformed"),
        ({"token": "nobody"}, 401, "unauthorised"),
    ],
)
def test_what_is_not_taken_says_why(bench: Bench, change: dict[str, Any], status: int, code: str) -> None:
    """With the hub's name, as every answer."""
    given: dict[str, Any] = {"at": 0, "data": JPEG, **change}
    reply = bench.patch(**given)

    assert (reply.status_code, reply.json().get("code"), reply.headers[wire.HUB_HEADER]) == (
        status,
        code,
        bench.hub.identity.hub_id,
    ), reply.text
    assert list(bench.hub.blobs.path.rglob("*.*") if bench.hub.blobs else ["no folder"]) == []


def test_the_next_bytes_say_what_they_are(bench: Bench) -> None:
    """A form that some page sends is none of these calls."""
    headers = {wire.OFFSET: "0", wire.LENGTH: str(SIZE), "Content-Type": "text/plain"}

    assert bench.call("PATCH", headers, content=JPEG).status_code == 415


def test_every_answer_names_the_hub(bench: Bench) -> None:
    """Also one without a body: a stranger's 200 says nothing about a photo."""
    replies = [bench.call("HEAD"), bench.patch(0, JPEG[:10]), bench.call("HEAD"), bench.call("GET")]

    assert {reply.headers[wire.HUB_HEADER] for reply in replies} == {bench.hub.identity.hub_id}


def test_a_full_disk_is_said_as_what_it_is(bench: Bench, tmp_path: Path) -> None:
    """507: the station keeps the photo and comes back."""
    bench.hub.blobs = blob_files.Folder(tmp_path / "blobs", free=lambda path: 0)
    reply = bench.patch(0, JPEG)

    assert (reply.status_code, reply.json()["code"]) == (507, "full")
    assert "no photos are taken until there is room" in reply.json()["message"]


def test_a_photo_is_given_as_a_file_and_nothing_else(bench: Bench) -> None:
    """No browser makes a page of it; only stations and administrators get it."""
    assert bench.call("GET").status_code == 404
    bench.patch(0, JPEG[:100])
    assert bench.call("GET").status_code == 404
    bench.patch(100, JPEG[100:])

    reply = bench.call("GET")
    assert (reply.content, reply.headers["content-type"]) == (JPEG, "image/jpeg")
    assert reply.headers["content-disposition"] == f'attachment; filename="{HASH[:16]}.jpg"'
    assert (reply.headers["x-content-type-options"], reply.headers["content-security-policy"]) == (
        "nosniff",
        "sandbox; default-src 'none'",
    )
    assert [bench.call("GET", token=token).status_code for token in ("admin", "nobody")] == [200, 401]


def test_a_photo_whose_file_is_gone_is_asked_for_again(bench: Bench) -> None:
    """The database was put back without the folder: the station, which still has it, sends it again."""
    bench.patch(0, JPEG)
    assert bench.hub.blobs is not None
    bench.hub.blobs.path_of(HASH).unlink()

    assert (where(bench.call("HEAD"))[0], bench.call("GET").status_code) == (404, 404)
    assert where(bench.patch(0, JPEG))[0] == 201
    assert bench.call("GET").content == JPEG


def test_a_photo_whose_record_is_gone_is_put_on_record_again(bench: Bench) -> None:
    """The hub was killed between the file and the database: the question alone mends it."""
    assert bench.hub.blobs is not None
    bench.hub.blobs.stage(JPEG).keep()

    assert where(bench.call("HEAD")) == (200, str(SIZE), str(SIZE), "?1")
    assert bench.call("GET").content == JPEG


def test_abandoned_uploads_are_swept_by_the_hubs_clock(bench: Bench) -> None:
    """After days."""
    bench.patch(0, JPEG[:100])
    bench.hub.now = lambda: NOW + timedelta(days=4000)

    assert (rounds.sweep_photos(bench.hub), where(bench.call("HEAD"))[0]) == (1, 404)


def taken(photo_id: str = "f-1", unit_id: str | None = "u-1", sha256: str = HASH) -> ev.PhotoTaken:
    """A photo of the unit, or of its parcel."""
    return ev.PhotoTaken(photo_id, "p-1", sha256, SIZE, "image/jpeg", "damage", "camera", unit_id)


def figures(database: store.Database) -> dict[str, float]:
    """What monitoring reads about photos."""
    with database.transaction() as connection:
        later = NOW + timedelta(seconds=90)
        return {s.name: s.value for metric in photos.source(connection, later) for s in metric.samples}


def test_monitoring_sees_what_is_here_and_what_is_waited_for(bench: Bench) -> None:
    """A photo twice is waited for once; one that was taken back is not waited for."""
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u-1", "p-1")
    log.say(taken("f-1"), RMA, unit_id="u-1")
    log.say(taken("f-2", None), RMA, parcel_id="p-1")
    gone = log.say(taken("f-3", sha256="ab" * 32), RMA, unit_id="u-1").envelope.event_id
    log.say(taken("f-4", sha256="no hash"), RMA, unit_id="u-1")
    assert accepted(send(bench.hub.database, log)) == 6
    assert figures(bench.hub.database)["rma_photos_waiting"] == 2

    log.say(ev.UndoApplied(gone, "photo.taken", "p-1", "u-1"), RMA, unit_id="u-1")
    send(bench.hub.database, log, first=7)
    waiting = figures(bench.hub.database)
    bench.patch(0, JPEG)
    after = figures(bench.hub.database)

    assert (waiting["rma_photos_waiting"], waiting["rma_photos_waiting_oldest_seconds"]) == (1, 90)
    assert after == {
        "rma_blobs": 1,
        "rma_blob_bytes": SIZE,
        "rma_photos_waiting": 0,
        "rma_photos_waiting_oldest_seconds": 0,
    }


def test_the_photos_of_an_orphan_are_known_in_its_return(bench: Bench) -> None:
    """From the moment it is found inside."""
    log = Log()
    log.parcel("p-1")
    log.say(taken(unit_id=None), "p-1", parcel_id="p-1")
    log.say(ev.ParcelOpened("p-1", "rma", RMA, (RMA,)), "p-1", RMA, parcel_id="p-1")
    send(bench.hub.database, log)

    assert [photo.photo_id for photo in case_of(bench.hub.database).photos] == ["f-1"]
    with bench.hub.database.transaction() as connection:
        assert photos.cases_with(connection, HASH) == [RMA, "p-1"]
