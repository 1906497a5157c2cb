"""Text from outside on its way into a spreadsheet."""

from __future__ import annotations

import pytest

from rma_station.domain.clean import cell


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        (' "=1+1"', '\' "=1+1"'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("SKU;=HYPERLINK(x)", "SKU;'=HYPERLINK(x)"),
        ("SKU; +48 600;-1", "SKU;' +48 600;'-1"),
        ("\t=1", "␉=1"),
        ("A-1=2;b", "A-1=2;b"),
        ("Zażółć", "Zażółć"),
    ],
)
def test_a_cell_begins_no_formula_wherever_a_spreadsheet_cuts_it(text: str, written: str) -> None:
    """A Polish one takes the semicolon for the separator, also in a file that is separated by commas."""
    assert cell(text) == written
