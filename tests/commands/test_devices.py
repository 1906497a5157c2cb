"""``rma-station devices``: ports, configured devices with their state, and what they send, cleaned."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from rma_station.__main__ import EXIT_CONFIG, main
from rma_station.commands import devices
from rma_station.domain.weight import Reading
from rma_station.ports import DeviceState, DeviceStatus, RawScan, Weighing
from tests.drivers.support import Line


def configured(folder: Path, *sections: str) -> str:
    """A configuration file with these sections; returns its path."""
    file = folder / "station.toml"
    file.write_text("\n".join(sections))
    return str(file)


def scanner(name: str, url: str) -> str:
    return f'[[scanner]]\nname = "{name}"\nurl = "{url}"'


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (RawScan("left", b"590\x1d\x1b[2J", 1.0, "]C1"), "left scan ]C1 590␝␛[2J"),
        (RawScan("left", b"590", 1.0, None, "incomplete"), "left scan --- 590 DAMAGED (incomplete)"),
        (Weighing("scale", Reading(Decimal("1.250"), "kg", True, b"", 1.0)), "scale weight 1.250 kg stable"),
        (Weighing("scale", Reading(Decimal("1.2"), "kg", False, b"", 1.0)), "scale weight 1.2 kg in motion"),
        (Weighing("scale", Reading(None, None, None, b"S +\r\n", 1.0, flag="over")), "scale weight none: over S +"),
        (DeviceStatus("left", "scanner", DeviceState.ERROR, "gone"), "left error gone"),
    ],
)
def test_what_a_device_sent_in_one_line(message: RawScan | Weighing | DeviceStatus, expected: str) -> None:
    """No control character reaches the terminal; an unknown weight is named, not 0."""
    assert " ".join(devices.described(message).split()) == expected


def test_list_shows_what_is_ready_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason; the exit code says that something is missing."""
    line = Line(tmp_path)
    file = configured(tmp_path, scanner("left", line.url), scanner("right", f"serial:{tmp_path}/nothing"))

    code = main(["devices", "list", "--config", file])
    rows = [row.split() for row in capsys.readouterr().out.splitlines()]
    line.unplug()

    assert code == 1
    assert ["scanner", "left", "ready", line.url] in rows
    assert ["scanner", "right", "error", f"serial:{tmp_path}/nothing"] in rows


def test_list_without_devices_says_what_takes_their_place(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped configuration has none."""
    assert main(["devices", "list"]) == 0
    assert "virtual bench" in capsys.readouterr().out


def test_list_names_ports_that_last_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A by-id name stays the same whatever is plugged in first."""
    (tmp_path / "ttyUSB7").touch()
    (tmp_path / "usb-Honeywell_1900-if00").symlink_to(tmp_path / "ttyUSB7")
    monkeypatch.setattr(devices, "BY_ID", tmp_path)
    monkeypatch.setattr("serial.tools.list_ports.comports", list)

    assert (str(tmp_path / "usb-Honeywell_1900-if00"), str(tmp_path / "ttyUSB7")) in list(devices.serial_ports())


def test_watch_prints_what_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scans as they come, until the time is over."""
    line = Line(tmp_path)
    timer = threading.Timer(0.3, line.send, (b"5901234123457\r",))
    timer.start()

    code = main(["devices", "watch", "--seconds", "0.8", "--config", configured(tmp_path, scanner("left", line.url))])
    shown = capsys.readouterr().out
    timer.join()
    line.unplug()

    assert code == 0
    assert "5901234123457" in shown


def test_a_url_that_cannot_be_used_names_file_key_and_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4."""
    code = main(["devices", "list", "--config", configured(tmp_path, scanner("left", "usb:1"))])

    assert code == EXIT_CONFIG
    said = capsys.readouterr().err
    assert [word for word in ("station.toml", "scanner[1].url", "usb:1", "socket:") if word not in said] == []
