"""``rma-station hub batch make | list | file | confirm | import-status``."""

from __future__ import annotations

import getpass
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from hub.command_line import ask, folder, parser, second_words, tell
from hub.connectors.bank_status import parsed
from rma_station.domain.clean import clean
from rma_station.domain.money import decimal_text
from rma_station.errors import Refused

NEEDS_PERSON = 3


def execute(arguments: Sequence[str]) -> int:
    """Make and follow bank files."""
    made = parser("batch")
    add = second_words(made)
    new = add("make", help="put all queued transfers into new files, one for each currency")
    new.add_argument("--currency", action="append", choices=("PLN", "EUR"), help="only this one")
    new.add_argument("--out", type=Path, default=Path(), help="folder for the files (here)")
    add("list", help="all batches")
    again = add("file", help="write a batch's file again; the same bytes")
    again.add_argument("message_id")
    again.add_argument("--out", type=Path, default=Path(), help="folder for the file (here)")
    confirm = add("confirm", help="the bank booked the whole batch")
    confirm.add_argument("message_id")
    confirm.add_argument("reference", help="the bank's reference")
    confirm.add_argument("--worker", required=True, help="number of the supervisor; the PIN is asked for")
    status = add("import-status", help="read the bank's answer: pain.002 or camt.054")
    status.add_argument("file", type=Path)
    given = made.parse_args(arguments)
    data = folder(given)
    if given.what == "make":
        return _make(data, given.currency or ["PLN", "EUR"], given.out)
    if given.what == "file":
        _write(data, given.message_id, given.out)
        return 0
    if given.what == "confirm":
        pin = getpass.getpass("PIN: ")
        arguments_of = {"message_id": given.message_id, "reference": given.reference, "worker_id": given.worker}
        found = ask(data, "batch-confirm", **arguments_of, pin=pin)
        if found["code"]:
            sys.stderr.write(clean(found["message"]) + "\n")
            return NEEDS_PERSON
        sys.stdout.write(f"{found['succeeded']} refunds succeeded.\n")
        return 0
    if given.what == "import-status":
        found = ask(data, "batch-status", text=status_text(given.file), by=getpass.getuser())
        sys.stdout.write(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in found.items()) + ".\n")
        return NEEDS_PERSON if found["rejected"] or found["returned"] else 0
    for row in ask(data, "batch-list")["batches"]:
        amount = f"{decimal_text(row['total_minor'], row['currency'])} {row['currency']}"
        line = f"{row['message_id']}  {row['state']:<9} {row['count']:>4} refunds {amount:>16}  made {row['made_at']}"
        tell(f"{line}  {row['bank_reference'] or ''}".rstrip())
    return 0


def status_text(file: Path) -> str:
    """A bank's file as text, whatever encoding it says it is in: Polish banks write ISO-8859-2 and windows-1250, too.

    Raises:
        Malformed: not XML, with a document type, or too large.
        Refused: it cannot be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror})") from error
    return ET.tostring(parsed(data), "unicode")


def _make(data: Path, currencies: Sequence[str], out: Path) -> int:
    code = 0
    for currency in currencies:
        made = ask(data, "batch-make", currency=currency, by=getpass.getuser())
        if made["stopped"]:
            sys.stderr.write(f"{currency}: nothing is sent. {clean(made['stopped'], 400)}\n")
            code = NEEDS_PERSON
        elif made.get("message_id"):
            total = f"{decimal_text(made['total_minor'], currency)} {currency}"
            _write(data, made["message_id"], out, f"{made['count']} refunds, {total}: ")
            sys.stdout.write(f"Give it to the bank. When it is booked: hub batch confirm {clean(made['message_id'])} ")
            sys.stdout.write("REFERENCE --worker NUMBER, or hub batch import-status with the bank's answer.\n")
        else:
            sys.stdout.write(f"{currency}: no refund waits for a file.\n")
    return code


def _write(data: Path, message_id: str, out: Path, what: str = "") -> None:
    xml = ask(data, "batch-file", message_id=message_id)["xml"]
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{message_id}.xml"
    path.write_bytes(xml.encode())
    sys.stdout.write(f"{what}{path}\n")
