"""``rma-station hub restore``: put a backup in place, see what it waits for, say what need not be waited for."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.command_line import ask, folder, parser, second_words, tell
from hub.recovery import put_back, restores
from rma_station.domain.clean import clean
from rma_station.errors import Refused

_WORDS = ("status", "waive", "sent", "checked")
NEEDS_PERSON = 3
_HOW = {
    "backup": "a backup was put in place",
    "marked": "marked by hand",
    "noticed": "nobody said so",
    "dump": "PostgreSQL's own restore",
}
_STATION = {"silent": "no hello yet", "sending": "it is sending what is missing"}


def execute(arguments: Sequence[str]) -> int:
    """Do it; exit code 3 when the hub says no, and for ``status`` while money waits."""
    if any(word in arguments for word in _WORDS):
        return _ask(arguments)
    made = parser("restore")
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--from", type=Path, dest="backup", metavar="FILE", help="the backup to put in place")
    words = "the database was put back by other means (PostgreSQL's own tools, a file copied by hand): say why"
    which.add_argument("--epoch", metavar="WHY", help=words)
    made.add_argument("--set-aside", action="store_true", help="there is a database: keep it in a folder beside")
    made.add_argument("--why", default="", help="what happened; it is kept with your name")
    days = f"wait for stations seen in so many days before the backup ends ({restores.SEEN_DAYS})"
    made.add_argument("--days", type=int, default=restores.SEEN_DAYS, help=days)
    given = made.parse_args(arguments)
    by = getpass.getuser()
    if given.epoch is not None:
        found = ask(folder(given), "restore-epoch", why=given.epoch, by=by, days=given.days)
        return _show(found)
    done = put_back.from_file(
        folder(given), given.backup, set_aside=given.set_aside, by=by, why=given.why, days=given.days
    )
    lines = [f"The hub in {folder(given)} is as it was at {done.past_ends}."]
    if done.kept:
        lines.append(f"The database that was there is kept in {done.kept}.")
    lines += [f"  missing here, put it back yourself: {one}" for one in done.missing]
    lines.append(
        "Whoever was shut out since is let in again: look at the stations (hub status) and people (hub person list)."
    )
    lines.append("Start the hub. No refund leaves until every station was heard of and every refund looked up:")
    lines.append(f"  rma-station hub restore status --data {folder(given)}")
    tell(*lines)
    return 0


def _ask(arguments: Sequence[str]) -> int:
    made = parser("restore")
    add = second_words(made)
    add("status", help="what the restore waits for")
    waive = add("waive", help="a station that need not be waited for")
    waive.add_argument("station")
    waive.add_argument("--why", required=True, help="kept with your name")
    sent = add("sent", help="a payment file that left after the backup: its transfers go into no other file")
    sent.add_argument("file", type=Path, help="pain.001, as hub batch make wrote it")
    checked = add("checked", help="all that left by a way nobody can ask is entered, or nothing did")
    checked.add_argument("way", help="as hub restore status names it, such as bank_file")
    checked.add_argument("--why", required=True, help="what you looked at")
    checked.add_argument("--worker", required=True, help="number of the supervisor; the PIN is asked for")
    given = made.parse_args(arguments)
    data, by = folder(given), getpass.getuser()
    if given.what == "status":
        return _show(ask(data, "restore-status"))
    if given.what == "waive":
        return _show(ask(data, "restore-waive", station=given.station, why=given.why, by=by))
    if given.what == "sent":
        try:
            text = given.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{given.file}: cannot be read: {error}") from None
        found = ask(data, "restore-sent", text=text, by=by)
        sys.stdout.write(f"{found['ours']} of {found['transfers']} transfers are refunds of this hub.\n")
        return _show(found)
    pin = getpass.getpass("PIN: ")
    found = ask(data, "restore-checked", provider=given.way, why=given.why, worker_id=given.worker, pin=pin)
    if found["code"]:
        sys.stderr.write(clean(found["message"]) + "\n")
        return NEEDS_PERSON
    return _show(found)


def _show(found: Mapping[str, Any]) -> int:
    if not found["open"]:
        sys.stdout.write("No restore is open; refunds are not waiting for one.\n")
        return 0
    why = f": {found['why']}" if found["why"] else ""
    lines = [f"restored {found['at']} by {found['by']}; {_HOW.get(found['how'], found['how'])}{why}"]
    lines.append(f"the past ends at {found['past_ends']}; no refund leaves until these are done:")
    lines += [f"  station {name:<16} {_STATION.get(state, state)}" for name, state in found["stations"].items()]
    if found["refunds"]:
        lines.append(f"  refunds to look up at their provider: {found['refunds']} (the hub does that by itself)")
    for name in found["providers"]:
        words = "enter every file that left since (hub restore sent FILE), then: hub restore checked"
        lines.append(f"  {name}: nobody can be asked: {words} {name} --why ... --worker NUMBER")
    tell(*lines)
    return NEEDS_PERSON
