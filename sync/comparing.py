"""What a hub lacks of a journal, by its own word: hashes, ids and sizes are compared, nothing is sent or noted.

For whoever is about to remove the only copy. What the station remembers of the hub does not count: the hub may have
been put back to an older backup meanwhile (sync reference R5 and 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.errors import Refused
from rma_station.ports import JournalReader, LogEnd
from sync import blobs, wire
from sync.transport import HubLine
from sync.versions import FORKS, RECEIPTS

T = TypeVar("T", wire.HelloReply, wire.MissingReply)


@dataclass(frozen=True)
class Lacking:
    """What is at this station and not at its hub."""

    events: int = 0
    photos: tuple[str, ...] = ()
    """SHA-256 of each."""


def lacking(line: HubLine, journal: JournalReader, mode: str, photos: Iterable[tuple[str, int]]) -> Lacking:
    """Ask the hub for every log and every photo.

    Args:
        line: to the hub; its calls block.
        journal: what should be there.
        mode: ``sample`` or ``live``.
        photos: SHA-256 and size in bytes of each.

    Raises:
        NoAnswer: nobody answered as our hub does.
        Refused: it is not this station's hub, it refuses the question, or the station's key or token forbids it.
    """
    heads = journal.log_heads()
    logs = tuple(wire.LogHead(head.log_id, head.seq, head.hash.hex(), head.closed) for head in heads)
    reply = _asked(line, wire.HelloReply, wire.HELLO, wire.Hello(mode, logs, wire.PROTOCOL))
    _refuse_other(reply, journal, mode)
    known = {log.log_id: log for log in reply.logs}
    protocol = reply.hub.protocol_max
    events = sum(_lacking_of(line, journal, head, known.get(head.log_id), protocol) for head in heads)
    hub_id = reply.hub.hub_id
    gone = (one for one, size in photos if protocol < blobs.PROTOCOL or not _has_photo(line, hub_id, one, size))
    return Lacking(events, tuple(gone))


def _asked(line: HubLine, kind: type[T], path: str, question: object) -> T:
    reply = line.call(kind, "POST", path, wire.encode(question)).reply
    if isinstance(reply, wire.Problem):
        code, reason = clean(reply.code, 40), clean(reply.message)
        raise Refused(f"the hub says {code}: {reason}", say("service.hub.says", code=code, reason=reason))
    return reply


def _refuse_other(reply: wire.HelloReply, journal: JournalReader, mode: str) -> None:
    """Refuse the answer of a hub that is not this station's own; before a first contact it has none."""
    hub, ours = reply.hub, journal.hub_id()
    if hub.hub_id != ours:
        theirs, ours = clean(hub.hub_id, 40), clean(ours, 40)
        said = say("stopped.hub_answers", hub=theirs, ours=ours) if ours else say("stopped.hub_unknown", hub=theirs)
        raise Refused(f"hub {theirs} answers; this journal belongs to {ours or 'none yet'}", said)
    if hub.mode != mode:
        theirs = clean(hub.mode, 20)
        raise Refused(
            f"the hub is in {theirs} mode, the journal in {mode} mode",
            say("stopped.other_mode", ours=mode, theirs=theirs),
        )
    key = journal.hub_key()
    if key and hub.protocol_max >= RECEIPTS and reply.hub_key != key:
        raise Refused(
            "the hub shows another key than the one this station knows: it is not the same hub",
            say("stopped.hub_key_shown"),
        )


def _lacking_of(line: HubLine, journal: JournalReader, head: LogEnd, known: wire.LogKnown | None, protocol: int) -> int:
    """How many events of a log the hub lacks: by the hash where both have it, by the ids where that says nothing."""
    have = 0 if known is None else known.have_through
    if known is None or have <= 0:
        return head.seq
    if have <= head.seq:
        here = journal.hash_at(head.log_id, have)
        if here is not None and here.hex() == known.hash_at_have.lower():
            return head.seq - have
    return _lacking_by_id(line, journal, head) if protocol >= FORKS else head.seq


def _lacking_by_id(line: HubLine, journal: JournalReader, head: LogEnd) -> int:
    missing, seq = 0, 0
    while ids := tuple(journal.event_ids(head.log_id, seq, wire.MISSING_IDS)):
        missing += len(_asked(line, wire.MissingReply, wire.MISSING, wire.MissingQuestion(ids)).missing)
        seq += len(ids)
    return missing


def _has_photo(line: HubLine, hub_id: str, sha256: str, size: int) -> bool:
    answer = line.ask_blob(sha256)
    place = answer.place
    return answer.hub_id == hub_id and not answer.code and place is not None and place == blobs.Place(size, True)
