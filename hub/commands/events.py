"""``rma-station hub events dead | parked | redrive ID``: what the hub has of its stations and could not take."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hub.command_line import ask, folder, parser, second_words, tell


def execute(arguments: Sequence[str]) -> int:
    """Show them, or have one read again; exit code 1 when it still cannot be taken."""
    made = parser("events")
    add = second_words(made)
    add("dead", help="events that were not accepted, with why and who can mend it")
    add("parked", help="events that wait for a newer version of the hub")
    again = add("redrive", help="read one again after the reason was mended; who did it is kept")
    again.add_argument("id", help="of the dead letter, or of the parked event")
    given = made.parse_args(arguments)
    if given.what == "redrive":
        found = ask(folder(given), "events-redrive", id=given.id, by=getpass.getuser())
        tell(found["result"])
        return 0 if found["result"] in ("accepted", "duplicate") else 1
    rows = ask(folder(given), f"events-{given.what}")["letters" if given.what == "dead" else "parked"]
    for row in rows:
        tell(*(_dead(row) if given.what == "dead" else _parked(row)))
    if not rows:
        sys.stdout.write("None.\n")
    return 0


def _dead(row: Mapping[str, Any]) -> list[str]:
    lines = [f"{row['letter_id']}  {row['code']}  {_place(row)}  for the {row['owner']}", f"    {row['reason']}"]
    if row.get("redriven_at"):
        lines.append(f"    read again {row['redriven_at']} by {row['redriven_by']}: {row['redriven_result']}")
    return lines


def _parked(row: Mapping[str, Any]) -> list[str]:
    return [f"{row['event_id']}  {_place(row)}", f"    {row['needs']}"]


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['received_at']} {row['station']} {row['log_id']}:{row['seq']}"
