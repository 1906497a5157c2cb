"""``rma-station devices``: ports, configured devices with their state, and what they send, cleaned."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from rma_station.__main__ import EXIT_CONFIG, main
from rma_station.commands.run import WholeStation
from rma_station.config import load
from rma_station.devices.running import described
from rma_station.domain.weight import Reading
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, NoPicture, Picture, RawScan, Weighing
from tests.drivers.machine import SCALE_DESCRIPTOR, Machine
from tests.drivers.support import Line, wait_until


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
        (Picture("camera", "", "ab" * 32, 900, "image/jpeg", "camera"), "camera picture 900 bytes abababababababab"),
        (NoPicture("camera", "no_camera"), "camera picture none: no_camera"),
        (Weighing("scale", Reading(Decimal("1.250"), "kg", True, b"", 1.0)), "scale weight 1.250 kg stable"),
        (Weighing("scale", Reading(Decimal("1.2"), "kg", False, b"", 1.0)), "scale weight 1.2 kg in motion"),
        (Weighing("scale", Reading(None, None, None, b"S +\r\n", 1.0, flag="over")), "scale weight none: over S +"),
        (DeviceStatus("left", "scanner", DeviceState.ERROR, "gone"), "left error gone"),
    ],
)
def test_what_a_device_sent_in_one_line(message: DeviceMessage, expected: str) -> None:
    """No control character reaches the terminal; an unknown weight is named, not 0."""
    assert " ".join(described(message).split()) == expected


def test_list_shows_what_is_ready_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason; the exit code says that something is missing."""
    line = Line(tmp_path)
    file = configured(tmp_path, scanner("left", line.url), scanner("right", f"serial:{tmp_path}/nothing"))

    code = main(["devices", "list", "--config", file, "--language", "en"])
    rows = [row.split() for row in capsys.readouterr().out.splitlines()]
    line.unplug()

    assert code == 1
    assert ["scanner", "left", "works", line.url] in rows
    assert ["scanner", "right", "error", f"serial:{tmp_path}/nothing"] in rows


def test_list_names_the_cameras(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are not opened for a look: ``doctor`` says what keeps them from working."""
    camera = '[[camera]]\nname = "photos"\nurl = "folder:/srv/photos"'

    assert main(["devices", "list", "--config", configured(tmp_path, camera)]) == 0
    assert "folder:/srv/photos" in capsys.readouterr().out


def test_list_without_devices_says_what_takes_their_place(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped configuration has none."""
    assert main(["devices", "list", "--language", "en"]) == 0
    assert "virtual bench" in capsys.readouterr().out


def test_list_shows_what_is_plugged_in_and_what_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The url that lasts, who has it, and what is odd about it; volume keys only when all is asked for."""
    machine = Machine(tmp_path / "root")
    usb = machine.usb("1-1", "0403", "6001", "FTDI", "FT232R", "A1")
    line = machine.tty(usb, "ttyUSB0", by_id="usb-FTDI_A1-if00")
    for number in (2, 3):
        machine.hidraw(machine.usb(f"1-{number}", "0922", "8003", "DYMO", "M10"), f"hidraw{number}", SCALE_DESCRIPTOR)
    machine.event(machine.usb("1-4", model="Speaker"), "event3", "Speaker keys", keys=0b111)
    machine.chip("ttyS0")
    file = configured(tmp_path, scanner("left", f"serial:{line}"))

    main(["devices", "list", "--config", file, "--language", "en", "--root", str(machine.root)])
    shown = capsys.readouterr().out
    main(["devices", "list", "--config", file, "--language", "pl", "--root", str(machine.root), "--all"])

    said = " ".join(shown.split())
    assert "FTDI FT232R 0403:6001" in said
    assert f'url = "serial:{machine.root}/dev/serial/by-id/usb-FTDI_A1-if00" configured: left' in said
    assert 'url = "hid-scale:0922:8003?port=1-2"' in said
    assert f"! {machine.root}/dev/hidraw3 says the same of itself" in said
    assert "! no name that lasts" in said
    assert ("Speaker" in said, "Speaker" in capsys.readouterr().out) == (False, True)


def test_list_asks_a_station_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It holds its devices, so their states are its to tell."""
    line = Line(tmp_path)
    station = f'[station]\ndata = "{tmp_path}/data"\n[hub]\nembedded = false\nurl = "https://hub.example.com"'
    file = configured(tmp_path, station, scanner("left", line.url))
    started = WholeStation(load(Path(file)), own_bench=False)
    started.start()
    wait_until(lambda: any(status.state is DeviceState.READY for status in started.running.device_statuses()))

    code = main(["devices", "list", "--config", file, "--language", "en"])
    started.stop()
    line.unplug()

    assert (code, "rma-station run (bench-1)" in capsys.readouterr().out) == (0, True)


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
    """A wrong URL in the configuration ends the command with exit code 4 and says where it stands."""
    code = main(["devices", "list", "--config", configured(tmp_path, scanner("left", "usb:1"))])

    assert code == EXIT_CONFIG
    said = capsys.readouterr().err
    assert [word for word in ("station.toml", "scanner[1].url", "usb:1", "socket:") if word not in said] == []


def test_what_was_watched_can_be_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the drivers, without the devices, as fast as it goes; the warning comes first."""
    line, record = Line(tmp_path), tmp_path / "support.rec"
    file = configured(tmp_path, scanner("left", line.url))
    timer = threading.Timer(0.3, line.send, (b"]C1010590123412345710AB\x1d21X\r",))
    timer.start()
    main(["devices", "watch", "--seconds", "0.8", "--config", file, "--language", "en", "--record", str(record)])
    timer.join()
    line.unplug()
    watched = capsys.readouterr().out

    code = main(["devices", "replay", str(record), "--speed", "0"])
    replayed = capsys.readouterr().out

    scan = "left scan ]C1 010590123412345710AB␝21X"
    assert (code, "customer data" in watched.splitlines()[0]) == (0, True)
    assert [scan in " ".join(said.split()) for said in (watched, replayed)] == [True, True]


def test_a_configuration_that_cannot_be_meant_leaves_no_recording(tmp_path: Path) -> None:
    """A recording never overwrites a file: the next attempt would be refused."""
    record = tmp_path / "support.rec"
    file = configured(tmp_path, scanner("left", "serial:/dev/ttyUSB0?speed=9600"))

    assert main(["devices", "watch", "--seconds", "0", "--config", file, "--record", str(record)]) == EXIT_CONFIG
    assert not record.exists()


def test_a_replay_can_take_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line with the second of the recording; two devices in step."""
    record = tmp_path / "a.rec"
    devices = [{"kind": "scanner", "name": name, "url": f"serial:/dev/{name}"} for name in ("left", "right")]
    lines: list[dict[str, object]] = [{"recording": 1, "made": "", "devices": devices}]
    lines += [{"at": 0.0, "device": name, "opened": name} for name in ("left", "right")]
    lines += [{"at": 1.0, "device": "right", "in": "410d"}, {"at": 2.0, "device": "left", "in": "420d"}]
    record.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert main(["devices", "replay", str(record), "--speed", "50"]) == 0

    scans = [line.split() for line in capsys.readouterr().out.splitlines() if " scan " in line]
    assert scans == [["1.000", "right", "scan", "---", "A"], ["2.000", "left", "scan", "---", "B"]]


def test_what_a_printer_was_sent_is_shown_and_never_sent_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its bytes as they are, harmless to a terminal."""
    record = tmp_path / "a.rec"
    head = {"recording": 1, "made": "", "devices": [{"kind": "printer", "name": "labels", "url": "tcp:192.0.2.1:9100"}]}
    said = [
        {"at": 1.0, "device": "labels", "out": b"^XA^FD\x1b[2J".hex()},
        {"at": 2.0, "device": "labels", "in": "303330"},
    ]
    record.write_text("".join(json.dumps(line) + "\n" for line in (head, *said)))

    assert main(["devices", "replay", str(record), "--speed", "0"]) == 0

    rows = [" ".join(row.split()) for row in capsys.readouterr().out.splitlines()]
    assert rows == ["1.000 labels sent 10 bytes ^XA^FD␛[2J", "2.000 labels said 030"]


@pytest.mark.parametrize(
    ("device", "code"),
    [('{"kind":"robot","name":"a","url":"lp:/dev/x"}', 3), ('{"kind":"scanner","name":"a","url":"bad:"}', 4)],
)
def test_a_recording_of_devices_we_cannot_open_is_refused(tmp_path: Path, device: str, code: int) -> None:
    """By name, without a trace-back."""
    record = tmp_path / "a.rec"
    record.write_text(f'{{"recording":1,"made":"","devices":[{device}]}}\n')

    assert main(["devices", "replay", str(record)]) == code
    assert main(["devices", "replay", str(record), "--speed", "-1"]) == 3
