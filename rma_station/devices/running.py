"""The configured devices opened by this process, for a moment or as long as somebody watches."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from pathlib import Path

from rma_station.config import Config
from rma_station.domain.clean import clean, clean_bytes
from rma_station.errors import StationError
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, NoPicture, Picture, RawScan, Weighing
from rma_station.services import control
from rma_station.services.devices import Devices
from rma_station.system import SystemClock
from rma_station.wiring.devices import recorder as new_recorder
from rma_station.wiring.devices import scales, scanners

SETTLE = 2.5
"""Seconds in which a device that is there has answered."""


@contextlib.contextmanager
def running(config: Config, record: Path | None = None) -> Iterator[tuple[Devices, queue.SimpleQueue[DeviceMessage]]]:
    """Start the configured scanners and scales; a station that runs keeps its own, which are then held.

    Args:
        config: what is configured.
        record: a new file for every byte.
    """
    news: queue.SimpleQueue[DeviceMessage] = queue.SimpleQueue()
    clock = SystemClock()
    recorder = new_recorder(config, record, clock) if record else None
    through = recorder.through if recorder else None
    devices = Devices(scanners(config, clock, through), scales(config, clock, through), news.put)
    devices.start()
    try:
        yield devices, news
    finally:
        devices.stop()
        if recorder is not None:
            recorder.close()


def of_the_station(config: Config) -> tuple[DeviceStatus, ...] | None:
    """What the running station says of its devices, which it holds; ``None`` when none runs on this data folder."""
    try:
        answer = control.ask(config.data_folder, "status", {}, lambda _: None)
    except StationError:
        return None
    held = f"rma-station run ({answer['station']})"
    return tuple(DeviceStatus(name, "", DeviceState(state), held) for name, state in answer["devices"].items())


def look(config: Config) -> tuple[DeviceStatus, ...]:
    """Open every configured scanner and scale for a moment."""
    with running(config) as (devices, _):
        until = time.monotonic() + SETTLE
        decided = (DeviceState.READY, DeviceState.ERROR)
        while not all(status.state in decided for status in devices.statuses()) and time.monotonic() < until:
            time.sleep(0.05)
        return devices.statuses()


def described(message: DeviceMessage) -> str:
    """What a device sent, as one line that is safe to show."""
    if isinstance(message, RawScan):
        damage = f"  DAMAGED ({message.damaged})" if message.damaged else ""
        return f"{message.device:<16} scan    {message.aim or '---'}  {clean_bytes(message.data)}{damage}"
    if isinstance(message, Weighing):
        reading = message.reading
        if reading.value is None:
            return f"{message.device:<16} weight  none: {reading.flag}  {clean_bytes(reading.raw.strip(), 40)}".rstrip()
        motion = "stable" if reading.stable else "in motion"
        return f"{message.device:<16} weight  {reading.value} {clean(reading.unit or '?')} {motion}"
    if isinstance(message, Picture):
        return f"{message.device:<16} picture {message.size} bytes {message.sha256[:16]}"
    if isinstance(message, NoPicture):
        return f"{message.device:<16} picture none: {message.problem}"
    problems = f"  {' '.join(message.problems)}" if message.problems else ""
    return f"{message.name:<16} {message.state.value:<7} {message.detail}{problems}".rstrip()
