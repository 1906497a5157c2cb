"""A scale at a running station: weighed without being asked for, its unit watched, zero and tare on command only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station import config
from rma_station.__main__ import main
from rma_station.ports import DeviceState, DeviceStatus
from rma_station.services.control import ControlSocket
from rma_station.services.requests import station_requests
from rma_station.services.running import RunningStation
from rma_station.system import SystemClock
from rma_station.wiring.devices import scales
from rma_station.wiring.room import open_room
from tests.drivers.support import wait_until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A station in sample mode whose scale was proved with pounds and answers in kilograms."""
    path = tmp_path / "my.toml"
    path.write_text(
        f'[station]\nlanguage = "en"\ndata = "{tmp_path / "data"}"\n'
        '[[scale]]\nname = "scale"\nurl = "sim:scale"\nprotocol = "radwag"\nunit = "lb"\n'
    )
    return path


@pytest.fixture
def running(file: Path) -> Iterator[RunningStation]:
    """The station with its scale."""
    settings = config.load(file)
    running = RunningStation(lambda: open_room(settings))
    running.start()
    running.wait_open()
    running.add_devices([], scales(settings, SystemClock()))
    socket = ControlSocket(settings.data_folder, station_requests(running, lambda count: count), running.call)
    socket.start()
    yield running
    socket.stop()
    running.stop()


def scale(running: RunningStation) -> DeviceStatus:
    """What the scale says of itself."""
    return next(status for status in running.device_statuses() if status.kind == "scale")


def test_a_scale_in_another_unit_is_found_by_doctor(
    running: RunningStation, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service screen shows it as a problem, doctor names it with the remedy; work goes on."""
    wait_until(lambda: "scale" in {status.name for status in running.device_statuses()})
    wait_until(lambda: scale(running).state is DeviceState.READY and bool(scale(running).problems))

    assert scale(running).problems == ("unit_changed",)
    assert scale(running).detail.endswith("answers in kg, expected is lb")
    main(["doctor", "--config", str(file)])
    said = capsys.readouterr().out
    assert "scale scale answers in another unit than it was proved with" in said
    assert "devices wizard" in said


def test_zero_and_tare_reach_the_scale_and_what_came_of_it_is_seen(running: RunningStation) -> None:
    """An order to another name is nobody's."""
    wait_until(lambda: "scale" in {status.name for status in running.device_statuses()})
    wait_until(lambda: scale(running).state is DeviceState.READY)
    running.zero_scale("nobody")
    running.tare_scale("scale")
    wait_until(lambda: scale(running).detail.endswith("; tare: set"))
    running.zero_scale("scale")
    wait_until(lambda: scale(running).detail.endswith("; zero: set"))
