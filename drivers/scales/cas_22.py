"""The 22-byte format of CAS indicators, bytes to ``Reading`` (pure; hardware reference 3.6: NT-200, CI-600D).

::

    ST , GS , id lamp , 8 data  space  kg  CR LF
    US   NT   |  |
    OL        two binary bytes: any value, also CR, LF and a comma, so the frame is cut by its length, never as a line

The lamp byte repeats what the text says (bit 6 stable, 2 gross, 1 tare, 0 zero); the text decides.
"""

from __future__ import annotations

import re

from drivers.scales.fields import weighed
from drivers.scales.framers import Shapes
from drivers.scales.protocol import UNRECOGNISED, Certainty, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_FRAME = re.compile(rb"(ST|US|OL),(GS|NT),..,([-+ 0-9.]{8}) ([A-Za-z ]{2})\r\n", re.DOTALL)


def parse(frame: bytes, at: float) -> Reading:
    """One frame; see ``ScaleProtocol.parse``."""
    found = _FRAME.fullmatch(frame)
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    if found[1] == b"OL":
        return nothing("under" if b"-" in found[3] else "over", frame, at)
    return weighed(found[3], found[4], found[1] == b"ST", frame, at, net=found[2] == b"NT")


def recognise(frame: bytes) -> Certainty:
    """The binary bytes in the middle are its own."""
    return Certainty.NONE if parse(frame, 0.0).flag == UNRECOGNISED else Certainty.LIKELY


PROTOCOL = ScaleProtocol(
    name="cas-22",
    title="CAS 22 bytes (NT, CI and other indicators, continuous output)",
    framer=lambda: Shapes(_FRAME, 22),
    parse=parse,
    recognise=recognise,
    exact=True,
)
