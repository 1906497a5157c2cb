"""Kern's own answers to ``w``, bytes to ``Reading`` (pure; hardware reference 3.6: FKB, and KFN with ``ST,GS``).

::

       1.234 kg CR LF       stable        E or Error   no weight
       1.234    CR LF       in motion: the unit is missing, or blanks stand for it
    ST,GS 1.000KG CR LF     as others write it

At least eight characters stand before CR LF, so that a line a barcode scanner or a clock might send is no weight.
"""

from __future__ import annotations

import re

from drivers.scales import a_and_d
from drivers.scales.fields import number, weighed
from drivers.scales.framers import Lines
from drivers.scales.protocol import INCOMPLETE, UNRECOGNISED, Certainty, Order, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_FRAME = re.compile(rb"([-+ ][-+ 0-9]{0,9}[0-9](?:\.[0-9]{1,5})?)(?: {1,2}([A-Za-z%]{1,4}))? {0,6}\r\n")
_ERROR = re.compile(rb" *(?:Error|E) *\r\n")
_SHORTEST = 10


def parse(frame: bytes, at: float) -> Reading:
    """One line; see ``ScaleProtocol.parse``."""
    if not frame.endswith(b"\r\n"):
        return nothing(INCOMPLETE, frame, at)
    if _ERROR.fullmatch(frame):
        return nothing("fault", frame, at)
    found = _FRAME.fullmatch(frame) if len(frame) >= _SHORTEST else None
    if found is None:
        return a_and_d.parse(frame, at) if a_and_d.recognise_copied(frame) else nothing(UNRECOGNISED, frame, at)
    if found[2]:
        return weighed(found[1], found[2], True, frame, at)
    value = number(found[1])
    return Reading(value, None, False, frame, at) if value is not None else nothing(UNRECOGNISED, frame, at)


def recognise(frame: bytes) -> Certainty:
    """A number with a unit could be anybody's."""
    return Certainty.NONE if parse(frame, 0.0).flag in (INCOMPLETE, UNRECOGNISED) else Certainty.WEAK


PROTOCOL = ScaleProtocol(
    name="kern",
    title="Kern (commands w, s, t: FKB, FKT, DS, 572 and others)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    ask=(b"w",),
    tare=Order(b"t"),
)
