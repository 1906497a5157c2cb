"""``rma-station keys``: void command and grade sheets that were printed before, also while the station runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from rma_station import config
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.speaking import speaking
from rma_station.config import Config
from rma_station.errors import NoJournal, NotRunning
from rma_station.services import control, keys
from rma_station.store.database import open_database
from rma_station.system import SystemRandom
from rma_station.wiring.at_rest import database_key

_ABOUT = """\
Command and grade sheets carry the generation of this station's key. The
station takes two: the present one and the one before.

  show    which generations are accepted
  renew   begin a new generation: sheets printed last are good until the next
          renewal, so that work goes on while the new ones are printed; all
          older ones are void at once
  renew --all
          void every sheet that was ever printed, at once: one is lost, or a
          stranger has a copy

Badges are the hub's and stay valid.
"""
_EXAMPLES = """\
examples
  rma-station keys renew --config my.toml
  rma-station labels sheets --commands --grades --out sheets --config my.toml

exit codes
  0 done, 2 wrong call, 4 configuration
  3 a person must act: no journal, station held, key file unreadable
"""
ALL = 2
"""With ``--all`` two generations are skipped: the last but one is still accepted, and this one was never printed."""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    given = _parser().parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    if given.what == "show":
        if not (settings.data_folder / keys.FILE).exists():
            raise NoJournal(f"there is no station key in {settings.data_folder} yet: nothing was printed for it.")
        key = keys.load_or_make(settings.data_folder, SystemRandom())
        sys.stdout.write(f"{_accepted(key.generation)}\n")
        return 0
    generations = ALL if given.all else 1
    with speaking(settings):
        generation = _renew(settings, generations)
    sys.stdout.write(f"{_accepted(generation, new=generations)}\n{_print_anew(given)}\n")
    return 0


def _renew(settings: Config, generations: int) -> int:
    try:
        answer: Any = control.ask(settings.data_folder, "renew_keys", {"generations": generations})
        return int(answer["generation"])
    except NotRunning:
        pass
    key = database_key(settings)
    database = open_database(settings.data_folder, holder="rma-station keys", create=False, key=key)
    try:
        return keys.renew(settings.data_folder, SystemRandom(), generations).generation
    finally:
        database.close()


def _accepted(generation: int, new: int = 0) -> str:
    now = f"Generation {generation} is {'printed from now on' if new else 'the present one'}."
    if new >= ALL:
        return f"{now} Every sheet that was printed before is void."
    before = f"{now} Sheets of generation {generation - 1} are still taken"
    return (
        f"{before}, until the next renewal; older ones are void." if generation > 1 else f"{now} There is no older one."
    )


def _print_anew(given: argparse.Namespace) -> str:
    where = "".join(f" --{name} {value}" for name in ("config", "data") if (value := getattr(given, name)))
    return f"Print the sheets anew:  rma-station labels sheets --commands --grades --out sheets{where}"


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("keys", _ABOUT, _EXAMPLES)
    common = which_station()
    what = parser.add_subparsers(dest="what", required=True, metavar="show|renew")
    what.add_parser("show", parents=[common], help="which generations are accepted")
    renew = what.add_parser("renew", parents=[common], help="begin a new generation of sheets")
    renew.add_argument("--all", action="store_true", help="void all sheets that were ever printed")
    return parser
