"""``dataclass`` as in the standard library, defined at a sixth of the time; instances are made in half.

The station defines about two hundred frozen dataclasses before its first scan. The standard decorator compiles six
functions for each of them, which was half of the time from start to first scan. Here only ``__init__`` is compiled;
the others are closures over the field names. What differs: that a frozen instance is not assigned to is checked by
mypy alone, not at run time. Everything else (``replace``, ``fields``, equality, hash, ``repr``) is the same.
"""

from __future__ import annotations

import dataclasses
from dataclasses import field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: Any = None, /, *, frozen: bool = False) -> Any:
        """A dataclass; see the head of this file."""
        if cls is None:
            return lambda found: dataclass(found, frozen=frozen)
        own = cls.__dict__
        made = dataclasses.dataclass(cls, repr=False, eq=False)
        names = tuple(item.name for item in dataclasses.fields(made))
        values = attrgetter(*names) if names else _no_values

        def equal(self: Any, other: Any) -> Any:
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def value_hash(self: Any) -> int:
            return hash(values(self))

        if "__eq__" not in own:
            made.__eq__ = equal
            made.__hash__ = value_hash if frozen else None
        if "__repr__" not in own:
            made.__repr__ = _shown
        return made


def _no_values(_instance: object) -> tuple[()]:
    return ()


def _shown(self: Any) -> str:
    shown = (f"{item.name}={getattr(self, item.name)!r}" for item in dataclasses.fields(self) if item.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"
