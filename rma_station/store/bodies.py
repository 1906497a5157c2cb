"""Bodies of the projection's rows: all fields of a unit, a parcel or a label as JSON, by orjson.

They are read back by ``codec.decode`` and by nobody else. An event's bytes are not made here: those are hashed, sent
and kept for ever, and ``codec.write`` decides about every one of them.
"""

from __future__ import annotations


def write_body(value: object) -> str:
    """A dataclass instance as JSON text, with every field, in a sixth of the time of ``codec.write``."""
    import orjson  # noqa: PLC0415 - loaded by ``warm_up``, after the first paint

    return orjson.dumps(value).decode()


def warm_up() -> None:
    """Load orjson, so that the first commit does not wait for it. Call after the first paint."""
    write_body(None)
