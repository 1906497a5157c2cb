"""``rma-station salvage``: save what verifies of a damaged journal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from rma_station import config
from rma_station.commands import hub_says
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.speaking import in_language, in_words, speaking, tell, which_language
from rma_station.store.rebuild import Birth
from rma_station.store.salvage import salvage
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.at_rest import database_key

_ABOUT = """\
Save a damaged journal: every event that verifies goes into a new one, under
the id it was born with. Stop the station first, and copy the whole data
folder to another disk: this one may be dying.

The hub is asked for what was lost here and had been sent: it comes back and
is checked in the same way. Without the hub that stays safe there; run the
command again with --force when it can be reached.

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
    parser = parser_of("salvage", _ABOUT, _EXAMPLES, parents=[which_station(), which_language()])
    parser.add_argument("--force", action="store_true", help="also when every check passes")
    given = parser.parse_args(arguments)
    settings = in_language(config.load(given.config).with_data(given.data), given.language)
    station = settings.station
    with speaking(settings), closing(hub_says.EventsAtHub(settings)) as ask_hub:
        saved = salvage(
            settings.data_folder,
            Birth(station.name, station.mode, VERSION, station.time_zone),
            key=database_key(settings),
            clock=SystemClock(),
            random=SystemRandom(),
            stamp=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            force=given.force,
            ask_hub=ask_hub,
        )
    tell(settings, "salvage.kept", count=saved.kept, log=saved.log_id)
    if saved.from_hub:
        tell(settings, "salvage.from_hub", count=saved.from_hub)
    for log_id, first, last in saved.lost:
        tell(settings, "salvage.lost", log=log_id, first=first, last=last)
    if saved.unasked is not None:
        reason = in_words(saved.unasked, settings.station.language).rstrip(".")
        tell(settings, "salvage.unasked", reason=reason)
    elif saved.lost:
        tell(settings, "salvage.nowhere")
    tell(settings, "salvage.aside", folder=str(saved.aside))
    return 1 if saved.lost else 0
