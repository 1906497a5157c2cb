"""Where the weight stands in a USB scale's reports, read from its report descriptor (pure; USB HID 1.11 section 6.2.2,
HID Point of Sale Usage Tables, page 0x8D).

::

    collection 0x32 "data report": 0x70 status (one of 0x71-0x78)  0x50 unit (one of 0x51-0x5C)
                                   0x41 scaling: a power of ten    0x40 weight
    collection 0x31 "control report": a bit 0x80 "zero the scale"

A report of any layout is brought into the one that nearly all scales have: ``03 status unit exponent low high``.
"""

from __future__ import annotations

from drivers.hid_fields import INPUT, OUTPUT, Field, fields
from rma_station.domain.record import dataclass

_PAGE = 0x8D << 16
_WEIGHT, _SCALING, _ZERO = _PAGE | 0x40, _PAGE | 0x41, _PAGE | 0x80
_STATUSES = tuple(_PAGE | code for code in range(0x71, 0x79))
_UNITS = tuple(_PAGE | code for code in range(0x51, 0x5D))


@dataclass(frozen=True)
class Layout:
    """Where everything stands in one scale's reports."""

    status: Field
    unit: Field
    scaling: Field | None
    weight: Field
    zero: Field | None = None
    """The bit that sets zero, where the scale has one."""

    def standard(self, report: bytes) -> bytes | None:
        """A report as ``03 status unit exponent weight``, the weight in two bytes or more; ``None`` for another one."""
        number = self.weight.report
        if number and (not report or report[0] != number):
            return None
        body = report[1:] if number else report
        status, unit = _chosen(self.status, body, _STATUSES), _chosen(self.unit, body, _UNITS)
        weight = self.weight.read(body)
        scaling = self.scaling.read(body) if self.scaling else 0
        if status is None or unit is None or weight is None or scaling is None or weight < 0:
            return None
        size = max(2, -(-self.weight.size // 8))
        return bytes([3, status & 0xFF, unit & 0xFF, scaling & 0xFF]) + weight.to_bytes(size, "little")


def _chosen(field: Field, body: bytes, usual: tuple[int, ...]) -> int | None:
    """The code a field holds, counted from 1 as the standard lists them. Where a scale lists all of them in that order
    its numbers are the codes, whatever smallest value it names; where it lists others the list decides."""
    value = field.read(body)
    if value is None or field.usages == usual:
        return value
    place = value - field.minimum
    usage = field.usages[place] if 0 <= place < len(field.usages) else 0
    return usual.index(usage) + 1 if usage in usual else 0


STANDARD = Layout(
    Field(INPUT, 3, 0, 8, 1, _STATUSES, True),
    Field(INPUT, 3, 8, 8, 1, _UNITS, True),
    Field(INPUT, 3, 16, 8, -127, (_SCALING,), False),
    Field(INPUT, 3, 24, 16, 0, (_WEIGHT,), False),
    Field(OUTPUT, 2, 1, 1, 0, (_ZERO,), False),
)
"""What DYMO, Stamps.com, Pitney Bowes and Mettler-Toledo send."""


def layout(descriptor: bytes) -> Layout:
    """The layout a report descriptor describes; ``STANDARD`` where it describes none. Never raises."""
    found = tuple(fields(descriptor))
    zero = next((field for field in found if _ZERO in field.usages and not field.chooses and field.kind != INPUT), None)
    inputs = [field for field in found if field.kind == INPUT]
    for weight in (field for field in inputs if _WEIGHT in field.usages and not field.chooses):
        beside = [field for field in inputs if field.report == weight.report]
        status = _one_of(beside, _STATUSES)
        unit = _one_of(beside, _UNITS)
        scaling = next((field for field in beside if _SCALING in field.usages and not field.chooses), None)
        if status is not None and unit is not None:
            return Layout(status, unit, scaling, weight, zero)
    return STANDARD


def _one_of(fields: list[Field], usages: tuple[int, ...]) -> Field | None:
    return next((field for field in fields if field.chooses and set(field.usages) & set(usages)), None)
