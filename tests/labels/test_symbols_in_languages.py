"""Each barcode in each printer language: told by a command or drawn, it is read back as what it is."""

from __future__ import annotations

import pytest

from labels.label import Label, Symbol
from labels.media import MEDIA
from labels.symbology import named
from tests.labels.reading import symbols
from tests.labels.test_proof import LANGUAGES, seen
from tests.labels.test_symbology import GOOD

MODULES = {203: {"bars": 2, "matrix": 4}, 300: {"bars": 3, "matrix": 5}}


def label_of(name: str, data: str, dpi: int) -> Label:
    """One symbol on a large label."""
    rules = named(name)
    columns, rows = rules.size(data)
    module = MODULES[dpi]["matrix" if rules.matrix else "bars"]
    symbol = Symbol(name, 10, 10, data, module, 0.0 if rules.matrix else 15.0, columns, rows)
    return Label(name, MEDIA["100x150"], dpi, (symbol,))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize(("name", "data"), GOOD)
def test_every_symbol_in_every_language(name: str, data: str, dpi: int, language: str) -> None:
    """Also data with quotes, backslashes, carets, underscores and letters of any script."""
    pictures, _ = seen(label_of(name, data, dpi), language)

    read = [symbols(picture, plain=True) for picture in pictures]
    assert read == [[(named(name).identifier, named(name).read(data))]]


@pytest.mark.parametrize(
    ("language", "name", "data", "command"),
    [
        ("zpl", "gs1-128", "(01)05901234123457(10)ABC123(21)XYZ9", b"^FD>;>8010590123412345710>6ABC123>821XYZ9^FS"),
        ("zpl", "gs1-datamatrix", "(10)A_1(21)X", b",,\\^FH^FD\\110A_5F1\\121X^FS"),
        ("zpl", "qr", "a_b", b"^BQN,2,4^FH^FDMA,a_5Fb^FS"),
        ("zpl", "ean13", "5901234123457", b"^BEN,120,N,N^FH^FD590123412345^FS"),
        ("tspl", "gs1-128", "(00)123451234512345120", b'"128M",120,0,0,2,2,"!105!10200123451234512345120"\r\n'),
        ("tspl", "gs1-128", '(10)A"B', b"BAR 80,80,4,120\r\n"),
        ("tspl", "code128", 'A"B', b"BAR 80,80,4,120\r\n"),
        ("tspl", "code128", "A-1", b'BARCODE 80,80,"128",120,0,0,2,2,"A-1"\r\n'),
        ("tspl", "qr", "A-1", b'QRCODE 80,80,M,4,A,0,M2,S7,"A-1"\r\n'),
        ("tspl", "qr", "ż", b"BITMAP 80,80,11,84,0,"),
        ("tspl", "gs1-datamatrix", "(10)A(21)X", b'c126,x4,14,14,"~110A~121X"\r\n'),
        ("tspl", "ean13", "5901234123457", b'"EAN13",120,0,0,2,2,"590123412345"\r\n'),
        ("epl", "code128", "A-1", b'B80,80,0,1,2,2,120,N,"A-1"\n'),
        ("epl", "code128", "A\\1", b"LO80,80,4,120\n"),
        ("epl", "gs1-128", "(10)A(21)X", b"LO80,80,4,120\n"),
        ("epl", "qr", "A-1", b"GW80,80,11,84,"),
        ("epl", "ean13", "5901234123457", b'B80,80,0,E30,2,2,120,N,"590123412345"\n'),
    ],
)  # fmt: skip
def test_what_is_told_and_what_is_drawn(language: str, name: str, data: str, command: bytes) -> None:
    """As the heads of the modules say."""
    from labels import rendering

    assert command in rendering.render(label_of(name, data, 203), language)
