"""What is on a label: a neutral model in millimetres, and the unit label built in it.

The model knows nothing of a printer language; ``zpl.py`` and ``pdf.py`` render it. Bars are counted in whole printer
dots, because a module that falls between two dots is what makes a label unreadable (hardware reference 4.6, 4.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

from labels.layouts import MEDIA, UNIT_LAYOUTS, Media, Strip
from labels.metrics import fit, printable
from labels.words import disposition_word, word
from rma_station.domain.clean import clean
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import Refused

DOTS_PER_MM = {203: 8.0, 300: 300 / 25.4}
"""A "203 dpi" head has exactly 8 dots a millimetre."""
SMALLEST_MODULE = 0.25
"""Millimetres; thinner bars are not read reliably off a thermal label."""
WIDEST_MODULE = 0.51
QUIET_MODULES = 10
"""Blank on both sides of Code 128 (ISO/IEC 15417)."""
CODE128_LIMIT = 48
"""Characters; more never fits a label."""


@dataclass(frozen=True)
class Text:
    """One line of text; ``x`` and ``y`` are the top left corner of its capitals, ``size`` the font size, all in mm."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = True


@dataclass(frozen=True)
class Bars:
    """A Code 128 in subset B without a line of text; ``x`` is the left edge of the first bar, mm."""

    x: float
    y: float
    height: float
    data: str
    module: int
    """Width of the narrowest bar in printer dots."""


@dataclass(frozen=True)
class Frame:
    """A rectangle drawn inwards with a line of this thickness, mm."""

    x: float
    y: float
    width: float
    height: float
    thickness: float


Element: TypeAlias = Text | Bars | Frame


@dataclass(frozen=True)
class Label:
    """A label ready to be rendered."""

    name: str
    """What it is, for a file name or a title: cleaned."""
    media: Media
    dpi: int
    elements: tuple[Element, ...]

    def dots(self, millimetres: float) -> int:
        """Millimetres as whole dots of this label's printer."""
        return round(millimetres * DOTS_PER_MM[self.dpi])


def code128_modules(data: str) -> int:
    """Width of a Code 128 in subset B, without quiet zones, in modules."""
    return 11 * (len(data) + 3) + 2


def unit_label(job: PrintUnitLabel, language: str, mode: str, media: str, dpi: int) -> Label:
    """The label of one unit.

    Args:
        job: what to print.
        language: ``pl`` or ``en``.
        mode: ``sample`` puts the sample mark on it.
        media: a name of ``layouts.MEDIA``.
        dpi: 203 or 300.

    Raises:
        Refused: unknown medium or resolution, or the LPN's barcode cannot keep module, quiet zone or width there.
    """
    if media not in UNIT_LAYOUTS:
        raise Refused(f"label medium {media!r} has no unit label. Choose one of {', '.join(UNIT_LAYOUTS)}.")
    if dpi not in DOTS_PER_MM:
        raise Refused(f"{dpi} dpi is not a resolution we print at. Choose 203 or 300.")
    size, layout = MEDIA[media], UNIT_LAYOUTS[media]
    frame = layout.frame if job.dangerous else 0.0
    elements: list[Element] = []
    if frame:
        elements.append(Frame(0, 0, size.width, size.height, frame))
    texts = unit_texts(job, language, mode)
    for place in layout.places:
        wanted = texts[place.field]
        if wanted:
            text, height = fit(wanted, place.size, place.smallest, place.width)
            elements.append(Text(place.x, place.y, height, text, place.bold))
    strip = layout.bars_dangerous if job.dangerous else layout.bars
    elements.append(centred_bars(job.lpn, strip, size, dpi, frame))
    return Label(f"{clean(job.lpn, 40)} {job.attempt}", size, dpi, tuple(elements))


def unit_texts(job: PrintUnitLabel, language: str, mode: str) -> dict[str, str]:
    """Every field of a unit label as printable text; empty where it does not apply."""
    sku, name = printable(job.sku or "", 60), printable(job.name)
    return {
        "grade": printable(job.grade, 3),
        "disposition": disposition_word(printable(job.disposition, 40), language),
        "destination": printable(job.destination, 60),
        "sku": sku,
        "name": name,
        "item": f"{sku} {name}".strip(),
        "rma": printable(job.rma_id or "", 60),
        "lpn": printable(job.lpn, CODE128_LIMIT),
        "attempt": f"{word('copy', language)} {job.attempt}" if job.attempt > 1 else "",
        "held": word("held", language) if job.held else "",
        "danger": f"! {word('danger', language)} !" if job.dangerous else "",
        "sample": word("sample", language) if mode == "sample" else "",
    }


def centred_bars(data: str, strip: Strip, media: Media, dpi: int, margin: float = 0.0) -> Bars:
    """A Code 128 across a label with the widest module that keeps its quiet zones.

    Args:
        data: printable ASCII without ``>``, which starts a command inside Code 128 on ZPL printers.
        strip: rows of the label it may use.
        media: the label.
        dpi: resolution of the head.
        margin: blank or frame on both sides that is not quiet zone, mm.

    Raises:
        Refused: the data cannot be encoded, or no module of at least ``SMALLEST_MODULE`` fits.
    """
    check_code128(data)
    scale = DOTS_PER_MM[dpi]
    whole = round(media.width * scale)
    room = whole - 2 * round(margin * scale)
    modules = code128_modules(data)
    module = min(room // (modules + 2 * QUIET_MODULES), int(WIDEST_MODULE * scale))
    smallest = ceil(SMALLEST_MODULE * scale)
    if module < smallest:
        needed = smallest * (modules + 2 * QUIET_MODULES) / scale
        raise Refused(
            f"the barcode {clean(data, 40)!r} does not fit a label of {media.name} mm at {dpi} dpi: with bars of "
            f"{smallest} dots and its quiet zones it needs {needed:.1f} mm, and there are {room / scale:.1f} mm. "
            "Use a wider label."
        )
    left = (whole - modules * module) // 2
    return Bars(left / scale, strip.y, strip.height, data, module)


def check_code128(data: str) -> None:
    """Refuse what Code 128 or a label printer could turn into something else.

    Raises:
        Refused: empty, too long, not printable ASCII, or with ``>``.
    """
    if not data or len(data) > CODE128_LIMIT:
        raise Refused(f"a barcode has 1 to {CODE128_LIMIT} characters, this one has {len(data)}.")
    if not (data.isascii() and data.isprintable()) or ">" in data:
        raise Refused(
            f"the barcode {clean(data, 40)!r} holds a character that cannot be printed safely. "
            "Allowed are printable ASCII characters except '>'."
        )
