"""What came with which protocol number, and how a hub speaks an older one.

::

    1   hello, events, feed, snapshot, review
    2   a station goes on under a new log: closed logs in hello, events:missing, refused letters; alerts on the feed
    3   receipts: the hub signs for what it has; photos and files (blobs.py); gradings side by side, a station's clock;
        claims; a station's own events back; how long a lock lasts

A hub answers in the protocol its caller named (``X-RMA-Protocol``), down to ``wire.PROTOCOL_MIN``: fields and kinds of
feed entries that are newer are left out. A station reads the reply of an older hub as it is: what is not there has its
default. Source: sync reference R8, failure rows 18 to 20; golden traffic of each version is in ``tests/sync/golden``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

from sync import blobs, review_wire, wire

FORKS = 2
"""``events:missing`` and refused letters."""
RECEIPTS = 3
"""The hub signs for what it has."""
SIGNATURES = 3
"""Stations sign their calls, and say which of their starts is calling."""
CONFLICTS = 3
"""Gradings side by side, and how far a station's clock is off."""
LOCKS = 3
"""How long wrong PINs lock somebody out, and whether only here."""

SINCE: Mapping[type, Mapping[str, int]] = {
    wire.LogHead: {"closed": FORKS, "elsewhere": RECEIPTS},
    wire.LogKnown: {"refused": FORKS},
    wire.Hello: {"run_id": SIGNATURES},
    wire.HelloReply: {"hub_key": RECEIPTS},
    wire.EventsReply: {"receipt": RECEIPTS},
    wire.Heartbeat: {"clock": CONFLICTS},
    review_wire.DecisionReply: {"minutes": LOCKS, "here": LOCKS},
    review_wire.ReviewCase: {"gradings": CONFLICTS, "paid": CONFLICTS, "photos": blobs.PROTOCOL},
}
"""Fields that were added after the first protocol, with its number."""
MODULES = frozenset({wire.__name__, review_wire.__name__})
"""Where messages are that the first protocol had already; those of other modules are not sent to older stations."""


def asked_for(header: str | None) -> int:
    """The protocol a caller named, as it is; the first one when it named none, 0 for what is no number."""
    if header is None:
        return 1
    return int(header[:6]) if header.isascii() and header.isdigit() else 0


def spoken(asked: int) -> int:
    """The protocol a call is answered in: the caller's as far as this version speaks it."""
    return min(max(asked, wire.PROTOCOL_MIN), wire.PROTOCOL)


def encode(message: object, protocol: int) -> bytes:
    """A message in the words of a protocol."""
    return wire.encode(message if protocol >= wire.PROTOCOL else _older(message, protocol))


def _older(value: Any, protocol: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_older(item, protocol) for item in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type) or type(value).__module__ not in MODULES:
        return value
    since = SINCE.get(type(value), {})
    changes = {}
    for name, default in _fields(type(value)):
        changes[name] = default if since.get(name, 1) > protocol else _older(getattr(value, name), protocol)
    return dataclasses.replace(value, **changes)


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))
