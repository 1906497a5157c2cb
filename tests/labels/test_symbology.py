"""Each barcode we print: read back as what it is, never larger than its room, and data it cannot hold is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from labels.symbology import SYMBOLOGIES, named
from rma_station.errors import Refused
from tests.labels.reading import symbols

GOOD = [
    ("code128", "RMA-2026-000123"),
    ("code128", "1234567890123456"),
    ("code128", "a-b_c^d~e\\\"'"),
    ("gs1-128", "(00)123451234512345120"),
    ("gs1-128", "(01)05901234123457(10)ABC123(21)XYZ9"),
    ("ean13", "5901234123457"),
    ("qr", "RMA-2026-000123"),
    ("qr", "https://example.com/r?rma=1&b=2"),
    ("qr", "Zażółć gęślą jaźń 📦"),
    ("qr", '\\"^~_>'),
    ("datamatrix", "RAB3C00012K7"),
    ("datamatrix", "123456789012"),
    ("gs1-datamatrix", "(00)123451234512345120"),
    ("gs1-datamatrix", "(01)05901234123457(10)A_1(21)XYZ9"),
]


def image(name: str, data: str) -> Any:
    """A symbol with modules of four dots."""
    rows = SYMBOLOGIES[name].picture(data)
    flat = bytes(0 if module == "1" else 255 for row in rows for module in row)
    small = Image.frombytes("L", (len(rows[0]), len(rows)), flat)
    return small.resize((small.width * 4, small.height * (4 if len(rows) > 1 else 60)), Image.Resampling.NEAREST)


@pytest.mark.parametrize(("name", "data"), GOOD)
def test_every_symbol_is_read_back(name: str, data: str) -> None:
    """With the identifier a scanner gives it, and as large as announced."""
    rules = named(name)
    rows = rules.picture(data)

    assert (len(rows[0]), len(rows)) == rules.size(data)
    assert symbols(image(name, data), plain=True) == [(rules.identifier, rules.read(data))]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("code128", ""), ("code128", "A>B"), ("code128", "ż"), ("code128", "A\x1dB"), ("code128", "A" * 49),
        ("ean13", "590123412345"), ("ean13", "5901234123458"), ("ean13", "59012341234a7"),
        ("qr", ""), ("qr", "a\nb"), ("qr", "a\u202eb"), ("qr", "ż" * 151),
        ("datamatrix", ""), ("datamatrix", "a\\b"), ("datamatrix", "ż"), ("datamatrix", "A" * 301),
        ("gs1-128", "00123"), ("gs1-datamatrix", "(00)1"),
    ],
)  # fmt: skip
def test_data_a_symbol_cannot_hold_safely_is_refused(name: str, data: str) -> None:
    """Before anything is drawn or sent."""
    with pytest.raises(Refused):
        named(name).size(data)


def test_an_unknown_symbology_is_refused() -> None:
    """With those there are."""
    with pytest.raises(Refused, match="Choose one of code128, gs1-128, ean13, qr, datamatrix, gs1-datamatrix"):
        named("pdf417")


@given(st.text(min_size=1, max_size=60))
def test_any_text_in_a_qr_code_is_read_back_or_refused(data: str) -> None:
    """Letters of any script included."""
    try:
        named("qr").read(data)
    except Refused:
        assert not data.isprintable()
        return
    assert symbols(image("qr", data), plain=True) == [("]Q1", data)]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\"), min_size=1, max_size=60))
def test_any_plain_text_in_a_data_matrix_is_read_back(data: str) -> None:
    """In the size of the plainest encodation."""
    assume(data.strip())
    assert symbols(image("datamatrix", data), plain=True) == [("]d1", data)]
