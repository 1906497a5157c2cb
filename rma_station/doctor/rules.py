"""The udev rules that ship with the station: which are installed, and writing them to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from rma_station.doctor.finding import Finding, good, note
from rma_station.doctor.machine import Machine
from rma_station.errors import StorageFailed

NAME = "70-rma-station.rules"
FOLDERS = (
    "etc/udev/rules.d",
    "run/udev/rules.d",
    "usr/local/lib/udev/rules.d",
    "usr/lib/udev/rules.d",
    "lib/udev/rules.d",
)
"""Where udev looks, the first before the next (udev(7))."""


def shipped() -> str:
    """The text of the rules."""
    return (files("rma_station") / "data" / "udev" / NAME).read_text("utf-8")


def installed(machine: Machine) -> str:
    """Path of the rules udev reads; empty when they are not installed."""
    found = (machine.root / folder / NAME for folder in FOLDERS)
    return next((str(path) for path in found if path.is_file()), "")


def rules(machine: Machine) -> Iterator[Finding]:
    """Whether udev has the rules of this version."""
    path = installed(machine)
    if not path:
        yield note("rules_missing", "rules_install", name=NAME)
    elif Path(path).read_text("utf-8", "replace") != shipped():
        yield note("rules_old", "rules_install", path=path, name=NAME)
    else:
        yield good("rules", path=path)


def write(path: Path) -> None:
    """Write the rules to a file that everybody can read.

    Raises:
        StorageFailed: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(shipped())
        part.replace(path)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written ({error.strerror}). Give a folder you may write to.") from error
