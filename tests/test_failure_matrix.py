"""Every row of the failure matrix is proved by a test that says so, and the document names them."""

from __future__ import annotations

from tests.failure_matrix import DOCUMENT, marked, table


def test_every_row_has_a_test() -> None:
    """What can break is shown by something that runs."""
    assert [row for row, tests in marked().items() if not tests] == []


def test_the_document_is_what_the_tests_say() -> None:
    """After a change of marks: ``python -m tests.failure_matrix``."""
    assert table() == DOCUMENT.read_text()
