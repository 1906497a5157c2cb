"""A label's layout as a TOML file, in millimetres: read, checked, and refused with file, field, value and remedy.

``docs/labels.md`` tells how to make one; the files that come with the program are in ``labels/templates``. What a
template can be checked for without content is checked here: names, sizes, that everything lies on the label, that bars
can keep their least module, height and quiet zone, and that no mark that must be on such a label is left out. What
depends on content is checked by ``layout.py`` whenever a label is made, and for typical content by ``check.py``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from labels import content
from labels.media import MEDIA, Media
from labels.symbology import SYMBOLOGIES
from labels.words import LANGUAGES
from rma_station.domain.record import dataclass
from rma_station.errors import ConfigError

SMALLEST_TEXT = 1.4
"""Font size, mm; smaller is not read at arm's length."""
SHORTEST_DASH = 0.2
"""mm; shorter ones run together on paper, and a line of them would have no end."""
_GS1_PART = re.compile(r"\(\d{2,4}\)")


@dataclass(frozen=True)
class Place:
    """A rectangle of a label in which a text may stand."""

    show: tuple[str, ...]
    """What stands there, in the order of ``words.LANGUAGES``: words and ``{fields}``."""
    x: float
    y: float
    width: float
    size: float
    """Font size, mm; a text that is too wide gets smaller down to ``smallest`` and is cut then."""
    smallest: float
    bold: bool = True
    lines: int = 1
    when: str = ""
    """Only when this field says something."""
    unless: str = ""
    """Only when this field says nothing."""


@dataclass(frozen=True)
class Code:
    """Room for a barcode, quiet zones included; the symbol stands in the middle of it."""

    show: tuple[str, ...]
    symbology: str
    x: float
    y: float
    width: float
    height: float
    smallest_module: float
    widest_module: float
    when: str = ""
    unless: str = ""


@dataclass(frozen=True)
class Line:
    """A filled rectangle, or a row of dashes."""

    x: float
    y: float
    width: float
    height: float
    dash: float = 0.0
    """Length of a dash and of the gap behind it, mm; 0 for a whole line."""
    when: str = ""
    unless: str = ""


@dataclass(frozen=True)
class Border:
    """A rectangle drawn inwards."""

    x: float
    y: float
    width: float
    height: float
    thickness: float
    when: str = ""
    unless: str = ""


Part = Place | Code | Line | Border


@dataclass(frozen=True)
class Template:
    """One arrangement of one kind of label on one medium."""

    file: str
    kind: str
    media: Media
    parts: tuple[Part, ...]


def read(path: Path) -> list[Template]:
    """The templates of a file, one for each medium it is for.

    Raises:
        ConfigError: it cannot be read, or something in it cannot be used.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "file", str(error), "a readable TOML file in UTF-8") from None


def parse(text: str, file: str) -> list[Template]:
    """The templates in a TOML text; ``file`` is for messages.

    Raises:
        ConfigError: something in it cannot be used.
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, a number of thousands of digits, or nested without end
        raise ConfigError(file, "file", str(error), "TOML, see docs/labels.md") from None
    head = _Table(data, file, "")
    kind = head.one_of("kind", tuple(content.FIELDS))
    media = head.names("media", tuple(MEDIA))
    found = []
    for medium in media:
        parts = tuple(_parts(head, kind, MEDIA[medium]))
        _marks(file, kind, parts)
        found.append(Template(file, kind, MEDIA[medium], parts))
    head.done(("text", "barcode", "line", "frame"))
    return found


def _parts(head: _Table, kind: str, media: Media) -> list[Part]:
    makers: dict[str, Callable[[_Table, str, Media], Part]] = {
        "text": _place,
        "barcode": _code,
        "line": _line,
        "frame": _border,
    }
    found: list[Part] = []
    for name, make in makers.items():
        for table in head.tables(name):
            part = make(table, kind, media)
            table.done(())
            found.append(part)
    return found


def _place(table: _Table, kind: str, media: Media) -> Place:
    x, y, width, _ = table.area(media, needs_height=False)
    size = table.number("size", SMALLEST_TEXT, 100)
    smallest = table.number("smallest", SMALLEST_TEXT, size, default=size)
    lines = int(table.number("lines", 1, 40, default=1))
    bottom = y + size * (0.76 + (lines - 1) * LEADING)
    if bottom > media.height:
        raise table.wrong("y", y, f"at most {media.height - bottom + y:.1f}, so that the text stays on {media.name} mm")
    return Place(
        table.show(kind), x, y, width, size, smallest, table.flag("bold", default=True), lines, *table.conditions(kind)
    )


def _code(table: _Table, kind: str, media: Media) -> Code:
    x, y, width, height = table.area(media, needs_height=True)
    rules = SYMBOLOGIES[table.one_of("symbology", tuple(SYMBOLOGIES))]
    if height < rules.lowest:
        raise table.wrong("height", height, f"at least {rules.lowest:g} mm, so that a {rules.name} is read")
    smallest = table.number("smallest_module", rules.smallest, 2, default=rules.smallest)
    usual = WIDEST_MATRIX_MODULE if rules.matrix else WIDEST_MODULE
    widest = table.number("widest_module", smallest, 5, default=max(smallest, usual))
    show = table.show(kind)
    if rules.name.startswith("gs1") and not all(_GS1_PART.match(text) for text in show):
        raise table.wrong("show", show[0], "a GS1 element string such as (00){sscc}")
    return Code(show, rules.name, x, y, width, height, smallest, widest, *table.conditions(kind))


def _line(table: _Table, kind: str, media: Media) -> Line:
    area = table.area(media, needs_height=True)
    dash = table.number("dash", 0, 50, default=0)
    if 0 < dash < SHORTEST_DASH:
        raise table.wrong("dash", dash, f"0 for a whole line, or at least {SHORTEST_DASH:g} mm")
    return Line(*area, dash, *table.conditions(kind))


def _border(table: _Table, kind: str, media: Media) -> Border:
    area = table.area(media, needs_height=True)
    return Border(*area, table.number("thickness", 0.1, 10), *table.conditions(kind))


def _marks(file: str, kind: str, parts: tuple[Part, ...]) -> None:
    """Refuse a template that leaves out what must be on every label of its kind."""
    shown = {
        field
        for part in parts
        if isinstance(part, Place | Code) and not part.when and not part.unless
        for field in set.intersection(*(fields_of(text) for text in part.show))
    }
    for field in content.REQUIRED[kind]:
        if field not in shown:
            allowed = f"one that shows {{{field}}} without `when` and `unless`; no {kind} label is complete without it"
            raise ConfigError(file, "text or barcode", "missing", allowed)


def fields_of(text: str) -> set[str]:
    """The fields in braces of a text to show."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


WIDEST_MODULE, WIDEST_MATRIX_MODULE = 0.51, 1.0
LEADING = 1.25
"""From one line of text to the next, in font sizes."""


class _Table:
    """One TOML table that is being read; knows its place for messages and what has not been asked for."""

    def __init__(self, data: Mapping[str, Any], file: str, key: str) -> None:
        self._data, self._file, self._key = dict(data), file, key
        self._left = set(self._data)

    def wrong(self, key: str, value: object, allowed: str) -> ConfigError:
        return ConfigError(self._file, f"{self._key}{key}", value, allowed)

    def done(self, ours: tuple[str, ...]) -> None:
        for key in sorted(self._left - set(ours)):
            raise self.wrong(key, self._data[key], "no such key; see docs/labels.md for those there are")

    def tables(self, name: str) -> list[_Table]:
        listed = self._data.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise self.wrong(name, listed, f"tables that begin with [[{name}]]")
        return [_Table(item, self._file, f"{name}[{number}].") for number, item in enumerate(listed, 1)]

    def one_of(self, key: str, names: tuple[str, ...]) -> str:
        value = self._take(key)
        if not isinstance(value, str) or value not in names:
            raise self.wrong(key, value, f"one of {', '.join(names)}")
        return value

    def names(self, key: str, names: tuple[str, ...]) -> list[str]:
        value = self._take(key)
        if not isinstance(value, list) or not value or not all(name in names for name in value):
            raise self.wrong(key, value, f"a list of {', '.join(names)}")
        return value

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong(key, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, value, "true or false")
        return value

    def area(self, media: Media, *, needs_height: bool) -> tuple[float, float, float, float]:
        x = self.number("x", 0, media.width, default=0)
        y = self.number("y", 0, media.height, default=0)
        width = self.number("width", 0.1, media.width - x, default=media.width - x)
        height = self.number("height", 0.1, media.height - y, default=media.height - y) if needs_height else 0.0
        return x, y, width, height

    def show(self, kind: str) -> tuple[str, ...]:
        value = self._take("show")
        texts = value if isinstance(value, dict) else dict.fromkeys(LANGUAGES, value)
        if set(texts) != set(LANGUAGES) or not all(isinstance(text, str) and text for text in texts.values()):
            raise self.wrong("show", value, 'a text, or one for each language: { pl = "...", en = "..." }')
        for text in texts.values():
            self._fields("show", text, kind)
        return tuple(texts[language] for language in LANGUAGES)

    def conditions(self, kind: str) -> tuple[str, str]:
        found = []
        for key in ("when", "unless"):
            value = self._take(key, "")
            if value and value not in content.FIELDS[kind]:
                raise self.wrong(key, value, f"a field of {kind}: {', '.join(content.FIELDS[kind])}")
            found.append(value)
        return found[0], found[1]

    def _fields(self, key: str, text: str, kind: str) -> None:
        allowed = f"text with fields of {kind} in braces: {', '.join(content.FIELDS[kind])}"
        try:
            parsed = list(Formatter().parse(text))
        except ValueError as error:
            raise self.wrong(key, text, f"{allowed} ({error})") from None
        for _, name, spec, conversion in parsed:
            if name is not None and (name not in content.FIELDS[kind] or spec or conversion):
                raise self.wrong(key, text, allowed)

    def _take(self, key: str, default: Any = None) -> Any:
        self._left.discard(key)
        value = self._data.get(key, default)
        if value is None:
            raise self.wrong(key, "missing", "a value; see docs/labels.md")
        return value
