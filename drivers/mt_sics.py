"""MT-SICS answers of Mettler-Toledo scales and their dialects, bytes to ``Reading`` (pure; hardware reference 3.2).

::

    S S     100.00 g CR LF     stable        S I  not now     S +  overload     ES  syntax error
    S D     100.02 g CR LF     in motion     S L  parameter   S -  underload    ET  transmission  EL  logical

The weight stands right-aligned in ten characters, then one space and the unit. A frame without its CR LF, without a
unit we know, or with anything else in it gives no weight: half a number is a wrong number.
"""

from __future__ import annotations

import re
from decimal import Decimal

from rma_station.domain.weight import Reading

SYNTAX_ERRORS = {b"ES": "syntax", b"ET": "transmission", b"EL": "logical"}
"""Answers to a command that was not understood; none of them carries a weight."""
_REFUSALS = {b"I": "not_ready", b"+": "over", b"-": "under", b"L": "parameter"}
_UNITS = {unit: unit for unit in ("g", "kg", "mg", "t", "lb", "oz", "ozt", "ct", "dwt", "pcs", "%")} | {"gn": "gr"}
_COMMAND = rb"(S|SI|SU|SIU|SR|SIR|T|TI|TA) +"
_WEIGHT = re.compile(_COMMAND + rb"([SDA]) +(-?[0-9]{1,9}(?:\.[0-9]{1,6})?)(?: +([A-Za-z%]{1,5}))? *")
_REFUSED = re.compile(_COMMAND + rb"([I+\-L]) *")
_WEIGHT_COMMANDS = frozenset({b"S", b"SI"})


def parse(frame: bytes, at: float) -> Reading:
    """One answer of the scale.

    Args:
        frame: the line with its CR LF.
        at: monotonic seconds when it came.

    Returns:
        A reading; ``value`` is ``None`` and ``flag`` says why for everything that is not a weight.
    """
    line = frame.rstrip(b"\r\n")
    if len(line) == len(frame):
        return _nothing("incomplete", frame, at)
    if line in SYNTAX_ERRORS:
        return _nothing(SYNTAX_ERRORS[line], frame, at)
    if refused := _REFUSED.fullmatch(line):
        return _nothing(_REFUSALS[refused[2]], frame, at)
    found = _WEIGHT.fullmatch(line)
    if found is None or (found[2] == b"A") != (found[1] == b"TA"):
        return _nothing("unrecognised", frame, at)
    unit = _UNITS.get((found[4] or b"").decode().lower())
    if unit is None:
        return _nothing("unit_unknown", frame, at)
    stable = found[2] != b"D"
    return Reading(Decimal(found[3].decode()), unit, stable, frame, at)


def answers_weight(frame: bytes) -> bool:
    """True when a line can be the answer to ``SI``: a weight, a refusal or a syntax error, not somebody's tare."""
    return frame.split(b" ", 1)[0].strip() in _WEIGHT_COMMANDS or frame.strip() in SYNTAX_ERRORS


def serial_number(frame: bytes) -> str | None:
    """The serial number in an answer to ``I4``, or ``None``."""
    found = re.fullmatch(rb'I4 A "([\x20\x21\x23-\x7e]{1,40})" *\r?\n', frame)
    return found[1].decode("ascii") if found else None


class Lines:
    """Cuts a byte stream into lines that keep their ending; any chunking gives the same lines."""

    LONGEST = 256
    """Bytes; a longer line is noise and comes out as it is, without an ending."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Complete lines in ``data`` and what was held."""
        self._held += data
        lines: list[bytes] = []
        while True:
            end = self._held.find(b"\n", 0, self.LONGEST)
            if end < 0 and len(self._held) <= self.LONGEST:
                return lines
            cut = end + 1 if end >= 0 else self.LONGEST
            lines.append(self._held[:cut])
            self._held = self._held[cut:]

    def clear(self) -> None:
        """Forget the beginning of a line."""
        self._held = b""


def _nothing(flag: str, frame: bytes, at: float) -> Reading:
    return Reading(None, None, None, frame, at, flag=flag)
