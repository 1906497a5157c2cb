"""Every row of the failure matrix is proved by a test that says so, and the document names them."""

from __future__ import annotations

import re

from tests.failure_matrix import DOCUMENT, TESTS, marked, table


def test_every_row_has_a_test() -> None:
    """What can break is shown by something that runs."""
    assert [row for row, tests in marked().items() if not tests] == []


def test_the_document_is_what_the_tests_say() -> None:
    """After a change of marks: ``python -m tests.failure_matrix``."""
    assert table() == DOCUMENT.read_text()


def test_a_test_that_names_a_row_bears_its_mark() -> None:
    """``test_row_12_...`` is among what the document names for row 12."""
    name = re.compile(r"^def (test_row_((?:\d+_(?:and_)?)+)\w+)", re.MULTILINE)
    named = {
        (int(row), f"{file.relative_to(TESTS.parent)}::{test}")
        for file in TESTS.rglob("test_*.py")
        for test, rows in name.findall(file.read_text())
        for row in re.findall(r"\d+", rows)
    }

    assert sorted(named - {(row, test) for row, tests in marked().items() for test in tests}) == []
