"""What is on a unit label, on every medium, and what is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import labels
from labels import metrics, words
from labels.label import Bars, Frame, Label, Text, centred_bars, code128_modules, unit_label
from labels.layouts import MEDIA, UNIT_LAYOUTS, Media, Strip
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.grading import DISPOSITIONS
from rma_station.errors import Refused
from rma_station.services.texts import catalogue
from tests.labels.samples import HOSTILE, KINDS, LPN, unit

EVERYWHERE = [(media, dpi) for media in UNIT_LAYOUTS for dpi in (203, 300)]


def texts(label: Label) -> set[str]:
    """All lines of text on a label."""
    return {element.text for element in label.elements if isinstance(element, Text)}


def bars(label: Label) -> Bars:
    """The barcode of a label."""
    (found,) = [element for element in label.elements if isinstance(element, Bars)]
    return found


@pytest.mark.parametrize(("media", "dpi"), EVERYWHERE)
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaves_the_label_and_nothing_overlaps(media: str, dpi: int, language: str, kind: str) -> None:
    """Every text ends inside the label and inside its frame; no two elements share a spot."""
    label = unit_label(KINDS[kind], language, "sample", media, dpi)
    edge = UNIT_LAYOUTS[media].frame if KINDS[kind].dangerous else 0.0
    boxes = []
    for element in label.elements:
        if isinstance(element, Text):
            width = metrics.width_of(element.text, element.size)
            boxes.append((element.x, element.y, element.x + width, element.y + element.size * 0.75, element.text))
        elif isinstance(element, Bars):
            width = code128_modules(element.data) * element.module * 25.4 / dpi
            boxes.append((element.x, element.y, element.x + width, element.y + element.height, "bars"))

    for left, top, right, bottom, what in boxes:
        assert min(left, top) >= edge, what
        assert max(right - label.media.width, bottom - label.media.height) <= -edge, what
    for number, first in enumerate(boxes):
        for second in boxes[number + 1 :]:
            apart = first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
            assert apart, (first, second)


@pytest.mark.parametrize(("media", "dpi"), EVERYWHERE)
@pytest.mark.parametrize("kind", KINDS)
def test_the_barcode_keeps_module_and_quiet_zone(media: str, dpi: int, kind: str) -> None:
    """Whole dots, at least 0.25 mm, ten modules of blank on both sides."""
    label = unit_label(KINDS[kind], "pl", "live", media, dpi)
    code = bars(label)
    frame = label.dots(UNIT_LAYOUTS[media].frame) if KINDS[kind].dangerous else 0
    left = label.dots(code.x)
    right = label.dots(label.media.width) - left - code128_modules(code.data) * code.module

    assert code.data == LPN
    assert code.module * 25.4 / dpi >= 0.249
    assert min(left, right) - frame >= 10 * code.module
    assert code.height >= 5


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


@pytest.mark.parametrize("media", UNIT_LAYOUTS)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_our_own_words_are_never_cut(media: str, language: str) -> None:
    """Marks and dispositions fit their places in both languages, also the 99th copy."""
    for disposition in DISPOSITIONS:
        job = unit(disposition=disposition, attempt=99, held=True, dangerous=True, name="")
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
    """The reason is in words."""
    with pytest.raises(Refused, match="barcode"):
        unit_label(unit(lpn=lpn), "en", "live", "100x150", 203)


def test_a_barcode_too_wide_for_the_label_is_refused() -> None:
    """With the width it would need."""
    with pytest.raises(Refused, match=r"needs 52\.2 mm, and there are 50\.0 mm"):
        unit_label(unit(lpn=LPN + "99"), "en", "live", "50x25", 203)


@pytest.mark.parametrize(("media", "dpi", "named"), [("10x10", 203, "10x10"), ("57x32", 600, "600")])
def test_an_unknown_medium_or_resolution_is_refused(media: str, dpi: int, named: str) -> None:
    """Named in the message, with what there is."""
    with pytest.raises(Refused, match=f"{named}.*Choose"):
        unit_label(unit(), "en", "live", media, dpi)


@given(st.text("ABC0123456789", min_size=1, max_size=30), st.sampled_from([203, 300]), st.integers(20, 110))
def test_bars_are_right_or_refused(data: str, dpi: int, width: int) -> None:
    """On any width either module and quiet zones hold, or nothing is printed."""
    media = Media("any", width, 40)
    scale, smallest = (8.0, 2) if dpi == 203 else (300 / 25.4, 3)
    try:
        code = centred_bars(data, Strip(5, 10), media, dpi)
    except Refused:
        assert (code128_modules(data) + 20) * smallest > round(width * scale)
        return
    left = round(code.x * scale)

    assert left >= 10 * code.module
    assert round(width * scale) - left - code128_modules(data) * code.module >= 10 * code.module


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

    assert texts(unit_label(job, "en", "live", "50x25", 300)) == {"A", "BACK TO STOCK", LPN}
