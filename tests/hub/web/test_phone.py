"""The page a phone opens: one unit, a few minutes, a few photos, and nothing it gives away."""

from __future__ import annotations

import io
import logging
import re
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from PIL import Image
from starlette.requests import Request
from starlette.testclient import TestClient

from hub import api, cases, hub_identity, parts, refunds, server
from hub.central import Hub
from hub.evidence import blob_files
from hub.intake import projection
from hub.languages import language
from hub.tables import feed
from hub.trust import stations
from hub.web import phone, phone_pages
from hub.web.phone_words import WORDS
from rma_station.domain import events as ev
from rma_station.errors import ConfigError, StorageFull
from sync import blobs, hub_reply, wire
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, case_of, new_hub, plain_line, send

ASKED = blobs.UploadAsked("p-1", (RMA,), "u-1", "damage", name="of the station")


def picture(colour: str = "red", kind: str = "JPEG") -> bytes:
    """A photo as a phone takes it, with what it should not tell."""
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, kind, exif=exif)
    return out.getvalue()


class House:
    """A hub with a name phones trust, a station that has sent a unit, and a phone."""

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.database = new_hub()
        announce(self.database, an_rma(replace(plain_line(), name="Kettle <b>")))
        with self.database.transaction() as connection:
            identity = hub_identity.identity(connection)
            self.token = stations.add(connection, "bench-1", Numbers(), NOW)
        self.hub = Hub(
            self.database,
            identity,
            lambda: self.now,
            Numbers(),
            propose=refunds.propose,
            blobs=blob_files.Folder(path / "blobs"),
            public_url="https://returns.example.com",
        )
        self.log = Log()
        self.log.parcel("p-1", RMA, tracking="627777000012345678")
        self.unit = self.log.unit("u-1", "p-1")
        send(self.database, self.log)
        self.client = TestClient(api.create_app(self.hub, parts.MOUNTS), follow_redirects=False)

    def ask(self, asked: blobs.UploadAsked = ASKED) -> blobs.UploadPage | wire.Problem:
        """The station asks for a page."""
        headers = {"Authorization": f"Bearer {self.token}", wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
        reply = self.client.post(blobs.UPLOADS, content=wire.encode(asked), headers=headers)
        return hub_reply.read(blobs.UploadPage, reply.status_code, reply.content)

    def code(self, asked: blobs.UploadAsked = ASKED) -> str:
        """Why there is none."""
        reply = self.ask(asked)
        assert isinstance(reply, wire.Problem)
        return reply.code

    def page(self, asked: blobs.UploadAsked = ASKED) -> str:
        """The path of a new page."""
        reply = self.ask(asked)
        assert isinstance(reply, blobs.UploadPage), reply
        return reply.url.removeprefix("https://returns.example.com")

    def take(self, path: str, data: bytes | None = None, name: str = "photo.jpg", **more: str) -> httpx.Response:
        """The phone sends a photo."""
        files = {"photo": (name, picture() if data is None else data, "image/jpeg")}
        return self.client.post(path, files=files, headers=more)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A new one."""
    return House(tmp_path)


def test_a_photo_from_a_phone_is_in_the_case_and_on_the_feed(house: House) -> None:
    """Said by the hub, as an event, so that the bench knows that its demand is met."""
    path = house.page()
    reply = house.take(path)

    assert (reply.status_code, f"/u/{reply.headers['location']}") == (303, path)
    (photo,) = case_of(house.database).units["u-1"].photos
    assert (photo.role, photo.source, photo.mime, photo.worker_id) == ("damage", "phone", "image/jpeg", None)
    with house.database.transaction() as connection:
        (fact,) = [
            row.body for row in connection.execute(feed.select()) if row.kind == "fact" and "photo.taken" in row.body
        ]
        assert cases.rebuilt(connection, RMA) == projection.load(connection, [RMA]).cases[RMA]
    assert photo.sha256 in fact
    stored = house.client.get(blobs.blob_path(photo.sha256), headers={"Authorization": f"Bearer {house.token}"}).content
    assert (len(stored), b"SecretPhone" in stored) == (photo.size, False)


def test_the_page_says_which_unit_and_nothing_of_a_customer(house: House) -> None:
    """What it says is escaped: names come from a shop."""
    text = house.client.get(house.page()).text

    assert "<h1>Ru-1</h1>" in text
    assert "Kettle &lt;b&gt;" in text
    assert "<b>" not in text
    for word in (RMA, "ORD-1000", "p-1", "627777000012345678"):
        assert word not in text


def test_the_page_of_a_parcel_shows_the_end_of_its_number(house: House) -> None:
    """Enough to tell it from the one beside it."""
    text = house.client.get(house.page(blobs.UploadAsked("p-1", (RMA,), None, "packaging"))).text

    assert "<h1>…345678</h1>" in text
    assert "Photograph the packaging of" in text


def test_a_page_is_in_the_language_of_the_phone(house: House) -> None:
    """Polish and English; both say the same things."""
    path = house.page()
    polish = house.client.get(path, headers={"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.8"})
    english = house.client.get(path, headers={"Accept-Language": "de-DE,en;q=0.5"})

    assert (polish.headers["content-language"], english.headers["content-language"]) == ("pl", "en")
    assert '<html lang="pl">' in polish.text
    assert "Wyślij zdjęcie" in polish.text
    assert "Send photo" in english.text
    assert WORDS["pl"].keys() == WORDS["en"].keys()
    for word in WORDS["en"]:
        assert re.findall("{.*?}", WORDS["en"][word]) == re.findall("{.*?}", WORDS["pl"][word])


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("pl", "pl"),
        ("en;q=0.3, pl;q=0.4", "pl"),
        ("pl;q=0", "en"),
        ("pl;q=x", "en"),
        ("*", "en"),
        (",;,", "en"),
    ],
)
def test_what_a_phone_reads(accepted: str, expected: str) -> None:
    """By weight; English when it says nothing of use."""
    assert language(accepted) == expected


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_told(house: House) -> None:
    """The browser itself refuses everything but this page's own style, script and form."""
    path = house.page()
    for reply in (house.client.get(path), house.take(path), house.take(path, b"<svg/>"), house.client.get("/u/none")):
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert [reply.headers[name] for name in ("referrer-policy", "cache-control", "x-content-type-options")] == [
            "no-referrer",
            "no-store",
            "nosniff",
        ]
        assert not re.search(r"\s(src|href|action|on\w+)=", reply.text)


def test_a_page_works_without_a_script(house: House) -> None:
    """A form, a file, a button; what the script adds is hidden until it runs."""
    text = house.client.get(house.page()).text

    assert '<form method="post" enctype="multipart/form-data">' in text
    assert 'type="file" accept="image/*" capture="environment" required>' in text
    assert '<img id="preview" alt="" hidden>' in text


def test_a_page_ends_after_ten_minutes(house: House) -> None:
    """After ten minutes it takes nothing; a day later nobody knows it any more."""
    path = house.page()
    house.now += timedelta(minutes=9, seconds=59)
    assert house.client.get(path).status_code == 200
    house.now += timedelta(seconds=1)

    replies = [house.client.get(path), house.take(path)]
    assert [(reply.status_code, WORDS["en"]["ended"] in reply.text, "<form" in reply.text) for reply in replies] == [
        (410, True, False)
    ] * 2
    assert case_of(house.database).photos == ()
    house.now += timedelta(days=2)
    with house.database.transaction() as connection:
        assert phone_pages.sweep(connection, house.now) == 1
    assert house.client.get(path).status_code == 404


def test_a_page_takes_so_many_photos(house: House) -> None:
    """Then it says thank you and has no form."""
    path = house.page()
    for number in range(phone_pages.PHOTOS):
        assert house.take(path, picture(f"hsl({number * 50}, 100%, 50%)")).status_code == 303

    shown, more = house.client.get(path), house.take(path, picture("white"))
    assert (shown.status_code, "All 6 photos are saved" in shown.text, "<form" in shown.text) == (200, True, False)
    assert more.status_code == 409
    assert len(case_of(house.database).photos) == phone_pages.PHOTOS


@pytest.mark.failure(42)
def test_the_same_photo_sent_twice_is_one(house: House) -> None:
    """The phone lost the answer and its owner pressed again."""
    path = house.page()

    assert [house.take(path).status_code for _ in range(2)] == [303, 303]
    assert len(case_of(house.database).photos) == 1
    assert "1 of 6 photos sent" in house.client.get(path).text


def test_a_photo_whose_file_was_lost_is_there_again_when_it_is_sent_again(house: House) -> None:
    """It is on record already; its bytes are taken all the same."""
    path = house.page()
    house.take(path)
    (photo,) = case_of(house.database).units["u-1"].photos
    assert house.hub.blobs is not None
    house.hub.blobs.path_of(photo.sha256).unlink()

    assert house.take(path).status_code == 303
    assert house.hub.blobs.size_of(photo.sha256) == photo.size


def test_money_waits_until_the_phone_is_done_only_if_the_bytes_are_not_here(house: House) -> None:
    """A phone's photo is whole when it is said."""
    house.log.grade("u-1")
    house.log.done("p-1")
    house.take(house.page())
    send(house.database, house.log, 3, propose=refunds.propose)

    with house.database.transaction() as connection:
        rows = connection.execute(parts.refunds.proposals.refund_intents.select()).all()
        assert [(row.state, row.reason) for row in rows] == [("held", "no_payment")]
        assert [row.photos_complete for row in rows] == [True]


@pytest.mark.parametrize(
    ("data", "status", "word"),
    [
        (b"", 400, "none"),
        (b"<svg onload=alert(1)>", 415, "media_type"),
        (picture()[:300], 422, "broken"),
        (picture() + bytes(phone.PHOTO_BYTES), 413, "too_large"),
        (picture() + bytes(phone.FORM_BYTES), 413, "too_large"),
    ],
)
def test_what_is_no_photo_is_answered_with_the_form(house: House, data: bytes, status: int, word: str) -> None:
    """In words, and another try."""
    path = house.page()
    reply = house.take(path, data)

    said = WORDS["en"][word].format(megabytes=24, megapixels=64)
    assert (reply.status_code, said in reply.text, "<form" in reply.text) == (status, True, True)
    assert (case_of(house.database).photos, list((house.hub.blobs or Path()).path.rglob("*.*"))) == ((), [])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"photo=1", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"rubbish", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\ntext\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"", ""),
    ],
)
def test_a_form_that_is_none_is_answered(house: House, body: bytes, content_type: str) -> None:
    """With the page, never with an error of the program."""
    reply = house.client.post(house.page(), content=body, headers={"Content-Type": content_type})

    assert reply.status_code in (400, 422)
    assert "<form" in reply.text


def test_two_photos_in_one_form_are_asked_for_one_at_a_time(house: House) -> None:
    """The page has room for one."""
    files = [("photo", ("a.jpg", picture("red"))), ("photo", ("b.jpg", picture("blue")))]

    assert house.client.post(house.page(), files=files).status_code == 400


def test_too_many_photos_at_a_time_are_told_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd of phones takes neither memory nor processes from the benches."""
    monkeypatch.setattr(phone, "AT_A_TIME", 0)
    house = House(tmp_path)

    reply = house.take(house.page())
    assert (reply.status_code, WORDS["en"]["busy"] in reply.text, "<form" in reply.text) == (503, True, True)


def test_a_photo_that_is_decoded_still_counts_as_coming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow ones do not pile up in memory before the two that are decoded."""
    monkeypatch.setattr(phone, "AT_A_TIME", 1)
    house = House(tmp_path)
    path, meanwhile = house.page(), []

    def slowly(data: bytes) -> bytes:
        meanwhile.append(house.take(path).status_code)
        return picture()

    monkeypatch.setattr(phone.pictures, "reencoded", slowly)
    first = house.take(path).status_code

    assert (first, meanwhile) == (303, [503])


def test_a_page_ends_with_so_many_files_that_are_no_photo(house: House) -> None:
    """Nobody keeps the hub decoding with one code; a photo that was damaged on the way has tries enough."""
    path = house.page()
    tries = [house.take(path, b"<svg/>").status_code for _ in range(phone_pages.FAILURES)]
    after = house.take(path).status_code

    assert (set(tries[:-1]), after) == ({415}, 410)
    assert house.take(house.page()).status_code == 303


def test_a_photo_that_comes_too_late_leaves_no_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page ended while it was decoded; nothing is on the disk that nobody knows of."""
    path = house.page()

    def late(data: bytes) -> bytes:
        house.now += phone_pages.LIFE
        return picture()

    monkeypatch.setattr(phone.pictures, "reencoded", late)

    assert house.take(path).status_code == 410
    assert [file for file in (house.hub.blobs or Path()).path.rglob("*") if file.is_file()] == []  # type: ignore[union-attr]


def test_a_slow_disk_for_photos_holds_no_station_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the bytes are written the database is everybody's."""
    path, write = house.page(), blob_files._write
    served: list[bool] = []

    def slowly(descriptor: int, data: bytes, offset: int) -> None:
        station = threading.Thread(target=lambda: send(house.database, house.log), daemon=True)
        station.start()
        station.join(10)
        served.append(not station.is_alive())
        write(descriptor, data, offset)

    monkeypatch.setattr(blob_files, "_write", slowly)

    assert (house.take(path).status_code, served) == (303, [True])


def test_a_disk_that_is_slow_with_names_holds_no_station_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The photo has its name, for good, before anything says that it is there."""
    path, sync_folder = house.page(), blob_files._sync_folder
    served: list[bool] = []

    def slowly(folder: Path) -> None:
        station = threading.Thread(target=lambda: send(house.database, house.log), daemon=True)
        station.start()
        station.join(10)
        served.append(not station.is_alive())
        sync_folder(folder)

    monkeypatch.setattr(blob_files, "_sync_folder", slowly)

    assert (house.take(path).status_code, set(served)) == (303, {True})


def test_two_photos_at_once_for_the_last_place_of_a_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is taken, also when the page ends meanwhile; the other is told that it is full, and leaves no file."""
    path, keep = house.page(), blob_files.Staged.keep
    for number in range(phone_pages.PHOTOS - 1):
        house.take(path, picture(f"hsl({number * 50}, 100%, 50%)"))
    others: list[int] = []

    def slowly(self: blob_files.Staged) -> None:
        monkeypatch.setattr(blob_files.Staged, "keep", keep)
        others.append(house.take(path, picture("black")).status_code)
        house.now += phone_pages.LIFE
        keep(self)

    monkeypatch.setattr(blob_files.Staged, "keep", slowly)

    assert (house.take(path, picture("white")).status_code, others) == (303, [409])
    assert len(case_of(house.database).photos) == phone_pages.PHOTOS


def test_a_photo_whose_name_cannot_be_written_gives_its_place_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full for a moment; the page is not the poorer for it."""
    path, place = house.page(), blob_files.Staged.keep

    def full(self: blob_files.Staged) -> None:
        raise StorageFull("the disk is full")

    monkeypatch.setattr(blob_files.Staged, "keep", full)
    refused = [house.take(path).status_code for _ in range(phone_pages.PHOTOS + 1)]
    monkeypatch.setattr(blob_files.Staged, "keep", place)

    assert set(refused) == {507}
    assert house.take(path).status_code == 303


def test_a_photo_that_cannot_be_put_on_record_gives_its_place_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the database had against it: the page is not full of photos nobody has."""
    path = house.page()

    def fails(*given: object) -> None:
        raise StorageFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(house.hub, "propose", fails)
        said = [house.take(path).status_code for _ in range(phone_pages.PHOTOS + 1)]

    assert (said, house.take(path).status_code) == ([507] * (phone_pages.PHOTOS + 1), 303)
    assert len(case_of(house.database).units["u-1"].photos) == 1


def test_a_photo_that_does_not_come_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone that went out of reach, or one that sends byte by byte."""
    monkeypatch.setattr(phone, "FORM_SECONDS", 0.05)

    async def receive() -> dict[str, object]:
        return await anyio.sleep_forever()  # type: ignore[func-returns-value]

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    request = Request({"type": "http", "headers": headers, "method": "POST", "path": "/"}, receive)
    with pytest.raises(phone._Said) as said:
        anyio.run(phone._photo, request)

    assert (said.value.code, "slow" in WORDS["pl"]) == ("slow", True)


def test_a_full_disk_is_said_to_the_phone(house: House, tmp_path: Path) -> None:
    """The database keeps its room."""
    house.hub.blobs = blob_files.Folder(tmp_path / "blobs", free=lambda path: 0)

    reply = house.take(house.page())
    assert (reply.status_code, WORDS["en"]["disk"] in reply.text) == (507, True)


def test_a_unit_that_was_taken_back_takes_no_photo(house: House) -> None:
    """Its page has ended."""
    path = house.page()
    house.log.undo_unit("u-1", house.unit)
    send(house.database, house.log, 3)

    assert house.take(path).status_code == 410


def test_a_page_is_for_a_unit_the_hub_has(house: House) -> None:
    """Events go first; the station asks again."""
    wrong = [
        blobs.UploadAsked("p-1", (RMA,), "u-2"),
        blobs.UploadAsked("p-2", (RMA,), "u-1"),
        blobs.UploadAsked("p-2", (RMA,)),
        blobs.UploadAsked("p-1", (), "u-1"),
    ]
    assert [house.code(asked) for asked in wrong] == ["unit_not_here"] * 4
    assert house.code(blobs.UploadAsked("p-1", (RMA,), "u-1", "selfie")) == "malformed"


def test_without_an_address_phones_trust_there_is_no_page(house: House) -> None:
    """The station does not offer its code, and says why."""
    house.hub.public_url = ""
    reply = house.ask()

    assert isinstance(reply, wire.Problem)
    assert (reply.code, "--public-url" in reply.message) == ("no_public_url", True)


def test_a_station_that_lost_its_head_opens_no_endless_pages(house: House) -> None:
    """Fifty at a time."""
    for _ in range(phone_pages.OPEN_PAGES):
        house.page()

    assert house.code() == "busy"
    house.now += phone_pages.LIFE
    assert house.page().startswith("/u/")


def test_the_secret_is_long_and_kept_as_its_hash(house: House) -> None:
    """Whoever reads the database cannot open a page; another one's address cannot be guessed."""
    secret = house.page().removeprefix("/u/")
    with house.database.transaction() as connection:
        (row,) = connection.execute(phone_pages.pages.select()).all()

    assert (len(secret), row.token_sha256) == (43, stations.digest(secret))
    assert secret not in repr(row)
    assert house.client.get(f"/u/{secret[:-1]}").status_code == 404


def test_no_log_ever_has_the_secret(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Also when something goes wrong."""
    path = house.page()
    house.hub.blobs = None
    with caplog.at_level(logging.DEBUG, "hub"):
        house.take(path)

    assert path.removeprefix("/u/") not in caplog.text


def test_the_page_is_no_part_of_the_described_api(house: House) -> None:
    """It is for people; its address is its key."""
    paths = house.client.get("/openapi.json").json()["paths"]

    assert [path for path in paths if path.startswith("/u/")] == []
    assert {blobs.UPLOADS, blobs.BLOB} <= set(paths)


@pytest.mark.parametrize(
    "given",
    [
        "http://returns.example.com",
        "returns.example.com",
        "https://",
        "https://a:b@c",
        "https://a?b",
        "https://[",
        "ftp://a",
    ],
)
def test_phones_trust_nothing_but_https(given: str) -> None:
    """Said at the start, not when the first phone complains."""
    with pytest.raises(ConfigError, match="--public-url"):
        server._public_url(given)


def test_the_address_may_have_a_port_and_a_path() -> None:
    """A reverse proxy may keep the hub below a folder."""
    assert [server._public_url(url) for url in ("", "https://a.pl:8443/rma/")] == ["", "https://a.pl:8443/rma"]


def test_an_undone_photo_is_not_in_the_way_of_another(house: House) -> None:
    """The worker takes it back at the bench and takes another one with the phone."""
    path = house.page()
    house.take(path)
    (photo,) = case_of(house.database).photos
    house.log.say(ev.UndoApplied(photo.event_id, "photo.taken", "p-1", "u-1"), RMA, unit_id="u-1")
    send(house.database, house.log, 3)
    house.take(path, picture("green"))

    assert len(case_of(house.database).photos) == 1
