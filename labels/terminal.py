"""A label in a terminal: as a picture where the terminal can show one, else in half blocks, two dots a character.

Kitty's protocol (kitty, Ghostty) and iTerm2's (iTerm2, WezTerm) are told by the environment; others, and whatever runs
inside tmux or screen, get blocks. Sources: sw.kovidgoyal.net/kitty/graphics-protocol, iterm2.com/documentation-images.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_CHUNK = 4096
"""Most base64 characters in one of kitty's messages."""
_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
"""Ink above, ink below."""
_PAPER, _NORMAL = "\x1b[30;107m", "\x1b[0m"


def protocol(environment: Mapping[str, str]) -> str:
    """``kitty``, ``iterm`` or ``blocks``."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if "TMUX" in environment or term.startswith(("screen", "tmux")):
        return "blocks"
    if "KITTY_WINDOW_ID" in environment or "kitty" in term or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm"):
        return "iterm"
    return "blocks"


def shown(image: Image, png: bytes, how: str, columns: int, *, colours: bool) -> str:
    """What to write to the terminal.

    Args:
        image: the label, black on white.
        png: the same as a file.
        how: the answer of ``protocol``.
        columns: width of the terminal.
        colours: black on white paper, whatever the terminal's own colours are; only for blocks.
    """
    if how == "kitty":
        return "".join(_kitty(png)) + "\n"
    if how == "iterm":
        data = base64.standard_b64encode(png).decode()
        return f"\x1b]1337;File=inline=1;size={len(png)};preserveAspectRatio=1:{data}\a\n"
    return "".join(f"{_PAPER}{line}{_NORMAL}\n" if colours else f"{line}\n" for line in _lines(image, columns))


def _kitty(png: bytes) -> Iterator[str]:
    data = base64.standard_b64encode(png).decode()
    for start in range(0, len(data), _CHUNK):
        head = "a=T,f=100," if start == 0 else ""
        more = int(start + _CHUNK < len(data))
        yield f"\x1b_G{head}m={more};{data[start : start + _CHUNK]}\x1b\\"


def _lines(image: Image, columns: int) -> Iterator[str]:
    from PIL import Image as images

    width = max(1, min(image.width, columns))
    height = max(2, round(image.height * width / image.width / 2) * 2)
    small = image.convert("L").resize((width, height), images.Resampling.BOX)
    ink = [[int(small.getpixel((x, y)) < 128) for x in range(width)] for y in range(height)]  # type: ignore[operator]
    for upper, lower in zip(ink[::2], ink[1::2], strict=True):
        yield "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
