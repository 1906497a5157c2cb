"""A station drops no event: not after 90 days, not when the hub has it (sync reference R4 allows more than we do).

Statements that delete or change rows of ``events`` are counted in the program itself, so that a new one is a decision.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent.parent.parent
ROOMS = ("rma_station", "sync", "drivers", "labels")
STATEMENT = re.compile(r"(?:DELETE FROM|UPDATE|REPLACE INTO|DROP TABLE(?: IF EXISTS)?)\s+events\b", re.IGNORECASE)
WIPING = re.compile(r"journal\.sqlite\*|\brmtree\(")
ALLOWED = {"rma_station/store/relog.py": 1}
"""Copies in a log that was never finished; the events themselves are in the log they were copied from."""
FOLDERS = {
    "rma_station/commands/wipe.py",  # the command whose job it is
    "rma_station/store/backup.py",  # photos of a backup that failed
    "rma_station/store/encryption.py",  # its own trial, and what was kept aside when it is told so
    "rma_station/store/salvage.py",  # its own work folder
}


def sources() -> list[tuple[str, str]]:
    """Every source file of the station's rooms."""
    files = [file for room in ROOMS for file in sorted((PROGRAM / room).rglob("*")) if file.suffix in (".py", ".sql")]
    return [(str(file.relative_to(PROGRAM)), file.read_text()) for file in files]


@pytest.mark.failure(45)
def test_no_statement_deletes_or_changes_events() -> None:
    """But for the one place that drops an unfinished copy."""
    found = {name: len(STATEMENT.findall(text)) for name, text in sources() if STATEMENT.search(text)}

    assert found == ALLOWED


@pytest.mark.failure(45)
def test_no_code_removes_a_journal_but_the_command_that_says_so() -> None:
    """Folders are removed by these files only."""
    found = {name for name, text in sources() if WIPING.search(text)}

    assert found <= FOLDERS | {"rma_station/store/disk_budget.py"}
