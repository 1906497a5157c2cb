"""The photos beside a bundle come into the hub's folder as if their station had sent them."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from pathlib import Path

import pytest

from hub import admin, command_line, server
from hub.commands import import_bundle_photos
from hub.evidence import blob_files
from hub.intake import bundles
from rma_station.errors import Malformed
from sync import bundle, bundle_photos
from tests.hub.build import Numbers
from tests.hub.intake.test_bundles import enrolled

pytestmark = pytest.mark.failure(46)
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 1000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A hub."""
    server.open_hub(tmp_path / "hub", "sample").database.close()
    return tmp_path / "hub"


def stick(data: Path, *photos: bytes, names: tuple[str, ...] = ()) -> Path:
    """A signed bundle without events, its photos beside it; ``names`` are hashes it names besides."""
    file = data.parent / "stick.rma-bundle"
    hashes = [hashlib.sha256(photo).hexdigest() for photo in photos]
    for sha256, photo in zip(hashes, photos, strict=True):
        path = bundle.photo_path(file, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo)
    contents = bundle.Contents("bench-1", "sample", "2026-11-22T10:00:00Z", (), photos=(*hashes, *names))
    file.write_bytes(bundle.write(contents, [], device_key=enrolled(data), random=Numbers()))
    return file


def sealed_stick(data: Path, *photos: bytes) -> tuple[Path, list[Path]]:
    """A signed bundle sealed to the hub, and where its photos lie beside it, sealed as well."""
    file, private = data.parent / "sealed.rma-bundle", bytes(range(32))
    hub = server.open_hub(data)
    sealed_to = bundle.public_key(bundles.private_key(hub.identity))
    hub.database.close()
    key, hashes, places = bundle.sender_key(private, sealed_to, bundle_photos.LABEL), [], []
    for photo in photos:
        hashes.append(hashlib.sha256(photo).hexdigest())
        lies = bundle_photos.sealed(key, hashes[-1], photo)
        places.append(bundle.photo_path(file, hashlib.sha256(lies).hexdigest()))
        places[-1].parent.mkdir(parents=True, exist_ok=True)
        places[-1].write_bytes(lies)
    names = tuple(place.name for place in places)
    contents = bundle.Contents(
        "bench-1", "sample", "2026-11-22T10:00:00Z", (), photos=tuple(hashes), sealed_photos=names
    )
    device_key = enrolled(data)
    file.write_bytes(
        bundle.write(contents, [], sealed_to=sealed_to, device_key=device_key, random=lambda _size: private)
    )
    return file, places


def imported(data: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, the line about photos, and what a person has to know."""
    capsys.readouterr()
    code = command_line.execute(["import", "bundle", str(file), "--data", str(data)])
    out, err = capsys.readouterr()
    return code, out.splitlines()[-1], err


def kept(data: Path, photo: bytes) -> bytes:
    """The photo in the hub's folder."""
    return blob_files.Folder(data / blob_files.FOLDER).path_of(hashlib.sha256(photo).hexdigest()).read_bytes()


def test_photos_come_in_once_and_in_pieces(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole and by their hash; the same file again changes nothing, also when its photos are no longer beside it."""
    monkeypatch.setattr(import_bundle_photos, "PIECE", 1500)
    other = JPEG + b"another"
    file = stick(data, JPEG, other)

    first = imported(data, file, capsys)
    bundle.photo_path(file, hashlib.sha256(other).hexdigest()).unlink()
    again = imported(data, file, capsys)

    assert (first, again) == ((0, "Photos: 2 new.", ""), (0, "Photos: 2 duplicate.", ""))
    assert (kept(data, JPEG), kept(data, other)) == (JPEG, other)


def test_a_slow_disk_under_an_imported_photo_holds_nobody_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes and its name are on the disk before the database is asked for: it is everybody's meanwhile."""
    hub, served, sync = server.open_hub(data), [], os.fsync

    def look() -> None:
        with hub.database.transaction():
            pass

    def slowly(descriptor: int) -> None:
        station = threading.Thread(target=look, daemon=True)
        station.start()
        station.join(10)
        served.append(not station.is_alive())
        sync(descriptor)

    sha256 = hashlib.sha256(JPEG).hexdigest()
    given = {"station": "bench-1", "sha256": sha256, "offset": 0, "length": len(JPEG)}
    monkeypatch.setattr(os, "fsync", slowly)
    said = admin.perform(hub, "bundle-photo", {**given, "bytes": base64.b64encode(JPEG).decode()})
    monkeypatch.undo()
    again = admin.perform(hub, "bundle-photo", {**given, "length": 0})
    hub.database.close()

    assert said == again == {"offset": len(JPEG), "whole": True, "refused": ""}
    assert (len(served) > 0, set(served)) == (True, {True})


def test_an_upload_the_station_had_begun_goes_on(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From where it stands; one whose beginning was spoilt begins again."""
    folder, other = blob_files.Folder(data / blob_files.FOLDER), JPEG + b"another"
    for photo, beginning in ((JPEG, JPEG[:5000]), (other, JPEG[:4000] + bytes(1000))):
        folder.append("bench-1", hashlib.sha256(photo).hexdigest(), 0, len(photo), beginning)

    said = imported(data, stick(data, JPEG, other), capsys)

    assert said == (0, "Photos: 2 new.", "")
    assert (kept(data, JPEG), kept(data, other)) == (JPEG, other)


def test_what_cannot_be_taken_is_named_and_nothing_else_waits_for_it(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, damaged or no picture: a person must act; once they did, the same command takes the rest."""
    damaged, text = JPEG + b"damaged", b"no picture at all, but long enough to be one"
    file = stick(data, damaged, text, JPEG, names=("0" * 64,))
    path = bundle.photo_path(file, hashlib.sha256(damaged).hexdigest())
    path.write_bytes(damaged[:-1])

    code, line, said = imported(data, file, capsys)
    path.write_bytes(damaged)
    _, repaired, _ = imported(data, file, capsys)

    assert (code, line) == (3, "Photos: 1 damaged, 1 missing, 1 new, 1 refused.")
    assert "is not what the station wrote; copy it again from where it is" in said
    assert "put the folder beside the bundle and import again" in said
    assert "it is no JPEG, PNG, WebP or PDF file; keep the file" in said
    assert repaired == "Photos: 1 duplicate, 1 missing, 1 new, 1 refused."
    assert kept(data, damaged) == damaged


def test_a_photo_cannot_lead_to_another_file(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no hash is no photo, whoever signed it."""
    with pytest.raises(Malformed, match="not named by a SHA-256"):
        imported(data, stick(data, names=("../../../etc/passwd",)), capsys)


def test_sealed_photos_are_opened_with_the_key_of_their_bundle(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each by itself: one that was cut or changed places waits for a person, the others come in."""
    other, third = JPEG + b"another", JPEG + b"a third"
    file, places = sealed_stick(data, JPEG, other, third)
    whole = [place.read_bytes() for place in places]
    places[1].write_bytes(whole[2])
    places[2].write_bytes(whole[2][:-1])

    code, line, said = imported(data, file, capsys)
    for place, lies in zip(places, whole, strict=True):
        place.write_bytes(lies)
    again = imported(data, file, capsys)

    assert [b"picture" in lies for lies in whole] == [False] * 3
    assert (code, line) == (3, "Photos: 2 damaged, 1 new.")
    assert said.count("is not what the station wrote; copy it again from where it is") == 2
    assert again == (0, "Photos: 1 duplicate, 2 new.", "")
    assert [kept(data, photo) for photo in (JPEG, other, third)] == [JPEG, other, third]
