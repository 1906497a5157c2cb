"""A picture as the bytes TSPL and EPL take: rows of whole bytes, a 0 bit prints black."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rma_station.errors import Refused

if TYPE_CHECKING:
    from PIL.Image import Image


def packed(image: Image, forbidden: Sequence[bytes] = ()) -> tuple[int, int, bytes]:
    """A picture of mode ``1`` for a printer.

    Args:
        image: white is 1.
        forbidden: what must not stand in the bytes, because the printer listens for it everywhere.

    Returns:
        Blank dots added at the left, bytes a row, the bytes.

    Raises:
        Refused: the bytes hold a forbidden sequence wherever the picture begins.
    """
    from PIL import Image as images

    for shift in range(8):
        width = -(-(image.width + shift) // 8)
        padded = images.new("1", (width * 8, image.height), 1)
        padded.paste(image, (shift, 0))
        data = padded.tobytes()
        if not any(part in data for part in forbidden):
            return shift, width, data
    raise Refused("a drawn line would hold a printer command by accident. Change its text by a character.")
