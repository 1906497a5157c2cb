"""One line of a batch: read at its place in the chain, with what is wrong with it (pure).

The hash of a place in a log is ``SHA-256(hash before ‖ counted bytes)``; the counted bytes of a line are its
envelope part, as ``envelope.split`` cuts it, or the whole line when it cannot be cut. So the chain goes on over a
line that means nothing to this hub, and one poisoned event never holds up those behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.errors import Malformed

ID = re.compile("[0-9A-Za-z-]{4,64}")
"""What an event id or a log id looks like."""
ID_LENGTH = 64
"""Most characters of the id of a parcel or a unit."""
_INT32 = 1 << 31


@dataclass
class Line:
    """One line of a batch on its way."""

    seq: int
    raw: bytes
    hash: bytes
    entry: en.Entry | None = None
    event: ev.Event | None = None
    case_ids: tuple[str, ...] = ()
    result: str = ""
    """Empty while it is to be accepted; else ``duplicate``, ``dead_letter`` or ``parked``."""
    code: str = ""
    reason: str = ""

    @property
    def event_id(self) -> str | None:
        """The event's id, where the envelope could be read."""
        return self.entry.envelope.event_id if self.entry else None


def read_line(raw: bytes, previous: bytes, seq: int) -> Line:
    """Read one line at its place; what is wrong with it is in ``result``, ``code`` and ``reason``."""
    try:
        entry = en.open_line(raw, previous)
    except Malformed as error:
        line = Line(seq, raw, en.chain_hash(previous, en.counted(raw)))
        return dead(line, _code(raw, str(error)), str(error))
    line = Line(seq, raw, entry.hash, entry)
    envelope = entry.envelope
    wrong = _unusable(envelope)
    if wrong:
        line.entry = None
        return dead(line, "malformed", wrong)
    if entry.payload is None:
        return dead(line, "erased", "the payload was erased before this hub had it")
    try:
        line.event = ev.read(envelope.type, envelope.schema, entry.payload)
    except ev.UnknownEvent as error:
        line.result, line.code, line.reason = "parked", "newer", clean(str(error))
        return line
    except Malformed as error:
        return dead(line, "malformed", str(error))
    wrong = _unstorable(line.event)
    if wrong:
        return dead(line, "malformed", wrong)
    line.case_ids = case_ids_of(envelope, line.event)
    if any(len(case_id) > 80 or not case_id.isprintable() for case_id in line.case_ids):
        return dead(line, "malformed", "a case id is longer than 80 characters or holds a control character")
    return line


def case_ids_of(envelope: en.Envelope, event: ev.Event) -> tuple[str, ...]:
    """The cases an event is about; a parcel without an RMA is a case of its own."""
    subject = ev.Subject.of(envelope.subject)
    found = list(subject.case_ids)
    if isinstance(event, ev.UnitIdentified) and event.rma_id:
        found.append(event.rma_id)
    if isinstance(event, ev.ParcelOpened):
        found.extend(event.rma_ids)
    if not found and (parcel_id := subject.parcel_id or getattr(event, "parcel_id", None)):
        found.append(parcel_id)
    return tuple(dict.fromkeys(found))


def read_all(previous: bytes, first: int, lines: Iterable[bytes]) -> list[Line]:
    """Read consecutive lines; ``previous`` is the hash before the first."""
    result = []
    for seq, raw in enumerate(lines, first):
        line = read_line(raw, previous, seq)
        previous = line.hash
        result.append(line)
    return result


def _code(raw: bytes, reason: str) -> str:
    if len(raw) > en.MAX_LINE:
        return "too_large"
    if "payload_sha256" in reason and "does not match" in reason:
        return "payload_mismatch"
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "bad_utf8"
    return "malformed"


def _unusable(envelope: en.Envelope) -> str:
    """Why an envelope of the right shape cannot be stored."""
    if not ID.fullmatch(envelope.event_id):
        return f"event_id {envelope.event_id[:40]!r} is not an id"
    if not re.fullmatch(r"[a-z0-9_.]{1,64}", envelope.type) or not 0 < envelope.schema < 1 << 31:
        return f"type {envelope.type[:40]!r} schema {str(envelope.schema)[:12]} is not a type"
    subject = envelope.subject
    if len(subject.get("parcel_id", "")) > ID_LENGTH or not "".join(subject.values()).isprintable():
        return f"an id in subject is longer than {ID_LENGTH} characters or holds a control character"
    return ""


def _unstorable(event: ev.Event) -> str:
    """Why an event of the right shape has no place in the tables of every database: it would fail its whole batch."""
    for name in ("unit_id", "parcel_id"):
        if len(getattr(event, name, None) or "") > ID_LENGTH:
            return f"{name} is longer than {ID_LENGTH} characters"
    if not -_INT32 <= getattr(event, "pieces", 0) < _INT32:
        return "pieces does not fit into 32 bits"
    return ""


def dead(line: Line, code: str, reason: str) -> Line:
    """Make a dead letter of a line."""
    line.result, line.code, line.reason = "dead_letter", code, clean(reason, 300)
    return line
