"""The failure matrix: what can break between bench and money, and which tests show that nothing is lost or doubled.

A test says which rows it proves with ``@pytest.mark.failure(10, 12)``. ``python -m tests.failure_matrix`` writes the
table of ``docs/failure-matrix.md``; ``tests/test_failure_matrix.py`` holds it to the truth.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parent / "docs" / "failure-matrix.md"

ROWS = {
    1: "The power goes during a commit",
    2: "The station's process is killed at any line",
    3: "The disk is full",
    4: "Bits of the journal rot",
    5: "The journal's WAL is deleted, or the file copied without it",
    6: "A station is restored from an old image",
    7: "A card is cloned, and both copies run",
    8: "A station is stolen or lost",
    9: "The network loses, delays, lies: one-way, captive portal, intercepted TLS, black hole",
    10: "The reply is lost after the hub's commit",
    11: "The hub dies in the middle of a batch",
    12: "Calls come twice and out of order",
    13: "Three days of backlog drain while scanning goes on",
    14: "All stations return together",
    15: "An event is poison: wrong types, huge, NUL, bad UTF-8, unknown words",
    16: "The same event id comes with another body",
    17: "A hash chain is broken",
    18: "An old station (N-1, N-2) meets a new hub",
    19: "A new station meets an old hub",
    20: "A station's protocol is below the oldest one spoken",
    21: "A station's clock is at 1970, 400 days ahead, or jumps in mid-shift",
    22: "A wrong clock makes the hub's certificate look expired or not yet valid",
    23: "Daylight saving or another time zone",
    24: "Two stations grade the same piece: they agree, disagree, or one is late",
    25: "The hub is killed in the middle of ingest or of a refund",
    26: "The hub is restored from a backup, and says so",
    27: "The hub's database is silently replaced by an old one",
    28: "The backup itself is bad",
    29: "A PostgreSQL fail-over loses the last commits",
    30: "Two processes of the hub claim the same refund",
    31: "A worker sleeps beyond its lease, wakes and sends",
    32: "The provider times out before or after booking, answers 500, resets, lags",
    33: "The provider has forgotten the idempotency key",
    34: "Two equal pieces of one order at the same amount",
    35: "More is asked than is refundable, or the shop's staff refunded already",
    36: "Currencies, rounding, split payments",
    37: "The policy changes while events are on their way",
    38: "A bad policy approves everything",
    39: "Concurrent commits would leave a gap in the feed",
    40: "A person was removed, and a station still knows their badge",
    41: "A photo's upload is cut, or the photo damaged on its way",
    42: "The same photo comes twice",
    43: "A schema migration is interrupted",
    44: "The station's program is older than its database",
    45: "The hub cannot be reached for 30 days",
    46: "An operator wipes a station with unsent events",
    47: "Malicious barcodes and feed text",
    48: "A flood of dead letters from one station",
}
"""Row numbers are for ever: tests, notes and alerts name them."""


def marked() -> dict[int, list[str]]:
    """Row to the tests that prove it, as ``file::test``."""
    found: dict[int, list[str]] = {row: [] for row in ROWS}
    for file in sorted(TESTS.rglob("test_*.py")):
        for name, row in _marks(ast.parse(file.read_text())):
            found[row].append(f"{file.relative_to(TESTS.parent)}::{name}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.failure":
                    yield from ((node.name, ast.literal_eval(row)) for row in mark.args)


def table() -> str:
    """The document."""
    lines = [
        "# What can break, and what shows that nothing is lost",
        "",
        "Written by `python -m tests.failure_matrix` from the marks of the tests.",
        "",
        "| Row | What breaks | Shown by |",
        "|---|---|---|",
    ]
    for row, tests in marked().items():
        shown = "<br>".join(f"`{test}`" for test in tests) or "nothing yet"
        lines.append(f"| {row} | {ROWS[row]} | {shown} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(f"{DOCUMENT.name}: {DOCUMENT.write_text(table())} characters\n")
