"""``rma-station hub person put | list``."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

from hub.command_line import ask, folder, parser, second_words, tell
from rma_station.errors import Refused


def _new_pin() -> str:
    """A PIN nobody sees while it is typed: on a terminal it is typed twice.

    Raises:
        Refused: the second is another.
    """
    pin = getpass.getpass("New PIN (empty: none): ")
    if pin and sys.stdin.isatty() and getpass.getpass("The same PIN again: ") != pin:
        raise Refused("the two PINs are not the same; nothing was changed")
    return pin


def execute(arguments: Sequence[str]) -> int:
    """Add or change people; the PIN is asked for, never an argument."""
    made = parser("person")
    add = second_words(made)
    add("list", help="everybody")
    put = add("put", help="add or change somebody")
    put.add_argument("worker_id", help="six digits")
    put.add_argument("name")
    put.add_argument("role", choices=("worker", "supervisor", "administrator"))
    put.add_argument("--language", choices=("pl", "en"), default="pl")
    put.add_argument("--inactive", action="store_true", help="has left: can neither sign in nor decide")
    put.add_argument("--keep-pin", action="store_true", help="do not ask for a new PIN")
    given = made.parse_args(arguments)
    if given.what == "put":
        pin = "" if given.keep_pin or given.inactive else _new_pin()
        values = {"worker_id": given.worker_id, "name": given.name, "role": given.role, "language": given.language}
        ask(folder(given), "person-put", **values, active=not given.inactive, pin=pin)
        how = "has left" if given.inactive else "PIN as before" if given.keep_pin else "with a PIN" if pin else "no PIN"
        tell(f"{given.worker_id} {given.name}, {given.role}: saved, {how}.")
        return 0
    for row in ask(folder(given), "people")["people"]:
        state = "" if row.get("active", True) else "  inactive"
        tell(f"{row['worker_id']}  {row['role']:<14} {row['name']}{state}")
    return 0
