"""Frozen dataclasses to plain JSON values and back, strictly.

Used for event payloads, flow states, wire messages and feed entries, so that one page decides what is
accepted from outside: unknown keys are refused, numbers are integers, text is text, and the error names
the field. ``None`` and defaults are left out of the encoded form, which keeps envelopes short and lets a newer field
have a default; a missing key reads as the default, or as ``None`` where that is allowed.

Supported annotations: ``str int bool str|int bytes(hex) X | None tuple[X, ...] Mapping[str, X]``, enums by value,
dataclasses, and ``JsonValue`` (kept as it is). A ``Union`` of dataclasses is written with a ``"is"`` key.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin

from rma_station.errors import Malformed

T = TypeVar("T")
JsonValue: TypeAlias = Any
"""A value of ``json.loads``: kept as it is."""

_INT64 = 1 << 63
_Decoder: TypeAlias = Callable[[Any, str], Any]
_Encoder: TypeAlias = Callable[[Any], Any]


def to_bytes(value: JsonValue) -> bytes:
    """Compact UTF-8 JSON in the order of the keys given; refuses NaN and infinities."""
    return to_text(value).encode()


quoted: Callable[[str], str] = json.encoder.encode_basestring
"""A text as a JSON string in quotes."""


def _text_encoder() -> Callable[[Any], str]:
    """``json.dumps`` with our settings; the C encoder is made once, not once a call, which is half of a small dump."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
    pieces = make(None, json.JSONEncoder().default, quoted, None, ":", ",", False, False, False)
    return lambda value: "".join(pieces(value, 0))


to_text = _text_encoder()
"""``to_bytes`` before it is encoded: for columns of text."""


def from_bytes(data: bytes) -> JsonValue:
    """Parse UTF-8 JSON; raises ``Malformed`` for anything else, also for floats, duplicate keys and half surrogates."""
    try:
        value = _from_text(data.decode())
        if b"\\ud" in data or b"\\uD" in data:
            # half a surrogate pair parses, and then can be neither stored nor encoded again
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not UTF-8 JSON: {error}") from None


def encode(value: Any) -> JsonValue:
    """The JSON form of a dataclass instance, without fields that have their default value."""
    return _encode_any(value)


def write(value: Any) -> str:
    """``to_text(encode(value))`` of a dataclass instance in one go and half the time."""
    return _write_any(value)


def decode(kind: type[T], data: JsonValue) -> T:
    """Build a ``kind`` from parsed JSON.

    Raises:
        Malformed: a key is missing, unknown, or of the wrong type; the message names its path.
    """
    return cast(T, _decoder(kind)(data, kind.__name__))


def _no_float(text: str) -> Any:
    raise Malformed(f"the number {text[:20]} is not an integer; decimals are written as text")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("a key stands twice in one object")
    return result


_from_text = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_pairs).decode


_ENCODERS: dict[Any, _Encoder] = {}
_WRITERS: dict[Any, Callable[[Any], str]] = {}
_DECODERS: dict[Any, _Decoder] = {}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _is_dataclass(annotation: Any) -> bool:
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


def _encoder(kind: Any) -> _Encoder:
    found = _ENCODERS.get(kind)
    if found is None:
        found = _ENCODERS[kind] = _make_encoder(kind)
    return found


def _make_encoder(kind: Any) -> _Encoder:
    if _is_dataclass(kind):
        return _dataclass_encoder(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda value: value.value
    if kind is bytes:
        return lambda value: value.hex()
    return _plain


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_encode_any(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _encode_any(item) for key, item in value.items()}
    return value


def _encode_any(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    encoder = _ENCODERS.get(kind)
    return encoder(value) if encoder else _encoder(kind)(value)


def _encoded_fields(kind: type) -> list[tuple[str, Any, _Encoder]]:
    """Name, default and encoder of every field."""
    fields: list[tuple[str, Any, _Encoder]] = []
    for field in dataclasses.fields(kind):
        tagged = any(_is_union(part) for part in (_hints(kind)[field.name], *get_args(_hints(kind)[field.name])))
        fields.append((field.name, _default_of(field), _encode_tagged if tagged else _encode_any))
    return fields


def _dataclass_encoder(kind: type) -> _Encoder:
    fields = _encoded_fields(kind)

    def encode_fields(value: Any) -> Any:
        result = {}
        own = value.__dict__
        for name, default, encode_field in fields:
            item = own[name]
            if item is None or item is default or item == default:
                continue
            result[name] = item if type(item) is str else encode_field(item)
        return result

    return encode_fields


def _write_any(value: Any) -> str:
    writer = _WRITERS.get(type(value))
    if writer is None:
        writer = _WRITERS[type(value)] = _make_writer(type(value))
    return writer(value)


def _make_writer(kind: Any) -> Callable[[Any], str]:
    if kind is str:
        return quoted
    if kind is int:
        return repr
    if _is_dataclass(kind):
        return _dataclass_writer(kind)
    if issubclass(kind, tuple):
        return lambda value: "[" + ",".join(map(_write_any, value)) + "]"
    if issubclass(kind, dict):
        return lambda value: "{" + ",".join([f"{quoted(str(key))}:{_write_any(value[key])}" for key in value]) + "}"
    return lambda value: to_text(_encode_any(value))


def _dataclass_writer(kind: type) -> Callable[[Any], str]:
    fields = []
    for name, default, encode_field in _encoded_fields(kind):
        write_field = _write_tagged if encode_field is _encode_tagged else _write_any
        fields.append((name, f"{quoted(name)}:", default, write_field))

    def write_fields(value: Any) -> str:
        own = value.__dict__
        members = []
        for name, key, default, write_field in fields:
            item = own[name]
            if item is None or item is default or item == default:
                continue
            members.append(key + (quoted(item) if type(item) is str else write_field(item)))
        return "{" + ",".join(members) + "}"

    return write_fields


def _write_tagged(value: Any) -> str:
    return to_text(_encode_tagged(value))


@cache
def defaults_of(kind: type) -> dict[str, Any]:
    """The default of every field of a dataclass, by name; one that has none gets a value that nothing equals."""
    return {field.name: _default_of(field) for field in dataclasses.fields(kind)}


def _default_of(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return dataclasses.MISSING


def _is_union(annotation: Any) -> bool:
    members = _members(annotation)
    return len(members) > 1 and all(_is_dataclass(member) for member in members)


def _members(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(member for member in get_args(annotation) if member is not type(None))
    return (annotation,)


def _encode_tagged(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_encode_tagged(item) for item in value]
    return {"is": type(value).__name__, **_encoder(type(value))(value)}


def _decoder(annotation: Any) -> _Decoder:
    found = _DECODERS.get(annotation)
    if found is None:
        found = _DECODERS[annotation] = _make_decoder(annotation)
    return found


def _make_decoder(annotation: Any) -> _Decoder:
    if annotation in (str, int, bool):
        return _scalar(annotation)
    if annotation is bytes:
        return _hex_bytes
    if annotation is Any:
        return lambda value, _path: value
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _union(annotation)
    if origin is tuple:
        return _sequence(_decoder(get_args(annotation)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_decoder(get_args(annotation)[1]))
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _enumeration(annotation)
    if _is_dataclass(annotation):
        return _dataclass_decoder(annotation)
    raise TypeError(f"codec: no rule for {annotation!r}")


def _scalar(kind: type) -> _Decoder:
    def read(value: Any, path: str) -> Any:
        if type(value) is not kind:
            raise Malformed(f"{path}: {_shown(value)} is not {kind.__name__}")
        _storable(value, path)
        return value

    return read


def _storable(value: Any, path: str) -> None:
    """Refuse what no column of SQLite or PostgreSQL takes: one poisoned event would fail its whole batch."""
    if isinstance(value, str):
        if "\0" in value:
            raise Malformed(f"{path}: {_shown(value)} contains the character NUL")
    elif not -_INT64 <= value < _INT64:
        raise Malformed(f"{path}: {_shown(value)} does not fit into 64 bits")


def _hex_bytes(value: Any, path: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        raise Malformed(f"{path}: {_shown(value)} is not hexadecimal text") from None


def _union(annotation: Any) -> _Decoder:
    members = _members(annotation)
    optional = type(None) in get_args(annotation)
    if len(members) > 1 and all(member in (str, int, bool) for member in members):
        return _one_of(members)
    by_name = {member.__name__: _decoder(member) for member in members} if _is_union(annotation) else {}
    single = _decoder(members[0]) if len(members) == 1 else None
    if single is None and not by_name:
        raise TypeError(f"codec: no rule for {annotation!r}")

    def read(value: Any, path: str) -> Any:
        if value is None and optional:
            return None
        if single is not None:
            return single(value, path)
        if not isinstance(value, dict) or value.get("is") not in by_name:
            raise Malformed(f"{path}: {_shown(value)} is none of {', '.join(by_name)}")
        rest = {key: item for key, item in value.items() if key != "is"}
        return by_name[value["is"]](rest, path)

    return read


def _one_of(kinds: tuple[type, ...]) -> _Decoder:
    def read(value: Any, path: str) -> Any:
        if type(value) not in kinds:
            raise Malformed(f"{path}: {_shown(value)} is none of {', '.join(kind.__name__ for kind in kinds)}")
        _storable(value, path)
        return value

    return read


def _sequence(item: _Decoder) -> _Decoder:
    def read(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise Malformed(f"{path}: {_shown(value)} is not a list")
        return tuple(item(element, f"{path}[{index}]") for index, element in enumerate(value))

    return read


def _mapping(item: _Decoder) -> _Decoder:
    def read(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise Malformed(f"{path}: {_shown(value)} is not an object")
        for key in value:
            _storable(key, path)
        return {key: item(element, f"{path}.{key}") for key, element in value.items()}

    return read


def _enumeration(kind: type[enum.Enum]) -> _Decoder:
    by_value = {member.value: member for member in kind}

    def read(value: Any, path: str) -> Any:
        try:
            return by_value[value]
        except (KeyError, TypeError):
            allowed = ", ".join(map(str, by_value))
            raise Malformed(f"{path}: {_shown(value)} is none of {allowed}") from None

    return read


def _dataclass_decoder(kind: type) -> _Decoder:
    hints = _hints(kind)
    fields = [
        (field.name, _decoder(hints[field.name]), _required(field), type(None) in get_args(hints[field.name]))
        for field in dataclasses.fields(kind)
    ]
    names = frozenset(name for name, *_ in fields)

    def read(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise Malformed(f"{path}: {_shown(value)} is not an object")
        if not names.issuperset(value):
            unknown = next(key for key in value if key not in names)
            raise Malformed(f"{path}.{_shown(unknown)}: unknown field")
        found = {}
        for name, decoder, required, optional in fields:
            if name in value:
                found[name] = decoder(value[name], f"{path}.{name}")
            elif required and optional:
                found[name] = None
            elif required:
                raise Malformed(f"{path}.{name}: missing")
        return kind(**found)

    return read


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or nested too deep to be shown
        text = type(value).__name__
    return text if len(text) <= 40 else text[:37] + "..."
