"""What supervisors see of photos: all of both sides, and which of them can be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hub import api, command_line, hub_identity, parts, server, store
from hub.central import Hub
from hub.evidence import photos
from hub.intake import projection
from hub.review import desk
from hub.trust import stations
from rma_station.domain import events as ev
from sync import hub_reply, review_wire, wire
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, new_hub, plain_line, send

HERE, AWAY = "1a" * 32, "2b" * 32
ROW = {"size": 3, "mime": "image/jpeg", "source": "bench-1", "complete_at": NOW}


def taken(photo_id: str, sha256: str, unit_id: str | None, role: str = "grade", **more: str) -> ev.PhotoTaken:
    """A photo in parcel ``p-1``."""
    mime = more.get("mime", "image/jpeg")
    return ev.PhotoTaken(photo_id, "p-1", sha256, 3, mime, role, more.get("source", "camera"), unit_id)


def graded_twice(database: store.Database) -> None:
    """Two benches have a unit for the same piece, each with a photo; the parcel has one, too."""
    first, second = Log("log-a"), Log("log-b")
    for log, unit, sha256 in ((first, "u-1", HERE), (second, "u-2", AWAY)):
        log.parcel("p-1", RMA)
        log.unit(unit, "p-1")
        log.grade(unit)
        log.say(taken(f"f-{unit}", sha256, unit), RMA, unit_id=unit)
    first.say(taken("f-p", HERE, None, "packaging", source="phone"), RMA, parcel_id="p-1")
    first.undo_unit("u-1", "log-a-000002")
    send(database, first)
    send(database, second, station="bench-2")
    with database.transaction() as connection:
        store.upsert(connection, photos.blobs, [{"sha256": HERE, **ROW}])


def test_a_case_lists_the_photos_of_both_sides() -> None:
    """Also of a unit that was taken back: it is what the other bench saw. And which are here."""
    database = new_hub()
    announce(database, an_rma(plain_line(quantity=2)))
    graded_twice(database)
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
        token = stations.add(connection, "bench-1", Numbers(), NOW)
    client = TestClient(api.create_app(Hub(database, identity, lambda: NOW, Numbers()), parts.MOUNTS))

    def asked(protocol: int) -> review_wire.ReviewCase:
        headers = {"Authorization": f"Bearer {token}", wire.PROTOCOL_HEADER: str(protocol)}
        reply = client.get(review_wire.review_path(review_wire.REVIEW_CASE, RMA), headers=headers)
        found = hub_reply.read(review_wire.ReviewCase, reply.status_code, reply.content)
        assert isinstance(found, review_wire.ReviewCase)
        return found

    assert asked(wire.PROTOCOL).photos == (
        review_wire.CasePhoto(HERE, "image/jpeg", "packaging", "phone", "000001", "", True),
        review_wire.CasePhoto(HERE, "image/jpeg", "grade", "camera", "000001", "Ru-1", True),
        review_wire.CasePhoto(AWAY, "image/jpeg", "grade", "camera", "000001", "Ru-2", False),
    )
    assert asked(2).photos == ()


def test_what_a_photo_says_of_itself_is_cleaned() -> None:
    """A compromised station writes what it likes."""
    database = new_hub()
    announce(database, an_rma())
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u-1", "p-1")
    log.say(taken("f", "\x1b]52;c;x" * 20, "u-1", "\x1b[2J" + "r" * 400, mime="\x07" * 99), RMA, unit_id="u-1")
    send(database, log)
    with database.transaction() as connection:
        (photo,) = desk.photos_of(connection, projection.load(connection, [RMA]).cases[RMA])

    assert "\x1b" not in repr(photo)
    assert (len(photo.sha256), len(photo.role), photo.here) == (64, 20, False)


def test_an_administrator_lists_and_copies_the_photos_of_a_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named by label and role; the exit code says that some are still at a station."""
    data, out = tmp_path / "hub", tmp_path / "out"
    hub = server.open_hub(data, "sample")
    announce(hub.database, an_rma(plain_line(quantity=2)))
    assert hub.blobs is not None
    staged = hub.blobs.stage(b"\xff\xd8\xff")
    staged.keep()
    sha256 = staged.sha256
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u-1", "p-1", lpn="RK7Q3/..")
    log.say(taken("f-1", sha256, "u-1", "damage"), RMA, unit_id="u-1")
    send(hub.database, log)
    with hub.database.transaction() as connection:
        store.upsert(connection, photos.blobs, [{"sha256": sha256, **ROW}])
    hub.database.close()

    def said(*words: str) -> tuple[int, str]:
        code = command_line.execute(["photos", *words, "--data", str(data)])
        return code, capsys.readouterr().out

    assert said(RMA, "--save", str(out)) == (
        0,
        f" 1  damage     RK7Q3/..     000001       {sha256[:12]}  {out}/01-RK7Q3___-damage.jpg\n",
    )
    assert [path.read_bytes() for path in out.iterdir()] == [b"\xff\xd8\xff"]
    hub = server.open_hub(data)
    log.say(taken("f-2", AWAY, "u-1"), RMA, unit_id="u-1")
    send(hub.database, log, 4)
    hub.database.close()
    code, text = said(RMA)
    assert (code, text.count("\n"), "still at the station" in text) == (3, 2, True)
