"""Doctor on what a station proves itself with, what it trusts, and its clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.authority import make_authority
from rma_station import config
from rma_station.__main__ import main
from rma_station.doctor import trust
from rma_station.doctor.finding import Finding, Level
from rma_station.domain.outcome import say
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.services.control import ControlSocket
from rma_station.services.requests import station_requests
from rma_station.services.running import RunningStation
from rma_station.services.texts import render
from rma_station.wiring.room import open_room

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
        ("http://127.0.0.1:1", 3, []),
    ],
)
def test_the_certificate_that_is_shown_now(address: str, days: int | None, found: list[tuple[Level, str]]) -> None:
    """Its end is known before it comes."""
    ends = None if days is None else NOW + timedelta(days=days, hours=1)

    assert keys(list(trust.served(address, lambda _: ends, NOW.timestamp()))) == found


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(None, []), (2.4, [(Level.GOOD, "clock_offset")]), (-900.0, [(Level.WRONG, "clock_offset")])],
)
def test_how_far_the_clocks_are_apart(seconds: float | None, found: list[tuple[Level, str]]) -> None:
    """As the running station knows it."""
    assert keys(list(trust.clock_offset(seconds))) == found


def test_doctor_asks_the_running_station_for_its_clock_and_its_receipts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An offset is seconds with a fraction; the socket carries whole ones."""
    path = tmp_path / "my.toml"
    path.write_text(f'[station]\nlanguage = "en"\ndata = "{tmp_path / "data"}"\n')
    settings = config.load(path)
    running = RunningStation(lambda: open_room(settings))
    running.start()
    running.wait_open()
    socket = ControlSocket(settings.data_folder, station_requests(running, lambda count: count), running.call)
    socket.start()
    try:
        running.uplink_says(UplinkStatus(UplinkState.ONLINE, (), 0, -900.0864))
        room = running.room
        signed = {"log_id": room.journal.log_id, "seq": 1, "hub_time": "2026-11-22T10:00:00.000Z"}
        running.call(lambda: room.reader.note_at_hub(room.journal.log_id, 1, json.dumps(signed))).result(10)
        main(["doctor", "--config", str(path)])
    finally:
        socket.stop()
        running.stop()

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
