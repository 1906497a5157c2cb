"""Around the station: its log cannot be forged, and a part that does not start leaves the others working."""

from __future__ import annotations

import dataclasses
import logging
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.replay import read
from rma_station.commands import run
from rma_station.commands.run import WholeStation
from rma_station.commands.station_log import HarmlessFormatter
from rma_station.config import Config, PrinterSection, ScannerSection, load
from rma_station.errors import ConfigError
from rma_station.ports import DeviceState
from rma_station.services.control import FILE
from rma_station.services.room import Room
from rma_station.system import SystemClock
from rma_station.wiring.devices import sample_devices, scanners
from tests.drivers.machine import Machine
from tests.drivers.support import Line, wait_until


def test_outside_text_can_forge_no_line_of_the_log() -> None:
    """Neither in the message nor in the trace-back."""
    try:
        raise ValueError("first\n2026-01-01 ERROR forged \x1b[2J")
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("sync", logging.ERROR, __file__, 1, "said %s", ("a\nb\x1b[1m",), raised)

    first, *rest = HarmlessFormatter("%(name)s: %(message)s").format(record).split("\n")

    assert first == "sync: said a␊b␛[1m"
    assert all(line.startswith("  | ") for line in rest)
    assert rest[-1] == "  | 2026-01-01 ERROR forged ␛[2J"


def stationed(folder: Path, **sections: Any) -> Config:
    """The shipped configuration with its data here and no hub."""
    base = load(None)
    return dataclasses.replace(
        base,
        station=dataclasses.replace(base.station, data=folder),
        hub=dataclasses.replace(base.hub, embedded=False),
        **sections,
    )


def test_a_station_works_without_its_control_socket(tmp_path: Path) -> None:
    """Its place is taken: the service screen says so, printing and sending go on."""
    config = stationed(tmp_path)
    (config.data_folder / FILE).mkdir(parents=True)
    started = WholeStation(config, own_bench=False)

    started.start()
    report = started.running.service_report().result(10)
    printing = started.running._late.printing
    started.stop()

    assert (printing is not None, len(report.errors)) == (True, 1)


def test_a_journal_that_cannot_be_opened_for_a_defect_ends_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen said "starting" for ever, and took scans that nobody would answer."""

    def fails(_config: Config) -> Room:
        raise SyntaxError("half of an upgrade")

    monkeypatch.setattr(run, "_open_room", fails)
    started = WholeStation(stationed(tmp_path), own_bench=False)
    ended: list[bool] = []
    started._end = lambda: ended.append(True)

    with pytest.raises(SyntaxError):
        started.start()
    started.stop()

    assert ended == [True]


def test_everything_a_scanner_sends_can_be_recorded(tmp_path: Path) -> None:
    """``run --record``: in a file for its owner only, closed at the end."""
    line, file = Line(tmp_path), tmp_path / "support.rec"
    config = stationed(tmp_path / "data", scanner=(ScannerSection("left", line.url),))
    started = WholeStation(config, own_bench=False, record=file)
    started.start()
    wait_until(lambda: any(status.state is DeviceState.READY for status in started.running.device_statuses()))

    line.send(b"5901234123457\r")
    wait_until(lambda: len(file.read_text().splitlines()) == 3)
    started.stop()
    line.unplug()

    recording = read(file)
    assert [section["name"] for section in recording.devices] == ["left"]
    assert [entry.data for entry in recording.entries["left"] if entry.kind == "in"] == [b"5901234123457\r"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_goes_to_a_printer_can_be_recorded(tmp_path: Path) -> None:
    """Also its questions and answers; here it hangs up on the first."""
    file = tmp_path / "support.rec"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        started = WholeStation(stationed(tmp_path / "data", printer=(PrinterSection("labels", url),)), False, file)
        started.start()
        line, _ = listener.accept()
        asked = line.recv(100)
        line.close()
        wait_until(lambda: asked.hex() in file.read_text())
        started.stop()

    assert read(file).entries["labels"][1].data == asked


def test_what_is_plugged_in_and_not_configured_is_on_the_service_screen(tmp_path: Path) -> None:
    """Configured ones and volume keys are not listed; twins are named as such."""
    machine = Machine(tmp_path / "root")
    ours = machine.tty(machine.usb("1-1", serial="A"), "ttyACM0")
    for number in (2, 3):
        machine.tty(machine.usb(f"1-{number}", maker="FTDI", model="FT232R"), f"ttyUSB{number}")
    machine.event(machine.usb("1-4", serial="C"), "event3", keys=0b111)
    config = stationed(tmp_path / "data", scanner=(ScannerSection("left", f"serial:{ours}"),))
    started = WholeStation(config, own_bench=False, root=machine.root)
    started.start()
    wait_until(lambda: len(started.running.service_report().result(10).found) == 2)
    found = started.running.service_report().result(10).found
    started.stop()

    assert [(each.kind, each.title, Path(each.path).name, each.twins) for each in found] == [
        ("tty", "FTDI FT232R", "ttyUSB2", True),
        ("tty", "FTDI FT232R", "ttyUSB3", True),
    ]


def test_simulated_devices_join_the_virtual_bench_and_never_a_live_station(tmp_path: Path) -> None:
    """In sample mode they are there for trying out; live mode refuses them by name."""
    sections = (ScannerSection("real", "serial:/dev/ttyS0"), ScannerSection("made up", "sim:scanner?every=0.1"))
    config = stationed(tmp_path, scanner=sections)
    benched = sample_devices(config, {"scanner": ["serial:/dev/pts/9"]})
    live = dataclasses.replace(config, station=dataclasses.replace(config.station, mode="live"))

    assert [section.name for section in benched.scanner] == ["scanner", "made up"]
    assert [scanner.name for scanner in scanners(benched, SystemClock())] == ["scanner", "made up"]
    with pytest.raises(ConfigError, match=r"scanner\[2\]\.url = 'sim:scanner.*sample mode"):
        scanners(live, SystemClock())


def test_scanners_that_load_a_library_wait_for_the_first_paint(tmp_path: Path) -> None:
    """They are checked before it; then they start beside the others."""
    sections = (ScannerSection("types", "evdev:0c2e:ffff"), ScannerSection("sim", "sim:scanner"))
    config = stationed(tmp_path, scanner=sections)

    assert [each.name for each in scanners(config, SystemClock(), late=False)] == ["sim"]
    assert [each.name for each in scanners(config, SystemClock(), late=True)] == ["types"]
    assert [each.name for each in scanners(config, SystemClock())] == ["types", "sim"]
