"""What is on a unit label, on every medium, and what is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import labels
from labels import metrics, words
from labels.label import Frame, Label, Symbol, Text
from labels.media import MEDIA
from labels.rendering import unit as unit_label
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.grading import DISPOSITIONS
from rma_station.errors import Refused
from rma_station.services.texts import catalogue
from tests.labels.samples import HOSTILE, KINDS, LPN, unit


def texts(label: Label) -> set[str]:
    """All lines of text on a label."""
    return {element.text for element in label.elements if isinstance(element, Text)}


def test_a_label_says_all_it_knows() -> None:
    """Grade, disposition in words, destination, RMA, item, LPN, the marks."""
    label = unit_label(unit(attempt=2, held=True), "en", "sample", "100x150", 203)

    assert texts(label) == {
        "B",
        "BACK TO STOCK",
        "A-14",
        "RMA-2026-000123",
        "SKU-1001",
        "Cotton shirt M",
        LPN,
        "COPY 2",
        "HELD",
        "SAMPLE",
    }


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("dangerous", [False, True])
def test_our_own_words_are_never_cut(media: str, language: str, dangerous: bool) -> None:
    """Marks and dispositions fit their places in both languages, also the 99th copy."""
    for disposition in DISPOSITIONS:
        job = unit(disposition=disposition, attempt=99, held=True, dangerous=dangerous, name="")
        shown = texts(unit_label(job, language, "sample", media, 203))

        assert [text for text in shown if text.endswith("...")] == []


def test_a_live_first_label_carries_no_marks() -> None:
    """No sample mark in live mode, no attempt mark on the first attempt."""
    label = unit_label(unit(), "pl", "live", "57x32", 203)

    assert texts(label) == {"B", "NA PÓŁKĘ", "A-14", "RMA-2026-000123", "SKU-1001 Cotton shirt M", LPN}


def test_a_dangerous_unit_gets_frame_and_word() -> None:
    """A quarantine label is told apart by a frame and by a word, not by either alone."""
    label = unit_label(KINDS["dangerous"], "pl", "live", "57x32", 203)

    assert Frame(0, 0, 57, 32, 0.75) in label.elements
    assert {"! NIEBEZPIECZNE !", "KWARANTANNA", "KOPIA 3"} <= texts(label)


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_disposition_has_the_word_of_the_screen(language: str) -> None:
    """In capitals; so has the sample mark. An unknown code is printed as it is."""
    said = catalogue(language)

    for code in DISPOSITIONS:
        assert words.disposition_word(code, language) == str(said[f"disposition.{code}"]).upper()
    assert words.word("sample", language) == said["status.sample"]
    assert words.disposition_word("new.code", language) == "new.code"


@pytest.mark.parametrize("lpn", ["", "A>B", "Ą1", "A\x1dB", "A" * 49])
def test_a_barcode_that_could_say_something_else_is_refused(lpn: str) -> None:
    """The reason is in words; a unit's label without its LPN is none."""
    with pytest.raises(Refused, match="barcode"):
        unit_label(unit(lpn=lpn), "en", "live", "100x150", 203)


def test_a_barcode_too_wide_for_the_label_is_refused() -> None:
    """With the width it would need, and the template that has not enough room."""
    with pytest.raises(Refused, match=r"needs 52\.2 mm, and there are 50\.0 mm .*unit-50x25\.toml"):
        unit_label(unit(lpn=LPN + "AB"), "en", "live", "50x25", 203)


@pytest.mark.parametrize(("media", "dpi", "named"), [("10x10", 203, "10x10"), ("57x32", 600, "600")])
def test_an_unknown_medium_or_resolution_is_refused(media: str, dpi: int, named: str) -> None:
    """Named in the message, with what there is."""
    with pytest.raises(Refused, match=f"{named}.*Choose"):
        unit_label(unit(), "en", "live", media, dpi)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_becomes_one_printable_line(hostile: str) -> None:
    """No control, no bidirectional sign, no glyph a printer lacks; short enough for its place."""
    job = unit(name=hostile, sku=hostile, destination=hostile, rma_id=hostile, grade=hostile, disposition=hostile)

    for line in texts(unit_label(job, "en", "sample", "57x32", 203)):
        assert all(" " <= c <= "~" or "\u00a1" <= c <= "\u017f" for c in line)
        assert len(line) <= 60


def test_polish_text_is_kept() -> None:
    """All eighteen letters, also from decomposed text."""
    polish = "Zażółć gęślą jaźń ZAŻÓŁĆ GĘŚLĄ JAŹŃ"

    assert metrics.printable(polish) == polish
    assert metrics.printable("z\u0307o\u0301") == "żó"
    assert metrics.printable("…„a”") == '..."a"'


@given(st.text(max_size=300))
def test_any_text_fits_after_fit(text: str) -> None:
    """Smaller or cut, never wider than its place."""
    shown, size = metrics.fit(metrics.printable(text), 5.0, 2.0, 30.0)

    assert metrics.width_of(shown, size) <= 30.0001
    assert 2.0 <= size <= 5.0


@given(st.lists(st.text(max_size=80), max_size=8), st.integers(1, 6))
def test_any_paragraphs_fit_their_lines(paragraphs: list[str], most: int) -> None:
    """Broken, smaller or cut: never more lines than there are, none wider than its place."""
    printable = [text for text in map(metrics.printable, paragraphs) if text]
    lines, size = metrics.fit_lines(printable, 5.0, 2.0, 30.0, most)

    assert len(lines) <= most
    assert all(metrics.width_of(line, size) <= 30.0001 for line in lines)
    assert bool(lines) == bool(printable)


def test_a_paragraph_breaks_between_words() -> None:
    """In the size it was given, as long as that is enough; then smaller; then cut with dots."""
    text = "Jeden dwa trzy"

    assert metrics.fit_lines([text], 4, 2, 20, 3) == (["Jeden", "dwa trzy"], 4)
    assert metrics.fit_lines([text], 4, 2, 20, 1)[0] == [text]
    assert metrics.fit_lines([text, text], 4, 4, 20, 2) == (["Jeden", "dwa tr..."], 4)


def test_widths_are_never_less_than_the_font_we_ship() -> None:
    """Both faces, every character that can be printed."""
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(labels.__file__).parent / "fonts"
    for face in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        real = TTFont(face, BytesIO((folder / face).read_bytes())).face.charWidths
        for code in (*range(0x20, 0x7F), *range(0xA1, 0x180)):
            if code in real:
                assert metrics.width_of(chr(code), 1000) >= real[code] - 1, chr(code)


def test_a_label_needs_a_printers_dots_only() -> None:
    """The 4 by 6 inch label stays inside a 4-inch head of 832 dots."""
    assert [round(media.width * 8) for media in MEDIA.values()] == [456, 400, 800, 813]


def test_effect_defaults_make_a_label() -> None:
    """The fewest facts a flow can give are enough."""
    job = PrintUnitLabel("j", "u", LPN, "A", "restock", "")
    label = unit_label(job, "en", "live", "50x25", 300)

    assert texts(label) == {"A", "BACK TO STOCK", LPN}
    assert [element.data for element in label.elements if isinstance(element, Symbol)] == [LPN]
