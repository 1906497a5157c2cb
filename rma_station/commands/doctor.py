"""``rma-station doctor``: what is wrong with this machine, each with its remedy; a bundle to paste for support."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path

from rma_station.config import Config, load
from rma_station.doctor import access, cameras, clock, console, rivals, rules, storage, trust
from rma_station.doctor.finding import Finding, Level, good, note, wrong
from rma_station.doctor.machine import Machine, this_machine
from rma_station.domain import codec
from rma_station.domain.outcome import Message, say
from rma_station.errors import NotRunning, StationError
from rma_station.services import control
from rma_station.services.texts import render, word
from rma_station.system import SystemClock
from rma_station.version import VERSION
from rma_station.wiring import devices
from rma_station.wiring.enrolled import AUTHORITY, pinned_authority, token_file
from rma_station.wiring.profiles import profiles


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="rma-station doctor",
        description="Look at this machine and the running station: disk, clock, console, rights, devices, programs "
        "that take devices away. Nothing is changed. Exit code 1 when something is wrong.",
    )
    made.add_argument("--config", type=Path, metavar="FILE", help="your configuration")
    made.add_argument("--data", type=Path, metavar="DIR", help="another data folder than the configured one")
    made.add_argument("--language", choices=("pl", "en"), help="default: the station's")
    made.add_argument(
        "--write-udev-rules",
        type=Path,
        metavar="FILE",
        help=f"only write the udev rules, /etc/udev/rules.d/{rules.NAME}",
    )
    return made


def execute(arguments: list[str]) -> int:
    """Print the findings."""
    given = parser().parse_args(arguments)
    config = load(given.config).with_data(given.data)
    language = given.language or config.station.language
    if given.write_udev_rules is not None:
        rules.write(given.write_udev_rules)
        _say(render(say("doctor.rules_written", path=str(given.write_udev_rules)), language))
        return 0
    _say(f"rma-station {VERSION}, Python {platform.python_version()}, {platform.platform()}")
    count = 0
    for found in look(config, this_machine()):
        count += found.level is Level.WRONG
        _say(shown(found, language))
    _say(render(say("doctor.summary", count=count), language))
    return 1 if count else 0


def shown(found: Finding, language: str) -> str:
    """A finding as one line, its remedy under it; everything from outside is cleaned."""
    line = f"  {word(f'doctor.{found.level.value}', language):<6}{render(found.what, language)}"
    return f"{line}\n        -> {render(found.remedy, language)}" if found.remedy else line


def look(config: Config, machine: Machine) -> Iterator[Finding]:
    """All checks, in the order a person would go."""
    yield from _configuration(config)
    yield from _storage(config.data_folder, machine, config.station.encryption)
    yield from clock.clock(machine, Path(__file__).stat().st_mtime)
    yield from console.terminal(machine)
    yield from _devices(config, machine)
    told = list(_hub(config, machine.now))
    yield from told
    yield from _running(config.data_folder, {finding.what.key for finding in told})


def _configuration(config: Config) -> Iterator[Finding]:
    yield good("configuration", file=config.file, mode=config.station.mode)
    try:
        profiles()
        devices.scanners(config, SystemClock())
        devices.scales(config, SystemClock())
        devices.cameras(config, SystemClock(), _never)
    except StationError as error:
        yield wrong("configuration_wrong", "configuration", reason=str(error))


def _hub(config: Config, now: float) -> Iterator[Finding]:
    """How station and hub know each other; a hub of its own lets its station in by itself."""
    if config.hub.embedded:
        return
    from sync import no_answer, pinning

    folder, address = config.data_folder, config.hub.url
    pinned = pinned_authority(folder)
    yield from trust.identity(folder, token_file(config))
    yield from trust.authority(folder / AUTHORITY, address, now)

    def look_at(where: str) -> datetime | Message | None:
        seen = pinning.handshake(where, pinned)
        if isinstance(seen, Exception):
            return no_answer.in_words(seen, where, lambda: pinned, lambda: now).said
        return seen

    yield from trust.served(address, look_at, now)


def _storage(folder: Path, machine: Machine, encryption: str) -> Iterator[Finding]:
    yield from storage.data_folder(folder)
    yield from storage.encryption(folder, encryption)
    if folder.exists():
        try:
            yield storage.fsync_honesty(machine, folder, storage.measure_fsync(folder))
        except OSError as error:
            yield wrong("folder_refuses", "folder_refuses", folder=str(folder), reason=error.strerror or "")
    if encryption == "off":  # SQLCipher has its own
        yield storage.sqlite_version()


def _devices(config: Config, machine: Machine) -> Iterator[Finding]:
    from drivers import discovery, names

    nodes = discovery.nodes(machine.root, machine.usable)
    urls = config.device_urls
    configured = names.configured(nodes, urls)
    yield from access.groups(machine)
    yield from rules.rules(machine)
    yield from access.plugged_in(nodes, urls)
    yield from access.access(machine, nodes, configured)
    yield from access.named(nodes, urls)
    yield from rivals.modem_manager(machine, nodes)
    yield from rivals.brltty(machine, nodes)
    yield from rivals.serial_console(machine, nodes, configured)
    yield from rivals.cups(machine, nodes)
    # In sample mode the virtual bench brings its camera.
    asking = list(profiles().values()) if config.station.mode == "live" else []
    yield from cameras.cameras(config.camera, asking, machine)


def _running(folder: Path, told: Container[str]) -> Iterator[Finding]:
    try:
        found = control.ask(folder, "status", {}, lambda _: None)
    except NotRunning:
        yield note("not_running")
        return
    except StationError as error:
        yield note("not_answering", reason=str(error))
        return
    yield good("running", station=found["station"], events=found["events"], unsent=found["unsent"])
    says = (codec.decode(Message, text) for text in found.get("uplink_says", ()))
    yield from trust.contact(found["uplink"], (text for text in says if text.key not in told))
    yield from storage.alone(found)
    yield from trust.clock_offset(found.get("clock_offset"))
    for receipt in found.get("receipts", ()):
        yield good("receipt", log=receipt["log_id"], seq=receipt["seq"], at=receipt["hub_time"])
    for alert in found["alerts"]:
        yield Finding(Level.WRONG, codec.decode(Message, alert))
    for name, state in found["devices"].items():
        values = {"device": name, "state": state}
        yield good("device_ready", **values) if state == "ready" else wrong("device_ready", "device", **values)
    yield from cameras.photos(found.get("photos", {}))
    for name, problems in found.get("problems", {}).items():
        if "unit_changed" in problems:
            yield wrong("scale_unit", "scale_unit", device=name)
        if "unit_missing" in problems:
            yield wrong("scale_no_unit", "scale_no_unit", device=name)


def _never(data: bytes) -> tuple[str, int]:
    raise AssertionError("doctor takes no pictures")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
