"""The service screen shows what is plugged in and not configured, and says how it becomes a device."""

from __future__ import annotations

from textual.pilot import Pilot

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
