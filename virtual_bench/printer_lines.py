"""What virtual printers of line-based languages do with the bytes they get: TSPL and EPL2.

Commands are lines that end with LF; a label is all lines up to the one that prints. A question is answered as soon as
its bytes are there, wherever they stand between lines (hardware reference 4.3). A label cut off in the middle stays in
the buffer, and the next line is glued to its last one, until a line that clears the picture.
"""

from __future__ import annotations

import re
from typing import ClassVar

from virtual_bench.printer import LARGEST_LABEL, PrinterModel


class LinesModel(PrinterModel):
    """Splits what comes into lines, picture data and questions; a language says what they mean."""

    questions: re.Pattern[bytes]
    """Bytes that are answered at once."""
    begun_question: re.Pattern[bytes]
    """What may become one when more bytes come, at the end of what is there."""
    picture: re.Pattern[bytes]
    """The head of a line with ``width`` and ``rows`` of binary data behind it."""
    prints: re.Pattern[bytes]
    """The line that prints, with the number of ``copies``."""
    clears: re.Pattern[bytes]
    """The line that clears the picture."""

    def __init__(self, odometer: int = 0) -> None:
        super().__init__(odometer)
        self._pending = b""
        self._label = b""
        self._binary = 0
        """Bytes of a picture that are still to come."""

    @property
    def partial(self) -> bool:
        """Something was drawn, or half a line came, and nothing was printed yet."""
        return bool((self._label + self._pending).strip())

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host in any chunks; returns what the printer answers."""
        self._pending += data
        answers = []
        while True:
            self._take_binary()
            question = None if self._binary else self.questions.search(self._pending)
            line = None if self._binary else self._next_line()
            if question and (line is None or question.start() < len(line)):
                answers.append(self._answer(question))
                self._pending = self._pending[: question.start()] + self._pending[question.end() :]
            elif line is not None:
                self._pending = self._pending[len(line) :]
                self._take(line)
            else:
                break
        if len(self._label) + len(self._pending) > LARGEST_LABEL:
            self._label = self._pending = b""
        return b"" if self.silent else b"".join(answers)

    def _next_line(self) -> bytes | None:
        """A whole line with its end, or the head of one with a picture behind it."""
        picture = self.picture.match(self._pending)
        if picture:
            self._binary = int(picture["width"]) * int(picture["rows"])
            return picture[0]
        begun = self.begun_question.search(self._pending)
        end = re.match(rb"[^\n]*\n", self._pending[: begun.start()] if begun else self._pending)
        return end[0] if end else None

    def _take_binary(self) -> None:
        data, self._pending = self._pending[: self._binary], self._pending[self._binary :]
        self._label += data
        self._binary -= len(data)

    def _take(self, line: bytes) -> None:
        if self.clears.fullmatch(line.strip()):
            self._label = self._kept(self._label)
        if not (self._label or line.strip()):
            return
        self._label += line
        printed = self.prints.fullmatch(line.strip())
        if printed:
            label, self._label = self._label, b""
            self._ended(label, int(printed["copies"] or 1))

    def _kept(self, label: bytes) -> bytes:
        """What of a label clearing the picture leaves in force."""
        raise NotImplementedError

    def _answer(self, question: re.Match[bytes]) -> bytes:
        raise NotImplementedError


class TsplModel(LinesModel):
    """A TSPL printer; ``<ESC>!?`` is answered always, ``~!T`` only when it is ready."""

    language = "tspl"
    questions = re.compile(rb"\x1b!\?|~!T")
    begun_question = re.compile(rb"(?:\x1b!?|~!?)\Z")
    picture = re.compile(rb"BITMAP \d+,\d+,(?P<width>\d{1,4}),(?P<rows>\d{1,5}),\d,")
    prints = re.compile(rb"PRINT (?P<copies>\d{1,4})(,\d{1,4})?")
    clears = re.compile(rb"CLS")
    BITS: ClassVar = {"head_open": 0x01, "media_out": 0x04, "ribbon_out": 0x08, "paused": 0x10}

    def _answer(self, question: re.Match[bytes]) -> bytes:
        if question[0] == b"~!T":
            return b"" if self.problems else b"TE210\r\n"
        return bytes([sum(self.BITS[name] for name in self.problems)])

    def _kept(self, label: bytes) -> bytes:
        # SIZE, GAP and the code page stay in force; drawings are gone.
        lines = re.findall(rb"[^\n]*\n", label)
        return b"".join(line for line in lines if re.match(rb"(SIZE|GAP|CODEPAGE|DIRECTION|REFERENCE|OFFSET) ", line))


_SETTINGS = b"UKQ1935HLU      V4.42\r\nSerial port:96,N,8,1\r\nS4 D08 R112,000 ZT UN\r\nq456 Q256,24\r\nOption:d\r\n"


class EplModel(LinesModel):
    """An EPL2 printer; ``^ee`` is answered always, ``UQ`` only when it is ready."""

    language = "epl"
    questions = re.compile(rb"(?<![^\n])(?:\^ee|UQ)\r?\n")
    begun_question = re.compile(rb"(?<![^\n])(?:\^e{0,2}\r?|UQ?\r?)\Z")
    picture = re.compile(rb"GW\d+,\d+,(?P<width>\d{1,4}),(?P<rows>\d{1,5}),")
    prints = re.compile(rb"P(?P<copies>\d{1,5})(,\d{1,5})?")
    clears = re.compile(rb"N")
    CODES: ClassVar = {"media_out": "07", "head_open": "11", "ribbon_out": "17", "paused": "92"}

    def _answer(self, question: re.Match[bytes]) -> bytes:
        if question[0].startswith(b"UQ"):
            return b"" if self.problems else _SETTINGS
        codes = [code for name, code in self.CODES.items() if name in self.problems]
        return (",".join(codes) or "00").encode() + b"\r\n"

    def _kept(self, label: bytes) -> bytes:
        lines = re.findall(rb"[^\n]*\n", label)
        return b"".join(line for line in lines if re.match(rb"[qQSDRZIO]", line))
