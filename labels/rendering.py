"""The way from what is to be printed to the bytes a printer takes; the only door printers need.

::

    label = rendering.unit(job, words, mode, media, dpi)             a unit's label, as its print job says
    label = rendering.make(kind, content, words, mode, media, dpi)   any other kind of label; content is plain strings
    data = rendering.render(label, language)                         the printer's own language: one of LANGUAGES

So a printer knows its language, dpi and medium, and can be handed every kind of label. ``words`` is the language of
the words on it (``pl`` or ``en``); ``language`` is what the printer understands. All three raise ``Refused`` with a
reason for a person when something cannot be printed so that it scans; nothing else is raised, and the same label
always gives the same bytes. A carrier's label and a sheet are bytes already and are handed over as they are.
"""

from __future__ import annotations

from importlib import import_module

from labels import kinds
from labels.content import Content, check_complete, complete, of_unit
from labels.label import Label
from labels.layout import lay_out
from labels.template_folders import Templates
from rma_station.domain.clean import clean
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import Refused

LANGUAGES = ("zpl", "tspl", "epl", "pdf", "png")
"""What ``render`` speaks."""
SHIPPED = Templates()
"""The templates that come with the program."""
_NAMED_BY = {kinds.PALLET: "sscc", kinds.RETURN_SLIP: "rma", kinds.CUSTOMER_RETURN: "rma"}


def render(label: Label, language: str) -> bytes:
    """One label as exactly one label's bytes.

    Args:
        label: what to print.
        language: one of ``LANGUAGES``.

    Raises:
        Refused: a language we do not speak, or something on the label that this language cannot print safely.
    """
    if language not in LANGUAGES:
        raise Refused(f"{clean(language, 20)!r} is not a printer language. Choose one of {', '.join(LANGUAGES)}.")
    # Each language is a module of its own, loaded by its first label: a station has one or two.
    data: bytes = import_module(f"labels.{language}").render(label)
    return data


def unit(job: PrintUnitLabel, words: str, mode: str, media: str, dpi: int, templates: Templates = SHIPPED) -> Label:
    """The label of one unit; a dangerous one gets the quarantine template.

    Args:
        job: what to print.
        words: ``pl`` or ``en``.
        mode: ``sample`` puts the sample mark on it.
        media: name of the label stock, such as ``57x32``.
        dpi: 203 or 300.
        templates: where things stand.

    Raises:
        Refused: unknown medium or resolution, or the barcode cannot keep module, quiet zone or width there.
    """
    kind = kinds.of_job(job)
    template = templates.find(kind, media)
    fields = of_unit(job, words, mode)
    check_complete(kind, fields)
    return lay_out(template, fields, words, dpi, f"{job.lpn} {job.attempt}")


def make(
    kind: str, content: Content, words: str, mode: str, media: str, dpi: int, templates: Templates = SHIPPED
) -> Label:
    """A label of any kind.

    Args:
        kind: one of ``kinds.LABELS``.
        content: its fields (``content.FIELDS``) as they are; those left out are empty.
        words: ``pl`` or ``en``.
        mode: ``sample`` puts the sample mark on it.
        media: name of the label stock.
        dpi: 203 or 300.
        templates: where things stand.

    Raises:
        Refused: an unknown kind, field, medium or resolution, or a barcode that cannot be printed so that it scans.
    """
    fields = complete(kind, content, words, mode)
    template = templates.find(kind, media)
    return lay_out(template, fields, words, dpi, f"{kind} {fields[_NAMED_BY.get(kind, 'lpn')]}")
