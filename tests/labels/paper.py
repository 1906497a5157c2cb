"""The smallest TSPL and EPL printers there can be: they understand the commands we emit, and raise on anything else.

No independent renderer of these languages can be had from PyPI, so these are OURS: written from the manuals, by the
people who wrote ``labels/tspl.py`` and ``labels/epl.py``. What they prove is that the bytes parse strictly, that one
label comes out, that data arrives unescaped and whole, and that drawn symbols decode. Barcodes told by command are
encoded by zxing-cpp, not by our encoders. A resident font is drawn as black cells: where it would stand, not how.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import zxingcpp
from biip.gs1_messages import GS1Message
from PIL import Image, ImageDraw

from labels import code128
from labels.media import DOTS_PER_MM

TSPL_CELLS = {"1": (8, 12), "2": (12, 20), "3": (16, 24), "4": (24, 32), "5": (32, 48)}
EPL_CELLS = {
    203: {"1": (10, 12), "2": (12, 16), "3": (14, 20), "4": (16, 24), "5": (36, 48)},
    300: {"1": (12, 20), "2": (16, 28), "3": (20, 36), "4": (24, 44), "5": (48, 80)},
}


@dataclass
class Paper:
    """One label as it came out."""

    image: Any
    texts: list[str] = field(default_factory=list)
    cells: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Where texts in resident fonts stand: left, top, right, bottom."""


class Unknown(AssertionError):
    """Bytes a printer would not have understood, or understood as something else."""


# --- TSPL ------------------------------------------------------------------------------------------------

_STRING = r'"((?:[^"\\\r\n]|\\\["\])*)"'
_TSPL = {
    "TEXT": rf'TEXT (\d+),(\d+),"(\d)",0,(\d+),(\d+),{_STRING}',
    "BARCODE": rf'BARCODE (\d+),(\d+),"(128|128M|EAN13)",(\d+),0,0,(\d+),(\d+),{_STRING}',
    "QRCODE": rf"QRCODE (\d+),(\d+),M,(\d+),A,0,M2,S7,{_STRING}",
    "DMATRIX": rf"DMATRIX (\d+),(\d+),(\d+),(\d+),(c126,)?x(\d+),(\d+),(\d+),{_STRING}",
    "BAR": r"BAR (\d+),(\d+),(\d+),(\d+)",
}


def tspl(data: bytes, dpi: int) -> list[Paper]:
    """All labels a TSPL printer makes of these bytes."""
    out: list[Paper] = []
    size = (0, 0)
    paper: Paper | None = None
    while data:
        drawing = re.match(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,", data)
        if drawing and paper:
            data = _bitmap(paper, data, drawing)
            if not data.startswith(b"\r\n"):
                raise Unknown("a picture longer or shorter than announced")
            data = data[2:]
            continue
        line, separator, data = data.partition(b"\r\n")
        if not separator:
            raise Unknown(f"a line that does not end: {line!r}")
        command = line.decode("ascii")
        if not command or command == "REFERENCE 0,0":
            continue
        if found := re.fullmatch(r"SIZE ([\d.]+) mm,([\d.]+) mm", command):
            size = (round(float(found[1]) * DOTS_PER_MM[dpi]), round(float(found[2]) * DOTS_PER_MM[dpi]))
        elif command == "CLS":
            paper = Paper(Image.new("L", size, 255))
        elif command == "PRINT 1,1" and paper:
            out.append(paper)
        elif paper:
            _tspl_command(paper, command)
        else:
            raise Unknown(command)
    return out


def _tspl_command(paper: Paper, command: str) -> None:
    name = command.split(" ", 1)[0]
    found = re.fullmatch(_TSPL.get(name, "$^"), command)
    if found is None:
        raise Unknown(command)
    x, y = int(found[1]), int(found[2])
    if name == "TEXT":
        _cells(paper, x, y, TSPL_CELLS[found[3]], int(found[4]), int(found[5]), found[6])
    elif name == "BAR":
        _bar(paper, x, y, int(found[3]), int(found[4]))
    elif name == "BARCODE":
        _linear(paper, x, y, found[3], int(found[5]), int(found[4]), found[7])
    elif name == "QRCODE":
        _matrix(paper, x, y, _rows(found[4], "QRCode", ec_level="M"), int(found[3]))
    else:
        _data_matrix(paper, found, gs1=bool(found[5]))


def _data_matrix(paper: Paper, found: re.Match[str], *, gs1: bool) -> None:
    text = found[9]
    if gs1:
        if not text.startswith("~1"):
            raise Unknown(text)
        text = GS1Message.parse(text[2:].replace("~1", "\x1d")).as_hri()
    rows = _rows(text, "DataMatrix", gs1=gs1, force_square=True)
    module = int(found[6])
    if len(rows) > int(found[7]) or len(rows) * module > int(found[3]):
        raise Unknown(f"a Data Matrix larger than its room: {len(rows)}")
    _matrix(paper, int(found[1]), int(found[2]), rows, module)


# --- EPL -------------------------------------------------------------------------------------------------

_EPL_STRING = r'"((?:[^"\\\n]|\\["\\])*)"'
_EPL = {
    "A": rf"A(\d+),(\d+),0,(\d),(\d),(\d),N,{_EPL_STRING}",
    "B": rf"B(\d+),(\d+),0,(1|E30),(\d+),(\d+),(\d+),N,{_EPL_STRING}",
    "L": r"LO(\d+),(\d+),(\d+),(\d+)",
}


def epl(data: bytes, dpi: int, height: int) -> list[Paper]:
    """All labels an EPL printer with labels of this height (dots) makes of these bytes."""
    out: list[Paper] = []
    paper: Paper | None = None
    while data:
        drawing = re.match(rb"GW(\d+),(\d+),(\d+),(\d+),", data)
        if drawing and paper:
            data = _bitmap(paper, data, drawing)
            if not data.startswith(b"\n"):
                raise Unknown("a picture longer or shorter than announced")
            data = data[1:]
            continue
        line, separator, data = data.partition(b"\n")
        if not separator:
            raise Unknown(f"a line that does not end: {line!r}")
        command = line.decode("ascii")
        if not command or command == "I8,0,001":
            continue
        if command == "N":
            paper = Paper(Image.new("L", (1, height), 255))
        elif paper and (found := re.fullmatch(r"q(\d+)", command)):
            paper.image = Image.new("L", (int(found[1]), height), 255)
        elif command == "P1" and paper:
            out.append(paper)
        elif paper:
            _epl_command(paper, command, dpi)
        else:
            raise Unknown(command)
    return out


def _epl_command(paper: Paper, command: str, dpi: int) -> None:
    found = re.fullmatch(_EPL.get(command[0], "$^"), command)
    if found is None:
        raise Unknown(command)
    x, y = int(found[1]), int(found[2])
    if command[0] == "L":
        _bar(paper, x, y, int(found[3]), int(found[4]))
    elif command[0] == "A":
        text = re.sub(r"\\(.)", r"\1", found[6])
        _cells(paper, x, y, EPL_CELLS[dpi][found[3]], int(found[4]), int(found[5]), text)
    else:
        kind = {"1": "128", "E30": "EAN13"}[found[3]]
        _linear(paper, x, y, kind, int(found[4]), int(found[6]), re.sub(r"\\(.)", r"\1", found[7]))


# --- drawing ---------------------------------------------------------------------------------------------


def _bitmap(paper: Paper, data: bytes, found: re.Match[bytes]) -> bytes:
    x, y, width, height = (int(found[number]) for number in (1, 2, 3, 4))
    length = width * height
    rows = data[found.end() : found.end() + length]
    if len(rows) != length:
        raise Unknown("a picture shorter than announced")
    paper.image.paste(Image.frombytes("1", (width * 8, height), rows).convert("L"), (x, y))
    return data[found.end() + length :]


def _bar(paper: Paper, x: int, y: int, width: int, height: int) -> None:
    if x + width > paper.image.width or y + height > paper.image.height:
        raise Unknown(f"a bar that leaves the label: {(x, y, width, height)}")
    ImageDraw.Draw(paper.image).rectangle((x, y, x + width - 1, y + height - 1), fill=0)


def _cells(paper: Paper, x: int, y: int, cell: tuple[int, int], across: int, down: int, text: str) -> None:
    if "\\" in text or '"' in text:
        raise Unknown(f"an escape our printers are not to meet: {text!r}")
    box = (x, y, x + len(text) * cell[0] * across, y + cell[1] * down)
    if box[2] > paper.image.width or box[3] > paper.image.height:
        raise Unknown(f"a text that leaves the label: {text!r} {box}")
    ImageDraw.Draw(paper.image).rectangle((x, y, box[2] - 1, box[3] - 1), fill=0)
    paper.texts.append(text)
    paper.cells.append(box)


def _linear(paper: Paper, x: int, y: int, kind: str, module: int, height: int, text: str) -> None:
    if kind == "128M":
        modules = code128.bars(_controls(text))
    else:
        rows = _rows(text, "EAN13" if kind == "EAN13" else "Code128")
        modules = rows[len(rows) // 2]
    for place, bar in enumerate(modules):
        if bar == "1":
            _bar(paper, x + place * module, y, module, height)


def _controls(text: str) -> list[int]:
    """The Code 128 values behind ``!nnn`` codes and data, subset by subset."""
    values: list[int] = []
    subset = "B"
    for code, pair, one in re.findall(r"!(\d{3})|(\d\d)|(.)", text):
        if code:
            values.append(int(code))
            subset = {"104": "B", "100": "B", "105": "C", "099": "C"}.get(code, subset)
        elif subset == "C":
            if not pair:
                raise Unknown(f"{one!r} in subset C")
            values.append(int(pair))
        else:
            values += [ord(character) - 32 for character in pair or one]
    return values


def _matrix(paper: Paper, x: int, y: int, rows: list[str], module: int) -> None:
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark == "1":
                _bar(paper, x + across * module, y + down * module, module, module)


def _rows(text: str, kind: str, **options: Any) -> list[str]:
    code = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind), **options)
    picture = memoryview(code.to_image(scale=1, add_quiet_zones=False))
    height, width = picture.shape
    return ["".join("0" if picture[row, column] else "1" for column in range(width)) for row in range(height)]
