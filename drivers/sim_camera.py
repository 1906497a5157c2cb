"""A camera that is drawn, for trying out, in sample mode only: ``sim:camera``, with ``fault=gone`` or ``garbage``."""

from __future__ import annotations

import io

from drivers.address import Address
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import Clock

SIZE = (1280, 960)
COLOURS = ("#8899aa", "#aa9988", "#88aa99", "#9988aa", "#a0a080")
FAULTS = ("", "gone", "garbage")


class DrawnSource:
    """``camera.Source``: a box on a table with a number, another one each time."""

    detail = "drawn"

    def __init__(self, clock: Clock, fault: str = "") -> None:
        self._clock, self._fault, self._number = clock, fault, 0

    def grab(self) -> bytes:
        """The next picture."""
        if self._fault == "gone":
            raise DeviceLost("the drawn camera gives no picture (fault=gone)")
        if self._fault == "garbage":
            return b"\xff\xd8\xff" + bytes(1000)
        self._number += 1
        return drawn(self._number, int(self._clock.unix()))

    def check(self) -> None:
        """It is always there."""

    def wake(self) -> None:
        """It never waits."""

    def close(self) -> None:
        """Nothing is held."""


def drawn(number: int, unix: int) -> bytes:
    """A picture of its own, PNG, marked as a sample on its face."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  not before the first picture

    width, height = SIZE
    image = Image.new("RGB", SIZE, "#d8d4cc")
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = width // 5, height // 4, width * 4 // 5, height * 4 // 5
    draw.polygon([(left, top), (left + 120, top - 90), (right + 120, top - 90), (right, top)], fill="#c0b8a8")
    draw.polygon([(right, top), (right + 120, top - 90), (right + 120, bottom - 90), (right, bottom)], fill="#a8a090")
    draw.rectangle((left, top, right, bottom), fill=COLOURS[number % len(COLOURS)])
    scratch = 37 * number % 300
    draw.line((left + 60 + scratch, top + 80, left + 200 + scratch, bottom - 60), fill="#333333", width=9)
    large, small = ImageFont.load_default(size=110), ImageFont.load_default(size=44)
    draw.text((width // 2, height // 2), f"SAMPLE {number}", fill="white", font=large, anchor="mm")
    draw.text((40, height - 70), f"PRÓBA / SAMPLE  {unix}", fill="#a02020", font=small)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def connector(address: Address, clock: Clock) -> DrawnSource:
    """The drawn camera a URL means.

    Raises:
        Malformed: it is not ``sim:camera``, or the fault is none of ``FAULTS``.
    """
    fault = address.options.get("fault", "")
    if address.target != "camera" or fault not in FAULTS:
        raise Malformed(
            f"sim:{address.target}?fault={fault}: a drawn camera is sim:camera, fault=gone or fault=garbage"
        )
    return DrawnSource(clock, fault)
