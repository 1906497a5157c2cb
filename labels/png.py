"""The neutral label as a PNG file, dot for dot as the printer would print it, with the resolution in the file."""

from __future__ import annotations

from io import BytesIO

from labels.label import Label
from labels.raster import picture


def render(label: Label) -> bytes:
    """One picture; the same label gives the same bytes.

    Raises:
        Refused: a barcode holds what it must not.
    """
    buffer = BytesIO()
    picture(label).save(buffer, "PNG", dpi=(label.dpi, label.dpi))
    return buffer.getvalue()
