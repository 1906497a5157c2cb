"""ZPL: one label in, one label out, whatever its texts say; rendered and decoded by others' programs."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labels import zpl
from labels.label import Label, Symbol, Text
from labels.media import MEDIA
from labels.rendering import unit as unit_label
from rma_station.domain.clean import clean
from rma_station.errors import Refused
from tests.labels.reading import symbols, zpl_images
from tests.labels.samples import HOSTILE, KINDS, LPN, unit

EVERYWHERE = [(media, dpi) for media in MEDIA for dpi in (203, 300)]
NOT_IN_A_LABEL = re.compile(rb"\^(PQ|MN|MT|MD|JU|JZ|PR)|~")


def fields(data: bytes) -> list[str]:
    """A tiny ``^FH`` decoder: the texts of all fields as the printer understands them."""
    found = re.findall(rb"\^FH\^FD(.*?)\^FS", data, re.DOTALL)
    return [re.sub(rb"_([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), text).decode() for text in found]


@pytest.mark.parametrize(("media", "dpi"), EVERYWHERE)
@pytest.mark.parametrize("kind", KINDS)
def test_every_label_is_read_back_by_a_decoder(media: str, dpi: int, kind: str) -> None:
    """Rendered by zplkit (its glyphs are ASCII, hence English) and decoded by zxing-cpp: one Code 128 with the LPN."""
    data = zpl.render(unit_label(KINDS[kind], "en", "sample", media, dpi))

    (image,) = zpl_images(data, dpi)
    assert symbols(image) == [("]C0", LPN)]


@pytest.mark.parametrize(("media", "dpi"), EVERYWHERE)
@pytest.mark.parametrize("kind", KINDS)
def test_polish_labels_differ_in_words_only(media: str, dpi: int, kind: str) -> None:
    """zplkit has no Polish letters: with the letters written plain it renders and decodes like the English one."""
    data = zpl.render(unit_label(KINDS[kind], "pl", "sample", media, dpi))
    plain = re.sub(rb"_C[345]_[0-9A-F]{2}", b"A", data)

    (image,) = zpl_images(plain, dpi)
    assert symbols(image) == [("]C0", LPN)]
    assert "PRÓBA" in fields(data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_label_is_small_and_leaves_the_printers_setup_alone(kind: str) -> None:
    """Under 1.5 kB, ASCII, UTF-8 announced in the label itself, nothing that changes settings."""
    data = zpl.render(unit_label(KINDS[kind], "pl", "sample", "100x150", 300))

    assert len(data) < 1500
    assert data.isascii()
    assert data.startswith(b"^XA^CI28")
    assert NOT_IN_A_LABEL.search(data) is None
    assert data.count(b"^FD") == data.count(b"^FH^FD")


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_prints_exactly_one_label(hostile: str) -> None:
    """In every field at once; the barcode is still the LPN."""
    job = unit(name=hostile, sku=hostile, destination=hostile, rma_id=hostile, grade=hostile, disposition=hostile)
    data = zpl.render(unit_label(job, "en", "live", "57x32", 203))
    renderable = re.sub(rb"(_[C-F][0-9A-F](_[89AB][0-9A-F])+)", b"?", data)

    assert len(data) < 1500
    (image,) = zpl_images(renderable, 203)
    assert symbols(image) == [("]C0", LPN)]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_lpn_is_refused_or_printed_as_it_is(hostile: str) -> None:
    """Never something else than was asked."""
    try:
        data = zpl.render(unit_label(unit(lpn=hostile), "en", "live", "100x150", 300))
    except Refused:
        return
    (image,) = zpl_images(data, 300)
    assert symbols(image) == [("]C0", hostile)]


@given(st.text(max_size=150))
def test_any_field_comes_back_from_the_printers_side(text: str) -> None:
    """What a printer decodes is the cleaned text, and no command character is left bare."""
    written = zpl.field(text)

    assert fields(written.encode("ascii")) == [clean(text, zpl.FIELD_LIMIT)]
    assert written.count("^") == 3
    assert "~" not in written


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=">"), min_size=1, max_size=12))
@example("0000")
@example("12345A")
def test_any_allowed_barcode_text_is_written_reversibly(data: str) -> None:
    """Also with carets, tildes and underscores; ``>;`` begins with pairs of digits and ``>6`` ends them."""
    label = Label("x", MEDIA["100x150"], 203, (Symbol("code128", 10, 10, data, 3, 20, 0),))

    (written,) = fields(zpl.render(label))

    assert re.sub(">[;6]", "", written) == data


def test_a_field_longer_than_a_printer_takes_is_refused() -> None:
    """Counted as sent, escapes included."""
    label = Label("x", MEDIA["100x150"], 203, (Text(1, 1, 3, "ż" * 2000),))

    with pytest.raises(Refused, match="3072"):
        zpl.render(label)


def test_a_barcode_is_checked_again_where_it_is_written() -> None:
    """Whoever built the label."""
    label = Label("x", MEDIA["100x150"], 203, (Symbol("code128", 10, 10, "A>9B", 3, 20, 0),))

    with pytest.raises(Refused, match="'>'"):
        zpl.render(label)
