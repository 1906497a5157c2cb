"""Try a template out: lay it out with example content, judge the geometry, make every printer language, read it back.

What ``rma-station labels check`` shows, and what a station does with templates of the user's own before it starts. The
reading back is of the PNG, dot for dot what a printer would print.
"""

from __future__ import annotations

from labels import geometry, rendering, symbology
from labels.examples import examples
from labels.geometry import Grade
from labels.label import Label, Symbol
from labels.layout import cut_words, lay_out
from labels.template import Template
from labels.template_folders import Templates
from labels.words import LANGUAGES
from rma_station.domain.record import dataclass
from rma_station.errors import ConfigError, Refused


@dataclass(frozen=True)
class Verdict:
    """How one template does at one resolution, in one language of words."""

    template: Template
    dpi: int
    words: str
    grades: tuple[Grade, ...]
    """How each of its barcodes does with plain content."""
    sizes: dict[str, int]
    """Bytes in each printer language, with plain content."""
    problems: tuple[str, ...]
    """Why it is refused; empty when it is not."""


def verdict(template: Template, words: str, dpi: int) -> Verdict:
    """Everything there is to say about a template."""
    problems: list[str] = []
    grades: tuple[Grade, ...] = ()
    sizes: dict[str, int] = {}
    for name, label in _labels(template, words, dpi, problems):
        if name != "plain":
            continue
        grades = tuple(geometry.grades(label))
        for language in rendering.LANGUAGES:
            try:
                sizes[language] = len(rendering.render(label, language))
            except Refused as error:
                problems.append(f"{language}: {error}")
        problems += _misread(label)
    return Verdict(template, dpi, words, grades, sizes, tuple(dict.fromkeys(problems)))


def refuse_unsound(templates: Templates, media: str, dpi: int) -> None:
    """Refuse the user's own templates for a printer's stock when something on them overlaps, is cut, or does not fit.

    Raises:
        ConfigError: with the file and what is wrong; the rest is for ``labels check`` to show.
    """
    for (_, medium), template in templates.own.items():
        for words in LANGUAGES if medium == media else ():
            problems: list[str] = []
            _labels(template, words, dpi, problems)
            if problems:
                allowed = "a label on which everything fits; `rma-station labels check` shows it all"
                raise ConfigError(template.file, f"layout on {media} mm at {dpi} dpi", problems[0], allowed)


def _labels(template: Template, words: str, dpi: int, problems: list[str]) -> list[tuple[str, Label]]:
    """The example labels that can be laid out; what is wrong goes to ``problems``."""
    made = []
    for name, fields in examples(template.kind, words).items():
        try:
            label = lay_out(template, fields, words, dpi, f"{template.kind} {name}")
        except Refused as error:
            problems.append(str(error))
            continue
        problems += geometry.problems(label)
        problems += [f"our own words are cut: {text!r}" for text in cut_words(template, fields, words)]
        made.append((name, label))
    return made


def _misread(label: Label) -> list[str]:
    """What a decoder reads on the label that is not what is meant, and the other way round."""
    import zxingcpp

    from labels.raster import picture

    wanted = [
        (symbology.named(item.symbology).identifier, symbology.named(item.symbology).read(item.data))
        for item in label.elements
        if isinstance(item, Symbol)
    ]
    found = zxingcpp.read_barcodes(picture(label).convert("L"), text_mode=zxingcpp.TextMode.Plain)
    read = [(code.symbology_identifier, code.text) for code in found]
    return [f"a decoder does not read {text!r}" for code, text in wanted if (code, text) not in read] + [
        f"a decoder reads {text!r}, which nobody put there" for code, text in read if (code, text) not in wanted
    ]
