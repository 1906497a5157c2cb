"""``rma-station wipe``: nothing that is nowhere else goes with a station."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from rma_station.__main__ import main
from rma_station.domain import events as ev
from rma_station.services import control
from rma_station.store.photo_files import PhotoFiles
from rma_station.store.reader import StoredReader
from sync import bundle, bundle_photos, bundle_proof, signing, wire
from tests.fakes import StandingClock, take_feed
from tests.services.bench import Row
from tests.store import given
from tests.store.given import open_journal
from tests.sync.messages import HUB as HEADER
from tests.sync.tiny_hub import TinyHub

HUB = bytes(range(1, 33))
"""The hub's private key."""


def station(folder: Path, *, sent: bool = False, key: bool = True) -> tuple[Path, dict[str, bytes]]:
    """A stopped station with work; its data folder and its events."""
    data = folder / "data" / "sample"
    journal = open_journal(data)
    reader = StoredReader(journal, StandingClock())
    if key:
        row = Row(1, "k", "settings", bundle.SETTING, bundle.public_key(HUB).hex())
        take_feed(reader, [row], "c1")
    journal.commit([given.opened(), *(given.identified(f"u-{n}", f"L{n}") for n in range(700))])
    if sent:
        reader.pin_hub(HEADER.hub_id)
        reader.note_at_hub(journal.log_id, journal.last_seq)
    rows = journal.database.connection.execute("SELECT event_id, line FROM events").fetchall()
    journal.close()
    (data / "hub-token").write_text("secret-token")
    (data / "hub-token").chmod(0o600)
    (data / "device-secret").write_text("ab" * 32)
    (data / "station.log").write_text("log")
    (data / "notes.txt").write_text("somebody's")
    return data, dict(rows)


class HubOfOne(TinyHub):
    """A hub that has so many events of the log of one station's journal, byte for byte."""

    def __init__(self, data: Path, *, lacks: int = 0) -> None:
        super().__init__()
        journal = open_journal(data)
        self.log_id, self.have = journal.log_id, journal.last_seq - lacks
        self.digest = StoredReader(journal, StandingClock()).hash_at(self.log_id, self.have) or b""
        rows = journal.database.connection.execute("SELECT event_id FROM events ORDER BY place").fetchall()
        self.ids = {str(one) for (one,) in rows[: self.have]}
        journal.close()

    def answer(self, path: str, body: bytes) -> object:
        if path == wire.HELLO:
            return wire.HelloReply(self.header, (wire.LogKnown(self.log_id, self.have, self.digest.hex()),))
        if path == wire.MISSING:
            asked = wire.decode(wire.MissingQuestion, body).event_ids
            return wire.MissingReply(self.header, tuple(one for one in asked if one not in self.ids))
        return super().answer(path, body)


def wipe(folder: Path, *more: str, name: str | None = "bench-1", hub: str = "http://127.0.0.1:9") -> int:
    """The command; nothing listens on port 9."""
    file = folder / "station.toml"
    file.write_text(f'[station]\ndata = "{folder / "data"}"\n[hub]\nembedded = false\nurl = "{hub}"\n')
    named = [] if name is None else ["--name", name]
    return main(["wipe", "--config", str(file), "--language", "en", *named, *more])


@pytest.mark.failure(46)
def test_a_station_with_unsent_events_is_not_wiped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many and what to do; not a byte of the journal changes."""
    data, _ = station(tmp_path, sent=True)

    with HubOfOne(data, lacks=700).serving() as hub:
        before = (data / "journal.sqlite").read_bytes()
        code = wipe(tmp_path, hub=hub.url)

    assert code == 3
    assert "700 events and 0 photos are not at the hub" in capsys.readouterr().err
    assert (data / "journal.sqlite").read_bytes() == before
    assert (data / "hub-token").exists()


@pytest.mark.failure(46)
def test_a_station_whose_hub_does_not_answer_is_not_wiped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the station remembers of the hub does not count; the message names the way without it."""
    data, _ = station(tmp_path, sent=True)

    code = wipe(tmp_path)

    said = capsys.readouterr().err
    assert code == 3
    assert "the hub cannot be asked whether it has everything" in said
    assert "wipe --bundle FILE" in said
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
def test_a_hub_that_was_put_back_to_a_backup_is_not_believed_to_have_what_it_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All was sent by the station's memory, photo and events; the hub's answer decides (design rule 5)."""
    data, _ = station(tmp_path, sent=True)
    sha256 = photographed(data, b"picture")
    journal = open_journal(data)
    StoredReader(journal, StandingClock()).note_at_hub(journal.log_id, journal.last_seq)
    journal.photos.note_at_hub(sha256, "1")
    journal.photos.counts()
    journal.close()

    with HubOfOne(data, lacks=1).serving() as hub:
        code = wipe(tmp_path, hub=hub.url)

    assert code == 3
    assert "1 events and 1 photos are not at the hub" in capsys.readouterr().err
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
@pytest.mark.parametrize("other", ["hub", "history", "mode"])
def test_another_hub_or_history_is_not_the_stations(
    tmp_path: Path, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many events under other hashes, without ours among them, are not ours."""
    data, _ = station(tmp_path, sent=True)
    hub = HubOfOne(data)
    if other == "history":
        hub.digest, hub.ids = bytes(32), set()
    elif other == "hub":
        hub.header = dataclasses.replace(HEADER, hub_id="hub-other")
    else:
        hub.header = dataclasses.replace(HEADER, mode="live")

    with hub.serving():
        code = wipe(tmp_path, hub=hub.url)

    expected = {
        "hub": "hub hub-other answers; this journal belongs to hub-7f3a",
        "history": "702 events and 0 photos",
        "mode": "the hub is in live mode",
    }
    assert code == 3
    assert expected[other] in capsys.readouterr().err
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
@pytest.mark.parametrize("ahead", [False, True])
def test_a_station_whose_events_are_at_the_hub_is_wiped(
    tmp_path: Path, ahead: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Journal, keys and logs are gone, the rest is left and named; ids count where the hub has more of a log."""
    data, _ = station(tmp_path, sent=True)
    sha256 = photographed(data, b"picture")
    hub = HubOfOne(data)
    hub.photos[sha256] = b"picture"
    hub.have += 5 * ahead

    with hub.serving():
        code = wipe(tmp_path, hub=hub.url)

    assert code == 0
    assert [file.name for file in data.iterdir()] == ["notes.txt"]
    assert "not the station's: notes.txt" in capsys.readouterr().out


@pytest.mark.failure(46)
def test_a_bundle_takes_only_the_photos_the_hub_lacks(tmp_path: Path) -> None:
    """The hub is asked about each; what the station remembers does not count here either."""
    data, _ = station(tmp_path, sent=True)
    there, nowhere = photographed(data, b"there"), photographed(data, b"nowhere", 1)
    file = tmp_path / "b.rma-bundle"
    hub = HubOfOne(data)
    hub.photos[there] = b"there"

    with hub.serving():
        code = wipe(tmp_path, "--bundle", str(file), hub=hub.url)

    cover, body = bundle.split(file.read_bytes())
    contents, _ = bundle.read(bundle.opened(cover, body, bundle.content_key(HUB, cover)))
    beside = [place.name for place in Path(f"{file}.photos").rglob("*") if place.is_file()]

    assert (code, contents.photos) == (0, (nowhere,))
    assert beside == list(contents.sealed_photos)


def photographed(data: Path, picture: bytes, number: int = 0) -> str:
    """A photo of the station; its hash."""
    journal = open_journal(data)
    sha256 = journal.photos.files.keep(picture).sha256
    event = ev.PhotoTaken(f"f{number}", "p-1", sha256, len(picture), "image/jpeg", "damage", "camera", "u-1")
    journal.commit([ev.Stated(event, given.about(unit="u-1"))])
    journal.close()
    return sha256


@pytest.mark.failure(46)
def test_another_name_wipes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty stations are much alike."""
    data, _ = station(tmp_path, sent=True)

    with HubOfOne(data).serving() as hub:
        code = wipe(tmp_path, name="bench-2", hub=hub.url)

    assert code == 3
    assert "'bench-2' is not the name of this station, 'bench-1'" in capsys.readouterr().err
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
def test_without_a_name_and_a_terminal_nothing_is_wiped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that forgot it wipes nothing."""
    data, _ = station(tmp_path, sent=True)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with HubOfOne(data).serving() as hub:
        code = wipe(tmp_path, name=None, hub=hub.url)

    assert code == 3
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
def test_a_running_station_is_not_wiped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether it answers or only holds the lock."""
    data, _ = station(tmp_path, sent=True)
    journal = open_journal(data)

    code = wipe(tmp_path)
    said = capsys.readouterr().err
    journal.close()

    assert code == 3
    assert "is held by process" in said
    assert (data / "journal.sqlite").exists()
    assert not (data / control.FILE).exists()


@pytest.mark.failure(46)
@pytest.mark.parametrize("key", [True, False])
def test_a_bundle_holds_every_event_before_the_journal_goes(
    tmp_path: Path, key: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sealed to the hub where its key came down the feed; what is unsealed is said loudly."""
    data, lines = station(tmp_path, key=key)
    file = tmp_path / "stick" / "bench-1.rma-bundle"
    file.parent.mkdir()

    code = wipe(tmp_path, "--bundle", str(file))
    said = capsys.readouterr().out
    cover, body = bundle.split(file.read_bytes())
    content = bundle.content_key(HUB, cover) if key else b""
    contents, batches = bundle.read(bundle.opened(cover, body, content))
    found = [line for batch in batches for line in batch.lines]

    assert code == 0
    assert found == list(lines.values())
    assert (contents.station, contents.mode, [part.last_seq for part in contents.logs]) == ("bench-1", "sample", [702])
    digest = hashlib.sha256(body).digest()
    assert cover.proof == bundle_proof.hmac_of(bundle_proof.token_hash("secret-token"), digest)
    assert ("NOT SEALED" in said, b"unit.identified" in body) == (not key, False)
    assert f"{file}: 702 events, read back and compared" in said
    assert not (data / "journal.sqlite").exists()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.failure(46)
@pytest.mark.parametrize("enrolled", [True, False])
def test_an_enrolled_station_signs_its_bundle(
    tmp_path: Path, enrolled: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys, also those before, and the pinned authority are gone afterwards; an unsigned bundle is said loudly."""
    data, _ = station(tmp_path)
    (data / "hub-token").unlink()
    seed = hashlib.sha256(b"device key").digest()
    for name in (
        ("device-key", "device-key.before-1764500000", "hub-ca.pem", "hub-ca.pem.before-1764500000") if enrolled else ()
    ):
        (data / name).write_text(seed.hex())
        (data / name).chmod(0o600)
    file = tmp_path / "b.rma-bundle"

    code = wipe(tmp_path, "--bundle", str(file))
    said = capsys.readouterr().out
    cover, body = bundle.split(file.read_bytes())
    signature = bundle_proof.Signature(cover.key_id, cover.signature)

    assert code == 0
    assert cover.key_id == (signing.public_key(seed) if enrolled else "")
    assert bundle_proof.is_genuine(signature, hashlib.sha256(body).digest()) == enrolled
    assert ("signed with the device key" in said, "NOT SIGNED" in said) == (enrolled, not enrolled)
    assert [left.name for left in data.iterdir()] == ["notes.txt"]
    assert ("rma-station hub station revoke bench-1" in said, "not the station's: notes.txt" in said) == (True, True)


@pytest.mark.failure(46)
@pytest.mark.parametrize("key", [True, False])
def test_photos_that_are_nowhere_else_go_beside_the_bundle(
    tmp_path: Path, key: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sealed where the bundle is; it names those that are there; one that rotted on the station's disk is lost."""
    data, _ = station(tmp_path, key=key)
    journal = open_journal(data)
    good, rotten = (journal.photos.files.keep(picture).sha256 for picture in (b"good", b"rotten"))
    for number, sha256 in enumerate((good, rotten)):
        event = ev.PhotoTaken(f"f{number}", "p-1", sha256, 4, "image/jpeg", "damage", "camera", "u-1")
        journal.commit([ev.Stated(event, given.about(unit="u-1"))])
    journal.photos.files.place(rotten).write_bytes(b"rot")
    journal.close()
    file = tmp_path / "b.rma-bundle"

    code = wipe(tmp_path, "--bundle", str(file))
    said = capsys.readouterr().out
    cover, body = bundle.split(file.read_bytes())
    content = bundle.content_key(HUB, cover) if key else b""
    contents, _ = bundle.read(bundle.opened(cover, body, content))
    (place,) = (one for one in Path(f"{file}.photos").rglob("*") if one.is_file())
    lies = place.read_bytes()

    assert (code, cover.v, contents.photos) == (0, 3 if key else 2, (good,))
    assert place == bundle.photo_path(file, contents.sealed_photos[0] if key else good)
    assert (good in str(place), b"good" in lies) == (not key, not key)
    assert not key or bundle_photos.opened(bundle.content_key(HUB, cover, bundle_photos.LABEL), good, lies) == b"good"
    assert f"{file}.photos: 1 photo the hub has not said it has, {'' if key else 'not '}sealed" in said
    assert f"LOST: photo {rotten}" in said


@pytest.mark.failure(46)
def test_a_stick_that_forgets_a_photo_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is read back does not open: nothing is removed."""
    data, _ = station(tmp_path)
    photographed(data, b"picture")
    real = PhotoFiles.read

    def forgetful(files: PhotoFiles, *given: Any) -> bytes | None:
        read = real(files, *given)
        return read if files.folder.is_relative_to(data) or read is None else read[:-1] + b"?"

    monkeypatch.setattr(PhotoFiles, "read", forgetful)
    code = wipe(tmp_path, "--bundle", str(tmp_path / "b.rma-bundle"))

    assert code == 3
    assert "b.rma-bundle.photos does not hold what was written to it" in capsys.readouterr().err
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
def test_a_stick_that_forgets_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is read back is not what was written: nothing is removed."""
    data, _ = station(tmp_path)
    file = tmp_path / "bench-1.rma-bundle"
    real = Path.read_bytes

    def forgetful(path: Path) -> bytes:
        return real(path)[:-100] + bytes(100) if path == file else real(path)

    monkeypatch.setattr(Path, "read_bytes", forgetful)

    code = wipe(tmp_path, "--bundle", str(file))

    assert code == 3
    assert "does not say what was written to it" in capsys.readouterr().err
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
def test_a_bundle_is_not_written_into_what_is_wiped_nor_over_another(tmp_path: Path) -> None:
    """Either would lose the events, so both are refused before anything is removed."""
    data, _ = station(tmp_path)
    there = tmp_path / "there.rma-bundle"
    there.write_text("another station's")

    codes = [wipe(tmp_path, "--bundle", str(place)) for place in (data / "b.rma-bundle", there)]

    assert codes == [3, 3]
    assert there.read_text() == "another station's"
    assert (data / "journal.sqlite").exists()


@pytest.mark.failure(46)
def test_a_damaged_journal_is_salvaged_before_it_is_wiped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bundle of lines that do not verify would be taken for the truth."""
    data, lines = station(tmp_path)
    path = data / "journal.sqlite"
    line = list(lines.values())[300]
    path.write_bytes(path.read_bytes().replace(line, line.replace(b'"how":"gtin"', b'"how":"gtiN"')))

    code = wipe(tmp_path, "--bundle", str(tmp_path / "b.rma-bundle"))

    assert code == 3
    assert "rma-station salvage" in capsys.readouterr().err
    assert path.exists()


def test_a_polish_station_is_wiped_in_polish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is refused and why, also the reason the hub's line gives, and what was done."""
    data, _ = station(tmp_path)
    polish = ["--language", "pl"]

    codes = [wipe(tmp_path, *polish), wipe(tmp_path, "--bundle", str(data / "b"), *polish)]
    codes += [wipe(tmp_path, "--bundle", str(tmp_path / "b"), *polish, name="bench-2")]
    codes += [wipe(tmp_path, "--bundle", str(tmp_path / "c"), *polish)]
    said = capsys.readouterr()

    assert codes == [3, 3, 3, 0]
    assert "Odmowa: nie można zapytać centrali, czy ma wszystko (Brak odpowiedzi (ConnectError" in said.err
    assert "jest w folderze, który będzie wyczyszczony" in said.err
    assert "'bench-2' to nie nazwa tego stanowiska, 'bench-1'. Niczego nie usunięto." in said.err
    assert "702 zdarzenia, odczytane z powrotem i porównane." in said.out
    assert f"{data} jest wyczyszczony." in said.out
