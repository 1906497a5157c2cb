"""``rma-station doctor``: what is wrong with this machine, each with its remedy; a bundle to paste for support."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rma_station import wiring
from rma_station.commands.run import with_data
from rma_station.config import Config, load
from rma_station.domain.clean import clean
from rma_station.errors import StationError
from rma_station.services import control, findings
from rma_station.services.findings import Finding, Level
from rma_station.version import VERSION

BY_ID = Path("/dev/serial/by-id")
SIGNS = {Level.GOOD: "ok   ", Level.NOTE: "note ", Level.WRONG: "WRONG"}


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="rma-station doctor",
        description="Look at this machine and the running station. Exit code 1 when something is wrong.",
    )
    made.add_argument("--config", type=Path, metavar="FILE", help="your configuration")
    made.add_argument("--data", type=Path, metavar="DIR", help="another data folder than the configured one")
    return made


def execute(arguments: list[str]) -> int:
    """Print the findings."""
    given = parser().parse_args(arguments)
    config = with_data(load(given.config), given.data)
    python = platform.python_version()
    sys.stdout.write(f"rma-station {VERSION}, Python {python}, {platform.platform()}\n")
    wrong = 0
    for found in look(config):
        wrong += found.level is Level.WRONG
        sys.stdout.write(f"  {SIGNS[found.level]} {clean(found.what, 160)}\n")
        if found.remedy and found.level is not Level.GOOD:
            sys.stdout.write(f"        {clean(found.remedy, 200)}\n")
    sys.stdout.write(f"{wrong} wrong.\n")
    return 1 if wrong else 0


def look(config: Config) -> Iterator[Finding]:
    """All checks, in the order a person would go."""
    folder = config.data_folder
    yield from _configuration(config)
    yield from findings.data_folder(folder)
    if folder.exists():
        yield findings.fsync_honesty(folder)
    yield findings.sqlite_version()
    size = shutil.get_terminal_size()
    yield from findings.terminal(os.environ, (size.columns, size.lines))
    yield from findings.serial_access(sorted(BY_ID.glob("*")) if BY_ID.exists() else [])
    yield from findings.rivals(findings.running_commands())
    yield findings.clock(time.time(), Path(__file__).stat().st_mtime)
    yield from _running(folder)


def _configuration(config: Config) -> Iterator[Finding]:
    yield Finding(Level.GOOD, f"configuration {config.file}, mode {config.station.mode}")
    try:
        wiring.profiles()
        wiring.scanners(config, wiring.clock())
        wiring.scales(config, wiring.clock())
    except StationError as error:
        yield Finding(Level.WRONG, str(error), "correct the configuration file")
    token = wiring.token_file(config)
    if not config.hub.embedded and not token.exists():
        yield Finding(Level.WRONG, f"no hub token in {token}", "at the hub: rma-station hub station add NAME")


def _running(folder: Path) -> Iterator[Finding]:
    try:
        found = control.ask(folder, "status", {}, lambda _: None)
    except StationError as error:
        yield Finding(Level.NOTE, f"the station does not run here: {error}")
        return
    yield Finding(Level.GOOD, f"station {found['station']} runs: {found['events']} events, {found['unsent']} unsent")
    hub = Level.GOOD if found["uplink"] == "online" else Level.NOTE
    yield Finding(hub, f"hub: {found['uplink']}", "scanning goes on without it; events are kept and sent later")
    for name, state in found["devices"].items():
        level = Level.GOOD if state == "ready" else Level.WRONG
        yield Finding(level, f"device {name}: {state}", "plug it in; see rma-station devices list")
