"""PDF labels: rasterised at the printer's resolution they scan, and their Polish letters are there."""

from __future__ import annotations

import re

import pytest

from labels import pdf
from labels.label import Label, Symbol
from labels.media import MEDIA
from labels.rendering import unit as unit_label
from rma_station.errors import Refused
from tests.labels.reading import pdf_images, pdf_texts, symbols
from tests.labels.samples import HOSTILE, KINDS, LPN, unit

EVERYWHERE = [(media, dpi) for media in MEDIA for dpi in (203, 300)]
BOX = "\u25a0"


@pytest.mark.parametrize(("media", "dpi"), EVERYWHERE)
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_label_is_read_back_by_a_decoder(media: str, dpi: int, language: str, kind: str) -> None:
    """One page, one Code 128 with the LPN."""
    data = pdf.render(unit_label(KINDS[kind], language, "sample", media, dpi))

    (image,) = pdf_images(data, dpi)
    assert symbols(image) == [("]C0", LPN)]


@pytest.mark.parametrize(("media", "dpi"), EVERYWHERE)
def test_bars_stand_on_the_dot_grid(media: str, dpi: int) -> None:
    """Rasterised at the printer's resolution no bar has a grey edge, and every run is whole modules."""
    label = unit_label(unit(), "en", "live", media, dpi)
    (code,) = [element for element in label.elements if isinstance(element, Symbol)]
    (image,) = pdf_images(pdf.render(label), dpi)

    row = label.dots(code.y + code.height / 2)
    line = [image.getpixel((x, row)) for x in range(image.width)]
    dark = "".join("#" if value < 128 else " " for value in line).strip()

    assert [value for value in line if 8 < value < 247] == []
    assert [run for run in re.findall("#+| +", dark) if len(run) % code.module] == []


def test_polish_letters_are_in_the_file() -> None:
    """Helvetica would print a box without an error."""
    data = pdf.render(unit_label(unit(name="Zażółć gęślą jaźń"), "pl", "sample", "100x150", 203))

    (text,) = pdf_texts(data)
    for expected in ("Zażółć gęślą jaźń", "NA PÓŁKĘ", "PRÓBA", LPN, "RMA-2026-000123"):
        assert expected in text
    assert BOX not in text


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_prints_exactly_one_label(hostile: str) -> None:
    """In every field at once."""
    job = unit(name=hostile, sku=hostile, destination=hostile, rma_id=hostile, grade=hostile, disposition=hostile)

    (image,) = pdf_images(pdf.render(unit_label(job, "pl", "live", "57x32", 300)), 300)
    assert symbols(image) == [("]C0", LPN)]


@pytest.mark.parametrize("data", ["1234567890", "A1234567", "ABC", "a-b_c^d~e", "R0000000000Z", "~1^2_345678"])
def test_any_allowed_barcode_text_scans(data: str) -> None:
    """Digits, which take less room, stay in the middle; signs that mean something to printers mean nothing here."""
    label = Label("x", MEDIA["100x150"], 203, (Symbol("code128", 20, 20, data, 2, 20, 0),))

    (image,) = pdf_images(pdf.render(label), 203)
    assert symbols(image) == [("]C0", data)]


def test_a_barcode_is_checked_again_where_it_is_drawn() -> None:
    """Whoever built the label."""
    with pytest.raises(Refused, match="'>'"):
        pdf.render(Label("x", MEDIA["100x150"], 203, (Symbol("code128", 10, 10, "A>9B", 3, 20, 0),)))


def test_the_same_label_gives_the_same_bytes() -> None:
    """Nothing in the file depends on when it was made."""
    label = unit_label(unit(), "pl", "live", "57x32", 203)

    assert pdf.render(label) == pdf.render(label)
