"""``rma-station hub account CURRENCY NAME IBAN``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hub.command_line import ask, folder, parser


def execute(arguments: Sequence[str]) -> int:
    """Set the shop's own account from which refunds of a currency are paid."""
    made = parser("account")
    made.add_argument("currency", choices=("PLN", "EUR"))
    made.add_argument("name", help="the account's holder, as the bank knows it")
    made.add_argument("iban")
    made.add_argument("--bic", help="where the bank asks for it")
    given = made.parse_args(arguments)
    values = {"currency": given.currency, "name": given.name, "iban": given.iban, "bic": given.bic}
    found = ask(folder(given), "account-set", **values)
    sys.stdout.write(f"{found['currency']} refunds are paid from {found['iban']}.\n")
    return 0
