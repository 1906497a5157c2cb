"""What a station believes of an answer: only what our hub says, in words this version knows.

A page of a captive portal, a proxy's error, an answer without a ``hub_id``: all of them are "offline", never "ack".
``transport.py`` goes on from here to the hub's key and its ``hub_id``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from rma_station.domain.clean import clean, clean_bytes
from rma_station.domain.outcome import Message, say
from rma_station.errors import HubUnreachable, Malformed
from sync import wire

T = TypeVar("T")


class NotOurHub(HubUnreachable):
    """What came is not our hub's answer; ``said`` tells a person why."""

    said: Message

    def __init__(self, message: str, said: Message) -> None:
        super().__init__(message, said)


def read(kind: type[T], status: int, body: bytes) -> T | wire.Problem:
    """The reply to a call, strictly.

    Args:
        kind: what the call answers with ``2xx``: ``HelloReply``, ``EventsReply``, ``MissingReply``, ``LinesReply``,
            ``FeedReply``, ``ClaimReply``, or one of ``review_wire.py``.
        status: HTTP status.
        body: all of it, decompressed.

    Raises:
        NotOurHub: somebody else answered, or not in words we know; nothing of it may be believed.
    """
    start = body[:200].lstrip().lower()
    if start.startswith((b"<", b"\xef\xbb\xbf<")):
        raise NotOurHub(
            f"a web page came instead of the hub's answer (status {status}): a captive portal or proxy?",
            say("service.hub.portal", status=status),
        )
    expected: type[T] | type[wire.Problem] = kind if 200 <= status < 300 else wire.Problem
    try:
        reply = wire.decode(expected, body)
    except Malformed as error:
        what = clean_bytes(body[:60], 60) or "nothing"
        reason = f"status {status}: {what}: {clean(str(error))}"
        raise NotOurHub(
            f"not an answer of this hub's version ({reason})", say("service.hub.not_ours", reason=reason)
        ) from None
    if not getattr(reply, "hub").hub_id:  # noqa: B009 - every message that can be a reply has it
        raise NotOurHub("the answer does not say which hub it is from", say("service.hub.nameless"))
    return reply


def clock_offset(hub: wire.HubHeader, unix: float) -> float | None:
    """The hub's clock minus ours in seconds; ``None`` when its time cannot be read.

    Args:
        hub: header of a reply.
        unix: our wall clock in the middle of the call.
    """
    try:
        there = datetime.fromisoformat(hub.server_time)
    except ValueError:
        return None
    return (there if there.tzinfo else there.replace(tzinfo=UTC)).timestamp() - unix
