"""The station: ``handle(input) -> Handled``, an ordinary function. The station thread, the tests and the simulator
call the same one; who reads this file knows what happens to a scan.

The order is the promise (design rule 1): meaning -> flow -> one committed transaction -> answer -> effects. What the
worker is told is saved was on the disk before the answer existed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.book import Book, Fresh
from rma_station.domain.clean import clean, clean_bytes
from rma_station.domain.effects import CheckPin, OpenSheet, PrintUnitLabel, SwitchLanguage, TakePhoto
from rma_station.domain.flows.inputs import (
    Chosen,
    Input,
    PeopleChanged,
    PictureFailed,
    PictureKept,
    Pressed,
    Scanned,
    Typed,
)
from rma_station.domain.flows.receive import step
from rma_station.domain.flows.stages import Photos, ScanBack
from rma_station.domain.flows.state import Bench, Context, Rules, Step
from rma_station.domain.flows.views import view
from rma_station.domain.meaning import Command, CommandScan
from rma_station.domain.outcome import Kind, Message, Outcome, say
from rma_station.domain.record import dataclass, replace
from rma_station.domain.scan import ScanRules, interpret
from rma_station.errors import JournalDamaged, StationError, StorageFull
from rma_station.ports import Clock, DeviceState, DeviceStatus, NoPicture, Picture, RawScan, UplinkStatus, Weighing
from rma_station.services.bench import PhoneAsked, StatusLine, Update
from rma_station.services.claims import Piece
from rma_station.services.duplicates import Duplicates
from rma_station.services.handled import Handled, SettledPicture, StationInput
from rma_station.services.hub_contact import HubContact
from rma_station.services.job_marks import job_marks
from rma_station.services.photographed import photographed
from rma_station.services.piece_in_hand import piece_in_hand
from rma_station.services.resume import opening, restored
from rma_station.services.weighings import Weighings
from rma_station.store.clock_state import StationTime
from rma_station.store.jobs import JobMark

_log = logging.getLogger(__name__)


class Journal(Protocol):
    """What the station needs of its journal on the worker's way; ``store.journal.Journal`` is it."""

    @property
    def resume_point(self) -> bytes:
        """The bench's state as it was committed last; empty when there is none."""

    def fresh(self) -> Fresh:
        """New ids."""

    def time(self) -> StationTime:
        """What time it is, as far as the station knows."""

    def commit(
        self,
        stated: Sequence[ev.Stated],
        *,
        worker_id: str | None = None,
        session_id: str | None = None,
        resume: bytes | None = None,
        jobs: Sequence[PrintUnitLabel] = (),
        marks: Sequence[JobMark] = (),
    ) -> object:
        """Make events and what follows from them durable, or raise ``StorageFull`` and keep nothing."""


@dataclass(frozen=True)
class Identity:
    """Who this station is."""

    name: str
    mode: str
    language: str = "pl"


class Station:
    """One bench: its state, its journal, its answers. Not thread-safe: one thread, or one test, calls it."""

    def __init__(
        self,
        identity: Identity,
        journal: Journal,
        book: Book,
        clock: Clock,
        *,
        scan_rules: ScanRules,
        rules: Rules | None = None,
        duplicate_seconds: float = 0.4,
        unclean: bool = False,
        heard_at: float = 0.0,
    ) -> None:
        self.identity = identity
        self.language = identity.language
        self.scan_rules = scan_rules
        self._journal, self._book, self._clock = journal, book, clock
        self._rules = rules or Rules()
        self._duplicates = Duplicates(duplicate_seconds)
        self._weighings = Weighings()
        self._devices: dict[str, DeviceStatus] = {}
        now = journal.time().steady
        self._hub = HubContact(heard_at or now)
        self._bench, resumed = restored(journal.resume_point, now)
        person = book.person(self._bench.worker_id) if self._bench.worker_id else None
        if person is not None:
            self.language = person.language
        self._waiting = self._book.waiting()
        self._shown: Update | None = None
        self._closed: Outcome | None = None
        self._also: tuple[str, Message] | None = None
        self._covered = False
        self._opening = opening(resumed=resumed, unclean=unclean)

    # --- handling ----------------------------------------------------------------------------------------

    def handle(self, given: StationInput) -> Handled:
        """Answer one input; when it returns, everything the answer says is durable.

        A defect of this program is answered too, with STOP and a line in the log: a bench is never left in silence.
        """
        try:
            return self._answer(given)
        except Exception as error:
            _log.exception("an input could not be answered: %s", type(given).__name__)
            return self._defective(given, error)

    def _answer(self, given: StationInput) -> Handled:
        if isinstance(given, DeviceStatus):
            self._devices[given.name] = given
            return Handled(self._update(None))
        if isinstance(given, UplinkStatus):
            self._hub.hear(given, self._journal.time().steady)
            return Handled(self._update(None))
        if self._closed is not None:
            return self._turned_away(given)
        if isinstance(given, RawScan):
            return self._scan(given)
        if isinstance(given, Weighing):
            return self._weighing(given)
        if isinstance(given, Picture):
            kept = PictureKept(given.device, given.sha256, given.size, given.mime, given.source, given.of)
            handled = self._step(kept)
            return replace(handled, picture=SettledPicture(given.device, given.name, handled.committed))
        if isinstance(given, NoPicture):
            return self._step(PictureFailed(given.device, given.problem))
        return self._step(given)

    def _scan(self, given: RawScan) -> Handled:
        if given.damaged is None and self._duplicates.repeated(given):
            said = Outcome(Kind.ATTENTION, say("flow.duplicate"))
            return Handled(self._update(said, given.at), device=given.device)
        meaning = interpret(given.data, given.aim, given.damaged, self.scan_rules)
        if self._covered and meaning == CommandScan(Command.CANCEL):
            left = self._update(Outcome(Kind.READY, say("flow.sheet_left")), given.at)
            return Handled(replace(left, back=True), device=given.device)
        return self._step(Scanned(meaning, clean_bytes(given.data, 60), given.device), given.at, given.device)

    def _weighing(self, given: Weighing) -> Handled:
        weight = self._weighings.observe(given, self._clock.monotonic())
        if weight is None:
            return Handled(None)
        before = self._bench
        handled = self._step(weight)
        if handled.committed or self._bench != before:
            # Only a weight that was used up: a parcel that lay there before its label was scanned is weighed then.
            self._weighings.used(given.device)
        return handled if handled.update and handled.update.outcome else replace(handled, update=None)

    def _step(self, given: Input, at: float | None = None, device: str = "") -> Handled:
        before = self._bench
        done = step(before, given, self._context())
        labels = tuple(effect for effect in done.effects if isinstance(effect, PrintUnitLabel))
        try:
            self._commit(before, done, given, labels)
        except StorageFull:
            failed = Outcome(Kind.STOP, say("flow.storage_full"), say("flow.storage_full_detail"))
            return Handled(self._update(failed, at), device=device)
        except JournalDamaged:
            return Handled(self.close_bench("journal_damaged"), device=device)
        except StationError:
            failed = Outcome(Kind.STOP, say("flow.storage_failed"))
            return Handled(self._update(failed, at), device=device)
        self._bench = done.bench
        pins = tuple(effect for effect in done.effects if isinstance(effect, CheckPin))
        photos = tuple(effect for effect in done.effects if isinstance(effect, TakePhoto))
        handled = Handled(None, labels, bool(done.events), device, pins, photos=photos)
        try:
            sheet = self._act(done)
            if done.events:
                self._waiting = self._book.waiting()
            return replace(handled, update=self._update(done.outcome, at, sheet))
        except Exception as error:  # it is committed: its label is printed and the hub hears of it, whatever we show
            _log.exception("what was committed could not be shown: %s", type(given).__name__)
            unshown = self._defective(given, error)
            return replace(handled, update=unshown.update, defect=unshown.defect)

    def _commit(self, before: Bench, done: Step, given: Input, labels: tuple[PrintUnitLabel, ...]) -> None:
        marks = job_marks(given, done.events, self._book)
        if not done.events and not marks and done.bench == before:
            return
        self._journal.commit(
            done.events,
            worker_id=done.bench.worker_id or before.worker_id,
            session_id=done.bench.session_id or before.session_id,
            resume=codec.write(done.bench).encode(),
            jobs=labels,
            marks=marks,
        )

    def _act(self, done: Step) -> str | None:
        sheet = None
        for effect in done.effects:
            if isinstance(effect, SwitchLanguage):
                other = "en" if self.language == "pl" else "pl"
                self.language = other if effect.language == "other" else effect.language
            elif isinstance(effect, OpenSheet):
                sheet = effect.sheet
        return sheet

    def _context(self) -> Context:
        time = self._journal.time()
        offline = self._hub.days_alone(time.steady)
        return Context(
            self._book, self._journal.fresh(), time.today, self._rules, time.steady, offline, clock=time.word
        )

    def _turned_away(self, given: StationInput) -> Handled:
        if isinstance(given, RawScan):
            return Handled(self._update(self._closed, given.at), device=given.device)
        # What nobody at the bench has done changes nothing, and needs no answer.
        return Handled(self._update(self._closed) if isinstance(given, (Pressed, Chosen, Typed)) else None)

    def _defective(self, given: StationInput | Input, error: Exception) -> Handled:
        """STOP over the view as it is, or as it was shown last when it is the view that fails."""
        key = "flow.storage_failed" if isinstance(error, StationError) else "flow.defect"
        failed = Outcome(Kind.STOP, say(key), say("flow.defect_detail"))
        at = given.at if isinstance(given, RawScan) else None
        defect = clean(f"{type(given).__name__}: {error!r}")
        device = given.device if isinstance(given, RawScan) else ""
        try:
            return Handled(self._update(failed, at), device=device, defect=defect)
        except Exception:
            shown = self._shown and replace(self._shown, outcome=failed, scan_at=at, sheet=None)
            return Handled(shown, device=device, defect=defect)

    # --- what is shown -----------------------------------------------------------------------------------

    @property
    def bench(self) -> Bench:
        """The state between two inputs."""
        return self._bench

    def opening(self) -> Update:
        """The first view after the start; says so when an open parcel was found again."""
        return self._update(self._closed or self._opening)

    @property
    def closed(self) -> bool:
        """No work is taken."""
        return self._closed is not None

    def close_bench(self, why: str) -> Update:
        """No more work here: from now on a worker is answered with STOP and what to do; what is saved is still sent.

        Args:
            why: ``journal_damaged``, or ``program_old`` for one that is older than its journal.
        """
        self._closed = Outcome(Kind.STOP, say(f"flow.{why}"), say(f"flow.{why}_detail"))
        return self._update(self._closed)

    def status(self) -> StatusLine:
        """The quiet line at the edge of the screen."""
        person = self._book.person(self._bench.worker_id) if self._bench.worker_id else None
        return StatusLine(
            station=self.identity.name,
            mode=self.identity.mode,
            language=self.language,
            worker=person.name if person else "",
            role=person.role if person else "",
            worker_id=person.worker_id if person else "",
            uplink=self._hub.uplink,
            owed=self._waiting.labels_owed,
            set_aside=self._waiting.parcels_set_aside,
            problems=tuple(name for name, device in self._devices.items() if device.state is not DeviceState.READY),
        )

    def _update(self, outcome: Outcome | None, scan_at: float | None = None, sheet: str | None = None) -> Update:
        context = self._context()
        shown = view(self._bench, context)
        if self._also is not None:
            piece = piece_in_hand(self._bench, context)
            if piece is not None and piece.unit_id == self._also[0]:
                shown = replace(shown, facts=(self._also[1], *shown.facts))
            else:
                self._also = None
        obstacle = printing_obstacle(self._devices.values()) if isinstance(self._bench.stage, ScanBack) else ""
        if obstacle:
            shown = replace(shown, facts=(say("flow.remedy", problem=obstacle), *shown.facts))
        if self._closed is not None:
            shown = replace(shown, facts=(self._closed.message, *shown.facts))
        self._shown = Update(shown, self.status(), outcome, scan_at, sheet)
        return self._shown

    # --- what others tell and ask ------------------------------------------------------------------------

    def cover(self, by_sheet: bool) -> None:
        """A sheet is over the question, or no longer: a scanned "back" leaves it, and the question stays as it is."""
        self._covered = by_sheet

    def refresh(self) -> Handled:
        """The view after reference data has changed; a worker who may no longer work here is signed out."""
        self._waiting = self._book.waiting()
        handled = self._step(PeopleChanged())
        return handled if handled.update else replace(handled, update=self._update(None))

    def switch_scan_rules(self, rules: ScanRules) -> None:
        """Other keys or patterns from the hub."""
        self.scan_rules = rules

    def offer_phone(self, offered: bool) -> Update:
        """The hub can, or cannot, show a page to a phone."""
        others = tuple(one for one in self._rules.cameras if one != "phone")
        self._rules = replace(self._rules, cameras=(*others, "phone") if offered else others)
        return self._update(None)

    @property
    def offline_days(self) -> int:
        """Whole days since this station heard from the hub, whatever its clock is set to meanwhile; 0 while it does."""
        return self._hub.days_alone(self._journal.time().steady)

    def photographed(self) -> PhoneAsked | None:
        """What a phone would take photos of now; ``None`` when nothing is in hand."""
        return photographed(self._bench, self._context())

    def piece_in_hand(self) -> Piece | None:
        """What other stations may want to know of; ``None`` when nothing is in hand."""
        return piece_in_hand(self._bench, self._context())

    def also_at(self, piece: Piece, stations: Sequence[str]) -> Update | None:
        """Other stations have this piece in hand, says the hub: shown beside the question for as long as it is here.

        Returns:
            The view with it; ``None`` when the piece is not in hand any more.
        """
        now = self.piece_in_hand()
        if now is None or now.unit_id != piece.unit_id:
            return None
        self._also = (piece.unit_id, say("flow.also_at", station=", ".join(clean(one, 20) for one in stations)))
        return self._update(None)

    @property
    def awaits_photos(self) -> bool:
        """Photos are asked for; a phone's come down the feed."""
        return isinstance(self._bench.stage, Photos)


def printing_obstacle(devices: Iterable[DeviceStatus]) -> str:
    """Problem code that keeps every printer from printing; empty while one of them can, or where there is none."""
    printers = [device for device in devices if device.kind == "printer"]
    if any(device.state in (DeviceState.READY, DeviceState.OPENING) for device in printers):
        return ""
    return next((device.problems[0] for device in printers if device.problems), "")
