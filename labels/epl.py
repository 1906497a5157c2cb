r"""The neutral label as EPL2 page mode (Eltron, older Zebra, and look-alikes).

Text in a resident font is plain ASCII; all other text is a ``GW`` picture. Two kinds of barcode are always drawn,
because printers differ: GS1-128 (command type 1E drops hyphens and takes identifiers apart in its own way) and every
matrix (QR codes are for Japanese models only, Data Matrix for some). Print width and character set stand in every
label, since another host may have changed them; length, gap, speed and density are the printer's set-up and are never
sent. Source: Zebra EPL programming guide 14245L-003, commands A, B, b, GW, I, LO, q; hardware reference 4.5.
"""

from __future__ import annotations

from labels.dialect import Dialect, commands
from labels.label import Label, Symbol
from labels.resident import EPL_FONTS, harmless

_EAN_MODULES = range(2, 5)
"""Widths of the narrow bar that ``E30`` takes."""


def render(label: Label) -> bytes:
    """One label with one ``P1``.

    Raises:
        Refused: a barcode holds what it must not.
    """
    head = f"\nN\nq{label.dots(label.media.width)}\nI8,0,001\n"
    return head.encode("ascii") + commands(label, _EPL) + b"\nP1\n"


def _symbol(label: Label, symbol: Symbol) -> str | None:
    data, module = symbol.data, symbol.module
    x, y, height = label.dots(symbol.x), label.dots(symbol.y), label.dots(symbol.height)
    if symbol.symbology == "code128" and harmless(data):
        return f'B{x},{y},0,1,{module},{max(2, module)},{height},N,"{data}"'
    if symbol.symbology == "ean13" and module in _EAN_MODULES:
        return f'B{x},{y},0,E30,{module},{module},{height},N,"{data[:12]}"'
    return None


_EPL = Dialect(
    end=b"\n",
    fonts=dict(EPL_FONTS),
    largest=6,
    text=lambda x, y, font, text: f'A{x},{y},0,{font.font.name},{font.across},{font.down},N,"{text}"',
    bar=lambda box: "LO" + ",".join(map(str, box)),
    picture=lambda x, y, width, height: f"GW{x},{y},{width},{height},",
    symbol=_symbol,
    listened_for=(b"^@", b"^default"),
)
