"""Doctor on what a station proves itself with, what it trusts, and its clock."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.trust.authority import make_authority
from rma_station import config
from rma_station.__main__ import main
from rma_station.commands import doctor
from rma_station.doctor import trust
from rma_station.doctor.finding import Finding, Level
from rma_station.domain.outcome import Message, say
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.services.control import ControlSocket
from rma_station.services.requests import station_requests
from rma_station.services.running import RunningStation
from rma_station.services.texts import render
from rma_station.wiring.room import open_room
from sync import pinning
from tests.sync.test_pinning import House
from tests.sync.tiny_hub import TinyHub

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://hub.example.com"


def keys(found: list[Finding]) -> list[tuple[Level, str]]:
    """Level and text of each."""
    return [(one.level, one.what.key.removeprefix("doctor.")) for one in found]


def file_with(folder: Path, content: str, mode: int = 0o600) -> None:
    """The device key's file."""
    (folder / "device-key").write_text(content)
    (folder / "device-key").chmod(mode)


def test_a_station_has_a_key_or_an_old_token_or_has_to_enrol(tmp_path: Path) -> None:
    """Others must not read the key, and it has to be one."""
    token, seen = tmp_path / "hub-token", []
    seen.append(keys(list(trust.identity(tmp_path, token, {}))))
    token.write_text("t")
    seen.append(keys(list(trust.identity(tmp_path, token, {}))))
    for content, mode in (("0a" * 32, 0o600), ("0a" * 32, 0o644), ("0a", 0o600)):
        file_with(tmp_path, content, mode)
        seen.append(keys(list(trust.identity(tmp_path, token, {}))))

    assert seen == [
        [(Level.WRONG, "not_enrolled")],
        [(Level.NOTE, "token_only")],
        [(Level.GOOD, "device_key")],
        [(Level.WRONG, "device_key_bad")],
        [(Level.WRONG, "device_key_bad")],
    ]


def test_a_pinned_authority_is_looked_at(tmp_path: Path) -> None:
    """Public ones need no file; a damaged or ending one is told in time."""
    file = tmp_path / "hub-ca.pem"
    public = keys(list(trust.authority(file, URL, NOW.timestamp())))
    made = make_authority(ec.generate_private_key(ec.SECP256R1()), "hub", NOW)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    lasting = keys(list(trust.authority(file, URL, NOW.timestamp())))
    ending = keys(list(trust.authority(file, URL, (NOW + timedelta(days=20 * 365 - 5)).timestamp())))
    file.write_text("nonsense")

    assert (public, lasting) == ([(Level.GOOD, "authority_public")], [(Level.GOOD, "authority_ends")])
    assert ending == [(Level.WRONG, "authority_ends")]
    assert keys(list(trust.authority(file, URL, NOW.timestamp()))) == [(Level.WRONG, "authority_bad")]


@pytest.mark.parametrize(
    ("address", "days", "found"),
    [
        (URL, 89, [(Level.GOOD, "certificate_ends")]),
        (URL, 3, [(Level.WRONG, "certificate_ends")]),
        (URL, None, [(Level.NOTE, "certificate_unseen")]),
        (URL, "intercepted", [(Level.WRONG, "service.hub.intercepted")]),
        ("http://127.0.0.1:1", 3, []),
    ],
)
def test_the_certificate_that_is_shown_now(
    address: str, days: int | str | None, found: list[tuple[Level, str]]
) -> None:
    """Its end is known before it comes, and whose it is at once."""

    def look(_: str) -> datetime | Message | None:
        if isinstance(days, str):
            return say(f"service.hub.{days}")
        return None if days is None else NOW + timedelta(days=days, hours=1)

    assert keys(list(trust.served(address, look, NOW.timestamp()))) == found


class Shown:
    """``doctor`` on a stopped station that trusts an authority, with a hub at its address."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        (folder / "data" / "sample").mkdir(parents=True)

    def says(self, url: str, pinned: str) -> str:
        """What it prints."""
        path = self.folder / "my.toml"
        hub = f'[hub]\nembedded = false\nurl = "{url}"\n'
        path.write_text(f'[station]\nlanguage = "en"\ndata = "{self.folder / "data"}"\n{hub}')
        (self.folder / "data" / "sample" / "hub-ca.pem").write_text(pinned)
        main(["doctor", "--config", str(path)])
        return self.capsys.readouterr().out


@pytest.mark.failure(9)
def test_doctor_finds_out_by_itself_that_somebody_is_in_the_hubs_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No station runs; the handshake ends before a word is said, and the remedy is the one for that."""
    own, other, hub = House(tmp_path / "own"), House(tmp_path / "other"), TinyHub()
    shown = Shown(tmp_path, capsys)
    with hub.serving(own.context):
        genuine = shown.says(hub.url, own.pem)
    with hub.serving(other.context):
        intercepted = shown.says(hub.url, own.pem)

    assert "the hub's certificate lasts until" in genuine
    assert "another authority than" not in genuine
    assert "vouches for https://127.0.0.1" in intercepted
    assert "look at the network; if the hub was set up anew: rma-station enrol --other-hub" in intercepted
    assert "the station does not run here" in intercepted
    assert hub.calls == []


@pytest.mark.failure(22)
def test_doctor_tells_an_ended_certificate_and_another_name_from_an_interception(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hub is asked for its time only, under the same trust."""
    old = House(tmp_path / "old", now=datetime.now(UTC) - timedelta(days=400))
    named, hub, shown = House(tmp_path / "named", "hub.warehouse"), TinyHub(), Shown(tmp_path, capsys)
    with hub.serving(old.context):
        ended = shown.says(hub.url, old.pem)
    with hub.serving(named.context):
        another = shown.says(hub.url, named.pem)

    assert render(say("service.hub.certificate_old", now="", reason=""), "en")[:25] in ended
    assert "a hub with an authority of its own: rma-station enrol; else check" in another
    assert {path for path, _ in hub.calls} == {"/healthz"}


def test_doctor_does_not_wait_for_who_says_nothing() -> None:
    """Somebody takes the connection and is silent: nobody answered, within the time given."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = f"https://127.0.0.1:{listening.getsockname()[1]}"

        assert pinning.handshake(where, "", seconds=0.05) is None
    assert pinning.handshake(where, "") is None
    assert pinning.handshake("https://hub:port", "") is None


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(None, []), (2.4, [(Level.GOOD, "clock_offset")]), (-900.0, [(Level.WRONG, "clock_offset")])],
)
def test_how_far_the_clocks_are_apart(seconds: float | None, found: list[tuple[Level, str]]) -> None:
    """As the running station knows it."""
    assert keys(list(trust.clock_offset(seconds))) == found


@contextmanager
def a_running_station(path: Path) -> Iterator[tuple[RunningStation, Path]]:
    """Its configuration is written to ``path``; with it comes its data folder."""
    path.write_text(f'[station]\nlanguage = "en"\ndata = "{path.parent / "data"}"\n')
    settings = config.load(path)
    running = RunningStation(lambda: open_room(settings))
    running.start()
    running.wait_open()
    control = ControlSocket(settings.data_folder, station_requests(running, lambda count: count), running.call)
    control.start()
    try:
        yield running, settings.data_folder
    finally:
        control.stop()
        running.stop()


def test_doctor_asks_the_running_station_for_its_clock_and_its_receipts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An offset is seconds with a fraction; the socket carries whole ones."""
    path = tmp_path / "my.toml"
    with a_running_station(path) as (running, _):
        running.uplink_says(UplinkStatus(UplinkState.ONLINE, (), 0, -900.0864))
        room = running.room
        signed = {"log_id": room.journal.log_id, "seq": 1, "hub_time": "2026-11-22T10:00:00.000Z"}
        running.call(lambda: room.reader.note_at_hub(room.journal.log_id, 1, json.dumps(signed))).result(10)
        main(["doctor", "--config", str(path)])

    said = capsys.readouterr().out
    assert "the hub's clock is -900 s away from ours" in said
    assert f"the hub signed for log {room.journal.log_id} up to 1, at 2026-11-22T10:00:00.000Z" in said


@pytest.mark.failure(9, 22)
@pytest.mark.parametrize(
    ("state", "key", "level", "remedy"),
    [
        ("offline", "silent", Level.NOTE, ""),
        ("offline", "intercepted", Level.WRONG, "enrol --other-hub"),
        ("offline", "clock_wrong", Level.WRONG, "set the time"),
        ("offline", "certificate", Level.WRONG, "rma-station enrol"),
        ("refused", "revoked", Level.WRONG, "rma-station enrol --new-key"),
        ("refused", "unauthorised", Level.WRONG, "rma-station enrol"),
    ],
)
def test_why_the_hub_is_not_reached_has_the_remedy_that_works(state: str, key: str, level: Level, remedy: str) -> None:
    """Not only "offline": somebody in between, a clock or a station shut out do not pass by themselves."""
    _, found = trust.contact(state, [say(f"service.hub.{key}")])

    assert (found.level, found.what.key) == (level, f"service.hub.{key}")
    assert remedy in (render(found.remedy, "en") if found.remedy else "")


def test_doctor_in_polish_says_in_polish_that_no_station_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The system's own words say nothing to people."""
    path = tmp_path / "my.toml"
    path.write_text(f'[station]\nlanguage = "pl"\ndata = "{tmp_path / "data"}"\n')
    main(["doctor", "--config", str(path)])

    said = capsys.readouterr().out
    assert ("stanowisko tu nie działa\n" in said, "no station" in said) == (True, False)


def test_what_doctor_saw_itself_the_running_station_does_not_say_again(tmp_path: Path) -> None:
    """One thing that is wrong counts once."""
    seen = "service.hub.intercepted"
    with a_running_station(tmp_path / "my.toml") as (running, data):
        running.uplink_says(UplinkStatus(UplinkState.OFFLINE, (say(seen, address="hub", reason="x"),)))
        alone, after = (list(doctor._running(data, told)) for told in ((), (seen,)))

    assert [[one.what.key for one in found].count(seen) for found in (alone, after)] == [1, 0]
    assert len(alone) == len(after) + 1
