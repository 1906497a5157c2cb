r"""The neutral label as TSPL (TSC and its many look-alikes).

Text in a resident font is plain ASCII without quotes and backslashes (TSPL writes a quote as ``\["]``, look-alikes do
not all know it); all other text is a ``BITMAP``, so Polish letters need no code page. A barcode whose data is not plain
in the same sense is drawn too. ``SIZE`` and ``REFERENCE`` stand in every label, since another host may have changed
them; gap, density, speed and direction are the printer's set-up and are never sent.
Source: TSC TSPL/TSPL2 programming manual; hardware reference 4.5.
"""

from __future__ import annotations

from labels import code128, gs1, symbology
from labels.dialect import Dialect, commands
from labels.label import Label, Symbol
from labels.resident import TSPL_FONTS, harmless

_SPELLING = code128.Spelling(start_b="!104", start_c="!105", to_b="!100", fnc1="!102")
"""Control codes of ``128M``."""


def render(label: Label) -> bytes:
    """One label with one ``PRINT 1,1``.

    Raises:
        Refused: a barcode holds what it must not.
    """
    head = f"\r\nSIZE {label.media.width:g} mm,{label.media.height:g} mm\r\nREFERENCE 0,0\r\nCLS\r\n"
    return head.encode("ascii") + commands(label, _TSPL) + b"\r\nPRINT 1,1\r\n"


def _symbol(label: Label, symbol: Symbol) -> str | None:
    data, module = symbol.data, symbol.module
    x, y, height = label.dots(symbol.x), label.dots(symbol.y), label.dots(symbol.height)
    if not harmless(data) or (symbol.symbology == "gs1-128" and "!" in data):
        return None
    if symbol.symbology == "code128":
        return f'BARCODE {x},{y},"128",{height},0,0,{module},{module},"{data}"'
    if symbol.symbology == "gs1-128":
        told = code128.spelled(symbology.gs1_plan(data), _SPELLING)
        return f'BARCODE {x},{y},"128M",{height},0,0,{module},{module},"{told}"'
    if symbol.symbology == "ean13":
        return f'BARCODE {x},{y},"EAN13",{height},0,0,{module},{module},"{data[:12]}"'
    if symbol.symbology == "qr":
        # M2: the model of today; without it older firmware draws model 1, which phones do not read.
        return f'QRCODE {x},{y},{symbology.QR_LEVEL},{module},A,0,M2,S7,"{data}"'
    side = symbol.columns * module
    size = f"{x},{y},{side},{side}"
    if symbol.symbology == "gs1-datamatrix":
        told = "~1" + gs1.message(data).replace(code128.FNC1, "~1")
        return f'DMATRIX {size},c126,x{module},{symbol.rows},{symbol.columns},"{told}"'
    return f'DMATRIX {size},x{module},{symbol.rows},{symbol.columns},"{data}"'


_TSPL = Dialect(
    end=b"\r\n",
    fonts={203: TSPL_FONTS, 300: TSPL_FONTS},
    largest=10,
    text=lambda x, y, font, text: f'TEXT {x},{y},"{font.font.name}",0,{font.across},{font.down},"{text}"',
    bar=lambda box: "BAR " + ",".join(map(str, box)),
    picture=lambda x, y, width, height: f"BITMAP {x},{y},{width},{height},0,",
    symbol=_symbol,
    listened_for=(b"\x1b!", b"~!"),
)
