"""Reports of USB scales (HID page 0x8D), bytes to ``Reading`` (pure; hardware reference 3.9).

DYMO, Stamps.com, Pitney Bowes, Mettler-Toledo, Fairbanks and others.

::

    03 status unit exponent low high           weight = (256 * high + low) * 10^exponent, the exponent with a sign

    status  1 fault  2 stable at zero  3 in motion  4 stable  5 under zero  6 over  7 calibrate  8 set to zero

Under zero is how these scales say a negative weight: the number has no sign. The unit is the one on the display, and
its key changes it between two reports. Reports of another layout are brought into this one by ``hid_layout.py``.
"""

from __future__ import annotations

from decimal import Decimal

from drivers.scales.protocol import UNIT_UNKNOWN, UNRECOGNISED, Certainty, Order, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_STABLE_ZERO, _MOTION, _STABLE, _UNDER_ZERO = 2, 3, 4, 5
_PROBLEMS = {1: "fault", 6: "over", 7: "calibration", 8: "not_zeroed"}
_UNITS = {
    1: "mg",
    2: "g",
    3: "kg",
    4: "ct",
    6: "gr",
    7: "dwt",
    8: "t",
    9: "ton",
    10: "ozt",
    11: "oz",
    12: "lb",
}
_EXPONENTS = range(-6, 4)
ZERO = b"\x02\x02"
"""Report 2 with the bit "zero the scale"; ``hid_scale.py`` sends it as the scale's own descriptor wants it."""


class Reports:
    """Every chunk is a whole report: hidraw never glues them together."""

    def feed(self, data: bytes) -> list[bytes]:
        """The chunk as the one frame it is."""
        return [data] if data else []

    def clear(self) -> None:
        """Does nothing: no part of a frame is ever held back."""


def parse(frame: bytes, at: float) -> Reading:
    """One report; see ``ScaleProtocol.parse``."""
    if not 6 <= len(frame) <= 8 or frame[0] != 3:
        return nothing(UNRECOGNISED, frame, at)
    status, code, exponent = frame[1], frame[2], int.from_bytes(frame[3:4], signed=True)
    if status in _PROBLEMS:
        return nothing(_PROBLEMS[status], frame, at)
    if status not in (_STABLE_ZERO, _MOTION, _STABLE, _UNDER_ZERO) or exponent not in _EXPONENTS:
        return nothing(UNRECOGNISED, frame, at)
    stable = status in (_STABLE_ZERO, _STABLE)
    unit = _UNITS.get(code)
    if unit is None:
        return nothing(UNIT_UNKNOWN, frame, at)
    count = int.from_bytes(frame[4:], "little")
    if status == _STABLE_ZERO and count:
        return nothing(UNRECOGNISED, frame, at)
    value = Decimal(count).scaleb(exponent) if exponent <= 0 else Decimal(count * 10**exponent)
    if status == _UNDER_ZERO and count:
        value = -value
    return Reading(value, unit, stable, frame, at, flag="zero" if status == _STABLE_ZERO else "")


def recognise(frame: bytes) -> Certainty:
    """The device itself has said that it is a scale."""
    return Certainty.NONE if parse(frame, 0.0).flag == UNRECOGNISED else Certainty.SURE


PROTOCOL = ScaleProtocol(
    name="usb-hid",
    title="USB HID (DYMO, Stamps.com, Pitney Bowes, Mettler-Toledo and others)",
    framer=Reports,
    parse=parse,
    recognise=recognise,
    exact=True,
    zero=Order(ZERO),
    patience=5.0,
    advice="press its power key",
)
