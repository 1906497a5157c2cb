"""The service screen shows what is plugged in and not configured, and says how it becomes a device."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from rma_station.ports import DeviceState, DeviceStatus
from rma_station.screens.app import StationApp
from tests.screens.fakes import FakeBench
from tests.screens.test_app import keys, play, shown


def test_devices_that_are_not_configured_are_listed() -> None:
    """With what keeps them from being used."""
    seen: list[str] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        await pilot.pause()
        await keys(app, pilot, "s", "end")
        seen.extend(shown(app).splitlines())

    play(script)

    rows = [" ".join(line.split()) for line in seen]
    assert "· port szeregowy ttyUSB1 FTDI FT232R USB UART" in rows
    assert "· surowe HID hidraw2 Honeywell 1950 · brak dostępu: rma-station doctor" in rows
    assert "· pisze jak klawiatura event7 Honeywell 1900 · dwa takie same" in rows
    assert "Dodaj: rma-station devices wizard" in rows


def test_zero_and_tare_are_the_scales_own_keys_and_work_when_it_is_there() -> None:
    """``z`` and ``t``; what came of it stands in the scale's line, and a unit it should not have is a problem."""
    seen: list[Any] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        await pilot.pause()
        await keys(app, pilot, "s", "z")
        seen.append("z: zero" in shown(app))
        await keys(app, pilot, "escape")
        detail = "Radwag; answers in lb, expected is kg; zero: set"
        bench.scale = DeviceStatus("scale", "scale", DeviceState.READY, detail, ("unit_changed",))
        await keys(app, pilot, "s", "z")
        seen.append(shown(app))
        await keys(app, pilot, "t")
        seen.append(shown(app))
        seen.append(bench.scale_told)

    play(script)

    assert seen[0] is False
    assert "z: zero   t: tara" in seen[1]
    assert "scale: zerowanie, patrz wiersz wagi" in seen[1]
    assert "▲ scale" in seen[1]
    assert "waży w innej jednostce" in seen[1]
    assert "scale: tara, patrz wiersz wagi" in seen[2]
    assert seen[3] == [("zero", "scale"), ("tare", "scale")]
