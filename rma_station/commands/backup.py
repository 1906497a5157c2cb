"""``rma-station backup``: a verified copy of the journal, also while the station runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rma_station import config
from rma_station.commands import asking
from rma_station.commands.arguments import parser_of, which_station
from rma_station.ports import Chunk, Progress

_ABOUT = """\
Copy this station's journal to one file, check every event of the copy, then
give it its name.

The station goes on working meanwhile; what is committed before the end is in
the copy. Never copy journal.sqlite with other tools while the station runs:
the newest events are in the file beside it.

Photos the hub does not have yet are copied into a folder beside the copy,
FILE.photos; those it has are there, and not copied.
"""
_EXAMPLES = """\
to go back to a copy
  Stop the station, move its data folder away, make an empty one and put the
  copy there as journal.sqlite, and the folder of photos as photos. The hub
  notices and asks for what it lacks.

exit codes
  0 done and verified, 2 wrong call, 4 configuration
  3 a person must act: no journal, disk full, the file exists, or the copy
    does not verify
"""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    parser = parser_of("backup", _ABOUT, _EXAMPLES, parents=[which_station()])
    parser.add_argument("file", nargs="?", type=Path, help="new file to write; default: a dated name in this folder")
    given = parser.parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    file = given.file or Path(f"{settings.station.name}-{datetime.now(UTC):%Y-%m-%dT%H%M%S}.sqlite")
    bar = asking.Bar("backup")

    def on_step(step: Progress | Chunk) -> None:
        if isinstance(step, Progress):
            bar.show(step)

    try:
        result = asking.run(settings, "backup", {"path": str(file.absolute())}, on_step)
    finally:
        bar.end()
    sys.stdout.write(f"{result['path']}: {result['events']} events, verified\n")
    if result.get("photos"):
        sys.stdout.write(f"{result['path']}.photos: {result['photos']} photos the hub has not said it has\n")
    return 0
