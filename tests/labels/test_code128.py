"""Code 128 as we plan it: read back by a decoder, as wide as we say, the portable way in printers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labels import code128
from tests.labels.reading import symbols

WORDS = code128.Spelling(start_b="[B]", start_c="[C]", to_b="[b]", fnc1="[1]")
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24)


def image(modules: str) -> Any:
    """Bars three dots wide."""
    row = bytes(0 if module == "1" else 255 for module in modules for _ in range(3))
    return Image.frombytes("L", (len(row), 1), row).resize((len(row), 60))


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("RMA-2026-000123", "[B]RMA-2026-000123"),
        ("12345678", "[C]12345678"),
        ("12345", "[C]1234[b]5"),
        ("123A", "[B]123A"),
        ("\x1d00123451234512345120", "[C][1]00123451234512345120"),
        ("\x1d010590123412345710ABC123\x1d21XYZ9", "[C][1]010590123412345710[b]ABC123[1]21XYZ9"),
        ("\x1d10A", "[B][1]10A"),
    ],
)
def test_the_portable_plan(text: str, spelled: str) -> None:
    """B throughout, or C in pairs as far as they go and then B: never back to C (hardware reference 4.5)."""
    assert code128.spelled(code128.plan(text), WORDS) == spelled


@given(ASCII, st.sampled_from([code128.plan, code128.compact]))
def test_any_text_is_read_back(text: str, plan: Any) -> None:
    """With both plans, and as wide as announced."""
    values = plan(text)
    bars = code128.bars(values)

    assert len(bars) == code128.modules(values)
    assert symbols(image(bars)) == [("]C0", text)]


@given(st.text("0123456789AZ-", min_size=1, max_size=30))
def test_the_compact_plan_is_never_longer(text: str) -> None:
    """Than the portable one."""
    assert len(code128.compact(text)) <= len(code128.plan(text))


def test_control_characters_are_shifted_to_subset_a() -> None:
    """For the device test sheet; labels refuse them."""
    assert symbols(image(code128.bars(code128.plan("A\rB\tC")))) == [("]C0", "A\rB\tC")]


def test_fnc1_at_the_beginning_makes_it_gs1() -> None:
    """And inside it is read as GS."""
    (found,) = symbols(image(code128.bars(code128.plan("\x1d10ABC\x1d21X"))), plain=True)

    assert found == ("]C1", "10ABC\x1d21X")
