"""Every shipped template keeps module, quiet zone and height, and nothing on it covers anything else."""

from __future__ import annotations

import pytest

from labels import geometry
from labels.examples import examples
from labels.label import Box, Frame, Label, Symbol, Text
from labels.layout import lay_out
from labels.media import MEDIA
from labels.template import Template
from labels.template_folders import Templates

ALL = [pytest.param(template, id=f"{template.kind}-{template.media.name}") for template in Templates().all()]
BARS = Symbol("code128", 10, 15, "RAB3C00012K7", 2, 10, 167)
"""41.75 mm wide, from 10 to 51.75 mm."""


def label(*elements: Text | Symbol | Frame | Box) -> Label:
    """57 by 32 mm at 203 dpi."""
    return Label("x", MEDIA["57x32"], 203, elements)


@pytest.mark.parametrize("template", ALL)
@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("words", ["pl", "en"])
def test_every_shipped_template_is_sound(template: Template, words: str, dpi: int) -> None:
    """With plain content, every disposition and mark, and texts as long as they get."""
    for name, fields in examples(template.kind, words).items():
        assert geometry.problems(lay_out(template, fields, words, dpi, name)) == [], name


@pytest.mark.parametrize("template", ALL)
@pytest.mark.parametrize("words", ["pl", "en"])
def test_our_own_words_are_never_cut(template: Template, words: str) -> None:
    """What a template says itself fits its place, in both languages."""
    fields = examples(template.kind, words)["plain"] | {"sku": "S", "name": "N"}
    shown = [item.text for item in lay_out(template, fields, words, 203, "x").elements if isinstance(item, Text)]

    assert [text for text in shown if text.endswith("...")] == []


@pytest.mark.parametrize("template", ALL)
def test_modules_are_whole_dots_of_a_readable_size(template: Template) -> None:
    """At both resolutions; the SSCC of a pallet by the rule for logistics labels, 0.495 mm and more."""
    for dpi in (203, 300):
        fields = examples(template.kind, "pl")["plain"]
        for grade in geometry.grades(lay_out(template, fields, "pl", dpi, "x")):
            least = 0.495 if template.kind == "pallet" and template.media.height > 100 else 0.2499
            assert grade.millimetres >= least
            assert grade.quiet >= grade.needed


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ([BARS], []),
        ([BARS, Text(5, 13, 2, "above", True, 40)], []),
        ([BARS, Text(5, 14, 2, "over", True, 40)],
         ["the text 'over' and the code128 'RAB3C00012K7' overlap", "has 0.0 modules of blank"]),
        ([BARS, Text(1, 16, 2, "A", True, 8)], ["has 4.0 modules of blank beside it and needs 10"]),
        ([BARS, Frame(0, 0, 57, 32, 5)], ["has 1.0 modules of blank beside it and needs 10"]),
        ([BARS, Box(8, 20, 1, 1)], ["has 4.0 modules of blank"]),
        ([Symbol("code128", 2, 15, "RAB3C00012K7", 2, 10, 167)], ["has 8.0 modules of blank"]),
        ([Symbol("code128", 25, 15, "A", 1, 10, 46)], ["has modules of 0.125 mm, 0.25 mm is the least"]),
        ([Symbol("code128", 10, 15, "RAB3C00012K7", 2, 4, 167)], ["is 4.0 mm high, 5 mm is the least"]),
        ([Symbol("qr", 1, 1, "A", 4, 0, 21, 21)], ["has 2.0 modules of blank beside it and needs 4"]),
        ([Symbol("qr", 5, 5, "A", 4, 0, 21, 21), Box(5, 16.5, 9, 1)], ["has 2.0 modules of blank"]),
        ([Text(50, 1, 3, "wide", True, 10)], ["the text 'wide' leaves the label"]),
        ([Text(5, 30, 3, "low", True, 10)], ["the text 'low' leaves the label"]),
        ([Text(5, 5, 3, "one", True, 10), Text(14, 6, 3, "two", True, 10)], ["'one' and the text 'two' overlap"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_label_is_said(elements: list[Text | Symbol | Frame | Box], said: list[str]) -> None:
    """Each in words, and nothing else."""
    found = geometry.problems(label(*elements))

    assert len(found) == len(said)
    for problem, words in zip(found, said, strict=True):
        assert words in problem
