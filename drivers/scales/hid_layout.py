"""Where the weight stands in a USB scale's reports, read from its report descriptor (pure; USB HID 1.11 section 6.2.2,
HID Point of Sale Usage Tables, page 0x8D).

::

    collection 0x32 "data report": 0x70 status (one of 0x71-0x78)  0x50 unit (one of 0x51-0x5C)
                                   0x41 scaling: a power of ten    0x40 weight
    collection 0x31 "control report": a bit 0x80 "zero the scale"

A report of any layout is brought into the one that nearly all scales have: ``03 status unit exponent low high``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rma_station.domain.record import dataclass

_PAGE = 0x8D << 16
_WEIGHT, _SCALING, _ZERO = _PAGE | 0x40, _PAGE | 0x41, _PAGE | 0x80
_STATUSES = tuple(_PAGE | code for code in range(0x71, 0x79))
_UNITS = tuple(_PAGE | code for code in range(0x51, 0x5D))
_MOST_FIELDS = 256
"""Fields one item may stand for; more is no scale."""
INPUT, OUTPUT, FEATURE = 0x80, 0x90, 0xB0
_USAGE_PAGE, _MINIMUM, _SIZE, _REPORT, _COUNT = 0x04, 0x14, 0x74, 0x84, 0x94
_USAGE, _USAGE_MINIMUM, _USAGE_MAXIMUM = 0x08, 0x18, 0x28
_PUSH, _POP, _LONG_ITEM = 0xA4, 0xB4, 0xFE
_VARIABLE = 0x02


@dataclass(frozen=True)
class Field:
    """One field of a report."""

    kind: int
    """``INPUT``, ``OUTPUT`` or ``FEATURE``."""
    report: int
    """Number of its report; 0 where the device numbers none."""
    offset: int
    """In bits, behind the report's number."""
    size: int
    """In bits."""
    minimum: int
    """Smallest value; below zero when it has a sign."""
    usages: tuple[int, ...]
    """What it means, page and usage in one number; several where the value chooses one of them."""
    chooses: bool
    """The value is a number of one of the usages."""

    def read(self, body: bytes) -> int | None:
        """Its value in a report without the number; ``None`` when the report is too short."""
        if self.offset + self.size > len(body) * 8:
            return None
        value = int.from_bytes(body, "little") >> self.offset & ((1 << self.size) - 1)
        return value - (1 << self.size) if self.minimum < 0 and value >> (self.size - 1) else value


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


def fields(descriptor: bytes) -> Iterator[Field]:
    """All fields of a report descriptor in order. Never raises; a damaged descriptor ends early."""
    page, own, saved = 0, _Own(), []
    usages: list[int] = []
    least: int | None = None
    offsets: dict[tuple[int, int], int] = {}
    for tag, data in _items(descriptor):
        value = int.from_bytes(data, "little")
        usage = value if len(data) == 4 else page << 16 | value
        if tag == _USAGE_PAGE:
            page = value
        elif tag in (_MINIMUM, _SIZE, _REPORT, _COUNT):
            number = int.from_bytes(data, "little", signed=True) if tag == _MINIMUM else value
            own = own.with_item(tag, number)
        elif tag == _PUSH:
            saved.append((page, own))
        elif tag == _POP and saved:
            page, own = saved.pop()
        elif tag == _USAGE:
            usages.append(usage)
        elif tag == _USAGE_MINIMUM:
            least = usage
        elif tag == _USAGE_MAXIMUM and least is not None:
            usages += range(least, min(usage, least + _MOST_FIELDS) + 1)
        elif tag in (INPUT, OUTPUT, FEATURE):
            if own.count > _MOST_FIELDS or own.size > 64:
                return
            start = offsets.get((tag, own.report), 0)
            offsets[tag, own.report] = start + own.count * own.size
            yield from _fields(tag, own, start, tuple(usages), not value & _VARIABLE)
            usages, least = [], None
        elif tag in (0xA0, 0xC0):
            usages, least = [], None


@dataclass(frozen=True)
class _Own:
    """The items that stay as they are until they are said anew."""

    minimum: int = 0
    size: int = 0
    report: int = 0
    count: int = 0

    def with_item(self, tag: int, value: int) -> _Own:
        return _Own(
            value if tag == _MINIMUM else self.minimum,
            value if tag == _SIZE else self.size,
            value if tag == _REPORT else self.report,
            value if tag == _COUNT else self.count,
        )


def _fields(kind: int, own: _Own, start: int, usages: tuple[int, ...], chooses: bool) -> Iterator[Field]:
    for number in range(own.count):
        meant = usages if chooses else usages[min(number, len(usages) - 1) :][:1]
        yield Field(kind, own.report, start + number * own.size, own.size, own.minimum, meant, chooses)


def _items(descriptor: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(descriptor):
        prefix = descriptor[place]
        if prefix == _LONG_ITEM:
            place += 3 + (descriptor[place + 1] if place + 1 < len(descriptor) else 0)
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        yield prefix & 0xFC, descriptor[place + 1 : place + 1 + size]
        place += 1 + size
