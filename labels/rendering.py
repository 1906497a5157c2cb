"""The way from what is to be printed to the bytes a printer takes; the only door printers need.

::

    label = rendering.unit(job, words, mode, media, dpi)     any kind gives a labels.label.Label
    data = rendering.render(label, language)                 the printer's own language: one of LANGUAGES

So a printer knows its language, dpi and medium, and can be handed every kind of label. ``words`` is the language of
the words on it (``pl`` or ``en``); ``language`` is what the printer understands. Both functions raise ``Refused`` with
a reason for a person when something cannot be printed so that it scans; nothing else is raised, and the same label
always gives the same bytes. A carrier's label and a sheet are bytes already and are handed over as they are.
"""

from __future__ import annotations

from labels import pdf, zpl
from labels.label import Label, unit_label
from rma_station.domain.clean import clean
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import Refused

_RENDERERS = {"zpl": zpl.render, "pdf": pdf.render}
LANGUAGES = tuple(_RENDERERS)
"""What ``render`` speaks."""


def render(label: Label, language: str) -> bytes:
    """One label as exactly one label's bytes.

    Args:
        label: what to print.
        language: one of ``LANGUAGES``.

    Raises:
        Refused: a language we do not speak, or something on the label that this language cannot print safely.
    """
    renderer = _RENDERERS.get(language)
    if renderer is None:
        raise Refused(f"{clean(language, 20)!r} is not a printer language. Choose one of {', '.join(LANGUAGES)}.")
    return renderer(label)


def unit(job: PrintUnitLabel, words: str, mode: str, media: str, dpi: int) -> Label:
    """The label of one unit.

    Args:
        job: what to print.
        words: ``pl`` or ``en``.
        mode: ``sample`` puts the sample mark on it.
        media: name of the label stock, such as ``57x32``.
        dpi: 203 or 300.

    Raises:
        Refused: unknown medium or resolution, or the barcode cannot keep module, quiet zone or width there.
    """
    return unit_label(job, words, mode, media, dpi)
