"""``rma-station hub person put | list``."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

from hub.command_line import ask, folder, parser, second_words
from rma_station.domain.clean import clean


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
        pin = "" if given.keep_pin or given.inactive else getpass.getpass("New PIN (empty: none): ")
        values = {"worker_id": given.worker_id, "name": given.name, "role": given.role, "language": given.language}
        ask(folder(given), "person-put", **values, active=not given.inactive, pin=pin)
        return 0
    for row in ask(folder(given), "people")["people"]:
        state = "" if row.get("active", True) else "  inactive"
        sys.stdout.write(clean(f"{row['worker_id']}  {row['role']:<14} {row['name']}{state}") + "\n")
    return 0
