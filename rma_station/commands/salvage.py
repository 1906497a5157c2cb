"""``rma-station salvage``: save what verifies of a damaged journal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rma_station import config
from rma_station.commands import asking
from rma_station.store.salvage import Birth, salvage
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.at_rest import database_key

_ABOUT = """\
Save a damaged journal: every event that verifies goes into a new one, under
the id it was born with. Stop the station first, and copy the whole data
folder to another disk: this one may be dying.

The station goes on under a new number; its labels get other letters. The hub
takes what it lacks, and an alert tells the supervisors. Returns that were
being worked on wait for a person. The damaged files are kept beside the
journal, with a list of what could not be saved.

A journal that verifies is left alone.
"""
_EXAMPLES = """\
exit codes
  0 all events are saved, 1 some could not be, 2 wrong call, 4 configuration
  3 a person must act: it verifies already, nothing can be read, no room
"""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    parser = argparse.ArgumentParser(
        "rma-station salvage",
        description=_ABOUT,
        epilog=_EXAMPLES,
        parents=[asking.which_station()],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--force", action="store_true", help="also when every check passes")
    given = parser.parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    station = settings.station
    saved = salvage(
        settings.data_folder,
        Birth(station.name, station.mode, VERSION, station.time_zone),
        key=database_key(settings),
        clock=SystemClock(),
        random=SystemRandom(),
        stamp=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        force=given.force,
    )
    write = sys.stdout.write
    write(f"{saved.kept} events verify and are kept. The station goes on under a new log, {saved.log_id}.\n")
    for log_id, first, last in saved.lost:
        write(f"not saved: log {log_id}, events {first} to {last}\n")
    write(f"The damaged files are in {saved.aside}: keep them until the hub's alert is dealt with.\n")
    return 1 if saved.lost else 0
