"""``rma-station hub refunds list | losses | freeze | unfreeze | close-breaker``."""

from __future__ import annotations

import csv
import getpass
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hub.command_line import ask, folder, parser, second_words, tell
from hub.money.losses import COLUMNS
from rma_station.domain.clean import cell, clean
from rma_station.domain.money import decimal_text

_SWITCHES = {"freeze": ("frozen", True), "unfreeze": ("frozen", False), "close-breaker": ("breaker", False)}
NEEDS_PERSON = 3


def execute(arguments: Sequence[str]) -> int:
    """Show refunds by state and what waits for a person; turn the switches."""
    made = parser("refunds")
    add = second_words(made)
    listed = add("list", help="sums by state, and the refunds that wait for a person")
    listed.add_argument("--all", action="store_true", help="every refund, with its state")
    lost = add("losses", help="what was refunded too much, and contradictions nobody has settled yet")
    lost.add_argument("--csv", action="store_true", help="as CSV, for a spreadsheet")
    for word in _SWITCHES:
        one = add(word, help=f"{word.replace('-', ' ')}, with a reason")
        one.add_argument("reason")
        one.add_argument("--worker", required=True, help="number of the supervisor; the PIN is asked for")
    paid = add("mark-paid", help="it was paid another way, or the booking was found")
    paid.add_argument("refund_key")
    paid.add_argument("evidence", help="reference of the booking")
    paid.add_argument("--worker", required=True, help="number of the supervisor; the PIN is asked for")
    given = made.parse_args(arguments)
    if given.what == "mark-paid":
        pin = getpass.getpass("PIN: ")
        values = {"refund_key": given.refund_key, "evidence": given.evidence, "worker_id": given.worker, "pin": pin}
        return _said(ask(folder(given), "mark-paid", **values))
    if given.what == "losses":
        return _losses(ask(folder(given), "losses")["losses"], as_csv=given.csv)
    if given.what in _SWITCHES:
        name, on = _SWITCHES[given.what]
        pin = getpass.getpass("PIN: ")
        arguments_of = {"name": name, "on": on, "reason": given.reason, "worker_id": given.worker, "pin": pin}
        return _said(ask(folder(given), "switch", **arguments_of))
    found = ask(folder(given), "refunds", all=given.all)
    for row in found["counts"]:
        sys.stdout.write(f"{row['state']:<12} {row['count']:>5} {_money(row)}\n")
    for row in found["all"]:
        where = f"{row['case_id']}  {row['subject']} slot {row['slot']}"
        tell(f"{where}  {_money(row).strip()}  {row['state']} {row['reason']}".rstrip())
    for row in found["waiting"]:
        what_for = f"{row['refund_key']}  {row['case_id']}  {row['purpose']} {_money(row).strip()}"
        line = f"{what_for}  {row['state']} {row['reason']}  {row['note']}"
        tell(line)
    return 0


def _losses(rows: Sequence[Mapping[str, Any]], *, as_csv: bool) -> int:
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
        return 0
    for row in rows:
        paid, currency = decimal_text(row["paid_minor"], row["currency"]), row["currency"]
        lost = "?" if row["lost_minor"] is None else decimal_text(row["lost_minor"], currency)
        line = f"{row['at']}  {row['case_id']}  {row['state']}  paid {paid}, lost {lost} {currency}  {row['reason']}"
        tell(f"{line}  {row['by']}".rstrip())
    return 0


def _cell(value: object) -> object:
    return cell(value, 500) if isinstance(value, str) else value


def _said(found: dict[str, str]) -> int:
    if found["code"]:
        sys.stderr.write(clean(found["message"]) + "\n")
        return NEEDS_PERSON
    return 0


def _money(row: dict[str, int | str]) -> str:
    currency = str(row["currency"])
    return f"{decimal_text(int(row['amount_minor']), currency):>13} {currency}"
