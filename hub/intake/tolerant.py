"""Reading what stations of any version send: an upload is never refused because a station is old or new.

Sync reference R8. Only here, on the hub's side, fields this version does not know are passed over: in a hello, its logs
and its heartbeat, and in the header of a batch. What this version does know has to be right; a heartbeat that cannot
be read counts as none, for it only feeds monitoring. Events have their own way (``lines.py``: parked, dead letter).
"""

from __future__ import annotations

import dataclasses

from rma_station.domain import codec
from rma_station.domain.codec import JsonValue
from rma_station.errors import Malformed
from sync import wire


def read_hello(body: bytes) -> wire.Hello:
    """The first call of a station.

    Raises:
        Malformed: mode or logs cannot be read; names the field.
    """
    given = _known(wire.Hello, codec.from_bytes(body))
    beat = None
    if isinstance(given, dict):
        beat = given.pop("heartbeat", None)
        if isinstance(given.get("logs"), list):
            given["logs"] = [_known(wire.LogHead, log) for log in given["logs"]]
    hello = codec.decode(wire.Hello, given)
    return dataclasses.replace(hello, heartbeat=None if beat is None else read_heartbeat(beat))


def read_heartbeat(given: JsonValue) -> wire.Heartbeat | None:
    """A heartbeat as far as this version understands it; ``None`` when it cannot be read at all."""
    try:
        return codec.decode(wire.Heartbeat, _known(wire.Heartbeat, given))
    except Malformed:
        return None


def read_batch_header(line: bytes) -> wire.BatchHeader:
    """The first line of a batch.

    Raises:
        Malformed: it cannot be read; names the field.
    """
    return codec.decode(wire.BatchHeader, _known(wire.BatchHeader, codec.from_bytes(line)))


def _known(kind: type, given: JsonValue) -> JsonValue:
    if not isinstance(given, dict):
        return given
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: value for name, value in given.items() if name in names}
