"""The wizard at a printer: asked, it says what it is; what it does not say, a person does."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.wizard.printers import prove
from tests.labels.ipp_server import Office, OfficePrinter
from tests.wizard.person import Person
from virtual_bench.client import VirtualBench

BY_HAND = (("Ask the printer", "no"), ("language", "3"), ("Dots", "2"), ("Size", "1"))


def test_a_label_printer_says_its_language_and_resolution(tmp_path: Path) -> None:
    """And its stock, which a person confirms."""
    person = Person(("Ask the printer", "yes"), ("Size", ""))
    with VirtualBench.start(tmp_path / "bench", printers=["z"]) as bench:
        url = bench.url("z")
        section = prove(person.talk(), url)

    assert section == {"url": url, "language": "zpl", "dpi": 203, "media": "57x32"}


def test_an_office_printer_says_that_it_takes_pdf() -> None:
    """Over IPP, a real one."""
    server = OfficePrinter(Office())
    person = Person(("Ask the printer", "yes"), ("Dots", "2"), ("Size", "3"))
    try:
        section = prove(person.talk(), server.url)
    finally:
        server.close()

    assert section == {"url": server.url, "language": "pdf", "dpi": 300, "media": "100x150"}


@pytest.mark.parametrize(
    ("url", "offered", "third"),
    [
        ("tcp:127.0.0.1:1", ["zpl", "tspl", "epl"], "epl"),
        ("ipp://127.0.0.1:1/x", ["pdf", "zpl", "tspl", "epl"], "tspl"),
    ],
)
def test_only_languages_that_a_printer_section_may_have_are_offered(url: str, offered: list[str], third: str) -> None:
    """Each once; a picture format is none."""
    person = Person(*BY_HAND)

    section = prove(person.talk(), url)

    assert section == {"url": url, "language": third, "dpi": 300, "media": "57x32"}
    shown = [word for word in person.text.split() if word in ("zpl", "tspl", "epl", "pdf", "png")]
    assert shown == offered
