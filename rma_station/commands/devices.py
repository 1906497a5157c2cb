"""``rma-station devices``: list serial ports and configured devices, watch what they send.

Opens the devices itself, so a station that runs keeps its own: such a device is listed as held. Nothing but questions
is sent to a device.
"""

from __future__ import annotations

import argparse
import contextlib
import queue
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rma_station import wiring
from rma_station.config import Config, load
from rma_station.domain.clean import clean, clean_bytes
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, RawScan, Weighing
from rma_station.services.devices import Devices

BY_ID = Path("/dev/serial/by-id")
"""Names of serial ports that stay the same whatever is plugged in first; made by udev."""
SETTLE = 2.5
"""Seconds in which a device that is there has answered."""


def execute(arguments: list[str]) -> int:
    """Run ``devices list`` or ``devices watch``; 0 when done, 1 when a configured device is not ready."""
    parser = argparse.ArgumentParser(prog="rma-station devices", description=__doc__)
    parser.add_argument("what", choices=("list", "watch"), help="list ports and devices, or show what each sends")
    parser.add_argument("--config", type=Path, help="configuration file (default: the shipped one)")
    parser.add_argument("--seconds", type=float, help="watch: end after so long (default: until ctrl+c)")
    given = parser.parse_args(arguments)
    config = load(given.config)
    if given.what == "list":
        return _list(config)
    with contextlib.suppress(KeyboardInterrupt):
        _watch(config, given.seconds)
    return 0


def _list(config: Config) -> int:
    _say("serial ports")
    ports = list(serial_ports())
    for name, what in ports:
        _say(f"  {name}  {what}")
    if not ports:
        _say("  none; is the device plugged in, and does the kernel know it (dmesg)?")
    _say(f"\nconfigured in {config.file}")
    if not (config.scanner or config.scale or config.printer):
        _say("  none; in sample mode the virtual bench takes their place")
    urls = {item.name: item.url for item in config.scanner} | {item.name: item.url for item in config.scale}
    statuses = _look(config)
    for status in statuses:
        _say(f"  {status.kind:<8} {status.name:<16} {status.state.value:<8} {urls[status.name]}")
        if status.detail:
            _say(f"  {'':<8} {'':<16} {'':<8} {status.detail}")
    for printer in config.printer:
        _say(f"  {'printer':<8} {printer.name:<16} {'-':<8} {printer.url}")
    return 0 if all(status.state is DeviceState.READY for status in statuses) else 1


def _look(config: Config) -> tuple[DeviceStatus, ...]:
    """Open every scanner and scale for a moment."""
    with _running(config) as (devices, _):
        until = time.monotonic() + SETTLE
        decided = (DeviceState.READY, DeviceState.ERROR)
        while not all(status.state in decided for status in devices.statuses()) and time.monotonic() < until:
            time.sleep(0.05)
        return devices.statuses()


def _watch(config: Config, seconds: float | None) -> None:
    with _running(config) as (devices, news):
        if not devices.statuses():
            _say("no scanner or scale is configured; devices list shows the ports there are")
            return
        began = time.monotonic()
        shown = ""
        while seconds is None or time.monotonic() - began < seconds:
            try:
                message = news.get(timeout=0.2)
            except queue.Empty:
                continue
            line = described(message)
            if line != shown or isinstance(message, RawScan):
                _say(f"{time.monotonic() - began:8.3f}  {line}")
            shown = line


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
    return f"{message.name:<16} {message.state.value:<7} {message.detail}".rstrip()


def serial_ports() -> Iterator[tuple[str, str]]:
    """Path to put into a configuration and what is there, the lasting names first."""
    from serial.tools import list_ports

    known = {port.device: clean(port.description or "") for port in list_ports.comports()}
    named = {str(link.resolve()): str(link) for link in sorted(BY_ID.glob("*"))}
    for device, link in named.items():
        yield clean(link), f"{device} {known.get(device, '')}".rstrip()
    for device, what in sorted(known.items()):
        if device not in named:
            yield clean(device), f"{what} (no lasting name)"


@contextlib.contextmanager
def _running(config: Config) -> Iterator[tuple[Devices, queue.SimpleQueue[DeviceMessage]]]:
    news: queue.SimpleQueue[DeviceMessage] = queue.SimpleQueue()
    clock = wiring.clock()
    devices = Devices(wiring.scanners(config, clock), wiring.scales(config, clock), news.put)
    devices.start()
    try:
        yield devices, news
    finally:
        devices.stop()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
