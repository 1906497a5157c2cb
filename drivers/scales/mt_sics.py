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

from drivers.scales.framers import Lines
from drivers.scales.protocol import (
    INCOMPLETE,
    UNIT_UNKNOWN,
    UNRECOGNISED,
    Certainty,
    Identity,
    Order,
    ScaleProtocol,
    nothing,
)
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
        return nothing(INCOMPLETE, frame, at)
    if line in SYNTAX_ERRORS:
        return nothing(SYNTAX_ERRORS[line], frame, at)
    if refused := _REFUSED.fullmatch(line):
        return nothing(_REFUSALS[refused[2]], frame, at)
    found = _WEIGHT.fullmatch(line)
    if found is None or (found[2] == b"A") != (found[1] == b"TA"):
        return nothing(UNRECOGNISED, frame, at)
    unit = _UNITS.get((found[4] or b"").decode().lower())
    if unit is None:
        return nothing(UNIT_UNKNOWN, frame, at)
    stable = found[2] != b"D"
    return Reading(Decimal(found[3].decode()), unit, stable, frame, at)


def answers_weight(frame: bytes) -> bool:
    """True when a line can be the answer to ``SI``: a weight, a refusal or a syntax error, not somebody's tare."""
    return frame.split(b" ", 1)[0].strip() in _WEIGHT_COMMANDS or frame.strip() in SYNTAX_ERRORS


def serial_number(frame: bytes) -> str | None:
    """The serial number in an answer to ``I4``, or ``None``."""
    found = re.fullmatch(rb'I4 A "([\x20\x21\x23-\x7e]{1,40})" *\r?\n', frame)
    return found[1].decode("ascii") if found else None


def recognise(frame: bytes) -> Certainty:
    """The serial number names the protocol; a weight has its shape; refusals and errors are Radwag's too."""
    if serial_number(frame) is not None:
        return Certainty.SURE
    flag = parse(frame, 0.0).flag
    if flag in (INCOMPLETE, UNRECOGNISED):
        return Certainty.NONE
    return Certainty.WEAK if flag else Certainty.LIKELY


def _zero_told(frame: bytes) -> str | None:
    return _ZERO_ANSWERS.get(frame.strip())


def _tare_told(frame: bytes) -> str | None:
    if frame.startswith(b"T S ") and parse(frame, 0.0).value is not None:
        return "set"
    return _TARE_ANSWERS.get(frame.strip())


_ZERO_ANSWERS = {
    b"Z A": "set",
    b"Z I": "refused: in motion",
    b"Z +": "refused: loaded",
    b"Z -": "refused: below its range",
}
_TARE_ANSWERS = {
    b"T I": "refused: in motion",
    b"T +": "refused: too much",
    b"T -": "refused: below zero",
}

PROTOCOL = ScaleProtocol(
    name="mt-sics",
    title="MT-SICS (Mettler-Toledo; dialects of Ohaus and Kern)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    ask=(b"SI\r\n",),
    answers=answers_weight,
    probes=(b"SI\r\n", b"I4\r\n"),
    identity=Identity(b"I4\r\n", serial_number),
    zero=Order(b"Z\r\n", _zero_told),
    tare=Order(b"T\r\n", _tare_told),
)
