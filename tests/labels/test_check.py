"""Trying templates out: what is judged, what is refused, and what a station does with one of the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from labels import rendering
from labels.check import refuse_unsound, verdict
from labels.geometry import Grade
from labels.printers.opening import open_printer
from labels.template import parse
from labels.template_folders import Templates, load
from rma_station.config import PrinterSection
from rma_station.errors import ConfigError
from tests.labels.test_template import ATTEMPT, BARS, HEAD, SAMPLE, WHOLE


def test_a_verdict_has_measures_sizes_and_no_problems() -> None:
    """Of a shipped template."""
    found = verdict(Templates().find("unit", "57x32"), "pl", 203)

    assert found.problems == ()
    assert found.grades == (Grade("code128", 2, 0.25, 30.5, 10, 41.75, 11.25),)
    assert set(found.sizes) == set(rendering.LANGUAGES)
    assert found.sizes["zpl"] < 1500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE.replace("y = 14\nheight = 10", "y = 18\nheight = 11"), "the text 'KOPIA 99' and the code128"),
        (WHOLE.replace("x = 29", "x = 33"), "the text 'PRÓBA' and the text 'KOPIA 99' overlap"),
        (WHOLE.replace("width = 12", "width = 5", 1).replace("size = 2.5", "size = 2.5\nsmallest = 2.4", 1),
         "our own words are cut: 'P...'"),
        (WHOLE + "width = 47\n" + "[[line]]\nx = 45.5\ny = 12\nwidth = 1\nheight = 12\n", "modules of blank beside it"),
        (WHOLE + "width = 40\n", "does not fit a label of 57x32 mm"),
    ],
)  # fmt: skip
def test_an_unsound_template_is_refused_with_the_reason(text: str, said: str) -> None:
    """At its place, in words."""
    (template,) = parse(text, "mine.toml")

    assert said in " / ".join(verdict(template, "pl", 203).problems)


def test_a_code_nobody_put_there_is_found() -> None:
    """Text that a decoder takes for a barcode, and barcodes it does not read, are both problems."""
    bars = "".join(
        f"[[line]]\nx = {20 + place * 0.25:g}\ny = 2\nwidth = 0.25\nheight = 8\n"
        for place, module in enumerate("11010010000" + "10100011000" + "10001011000" + "11000111010" + "11")
        if module == "1"
    )
    (template,) = parse(WHOLE + bars, "mine.toml")

    assert "a decoder reads 'A', which nobody put there" in verdict(template, "pl", 203).problems


def test_only_own_templates_for_the_stock_in_use_are_tried_at_the_start(tmp_path: Path) -> None:
    """With file and reason; a template for another stock waits for its printer."""
    unsound = HEAD + SAMPLE + ATTEMPT + BARS.replace("y = 14\nheight = 10", "y = 18\nheight = 11")
    (tmp_path / "mine.toml").write_text(unsound, encoding="utf-8")
    templates = load(tmp_path)

    refuse_unsound(Templates(), "57x32", 203)
    refuse_unsound(templates, "50x25", 203)
    with pytest.raises(ConfigError, match=r"mine\.toml: layout on 57x32 mm at 203 dpi = .*labels check"):
        refuse_unsound(templates, "57x32", 203)
    with pytest.raises(ConfigError, match=r"mine\.toml: layout"):
        open_printer(PrinterSection("labels", "tcp:host:9100"), "live", "my.toml", templates)


def test_a_printer_prints_with_the_users_own_template(tmp_path: Path) -> None:
    """Given when it is opened."""
    from rma_station.domain.effects import PrintUnitLabel
    from tests.labels.reading import pdf_texts

    (tmp_path / "mine.toml").write_text(WHOLE + '[[text]]\nshow = "Moja firma"\ny = 2\nsize = 4\n', encoding="utf-8")
    section = PrinterSection("labels", f"folder:{tmp_path / 'out'}", "pdf")
    printer = open_printer(section, "live", "my.toml", load(tmp_path))

    printer.print(PrintUnitLabel("j", "u", "RAB3C00012K7", "A", "restock", "R1"), "pl")

    (file,) = (tmp_path / "out").glob("*.pdf")
    assert "Moja firma" in pdf_texts(file.read_bytes())[0]
