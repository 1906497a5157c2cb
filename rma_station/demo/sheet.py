"""The printed command sheet: what stands on it, as ``rma-station labels sheets`` prints it."""

from __future__ import annotations

from pathlib import Path

from rma_station.demo.stage import STATION
from rma_station.domain import codes
from rma_station.domain.meaning import ChoiceScan, Command, CommandScan, GradeScan
from rma_station.services import keys
from rma_station.system import SystemRandom


def sheet_codes(folder: Path) -> dict[str, dict[str, str]]:
    """``commands``, ``answers`` 1 to 9 and ``grades`` A to E with their barcodes, by the key in the data folder."""
    key = keys.load_or_make(folder, SystemRandom())
    secret = codes.command_key(key.master, STATION)

    def code(scan: codes.SheetScan) -> str:
        return codes.command(scan, STATION, key.generation, secret)

    return {
        "commands": {command.value: code(CommandScan(command)) for command in Command},
        "answers": {str(digit): code(ChoiceScan(digit)) for digit in range(1, 10)},
        "grades": {grade: code(GradeScan(grade)) for grade in "ABCDE"},
    }
