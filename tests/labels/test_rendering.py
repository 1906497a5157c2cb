"""One door for printers: any label, any printer language."""

from __future__ import annotations

import pytest

from labels import kinds, rendering
from rma_station.errors import Refused
from tests.labels.samples import KINDS, unit


@pytest.mark.parametrize(
    ("language", "begins"),
    [("zpl", b"^XA"), ("tspl", b"\r\nSIZE 57 mm,32 mm\r\n"), ("epl", b"\nN\n"), ("pdf", b"%PDF-"), ("png", b"\x89PNG")],
)
def test_a_label_in_every_printer_language(language: str, begins: bytes) -> None:
    """Bytes as the printer expects them."""
    label = rendering.unit(unit(), "pl", "live", "57x32", 203)

    assert rendering.render(label, language).startswith(begins)


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_same_label_gives_the_same_bytes(language: str) -> None:
    """Whoever prints it, whenever."""
    label = rendering.unit(unit(), "pl", "live", "57x32", 203)

    assert rendering.render(label, language) == rendering.render(label, language)


def test_an_unknown_printer_language_is_refused() -> None:
    """With the ones there are; the name itself cannot command a terminal."""
    label = rendering.unit(unit(), "pl", "live", "57x32", 203)

    with pytest.raises(Refused, match=r"'cpcl␛' is not a printer language\. Choose one of zpl, tspl, epl, pdf, png"):
        rendering.render(label, "cpcl\x1b")


def test_a_dangerous_unit_has_a_quarantine_label() -> None:
    """So that it can be routed to a printer of its own."""
    assert {name: kinds.of_job(job) for name, job in KINDS.items() if kinds.of_job(job) != "unit"} == {
        "dangerous": "quarantine"
    }


def test_every_kind_has_one_name() -> None:
    """Labels, carrier labels and sheets."""
    assert len(set(kinds.KINDS)) == len(kinds.KINDS) == 11
