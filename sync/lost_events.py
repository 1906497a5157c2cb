"""What the hub has of a station's own log, asked for by the place: for a journal that is being salvaged."""

from __future__ import annotations

from collections.abc import Iterator

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import Refused
from sync import wire
from sync.transport import HubLine

Row = tuple[int, bytes, bytes]
"""``(seq, hash, line)``; the line is empty where the hub has only the hash under this log."""


def of_log(line: HubLine, hub_id: str, mode: str, log_id: str, first: int, last: int | None) -> Iterator[Row]:
    """Events of a log from ``first`` on; whether they are what was committed, the hash chain has to say.

    Args:
        line: to the hub; its calls block.
        hub_id: the hub the journal belongs to.
        mode: ``sample`` or ``live``.
        log_id: one of the station's own.
        first: the first place.
        last: the last one; ``None``: as far as the hub has it.

    Raises:
        NoAnswer: nobody answered as a hub of this version does.
        Refused: it is another hub, or it refuses.
    """
    place = first
    while last is None or place <= last:
        reply = line.call(wire.LinesReply, "GET", wire.lines_path(log_id, place)).reply
        _refuse_other(reply, hub_id, mode)
        if isinstance(reply, wire.Problem):
            code, reason = clean(reply.code, 40), clean(reply.message)
            raise Refused(f"the hub says {code}: {reason}", say("service.hub.says", code=code, reason=reason))
        rows = [row for row in reply.lines if row.seq >= place and (last is None or row.seq <= last)]
        for row in rows:
            yield row.seq, _digest(row.hash), row.line.encode()
        if not reply.more or not rows:
            return
        place = max(row.seq for row in rows) + 1


def _refuse_other(reply: wire.LinesReply | wire.Problem, hub_id: str, mode: str) -> None:
    hub = clean(reply.hub.hub_id, 40)
    if reply.hub.hub_id != hub_id:
        words = f"hub {hub} answers; this journal belongs to {clean(hub_id, 40)}"
        raise Refused(words, say("stopped.hub_answers", hub=hub, ours=clean(hub_id, 40)))
    if reply.hub.mode != mode:
        theirs = clean(reply.hub.mode, 20)
        words = f"the hub is in {theirs} mode, the journal in {mode} mode"
        raise Refused(words, say("stopped.other_mode", ours=mode, theirs=theirs))


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
