"""From what is to be printed to the bytes one printer takes: its language and the stock that is loaded in it."""

from __future__ import annotations

from dataclasses import dataclass

from labels import rendering
from labels.template_folders import Templates
from rma_station.domain.effects import Printable, PrintDocument, PrintLabel
from rma_station.errors import Refused


@dataclass(frozen=True)
class Stock:
    """What is loaded, and how finely it is printed."""

    media: str
    """Name of the label stock, such as ``57x32``."""
    dpi: int
    """203 or 300."""
    mode: str
    """``sample`` marks every label."""
    templates: Templates = rendering.SHIPPED
    """Where things stand on it."""


def bytes_for(job: Printable, words: str, language: str, stock: Stock) -> bytes:
    """The bytes of one job.

    Args:
        job: what to print.
        words: ``pl`` or ``en``, of the words on it.
        language: what the printer understands.
        stock: what is loaded.

    Raises:
        Refused: it cannot be printed there so that it scans, or its bytes are in another language.
    """
    if isinstance(job, PrintDocument):
        if job.format != language:
            raise Refused(f"{job.title} is {job.format}; this printer understands {language}.")
        return job.data
    if isinstance(job, PrintLabel):
        label = rendering.make(job.kind, job.content, words, stock.mode, stock.media, stock.dpi, stock.templates)
        return rendering.render(label, language)
    return rendering.render(rendering.unit(job, words, stock.mode, stock.media, stock.dpi, stock.templates), language)
