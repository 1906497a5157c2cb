"""Command, grade and badge sheets: every code scans from paper, and says where it belongs."""

from __future__ import annotations

import pytest

from labels.sheets import KINDS, Code, Sheet, render
from rma_station.commands.labels import device_test_codes
from rma_station.domain import codes, device_sheet
from rma_station.domain.meaning import Command, CommandScan
from rma_station.errors import Refused
from tests.labels.reading import pdf_images, pdf_texts, symbols
from tests.labels.samples import HOSTILE

KEY = bytes(range(32))
COMMANDS = [
    Code(codes.command(CommandScan(command), "station-1", 3, KEY), f"Zażółć {command.value}", "note")
    for command in Command
]
BADGES = [Code(codes.badge(f"{number:06}", KEY), f"Worker {number}", f"{number:06}") for number in range(12)]


def sheet(kind: str = "commands", language: str = "pl", mode: str = "live", **changes: object) -> Sheet:
    """A command sheet of generation 3."""
    fields = {"station": "bench-1", "codes": COMMANDS, "generation": 3} | changes
    return Sheet(kind=kind, language=language, mode=mode, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize(("kind", "listed"), [("commands", COMMANDS), ("grades", COMMANDS[:15]), ("badges", BADGES)])
def test_every_code_scans_from_paper(kind: str, listed: list[Code], dpi: int) -> None:
    """All of them, each once, also from a coarser printer than they were made for."""
    found = [symbol for image in pdf_images(render(sheet(kind, codes=listed)), dpi) for symbol in symbols(image)]

    assert sorted(found) == sorted(("]C0", code.text) for code in listed)


def test_the_codes_of_the_scanner_test_scan_from_paper() -> None:
    """Each in its own symbology, the group separator included."""
    listed = device_test_codes("pl")
    images = pdf_images(render(sheet("device_test", codes=listed)), 300)
    found = [symbol for image in images for symbol in symbols(image, plain=True)]

    wanted = [
        ("]C0", device_sheet.LETTERS),
        ("]C1", f"{device_sheet.GS1_HEAD}\x1d{device_sheet.GS1_TAIL}"),
        ("]E0", device_sheet.EAN),
        ("]Q1", device_sheet.ASCII),
        ("]C0", device_sheet.CONTROLS),
    ]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "said", "mark"), [("pl", "wydanie 3", "PRÓBA"), ("en", "generation 3", "SAMPLE")])
def test_every_cell_says_station_generation_and_sample(kind: str, language: str, said: str, mark: str) -> None:
    """On the page and on each card that may be cut out of it."""
    listed = COMMANDS[:4]

    (text,) = pdf_texts(render(sheet(kind, language, "sample", codes=listed)))

    assert [text.count(part) for part in ("bench-1", said, mark)] == [5, 5, 5]


def test_a_live_sheet_bears_no_sample_mark() -> None:
    """And captions keep their Polish letters."""
    (text,) = pdf_texts(render(sheet(codes=COMMANDS[:2])))

    assert "PRÓBA" not in text
    assert "Zażółć yes" in text
    assert COMMANDS[0].text in text


@pytest.mark.parametrize(("kind", "count", "pages"), [("commands", 17, 1), ("commands", 19, 2), ("badges", 12, 2)])
def test_more_codes_make_more_pages(kind: str, count: int, pages: int) -> None:
    """All commands stand on one page."""
    listed = [Code(f"CODE-{number:03}", "x") for number in range(count)]

    texts = pdf_texts(render(sheet(kind, codes=listed)))

    assert [f"strona {n}/{pages}" in text for n, text in enumerate(texts, 1)] == [True] * pages


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_captions_stay_captions(hostile: str) -> None:
    """The code beside them scans."""
    data = render(sheet(codes=[Code("CODE-1", hostile, hostile)], station=hostile))

    (image,) = pdf_images(data, 200)
    assert symbols(image) == [("]C0", "CODE-1")]


@pytest.mark.parametrize("text", ["", "A>B", "Ł", "A" * 49, "a" * 40])
def test_a_code_that_cannot_be_printed_is_refused(text: str) -> None:
    """Empty, unsafe, or too long for its cell."""
    with pytest.raises(Refused):
        render(sheet(codes=[Code(text, "caption")]))


def test_an_empty_sheet_is_refused() -> None:
    """Rather than an empty page."""
    with pytest.raises(Refused, match="no codes"):
        render(sheet(codes=[]))


def test_the_same_sheet_gives_the_same_bytes() -> None:
    """Printing again is no new generation."""
    assert render(sheet()) == render(sheet())
