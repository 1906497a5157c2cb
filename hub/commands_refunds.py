"""``rma-station hub refunds list | freeze | unfreeze | close-breaker``."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

from hub.command_line import ask, folder, parser
from rma_station.domain.clean import clean

_SWITCHES = {"freeze": ("frozen", True), "unfreeze": ("frozen", False), "close-breaker": ("breaker", False)}
NEEDS_PERSON = 3


def execute(arguments: Sequence[str]) -> int:
    """Show refunds by state and what waits for a person; turn the switches."""
    made = parser("refunds")
    what = made.add_subparsers(dest="what", required=True)
    what.add_parser("list", help="sums by state, and the refunds that wait for a person")
    for word in _SWITCHES:
        one = what.add_parser(word, help=f"{word.replace('-', ' ')}, with a reason")
        one.add_argument("reason")
        one.add_argument("--worker", required=True, help="number of the supervisor; the PIN is asked for")
    given = made.parse_args(arguments)
    if given.what in _SWITCHES:
        name, on = _SWITCHES[given.what]
        pin = getpass.getpass("PIN: ")
        arguments_of = {"name": name, "on": on, "reason": given.reason, "worker_id": given.worker, "pin": pin}
        found = ask(folder(given), "switch", **arguments_of)
        if found["code"]:
            sys.stderr.write(clean(found["message"]) + "\n")
            return NEEDS_PERSON
        return 0
    found = ask(folder(given), "refunds")
    for row in found["counts"]:
        sys.stdout.write(f"{row['state']:<12} {row['count']:>5} {_money(row)}\n")
    for row in found["waiting"]:
        line = (
            f"{row['case_id']}  {row['purpose']} {_money(row).strip()}  {row['state']} {row['reason']}  {row['note']}"
        )
        sys.stdout.write(clean(line, 500) + "\n")
    return 0


def _money(row: dict[str, int | str]) -> str:
    minor = int(row["amount_minor"])
    return f"{minor // 100:>10}.{minor % 100:02} {row['currency']}"
