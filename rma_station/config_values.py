"""TOML tables to dataclasses, strictly: an error names the file, the key, the value and what is allowed."""

from __future__ import annotations

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from rma_station.errors import ConfigError


def section(kind: Any, data: Any, file: str, prefix: str = "") -> Any:
    """An instance of a dataclass from a table; a key that is left out gets its default.

    The field ``file`` is passed over: it is where the values came from, and no key.

    Args:
        kind: the dataclass.
        data: the table, as ``tomllib`` reads it.
        file: its name, for errors.
        prefix: of the keys in errors, such as ``rules.``.

    Raises:
        ConfigError: not a table, a key that does not exist or is missing, or a value that cannot be used.
    """
    if not isinstance(data, dict):
        raise ConfigError(file, prefix.rstrip("."), data, "a table of keys")
    hints = typing.get_type_hints(kind)
    names = [item.name for item in dataclasses.fields(kind) if item.name != "file"]
    for key in data:
        if key not in names:
            raise ConfigError(file, prefix + key, data[key], "one of the keys " + ", ".join(names))
    values = {}
    for item in dataclasses.fields(kind):
        if item.name in data and item.name != "file":
            values[item.name] = _value(hints[item.name], data[item.name], file, prefix + item.name)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise ConfigError(file, prefix + item.name, None, "a value: this key is required")
    return kind(**values)


def _value(hint: Any, value: Any, file: str, key: str) -> Any:
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return section(hint, value, file, key + ".")
    if origin is tuple:
        if not isinstance(value, list):
            tables = dataclasses.is_dataclass(get_args(hint)[0])
            raise ConfigError(file, key, value, f"a list of tables, written [[{key}]]" if tables else "a list in [ ]")
        return tuple(_value(get_args(hint)[0], item, file, f"{key}[{n}]") for n, item in enumerate(value, 1))
    if origin is Literal:
        if value not in get_args(hint):
            raise ConfigError(file, key, value, " or ".join(map(repr, get_args(hint))))
        return value
    if origin in (Union, types.UnionType):
        return _value(get_args(hint)[0], value, file, key)
    wanted = str if hint is Path else hint
    if type(value) is not wanted:
        words = {str: "text in quotes", int: "a whole number", bool: "true or false"}
        raise ConfigError(file, key, value, words[wanted])
    if isinstance(value, str) and not value.isprintable():
        raise ConfigError(file, key, value, "text without control characters")
    return Path(value) if hint is Path else value
