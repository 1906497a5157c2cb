"""What a virtual ZPL printer does with the bytes it gets: formats and status.

As a Zebra printer does (hardware reference 4.3, 4.4): ``~HS`` has no answer while media or ribbon is out or the head
is open, ``~HQES`` has; formats wait in the buffer until the printer can print; a format cut off in the middle stays
and glues the next job to itself until ``~JX``; the odometer counts what came out.
"""

from __future__ import annotations

import re

from virtual_bench.printer import ERRORS, LARGEST_LABEL, PrinterModel

_SILENCING = frozenset({"media_out", "ribbon_out", "head_open"})
_OUTSIDE = re.compile(rb"~(HS|HQES|HI|JA|JX|PS|PP)|\^(XA)|! U1 (getvar|setvar|do) ([^\r\n]*)\r?\n", re.IGNORECASE)
_INSIDE = re.compile(rb"~(HS|HQES|HI|JA|JX|PS|PP)|\^(XZ)", re.IGNORECASE)
_BEGUN_OUTSIDE = re.compile(rb"(?:~[A-Z]{0,3}|\^X?|!(?: (?:U(?:1(?: [^\r\n^~]{0,80})?\r?)?)?)?)\Z", re.IGNORECASE)
_BEGUN_INSIDE = re.compile(rb"(?:~[A-Z]{0,3}|\^X?)\Z", re.IGNORECASE)
_MARKS = re.compile(rb"\^F[OT]|\^G[BFCDES]", re.IGNORECASE)
_QUANTITY = re.compile(rb"\^PQ(\d{1,4})", re.IGNORECASE)
_LENGTH = re.compile(rb"\^LL(\d{1,5})", re.IGNORECASE)


class ZplModel(PrinterModel):
    """A printer of ZPL with the counters of a Zebra."""

    language = "zpl"

    def __init__(self, odometer: int = 0) -> None:
        super().__init__(odometer)
        self._pending = b""
        self._format: bytearray | None = None
        self._length = 256

    @property
    def partial(self) -> bool:
        """A format was begun and not ended."""
        return self._format is not None

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host in any chunks; returns what the printer answers."""
        self._pending += data
        answers = []
        while True:
            inside = self._format is not None
            found = (_INSIDE if inside else _OUTSIDE).search(self._pending)
            if found is None:
                break
            self._collect(self._pending[: found.start()])
            self._pending = self._pending[found.end() :]
            answers.append(self._command(found, inside))
        begun = (_BEGUN_INSIDE if self._format is not None else _BEGUN_OUTSIDE).search(self._pending)
        keep = begun.start() if begun else len(self._pending)
        self._collect(self._pending[:keep])
        self._pending = self._pending[keep:]
        return b"" if self.silent else b"".join(answers)

    def _collect(self, data: bytes) -> None:
        if self._format is not None:
            self._format += data
            if len(self._format) > LARGEST_LABEL:
                self._format = None

    def _command(self, found: re.Match[bytes], inside: bool) -> bytes:
        immediate = (found[1] or b"").upper()
        if immediate:
            return self._immediate(immediate)
        if inside:
            assert self._format is not None
            self._end_format(bytes(self._format) + b"^XZ")
            return b""
        if found[2]:
            self._format = bytearray(b"^XA")
            return b""
        return self._variable(found[4]) if found[3].lower() == b"getvar" else b""

    def _immediate(self, command: bytes) -> bytes:
        if command == b"HS":
            return b"" if self.problems & _SILENCING else self._host_status()
        if command == b"HQES":
            return self._error_status()
        if command == b"HI":
            return b"\x02ZTC ZD421-203dpi ZPL,V93.21.26Z,8,262144\x03\r\n"
        if command == b"JA":
            self._waiting.clear()
            self._format = None
        if command == b"JX":
            self._format = None
        if command == b"PP":
            self.set_problems(self.problems | {"paused"})
        if command == b"PS":
            self.set_problems(self.problems - {"paused"})
        return b""

    def _end_format(self, label: bytes) -> None:
        self._format = None
        length = _LENGTH.search(label)
        if length:
            self._length = int(length[1])
        if _MARKS.search(label):
            quantity = _QUANTITY.search(label)
            self._ended(label, max(1, int(quantity[1]) if quantity else 1))

    def _host_status(self) -> bytes:
        has = {name: int(name in self.problems) for name in ERRORS}
        waiting = min(self.formats_waiting, 999)
        return (
            f"\x02030,{has['media_out']},{has['paused']},{self._length:04},{waiting:03},0,0,{int(self.partial)},000,0,0,0"
            f"\x03\r\n\x02001,0,{has['head_open']},{has['ribbon_out']},1,2,6,0,{waiting:08},1,000\x03\r\n\x021234,0\x03\r\n"
        ).encode()

    def _error_status(self) -> bytes:
        bits = sum(ERRORS[name] for name in self.problems)
        return (
            "\x02\r\n\r\n  PRINTER STATUS\r\n"
            f"   ERRORS:         {int(bool(bits))} 00000000 {bits:08X}\r\n"
            "   WARNINGS:       0 00000000 00000000\r\n\x03"
        ).encode()

    def _variable(self, name: bytes) -> bytes:
        counters = {b'"odometer.total_label_count"', b'"odometer.user_label_count"'} if self.counts else set()
        values = dict.fromkeys(counters, str(self.odometer)) | {
            b'"ezpl.print_width"': "456",
            b'"zpl.label_length"': str(self._length),
            b'"device.languages"': "zpl",
            b'"head.resolution.in_dpi"': "203",
            b'"device.host_status"': self._host_status()
            .decode()
            .translate({2: "", 3: "", 13: "", 10: ","})
            .rstrip(","),
        }
        return f'"{values.get(name.strip().lower(), "?")}"'.encode()
