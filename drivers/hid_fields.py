"""The fields of a HID device's reports, read from its report descriptor (pure; USB HID 1.11 section 6.2.2)."""

from __future__ import annotations

from collections.abc import Iterator

from rma_station.domain.record import dataclass

_MOST_FIELDS = 256
"""Fields one item may stand for; an item for more is left out."""
_WIDEST = 64
"""Bits of a field; a wider one is left out."""
INPUT, OUTPUT, FEATURE = 0x80, 0x90, 0xB0
"""Kinds of reports."""
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
            start = offsets.get((tag, own.report), 0)
            offsets[tag, own.report] = start + own.count * own.size
            if own.count <= _MOST_FIELDS and own.size <= _WIDEST:
                yield from _fields(tag, own, start, tuple(usages), not value & _VARIABLE)
            usages, least = [], None
        elif tag in (0xA0, 0xC0):
            usages, least = [], None


@dataclass(frozen=True)
class _Own:
    """The global items of a report descriptor: each holds until the descriptor sets it again."""

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
