"""``rma-station rolls``: the numbers of a roll of pre-printed labels, for whoever prints it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rma_station.commands.arguments import parser_of
from rma_station.commands.writing import drop_output
from rma_station.domain import codes

_ABOUT = """\
List the numbers of a roll of pre-printed unit labels, one a line, with their
check characters: what a printing house needs. They are printed as Code 128.

A worker may stick the next label of a roll instead of the printed one. Only
numbers of registered rolls are taken: write the prefix into the stations'
configuration, rules.roll_prefixes = ["RRZ01"]. Never order a number twice;
go on with --first where the last roll ended.
"""
_EXAMPLES = """\
examples
  rma-station rolls RRZ01 --count 5000 > roll-1.txt
  rma-station rolls RRZ01 --first 5001 --count 5000 > roll-2.txt

exit codes
  0 done, 1 the reader of the output went away, 2 wrong call
"""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        for counter in range(given.first, min(given.first + given.count, codes.LPN_COUNTERS)):
            sys.stdout.write(codes.numbered(given.prefix, counter) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("rolls", _ABOUT, _EXAMPLES)
    parser.add_argument("prefix", type=_prefix, help="R and four of 0-9 A-Z without I, L, O and U, such as RRZ01")
    parser.add_argument("--first", type=_counter, default=1, metavar="N", help="number of the first label (1)")
    parser.add_argument("--count", type=_counter, required=True, metavar="N", help="how many labels")
    return parser


def _prefix(text: str) -> str:
    if not codes.ROLL_PREFIX.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not R and four of 0-9 A-Z without I, L, O and U")
    return text


def _counter(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < codes.LPN_COUNTERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {codes.LPN_COUNTERS - 1}")
    return int(text)
