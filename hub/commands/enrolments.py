"""``rma-station hub enrolments list | approve CODE | refuse CODE``: stations that ask to be let in."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.command_line import EXIT_USAGE, ask, folder, parser, second_words
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Refused
from sync import enrolment


def execute(arguments: Sequence[str]) -> int:
    """List who waits, or decide about one."""
    made = parser("enrolments")
    add = second_words(made)
    add("list", help="who asks, with the words to compare")
    approve = add("approve", help="the words are those on the station's screen: let it in")
    approve.add_argument("code", help="as the station shows it")
    approve.add_argument("--words", help="the four words on the station's screen, in quotes; without: asked for")
    approve.add_argument("--replace", action="store_true", help="it takes the place of a known station of this name")
    refuse = add("refuse", help="it stays outside")
    refuse.add_argument("code")
    given = made.parse_args(arguments)
    data = folder(given)
    if given.what == "list":
        return _list(data)
    if given.what == "refuse":
        found = ask(data, "enrolment-refuse", code=given.code, by=getpass.getuser())
        sys.stdout.write(f"Station {clean(found['station'])} stays outside.\n")
        return 0
    return _approve(data, given)


def _list(data: Path) -> int:
    rows = ask(data, "enrolments")["waiting"]
    for row in rows:
        sys.stdout.write(_line(row))
    if not rows:
        sys.stdout.write("Nobody asks.\n")
    return 0


def _approve(data: Path, given: argparse.Namespace) -> int:
    code = enrolment.typed_code(given.code)
    row = next((one for one in ask(data, "enrolments")["waiting"] if one["code"] == code), None)
    if row is None:
        raise Refused(f"no station waits under the code {clean(given.code, 20)!r}; see: hub enrolments list")
    sys.stdout.write(_line(row))
    if given.words is None:
        if not sys.stdin.isatty():
            sys.stderr.write("Compare the words, then say those on the station's screen: --words 'a b c d'\n")
            return EXIT_USAGE
        sys.stdout.write("Do exactly these words stand on the station's screen? (yes/no) ")
        sys.stdout.flush()
        same = sys.stdin.readline().strip().lower() in ("yes", "y", "tak", "t")
    else:
        same = given.words.lower().split() == row["words"].split()
    if not same:
        sys.stderr.write("Not approved. Other words: somebody is in between. Refuse it and look at the network.\n")
        return 3
    found = ask(data, "enrolment-approve", code=code, replace=given.replace, by=getpass.getuser())
    sys.stdout.write(f"Station {clean(found['station'])} is let in.\n")
    return 0


def _line(row: Mapping[str, JsonValue]) -> str:
    known = "  KNOWN NAME: approve with --replace, the old key ends" if row["known"] else ""
    head = f"{row['code']}  {row['words']}  station {row['station']}  from {row['caller']}"
    left = row["seconds_left"]
    minutes = max(1, left // 60) if isinstance(left, int) else 0
    return clean(f"{head}  version {row['app_version']}  {minutes} min left{known}", 300) + "\n"
