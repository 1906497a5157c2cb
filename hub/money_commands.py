"""The ``hub`` commands about money, people and imports; each talks to the running hub or to its files."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "import": (
        "hub.commands_import",
        "import FILE: products, orders, RMAs (JSON, CSV) | bundle FILE: a station's events",
    ),
    "batch": ("hub.commands_batch", "batch make [--out DIR] | list | confirm ID REFERENCE | import-status FILE"),
    "refunds": (
        "hub.commands_refunds",
        "refunds list | losses | mark-paid KEY EVIDENCE | freeze | unfreeze | close-breaker REASON",
    ),
    "person": ("hub.commands_people", "person put NUMBER NAME ROLE | list"),
    "account": ("hub.commands_account", "account CURRENCY NAME IBAN: the shop's own, for bank files"),
}
