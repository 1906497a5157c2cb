"""The barcodes we print: what each may hold, how large it gets, how much blank it needs, and its picture.

A symbol's size is known before any printer draws it: Code 128 is planned by us, and a matrix takes the size it needs
in the plainest encodation (bytes for QR, ASCII for Data Matrix), so that a printer which encodes more cleverly makes
it smaller, never larger. Sources: ISO/IEC 15417, 15420, 16022, 18004; hardware reference 4.5, 4.6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labels import code128, gs1
from rma_station.domain.checks import gs1_check_digit
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass
from rma_station.errors import Refused

CODE128_LIMIT = 48
"""Characters; more never fits a label."""
MATRIX_LIMIT = 300
"""Bytes in a QR code or Data Matrix; more gets too dense for a label."""
QR_LEVEL = "M"

_QR_BYTES = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331)
"""Bytes in versions 1, 2, 3... at level M (ISO/IEC 18004, table 7)."""
_DATA_MATRIX = (
    (10, 3), (12, 5), (14, 8), (16, 12), (18, 18), (20, 22), (22, 30), (24, 36), (26, 44), (32, 62), (36, 86),
    (40, 114), (44, 144), (48, 174), (52, 204), (64, 280), (72, 368),
)  # fmt: skip
"""Side and data codewords of the square symbols (ISO/IEC 16022, table 7)."""


@dataclass(frozen=True)
class Symbology:
    """One kind of barcode and what it needs to be read."""

    name: str
    quiet: int
    """Blank on every side that needs some, in modules."""
    smallest: float
    """Thinnest module that is read reliably off a thermal label, mm."""
    lowest: float
    """Least height of bars, mm; 0 for a matrix."""
    identifier: str
    """What a scanner says it is: the AIM identifier (ISO/IEC 15424)."""
    read: Callable[[str], str]
    """What a scanner reads of it; refuses data it cannot hold."""
    size: Callable[[str], tuple[int, int]]
    """Columns and rows in modules, without quiet zones."""
    picture: Callable[[str], tuple[str, ...]]
    """Its rows as 1 (dark) and 0; loads an encoder."""
    widest: int = 100
    """Dots a module may have; some printers take no more."""

    @property
    def matrix(self) -> bool:
        """Whether it needs blank above and below too."""
        return self.lowest == 0


def named(name: str) -> Symbology:
    """The symbology of a name.

    Raises:
        Refused: there is none, with those there are.
    """
    found = SYMBOLOGIES.get(name)
    if found is None:
        raise Refused(f"{clean(name, 30)!r} is not a barcode we print. Choose one of {', '.join(SYMBOLOGIES)}.")
    return found


# --- what each may hold ----------------------------------------------------------------------------------


def _plain(data: str) -> str:
    if not data or len(data) > CODE128_LIMIT:
        raise Refused(f"a barcode has 1 to {CODE128_LIMIT} characters, this one has {len(data)}.")
    if not (data.isascii() and data.isprintable()) or ">" in data:
        raise Refused(
            f"the barcode {clean(data, 40)!r} holds a character that cannot be printed safely. "
            "Allowed are printable ASCII characters except '>'."
        )
    return data


def _ean13(data: str) -> str:
    if len(data) != 13 or not (data.isascii() and data.isdecimal()):
        raise Refused(f"an EAN-13 has 13 digits, {clean(data, 40)!r} has not.")
    if gs1_check_digit(data[:12]) != data[12]:
        raise Refused(f"the EAN-13 {data} has a wrong check digit; {gs1_check_digit(data[:12])} is right.")
    return data


def _qr(data: str) -> str:
    _not_too_long(data)
    if not data.isprintable():
        raise Refused(f"the QR code {clean(data, 40)!r} holds a character that cannot be printed safely.")
    return data


def _data_matrix(data: str) -> str:
    _not_too_long(data)
    if not (data.isascii() and data.isprintable()) or "\\" in data:
        raise Refused(
            f"the Data Matrix {clean(data, 40)!r} holds a character that cannot be printed safely. "
            "Allowed are printable ASCII characters except a backslash."
        )
    return data


def _not_too_long(data: str) -> None:
    length = len(data.encode(errors="replace"))
    if not 0 < length <= MATRIX_LIMIT:
        raise Refused(f"a QR code or Data Matrix has 1 to {MATRIX_LIMIT} bytes, this one has {length}.")


# --- how large it gets -----------------------------------------------------------------------------------


def _bars_of(plan: Sequence[int]) -> tuple[int, int]:
    return code128.modules(plan), 1


def plain_plan(data: str) -> tuple[int, ...]:
    """The Code 128 characters of plain data."""
    return code128.plan(_plain(data))


def gs1_plan(data: str) -> tuple[int, ...]:
    """The Code 128 characters of a GS1 element string, FNC1 first."""
    return code128.plan(code128.FNC1 + gs1.message(data))


def _qr_side(data: str) -> tuple[int, int]:
    # What is not ASCII is announced as UTF-8 where we draw the symbol ourselves; that takes up to two bytes.
    length = len(_qr(data).encode()) + (0 if data.isascii() else 2)
    version = next(number for number, room in enumerate(_QR_BYTES, 1) if length <= room)
    return 17 + 4 * version, 17 + 4 * version


def _ean13_size(data: str) -> tuple[int, int]:
    _ean13(data)
    return 95, 1


def _data_matrix_side(data: str) -> tuple[int, int]:
    return _square(_data_matrix(data))


def _square(data: str) -> tuple[int, int]:
    digits = _pairs(data)
    side = next(side for side, room in _DATA_MATRIX if len(data) - digits <= room)
    return side, side


def _pairs(data: str) -> int:
    """How many characters are saved by writing two digits in one codeword, from the left."""
    saved = place = 0
    while place < len(data) - 1:
        pair = data[place].isdecimal() and data[place + 1].isdecimal()
        saved += pair
        place += 2 if pair else 1
    return saved


# --- its picture -----------------------------------------------------------------------------------------


def _ean13_bars(data: str) -> tuple[str, ...]:
    from barcode.ean import EuropeanArticleNumber13

    return (EuropeanArticleNumber13(_ean13(data)[:12]).build()[0].replace("G", "1"),)


def _matrix(data: str, kind: str, **options: object) -> tuple[str, ...]:
    import zxingcpp

    code = zxingcpp.create_barcode(data, zxingcpp.barcode_format_from_str(kind), **options)
    picture = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    height, width = picture.shape or (0, 0)
    return tuple("".join("0" if picture[row, column] else "1" for column in range(width)) for row in range(height))


def screen_qr(data: str) -> tuple[str, ...]:
    """The smallest QR code of a text, for a screen: rows of ``1`` (dark) and ``0``, without its quiet zone.

    A screen is not scratched as a label is: the lowest level of correction, so that it fits.
    """
    return _matrix(data, "QRCode", ec_level="L")


def _qr_rows(data: str) -> tuple[str, ...]:
    version = (_qr_side(data)[0] - 17) // 4
    utf8 = {} if data.isascii() else {"eci": "UTF-8"}
    return _matrix(data, "QRCode", ec_level=QR_LEVEL, version=version, **utf8)


def _data_matrix_rows(data: str) -> tuple[str, ...]:
    return _matrix(_data_matrix(data), "DataMatrix", version=_place(_data_matrix_side(data)[0]))


def _gs1_data_matrix_rows(data: str) -> tuple[str, ...]:
    side, _ = _gs1_data_matrix_side(data)
    return _matrix(data, "DataMatrix", gs1=True, version=_place(side))


def _gs1_data_matrix_side(data: str) -> tuple[int, int]:
    return _square(code128.FNC1 + gs1.message(data))


def _place(side: int) -> int:
    return 1 + [known for known, _ in _DATA_MATRIX].index(side)


SYMBOLOGIES = {
    found.name: found
    for found in (
        Symbology("code128", 10, 0.25, 5.0, "]C0", _plain, lambda data: _bars_of(plain_plan(data)),
                  lambda data: (code128.bars(plain_plan(data)),)),
        Symbology("gs1-128", 10, 0.25, 10.0, "]C1", gs1.message, lambda data: _bars_of(gs1_plan(data)),
                  lambda data: (code128.bars(gs1_plan(data)),)),
        Symbology("ean13", 11, 0.25, 10.0, "]E0", _ean13, _ean13_size, _ean13_bars),
        Symbology("qr", 4, 0.33, 0.0, "]Q1", _qr, _qr_side, _qr_rows, 10),
        Symbology("datamatrix", 2, 0.33, 0.0, "]d1", _data_matrix, _data_matrix_side, _data_matrix_rows),
        Symbology("gs1-datamatrix", 2, 0.33, 0.0, "]d2", gs1.message, _gs1_data_matrix_side, _gs1_data_matrix_rows),
    )
}  # fmt: skip
"""By the name used in templates."""
