"""The event types: what can be said to have happened. Facts only; nothing here is ever changed or deleted.

Each class is one ``type`` at one ``schema``. Payloads carry ids, codes and integers (grams, minor units, pieces),
never customer data. A new meaning is a new field with a default, or a new schema with an upcast in ``read``.
Where they are made: ``flows/`` (station) and ``hub/``. Where they are understood: ``fold.py``.

The file is longer than others on purpose: it is the vocabulary of the record, one list to be read beside the table of
``fold.py``, in the order things happen; cut in two it would be two imports for every user, and no idea more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias, get_args

from rma_station.domain import codec
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed


@dataclass(frozen=True)
class Subject:
    """The ids an event is about; written into the envelope, so that it can be routed without its payload.

    ``case_ids`` are the cases it touches: the RMA numbers in the parcel, or the parcel's id for an orphan.
    """

    case_ids: tuple[str, ...] = ()
    parcel_id: str | None = None
    unit_id: str | None = None

    def as_mapping(self) -> dict[str, str]:
        """The envelope's ``subject`` object; case ids are joined by a space."""
        named = {}
        if self.case_ids:
            named["case_ids"] = " ".join(self.case_ids)
        if self.parcel_id:
            named["parcel_id"] = self.parcel_id
        if self.unit_id:
            named["unit_id"] = self.unit_id
        return named

    @classmethod
    def of(cls, mapping: Mapping[str, str]) -> Subject:
        """Read back what ``as_mapping`` wrote; unknown keys are ignored."""
        cases = tuple(mapping.get("case_ids", "").split())
        return cls(cases, mapping.get("parcel_id"), mapping.get("unit_id"))


# --- log -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogOpened:
    """The first event of a journal's first log."""

    TYPE: ClassVar[str] = "log.opened"
    station: str
    mode: str
    """``sample`` or ``live``, for ever."""


@dataclass(frozen=True)
class LogForked:
    """The first event of a log that goes on where another one can go no further (sync reference R5).

    The events behind ``seq`` of that log follow, with the ids they were born with.
    """

    TYPE: ClassVar[str] = "log.forked"
    station: str
    mode: str
    """``sample`` or ``live``, for ever."""
    from_log: str
    seq: int
    """The last place of ``from_log`` that this station and the hub have in common; 0 when there is none."""
    reason: str
    """``behind`` (the hub had more of it: an older image), ``other`` (another history: a copied card), ``station`` (the
    log is another station's: its card is here), ``letters`` (another log's labels begin with the same ones) or
    ``salvage`` (the journal was damaged here: what verifies behind ``seq`` follows)."""


@dataclass(frozen=True)
class WorkerSignedIn:
    """A worker's badge was accepted."""

    TYPE: ClassVar[str] = "worker.signed_in"
    worker_id: str


@dataclass(frozen=True)
class WorkerSignedOut:
    """End of a shift at this station, with the counts the sign-out sheet showed."""

    TYPE: ClassVar[str] = "worker.signed_out"
    worker_id: str
    parcels: int = 0
    units: int = 0


@dataclass(frozen=True)
class WorkerPinRefused:
    """A wrong PIN was typed after this worker's badge."""

    TYPE: ClassVar[str] = "worker.pin_refused"
    worker_id: str
    wrong: int
    """How many wrong PINs in a row."""
    locked_seconds: int = 0
    """The badge is locked at this station for so long; 0 while there are tries left."""


@dataclass(frozen=True)
class WorkerUnlocked:
    """A supervisor signed in at the station with their PIN and gave a locked badge new tries."""

    TYPE: ClassVar[str] = "worker.unlocked"
    worker_id: str
    by: str


@dataclass(frozen=True)
class WorkerAdmittedOffline:
    """A worker signed in by a list of people that is older than the station is told to trust."""

    TYPE: ClassVar[str] = "worker.admitted_offline"
    worker_id: str
    days: int
    """Since the station heard from the hub."""
    by: str | None = None
    """The supervisor whose badge let them in; ``None`` where none is asked for."""


@dataclass(frozen=True)
class ClockAdjusted:
    """The station's wall clock moved, or was found to be off: how far ``occurred_at`` of what follows can be believed.

    Evidence for people; nothing is decided by it.
    """

    TYPE: ClassVar[str] = "clock.adjusted"
    cause: str
    """``jumped`` (it was set while the station ran, or the machine slept), ``hub`` (the hub's clock shows something
    else, or agrees again) or ``started`` (never set, or far from the newest event)."""
    seconds: int
    """``jumped``: how far it moved; ``hub``: the hub's clock minus ours; ``started``: ours minus the newest event's."""


# --- parcel ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParcelOpened:
    """A parcel lies on the bench and was recognised (or not: then it is an orphan, without ``rma_ids``)."""

    TYPE: ClassVar[str] = "parcel.opened"
    parcel_id: str
    found_by: str
    """``tracking``, ``rma``, ``order``, ``unit``, ``typed`` or ``unknown`` (an orphan)."""
    code: str
    rma_ids: tuple[str, ...] = ()
    tracking: str | None = None
    carrier: str | None = None


@dataclass(frozen=True)
class ParcelInspected:
    """Outer packing: ``intact``, ``damaged`` (the carrier-claim clock starts) or ``opened``."""

    TYPE: ClassVar[str] = "parcel.inspected"
    parcel_id: str
    packaging: str


@dataclass(frozen=True)
class ParcelWeighed:
    """A stable gross weight in grams, with the scale's own bytes as evidence."""

    TYPE: ClassVar[str] = "parcel.weighed"
    parcel_id: str
    grams: int
    raw: str
    """Hexadecimal bytes of the frame."""
    device: str
    verdict: str
    """``match``, ``light`` (held), ``short`` and ``heavy`` (noted) or ``not_compared``."""
    expected_grams: int | None = None


@dataclass(frozen=True)
class ParcelSetAside:
    """Work on the parcel stops here for now."""

    TYPE: ClassVar[str] = "parcel.set_aside"
    parcel_id: str


@dataclass(frozen=True)
class ParcelResumed:
    """Work on a parcel that was set aside, or done, goes on."""

    TYPE: ClassVar[str] = "parcel.resumed"
    parcel_id: str


@dataclass(frozen=True)
class ParcelHandedOver:
    """Another worker's badge took the open parcel over."""

    TYPE: ClassVar[str] = "parcel.handed_over"
    parcel_id: str
    from_worker: str
    to_worker: str


@dataclass(frozen=True)
class Absent:
    """Pieces of a line that were not in this parcel (not "missing": that is the hub's word)."""

    rma_id: str
    line_id: str
    pieces: int


@dataclass(frozen=True)
class ParcelDone:
    """All that was in the parcel is on record."""

    TYPE: ClassVar[str] = "parcel.done"
    parcel_id: str
    not_in_parcel: tuple[Absent, ...] = ()


# --- unit ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UnitIdentified:
    """One physical piece was recognised; its ``unit_id`` was minted now and never changes."""

    TYPE: ClassVar[str] = "unit.identified"
    unit_id: str
    parcel_id: str
    lpn: str
    code: str
    """What was scanned or picked, cleaned."""
    how: str
    """``gtin``, ``gs1``, ``sku``, ``picked``, ``unknown``."""
    rma_id: str | None = None
    line_id: str | None = None
    sku: str | None = None
    part_sku: str | None = None
    """Which part of a bundle it is."""
    gtin: str | None = None
    serial: str | None = None
    lot: str | None = None
    pieces: int = 1
    """A multi-pack counts its factor."""
    issue: str | None = None
    """``undeclared``, ``over_receipt``, ``wrong_serial`` or ``orphan``: recorded and held, work goes on."""


@dataclass(frozen=True)
class UnitGraded:
    """Condition and destination of a unit, with the answers they were derived from."""

    TYPE: ClassVar[str] = "unit.graded"
    unit_id: str
    profile: str
    profile_version: int
    answers: Mapping[str, str]
    proposed_grade: str
    grade: str
    proposed_disposition: str
    disposition: str
    destination: str
    override_reason: str | None = None
    dangerous: bool = False
    same_again: bool = False
    grams: int | None = None


@dataclass(frozen=True)
class UnitAmended:
    """A second grading of a graded unit; replaces the effective grade, the first stays on record.

    The bench says it of a unit in hand, the hub of one whose grade a supervisor changed in the review.
    """

    TYPE: ClassVar[str] = "unit.amended"
    unit_id: str
    profile: str
    profile_version: int
    answers: Mapping[str, str]
    proposed_grade: str
    grade: str
    proposed_disposition: str
    disposition: str
    destination: str
    override_reason: str | None = None
    dangerous: bool = False
    changes: str = ""
    """Event id of the grading the supervisor saw and changed; only the hub says it. That is where the new one stands,
    whatever a bench has graded since: the order of receipt at the hub is the order of truth (sync reference R9)."""


@dataclass(frozen=True)
class UnitRelabelled:
    """The unit carries a new LPN; the old one is void."""

    TYPE: ClassVar[str] = "unit.relabelled"
    unit_id: str
    lpn: str
    void_lpn: str


@dataclass(frozen=True)
class UnitPlaced:
    """The unit went where its label says (a stock movement)."""

    TYPE: ClassVar[str] = "unit.placed"
    unit_id: str
    lpn: str
    destination: str


# --- photo -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PhotoTaken:
    """A picture of a unit, or of the parcel itself, was kept under its hash.

    The bytes are not in the event: they are a file of the station, go to the hub after the events (sync reference
    R11), and are the same wherever their hash is. The hub says it of pictures a phone handed in there.
    """

    TYPE: ClassVar[str] = "photo.taken"
    photo_id: str
    parcel_id: str
    sha256: str
    """Of the picture's bytes, 64 hexadecimal digits; two photos may have the same."""
    size: int
    """Bytes."""
    mime: str
    """``image/jpeg`` from a station; a phone's may also be PNG or WebP."""
    role: str
    """What it shows: ``grade`` (the condition), ``damage``, ``packaging`` or ``other``."""
    source: str
    """``camera``, ``folder`` or ``phone``."""
    unit_id: str | None = None
    """``None``: of the parcel."""


@dataclass(frozen=True)
class PhotoSkipped:
    """The profile asks for photos of this unit and the worker went on without: a person decides about its money."""

    TYPE: ClassVar[str] = "photo.skipped"
    parcel_id: str
    unit_id: str
    reason: str
    """``no_camera``, ``camera_broken``, ``not_visible`` (a picture would not show it) or ``left`` (work stopped)."""
    wanted: int
    """Photos the profile asks for."""
    taken: int = 0


# --- label -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LabelAsked:
    """A label job was written; nothing was printed yet."""

    TYPE: ClassVar[str] = "label.asked"
    job_id: str
    unit_id: str
    lpn: str
    template: str
    attempt: int = 1
    """From 2 on the label carries an attempt mark."""


@dataclass(frozen=True)
class LabelSent:
    """All bytes of the label were handed to the printer."""

    TYPE: ClassVar[str] = "label.sent"
    job_id: str
    unit_id: str
    printer: str


@dataclass(frozen=True)
class LabelConfirmed:
    """The label exists: ``scan_back`` (strongest), ``odometer``, ``worker`` or ``preprinted``."""

    TYPE: ClassVar[str] = "label.confirmed"
    unit_id: str
    lpn: str
    how: str
    job_id: str | None = None


@dataclass(frozen=True)
class LabelOwed:
    """The unit has no proven label yet; the list is worked off later."""

    TYPE: ClassVar[str] = "label.owed"
    unit_id: str
    lpn: str
    reason: str


# --- correction ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UndoApplied:
    """Takes back one earlier event of this station; both stay on record."""

    TYPE: ClassVar[str] = "undo.applied"
    undone_event_id: str
    undone_type: str
    parcel_id: str | None = None
    unit_id: str | None = None
    rma_id: str | None = None
    """Of an RMA that was found inside the open parcel: it is not in it after all."""


# --- said by the hub, in its own log, sent down the feed -------------------------------------------------


@dataclass(frozen=True)
class SlotGiven:
    """The hub counted a unit: it fills these places 1..n of the line."""

    TYPE: ClassVar[str] = "slot.given"
    unit_id: str
    rma_id: str
    line_id: str
    slots: tuple[int, ...]


@dataclass(frozen=True)
class SlotRefused:
    """No free slot for the unit: it is undeclared and held."""

    TYPE: ClassVar[str] = "slot.refused"
    unit_id: str
    rma_id: str
    line_id: str


@dataclass(frozen=True)
class SlotFreed:
    """A unit no longer fills its slots (undone, or moved to another line)."""

    TYPE: ClassVar[str] = "slot.freed"
    unit_id: str
    rma_id: str
    line_id: str
    slots: tuple[int, ...]


@dataclass(frozen=True)
class LineMissing:
    """So many pieces of a line are missing now: the last announced parcel is done, or they were waited for long enough.

    0 takes it back: they came late.
    """

    TYPE: ClassVar[str] = "line.missing"
    rma_id: str
    line_id: str
    pieces: int
    why: str
    """``all_parcels_done``, ``waited``, or ``came`` with 0."""


@dataclass(frozen=True)
class ParcelMatched:
    """A supervisor found out which RMA an orphan parcel belongs to."""

    TYPE: ClassVar[str] = "parcel.matched"
    parcel_id: str
    rma_id: str


@dataclass(frozen=True)
class UnitMatched:
    """A unit of a matched parcel is a piece of this line of the RMA, not an orphan's any more."""

    TYPE: ClassVar[str] = "unit.matched"
    unit_id: str
    rma_id: str
    line_id: str
    part_sku: str | None = None
    """Which part of a bundle it is."""


Event: TypeAlias = (
    LogOpened
    | LogForked
    | WorkerSignedIn
    | WorkerSignedOut
    | WorkerPinRefused
    | WorkerUnlocked
    | WorkerAdmittedOffline
    | ClockAdjusted
    | ParcelOpened
    | ParcelInspected
    | ParcelWeighed
    | ParcelSetAside
    | ParcelResumed
    | ParcelHandedOver
    | ParcelDone
    | UnitIdentified
    | UnitGraded
    | UnitAmended
    | UnitRelabelled
    | UnitPlaced
    | PhotoTaken
    | PhotoSkipped
    | LabelAsked
    | LabelSent
    | LabelConfirmed
    | LabelOwed
    | UndoApplied
    | SlotGiven
    | SlotRefused
    | SlotFreed
    | LineMissing
    | ParcelMatched
    | UnitMatched
)

SCHEMA = 1
"""Every type is at its first schema; the first upcast makes this a table."""

BY_TYPE: dict[str, type] = {kind.TYPE: kind for kind in get_args(Event)}


@dataclass(frozen=True)
class Stated:
    """An event together with what it is about: what a flow returns and a journal seals."""

    event: Event
    subject: Subject = field(default_factory=Subject)
    event_id: str = ""
    """UUIDv7 when the flow has to know it (to undo it later); the journal mints one when it is empty."""


class UnknownEvent(Malformed):
    """A type or schema newer than this version: parked, not refused (sync reference R7)."""

    title = "Event of a newer version"


def write(event: Event) -> tuple[str, int, codec.JsonValue]:
    """``(type, schema, payload)`` for ``envelope.seal``."""
    return event.TYPE, SCHEMA, codec.encode(event)


def read(type_name: str, schema: int, payload: codec.JsonValue) -> Event:
    """The event behind a payload, upcast to the newest schema.

    Raises:
        UnknownEvent: made by a newer version.
        Malformed: the payload does not have the shape of its type.
    """
    kind = BY_TYPE.get(type_name)
    if kind is None or schema > SCHEMA:
        raise UnknownEvent(f"event type {type_name[:40]} schema {schema} is newer than this version knows")
    event: Event = codec.decode(kind, payload)
    return event
