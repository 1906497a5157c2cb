"""How the renderer and the decoder that prove our labels read published ZPL: hardware reference 7.5, L1 to L19.

Of two ways to write a code the one is ours that every printer reads alike; the others are here to show why.
"""

from __future__ import annotations

import pytest
import zplkit.rendering

from tests.labels.reading import Symbol, symbols, zpl_images

SSCC = "00123451234512345120"
VECTORS = {
    "L1 code 128, the printer chooses the subset": (
        "^XA^FO50,50^BY2^BCN,100,N,N,N,A^FDRMA-2026-000123^FS^XZ",
        [[("]C0", "RMA-2026-000123")]],
    ),
    "L3 text that was not escaped prints a second label": (
        "^XA^FO50,50^BY2^BCN,100,N,N,N,A^FDA^FS^XZ^XA^FO50,50^BY2^BCN,100,N,N,N,A^FDEVIL^FS^XZ",
        [[("]C0", "A")], [("]C0", "EVIL")]],
    ),
    "L5 GS1-128 as every printer reads it": (
        "^XA^FO50,50^BY2^BCN,100,N,N,N,N^FD>;>8010590123412345710>6ABC123>821XYZ9^FS^XZ",
        [[("]C1", "010590123412345710ABC123\x1d21XYZ9")]],
    ),
    "L7 SSCC, brackets left to the printer": (
        "^XA^FO50,50^BY2^BCN,100,N,N,N,D^FD(00)123451234512345120^FS^XZ",
        [[("]C1", SSCC)]],
    ),
    "L9 SSCC, check digit left to the printer: printers differ": (
        "^XA^FO50,50^BY2^BCN,100,N,N,Y,N^FD>;>80012345123451234512^FS^XZ",
        [[("]C1", SSCC)]],
    ),
    "L11 QR, level and mode spelled out": (
        "^XA^FO100,100^BQN,2,10^FDMM,AAC-42^FS^XZ",
        [[("]Q1", "AC-42")]],
    ),
    "L13 QR with Polish letters in hex": (
        "^XA^CI28^FO50,50^BQN,2,6^FH_^FDMA,Za_C5_BC_C3_B3_C5_82_C4_87^FS^XZ",
        [[("]Q1", "Zażółć")]],
    ),
    "L15 data matrix": (
        "^XA^FO50,50^BXN,8,200^FDRMA-2026-000123^FS^XZ",
        [[("]d1", "RMA-2026-000123")]],
    ),
    "L17 data matrix, an underscore behind another escape": (
        "^XA^FO50,50^BXN,8,200,,,,\\^FDA_1B^FS^XZ",
        [[("]d1", "A_1B")]],
    ),
}


@pytest.mark.parametrize(("data", "expected"), VECTORS.values(), ids=VECTORS)
def test_published_zpl_is_read_symbol_by_symbol(data: str, expected: list[list[Symbol]]) -> None:
    """A list of symbols for each label that comes out."""
    assert [symbols(image, plain=True) for image in zpl_images(data.encode(), 203)] == expected


def test_polish_letters_are_refused_by_this_renderer() -> None:
    """L19: it draws ASCII only and says so; the second renderer draws them (``test_second_renderer.py``)."""
    with pytest.raises(zplkit.rendering.RenderError, match="unsupported embedded font glyph"):
        zpl_images("^XA^CI28^FO50,50^A0N,40,40^FDZażółć gęślą jaźń^FS^XZ".encode(), 203)
