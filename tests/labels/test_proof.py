"""The proof: every kind of label on every medium, at both resolutions, in both languages and every printer language,
made visible by somebody else's program and read back by a decoder, with what the scanner would call it.

ZPL is rendered by zplkit, PDF by PDFium, PNG is what it is. For TSPL and EPL there is no independent renderer; those
two are read by ``paper.py``, which is ours. `make labels-proof` runs all of it; `make test` a spread of it.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from labels import kinds, metrics, rendering, symbology
from labels.examples import examples
from labels.label import Label, Symbol, Text
from labels.layout import lay_out
from labels.media import MEDIA
from labels.template_folders import Templates
from tests.labels import paper
from tests.labels.reading import pdf_images, pdf_texts, symbols, zpl_images
from tests.labels.samples import HOSTILE, LPN, unit
from tests.labels.test_zpl import fields as zpl_fields

LANGUAGES = ("zpl", "tspl", "epl", "pdf", "png")
ALL = [
    (kind, media, dpi, words, language)
    for kind in kinds.LABELS
    for media in MEDIA
    for dpi in (203, 300)
    for words in ("pl", "en")
    for language in LANGUAGES
]
SPREAD = [case for number, case in enumerate(ALL) if number % 7 == 0]
"""Every kind, medium, resolution and language several times; a test below says so."""


_BEYOND_ASCII = re.compile(rb"(_[C-F][0-9A-F](_[89AB][0-9A-F])+)")


def label_of(kind: str, media: str, dpi: int, words: str, example: str = "plain") -> Label:
    """A label with example content."""
    return lay_out(Templates().find(kind, media), examples(kind, words)[example], words, dpi, kind)


def wanted(label: Label) -> list[tuple[str, str]]:
    """What a scanner is to say of a label."""
    found = [item for item in label.elements if isinstance(item, Symbol)]
    rules = [symbology.named(item.symbology) for item in found]
    return sorted((rule.identifier, rule.read(item.data)) for rule, item in zip(rules, found, strict=True))


def lines_of(label: Label) -> list[str]:
    """The texts on a label."""
    return sorted(item.text for item in label.elements if isinstance(item, Text))


def seen(label: Label, language: str) -> tuple[list[Any], list[str] | None]:
    """The pictures a printer makes of a label's bytes, and the texts in them as far as the renderer can tell."""
    data = rendering.render(label, language)
    if language == "zpl":
        texts = zpl_fields(data)
        # zplkit has no glyphs beyond ASCII: what is not ASCII is looked for in the fields, and rendered as a letter.
        plain = re.sub(rb"\^A0N[^^]*\^FH\^FD[^^]*", lambda found: _BEYOND_ASCII.sub(b"A", found[0]), data)
        return zpl_images(plain, label.dpi), texts
    if language == "tspl":
        papers = paper.tspl(data, label.dpi)
    elif language == "epl":
        papers = paper.epl(data, label.dpi, label.dots(label.media.height))
    elif language == "pdf":
        (text,) = pdf_texts(data)
        return pdf_images(data, label.dpi), text.splitlines()
    else:
        image = Image.open(BytesIO(data))
        assert image.size == (label.dots(label.media.width), label.dots(label.media.height))
        assert {round(side) for side in image.info["dpi"]} == {label.dpi}
        return [image.convert("L")], None
    return [found.image for found in papers], papers[0].texts


def prove(kind: str, media: str, dpi: int, words: str, language: str) -> None:
    """One label of one kind, read back."""
    for example in ("plain", "longest"):
        label = label_of(kind, media, dpi, words, example)
        pictures, texts = seen(label, language)

        assert [symbols(picture, plain=True) for picture in pictures] == [wanted(label)]
        assert pictures[0].width == label.dots(label.media.width)
        if language == "zpl":
            assert texts is not None
            assert [text for text in lines_of(label) if text not in texts] == []
        elif language == "pdf":  # extracted row by row: texts beside each other come as one
            assert [text for text in lines_of(label) if text not in " ".join(texts or [])] == []
        elif texts is not None:  # told in a resident font, or drawn as a picture of our font
            assert set(texts) <= set(lines_of(label))
            assert [text for text in lines_of(label) if text not in texts and text.isascii() and len(text) < 8] == []


@pytest.mark.parametrize(("kind", "media", "dpi", "words", "language"), SPREAD)
def test_labels_are_read_back(kind: str, media: str, dpi: int, words: str, language: str) -> None:
    """Exactly one label with exactly its barcodes and its texts; a spread of all there are."""
    prove(kind, media, dpi, words, language)


@pytest.mark.proof
@pytest.mark.parametrize(("kind", "media", "dpi", "words", "language"), [case for case in ALL if case not in SPREAD])
def test_all_other_labels_are_read_back(kind: str, media: str, dpi: int, words: str, language: str) -> None:
    """The rest, for `make labels-proof`."""
    prove(kind, media, dpi, words, language)


def test_the_spread_leaves_no_column_out() -> None:
    """Each kind meets each language of printers, each medium each resolution."""
    assert {(case[0], case[4]) for case in SPREAD} == {
        (kind, language) for kind in kinds.LABELS for language in LANGUAGES
    }
    assert {case[1:3] for case in SPREAD} == {(media, dpi) for media in MEDIA for dpi in (203, 300)}
    assert {case[3] for case in SPREAD} == {"pl", "en"}


# --- injection -------------------------------------------------------------------------------------------

CORPUS = HOSTILE | {
    "quotes": 'A","\r\nPRINT 9,9\r\nTEXT 1,1,"',
    "quote escapes": 'a\\["]b\\"c\\[R]d\\&e',
    "tspl commands": "\r\nFORMFEED\r\n~!@ \x1b!R \x1b!C",
    "epl commands": '"\nP9\nN\n^@\n^default\n',
    "gs1 identifiers": "(21)999(00)123",
    "format braces": "{lpn} {0} %s ${x}",
    "line breaks": "one\ntwo\r\nthree\x85four\u2028five",
    "lone surrogate": "a\ud800b",
}
"""Outside text that tries to command a printer of any language, or us."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", CORPUS.values(), ids=CORPUS.keys())
def test_hostile_text_prints_exactly_one_label(hostile: str, language: str) -> None:
    """In every field of a unit's label at once; the barcode is still the LPN."""
    job = unit(name=hostile, sku=hostile, destination=hostile, rma_id=hostile, grade=hostile, disposition=hostile)
    label = rendering.unit(job, "pl", "live", "57x32", 203)

    pictures, _ = seen(label, language)

    assert [symbols(picture, plain=True) for picture in pictures] == [[("]C0", LPN)]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", CORPUS.values(), ids=CORPUS.keys())
def test_hostile_fields_of_other_kinds_print_one_label_or_none(hostile: str, language: str) -> None:
    """Texts are printed harmlessly; a barcode holds exactly what was given, or the label is refused."""
    given = {"order": hostile, "to": hostile, "sender": hostile}
    label = rendering.make("customer_return", {"rma": "RMA-2026-000123", **given}, "en", "live", "100x150", 203)
    pictures, _ = seen(label, language)
    assert [symbols(picture, plain=True) for picture in pictures] == [wanted(label)]

    for kind, field in (("customer_return", "rma"), ("pallet", "sscc")):
        content = {"rma": "x", "to": "x"} if kind == "customer_return" else {}
        try:
            label = rendering.make(kind, {**content, field: hostile}, "en", "live", "100x150", 300)
            pictures, _ = seen(label, language)
        except rendering.Refused:
            continue
        read = [symbols(picture, plain=True) for picture in pictures]
        assert read == [wanted(label)]
        assert {text for _, text in read[0]} == {hostile}


@given(
    st.text(max_size=40),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=">"), min_size=1, max_size=10),
    st.sampled_from(["zpl", "tspl", "epl"]),
)
@settings(max_examples=60, deadline=None)
def test_any_text_and_any_number_come_through(text: str, number: str, language: str) -> None:
    """Whatever is on the label: one label, and the barcode as it was given (blanks at its ends included)."""
    assume(number.strip())
    job = unit(name=text, sku=text, destination=text, rma_id=text, lpn=number)
    label = rendering.unit(job, "pl", "sample", "57x32", 203)

    pictures, _ = seen(label, language)

    assert [symbols(picture, plain=True) for picture in pictures] == [[("]C0", number)]]


def test_metrics_bound_what_resident_fonts_fill() -> None:
    """A text told in a resident font never leaves the room its template gave it."""
    for media in MEDIA:
        for dpi in (203, 300):
            label = label_of("unit", media, dpi, "en", "longest")
            rooms = {item.text: label.dots(item.x + item.width) for item in label.elements if isinstance(item, Text)}
            papers = (
                *paper.tspl(rendering.render(label, "tspl"), dpi),
                *paper.epl(rendering.render(label, "epl"), dpi, label.dots(label.media.height)),
            )
            for found in papers:
                for text, box in zip(found.texts, found.cells, strict=True):
                    assert box[2] <= rooms[text] + 1, (media, dpi, text)
    assert metrics.UNPRINTABLE == "?"
