"""The fonts that live in TSPL and EPL printers, and which of them a line of text gets.

They are fixed-width bitmaps that grow in whole steps, so a line gets the largest that stays within the height and the
room the template gave it. A line that holds anything but plain ASCII letters, digits and harmless signs gets none:
what a printer shows for byte 0xA3 depends on a code page that another host may have changed and that look-alikes do
not have, and quotes and backslashes are escaped in different ways. Such a line is drawn (``raster.line``), and looks
the same on every printer. Sources: TSC TSPL/TSPL2 programming manual, TEXT; Zebra EPL programming guide, command A.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.record import dataclass

_HARMLESS = frozenset(" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'()*+,-./:;<=>?@[]_")
_CAPITALS = frozenset(" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#%&'()*+,-./:;=?")
_LEAST_SHARE = 0.6
"""A resident font smaller than this part of the wished size is worse than a drawn line."""


@dataclass(frozen=True)
class Font:
    """One resident font, in dots."""

    name: str
    step: int
    """From one character to the next."""
    height: int
    capitals: bool = False
    """Has no small letters."""


@dataclass(frozen=True)
class Choice:
    """A font and how often its dots are repeated across and down."""

    font: Font
    across: int
    down: int


TSPL_FONTS = (Font("1", 8, 12), Font("2", 12, 20), Font("3", 16, 24), Font("4", 24, 32), Font("5", 32, 48))
EPL_FONTS = {
    203: (Font("1", 10, 12), Font("2", 12, 16), Font("3", 14, 20), Font("4", 16, 24), Font("5", 36, 48, True)),
    300: (Font("1", 12, 20), Font("2", 16, 28), Font("3", 20, 36), Font("4", 24, 44), Font("5", 48, 80, True)),
}


def harmless(text: str) -> bool:
    """Whether every such printer shows a text as it is, whatever its code page."""
    return _HARMLESS.issuperset(text)


def choose(text: str, height: int, room: int, fonts: Sequence[Font], largest: int) -> Choice | None:
    """The largest font for a line, or ``None`` when it has to be drawn.

    Args:
        text: the line.
        height: wished font size in dots.
        room: width there is in dots.
        fonts: what the printer has.
        largest: how often it may repeat dots.
    """
    if not text or not harmless(text):
        return None
    best: tuple[int, int, Choice] | None = None
    for font in fonts:
        if font.capitals and not _CAPITALS.issuperset(text):
            continue
        for down in range(1, largest + 1):
            tall = font.height * down
            across = min(down, largest, room // (font.step * len(text)))
            if tall > height or across < max(1, down // 2):
                continue
            found = (tall, across * font.step, Choice(font, across, down))
            if best is None or found[:2] > best[:2]:
                best = found
    if best is None or best[0] < _LEAST_SHARE * height:
        return None
    return best[2]
