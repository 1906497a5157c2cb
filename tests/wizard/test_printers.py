"""The wizard at a printer: asked, it says what it is; what it does not say, a person does."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.wizard.printers import prove
from tests.labels.ipp_server import Office, OfficePrinter
from tests.wizard.person import Person
from virtual_bench.client import VirtualBench

NO_LABEL = ("test label", "no")
BY_HAND = (("Ask the printer", "no"), ("language", "3"), ("Dots", "2"), ("Size", "1"), NO_LABEL)


def test_a_label_printer_says_its_language_and_resolution(tmp_path: Path) -> None:
    """And its stock, which a person confirms; a label proves it, as often as the person likes."""
    person = Person(
        ("Ask the printer", "yes"), ("Size", ""), ("test label", ""), ("scan?", "no"), ("once more", ""), ("scan?", "")
    )
    with VirtualBench.start(tmp_path / "bench", printers=["z"]) as bench:
        url = bench.url("z")
        section = prove(person.talk(), url)
        printed = [label.data for label in bench.printed("z")]

    assert section == {"url": url, "language": "zpl", "dpi": 203, "media": "57x32"}
    assert [b"^FDTEST-0001^FS" in data for data in printed] == [True, True]
    assert "It says that a label came out" in person.text
    assert "choose another size or resolution" in person.text


def test_a_label_that_does_not_come_out_is_told_with_the_remedy(tmp_path: Path) -> None:
    """The section is written all the same: paper can be put in later."""
    person = Person(
        ("Ask the printer", "no"), ("language", "1"), ("Dots", "1"), ("Size", "1"), ("test label", ""), ("more", "no")
    )
    with VirtualBench.start(tmp_path / "bench") as bench:
        bench.printer_problems("head_open")
        section = prove(person.talk("en"), bench.url("labels"))

    assert section is not None
    assert "Nothing was printed. Printer open: close it until it clicks" in person.text


def test_an_office_printer_says_that_it_takes_pdf() -> None:
    """Over IPP, a real one."""
    server = OfficePrinter(Office())
    person = Person(("Ask the printer", "yes"), ("Dots", "2"), ("Size", "3"), NO_LABEL)
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
