"""The supervisor's review: the hub's queue, a case with its evidence, and a decision with a PIN.

Deciding is done online against the hub, which checks role, PIN, four eyes and that nothing has changed (design rule
10). Without the hub the last copy of the queue is shown with its age, to read only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, ClassVar

from rma_station.domain.clean import clean
from rma_station.domain.grading import Profile
from rma_station.domain.local_time import local
from rma_station.domain.money import format_amount, minor_units
from rma_station.domain.outcome import Message
from rma_station.domain.review import (
    Answer,
    CaseFile,
    Decision,
    EvidenceLine,
    Offline,
    Ok,
    QueueCopy,
    Refused,
    ReviewItem,
)
from rma_station.errors import Malformed
from rma_station.ports import ReviewDesk
from rma_station.screens import picture, review_gradings, review_words
from rma_station.screens.keys import Burst, Key, Result, TypedLine
from rma_station.screens.picture import Picture, Span
from rma_station.screens.review_gradings import Reader
from rma_station.screens.sheet import Row, Sheet, head_row, text_row
from rma_station.services.bench import Update
from rma_station.services.texts import catalogue, render, word

VERDICTS = ("approve", "decline", "adjust", "regrade", "match", "noted")
"""In the order of their number keys."""
WIDE = 120
"""Columns from which a row of the queue also has the hub's title of it."""
_VALUES = {
    "disposition": "disposition.",
    "proposed_disposition": "disposition.",
    "packaging": "flow.packaging_",
    "verdict": "review.weight.",
    "issue": "hold.",
    "undone_type": "event.",
    "role": "review.photo_role.",
    "reason": "review.without_photo.",
}
"""Evidence whose values are codes of ours, and where their words are."""
REASON_NEEDED = frozenset({"decline", "adjust", "regrade"})


class Ruling:
    """A decision while it is being made: which answers it still needs, one after the other."""

    def __init__(self, item: ReviewItem, verdict: str) -> None:
        self.item, self.verdict = item, verdict
        steps = {"adjust": ("amount",), "match": ("rma",)}.get(verdict, ())
        self.steps: tuple[str, ...] = (*steps, "reason", "worker", "pin")
        self.given: dict[str, str] = {}

    @property
    def step(self) -> str | None:
        """The answer that is needed next; ``None`` when all are there."""
        return next((step for step in self.steps if step not in self.given), None)

    def problem(self, text: str, case: CaseFile) -> str | None:
        """Text key of what is wrong with an answer, ``None`` when it will do."""
        if self.step == "reason" and self.verdict in REASON_NEEDED and not text.strip():
            return "review.reason_needed"
        if self.step == "worker" and not (len(text) == 6 and text.isascii() and text.isdigit()):
            return "review.bad_worker"
        if self.step == "worker" and text in case.graded_by:
            return "review.own_grading"
        if self.step == "amount":
            try:
                amount = minor_units(text, self.item.currency)
            except Malformed:
                return "review.bad_amount"
            return None if 0 < amount <= self.item.amount_minor else "review.bad_amount"
        return "review.bad_rma" if self.step == "rma" and not text.strip() else None

    def decision(self, case: CaseFile) -> Decision:
        """What goes to the hub, bound to the events the case was shown with."""
        amount = self.given.get("amount")
        return Decision(
            intent_key=self.item.intent_key,
            verdict=self.verdict,
            worker_id=self.given["worker"],
            pin=self.given["pin"],
            basis=case.basis,
            reason=self.given["reason"].strip(),
            deduction_minor=minor_units(amount, self.item.currency) if amount else 0,
            rma_id=self.given.get("rma", "").strip() or None,
        )


class ReviewSheet(Sheet):
    """Queue, then a case, then a decision; Esc goes back one step at a time."""

    CLOSES_ON_ANSWER: ClassVar[bool] = False

    def __init__(
        self, desk: ReviewDesk | None, zone: tzinfo = UTC, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._desk, self._monotonic, self._zone = desk, monotonic, zone
        self._queue = QueueCopy()
        self._loading = True
        self._case: CaseFile | None = None
        self._intent: ReviewItem | None = None
        self._ruling: Ruling | None = None
        self._typing = TypedLine()
        self._names: Mapping[str, str] = {}
        self._alerts: Sequence[Message] = ()
        self._profiles: Sequence[Profile] = ()

    def on_mount(self) -> None:
        """Ask for the queue, for the names of people, and for what the hub wants supervisors to know."""
        super().on_mount()
        self.ask(self.station.bench.names(), self._named)
        self.ask(self.station.bench.alerts(), self._alerted)
        self.ask(self.station.bench.profiles(), self._worded)
        self._load()

    def _named(self, names: Mapping[str, str]) -> None:
        self._names = names

    def _alerted(self, alerts: Sequence[Message]) -> None:
        self._alerts = alerts

    def _worded(self, profiles: Sequence[Profile]) -> None:
        self._profiles = profiles

    def _who(self, worker_id: str, width: int = WIDE) -> str:
        """Name and number, the name where there is little room; the number alone when nobody here knows it."""
        name = self._names.get(worker_id)
        return clean(worker_id if name is None else f"{name} {worker_id}" if width >= 80 else name, 60)

    def _load(self) -> None:
        if self._desk is not None:
            self._loading = True
            self.ask(self.station.aside(self._desk.queue))

    def answered(self, answer: Any) -> None:
        """The queue, or why there is none."""
        self._loading = False
        self._queue = self._queue.after(answer, self._monotonic())

    def gives_way(self, update: Update) -> bool:
        """A scan goes to the bench and its answer is shown there; a decision that is being typed stays."""
        return update.scan_at is not None and self._ruling is None

    def refreshed(self, update: Update) -> None:
        """What happened at the bench meanwhile is said here."""
        if update.outcome is not None and update.scan_at is not None:
            self.notice = self.word("review.bench_says", answer=render(update.outcome.message, self.language))
        super().refreshed(update)

    def heading(self) -> str:
        """What it is, or which case."""
        return self.word("review.case", case=self._case.case_id) if self._case else self.word("review.title")

    def footer(self, width: int) -> str:
        """The keys of this step."""
        if self._ruling is not None:
            return self.word("review.ask_keys")
        if self._case is None:
            return self.word("review.keys_queue" if width >= 80 else "review.keys_queue_short")
        return self.word("review.keys_case" if width >= 80 else "review.keys_case_short")

    # --- what is shown ---

    def rows(self, width: int) -> list[Row]:
        """The queue, or the case."""
        if self._desk is None:
            return [text_row(self.word("review.no_desk"), "warn")]
        if self._case is not None:
            return self._case_rows(self._case, width)
        rows = [self._age(width)]
        for alert in self._alerts:
            rows += [text_row(f"▲ {part}", "warn") for part in picture.wrap(render(alert, self.language), width - 4, 3)]
        if self._loading and self._queue.taken_at is None and not self._queue.problem:
            return [text_row(self.word("screen.sheet_loading"), "muted")]
        if not self._queue.items and self._queue.current:
            rows.append(text_row(self.word("review.empty")))
        return rows + [row for item in self._queue.items for row in self._item_rows(item, width)]

    def _age(self, width: int) -> Row:
        if self._queue.current:
            return text_row(self.word("review.live"), "muted")
        age = self._queue.age_seconds(self._monotonic())
        if age is None:
            return text_row(self.word("review.failed", reason=self._queue.problem), "warn")
        return text_row(self.word("review.copy", count=age // 60), "warn")

    def _days(self, item: ReviewItem) -> Span:
        days = item.days_left
        if days is None:
            return self.word("review.no_deadline"), "muted"
        if days == 0:
            return f"▲ {self.word('review.today')}", "warn"
        if days < 0:
            return f"▲ {self.word('review.days_over', count=-days)}", "warn"
        return self.word("review.days_left", count=days), "warn" if days <= 3 else "muted"

    def _item_rows(self, item: ReviewItem, width: int) -> list[Row]:
        if width >= 80:
            return [self._item(item, width)]
        days, role = self._days(item)
        amount = format_amount(item.amount_minor, item.currency, self.language) if item.amount_minor else ""
        held = self.word("review.held_short", reason=item.reason)
        first = ((" ", "base"), (picture.fit(days, 13), role), (f" {item.case_id} ", "strong"))
        return [Row(first, item), text_row(f"  {amount}  {held}" if amount else f"  {held}", "muted")]

    def _item(self, item: ReviewItem, width: int) -> Row:
        days, role = self._days(item)
        amount = format_amount(item.amount_minor, item.currency, self.language) if item.amount_minor else ""
        held = self.word("review.held_short", reason=item.reason)
        late: tuple[Span, ...] = (
            ((f" {self.word('review.late')} ", "attention_strong"),) if item.late_contradiction else ()
        )
        return Row(
            (
                ("  ", "base"),
                (picture.fit(days, 14), role),
                (f" {picture.fit(item.case_id, 16)} ", "strong"),
                (f"{amount:>14}  ", "base"),
                (f"{held} ", "base"),
                *late,
                (f" {clean(item.title)}" if width >= WIDE else "", "muted"),
            ),
            item,
        )

    def _case_rows(self, case: CaseFile, width: int) -> list[Row]:
        rows = [
            text_row(self.word("review.kind", kind=case.kind)),
            text_row(self.word("review.deadline", date=case.deadline_on)),
        ]
        if case.graded_by:
            rows.append(text_row(self.word("review.graded_by", names=", ".join(map(self._who, case.graded_by)))))
        if case.rule:
            rule = self.word("review.rule", rule=review_words.rule(case.rule, self.language))
            rows += [text_row(part, "muted") for part in picture.wrap(rule, width - 2, 3)]
        rows += self._photo_rows(case, width)
        rows.append(text_row(""))
        if not case.intents:
            rows.append(text_row(self.word("review.none_waits"), "muted"))
        rows += [self._intent_row(item, width) for item in case.intents]
        reader = Reader(self.language, width, self._zone, lambda worker_id: self._who(worker_id, width), self._profiles)
        rows += [text_row(""), *review_gradings.rows(case, reader), head_row(self.word("review.evidence"))]
        for fact in case.evidence:
            rows += self._fact(fact, width)
        return rows

    def _photo_rows(self, case: CaseFile, width: int) -> list[Row]:
        """Which photos there are, of whom, and whether they can be looked at: their bytes follow the events."""
        rows = []
        for photo in case.photos:
            of = self.word("review.photo.of_unit", lpn=photo.lpn) if photo.lpn else self.word("review.photo.of_parcel")
            by = self._who(photo.who) if photo.who else self.word("review.photo.by_phone")
            place = self.word("review.photo.here" if photo.here else "review.photo.waits")
            role = self.evidence_value("role", photo.role, self.language)
            head = f"  {self.word('review.photo.title')} {role}, {of}, {by}"
            rows += [text_row(part) for part in picture.wrap(head, width - 2, 2)]
            rows.append(text_row(f"    {place} {photo.sha256[:12]}", "muted" if photo.here else "warn"))
        if any(photo.here for photo in case.photos):
            rows.append(text_row(f"  {self.word('review.photo.look')}", "muted"))
        return rows

    def _intent_row(self, item: ReviewItem, width: int) -> Row:
        amount = format_amount(item.amount_minor, item.currency, self.language) if item.amount_minor else ""
        held = self.word("review.held" if width >= 80 else "review.held_short", reason=item.reason)
        return Row((("  ■ ", "warn"), (f"{amount}  " if amount else "", "strong"), (held, "base")), item)

    def _fact(self, fact: EvidenceLine, width: int) -> list[Row]:
        values = " · ".join(f"{self._field(name)} {self._value(name, value)}" for name, value in fact.values.items())
        at = local(fact.at, self._zone)
        what = self.word(fact.what if fact.what in catalogue(self.language) else f"event.{fact.what}")
        head = Row(((f"  {at} ", "muted"), (what, "strong"), (f"  {self._who(fact.who, width)}", "muted")))
        return [head, *(text_row(f"    {part}") for part in picture.wrap(values, width - 6, 3) if values)]

    def _field(self, name: str) -> str:
        key = f"review.field.{name}"
        return self.word(key) if key in catalogue(self.language) else clean(name, 30)

    def _value(self, name: str, value: str) -> str:
        if name == "override_reason":
            return review_words.reason(value, self._profiles, self.language)
        return self.evidence_value(name, value, self.language)

    @staticmethod
    def evidence_value(name: str, value: object, language: str) -> str:
        """A value in words where it is a code of ours, else as it came."""
        key = f"{_VALUES[name]}{value}" if name in _VALUES else ""
        return word(key, language) if key in catalogue(language) else clean(str(value), 60)

    def draw(self, width: int, height: int) -> Picture:
        """The sheet; while a decision is made its question stands in the last lines."""
        if self._ruling is None or self._ruling.step is None:
            return super().draw(width, height)
        step = self._ruling.step
        secret = step == "pin"
        shown = "*" * len(self._typing.text) if secret else clean(self._typing.text)
        question = self.word(f"review.ask_{step}", verdict=self._ruling.verdict)
        room = min(width - 4, 60)
        box = [
            picture.rule(width),
            picture.line(width, (" ▶ ", "accent"), (question, "prompt")),
            picture.line(width, ("   ", "base"), (picture.fit(f" {shown[-(room - 3) :]}_", room), "field")),
        ]
        *above, last = super().draw(width, height - 3)
        return picture.exactly([*above, *box, last], width, height)

    # --- what is done ---

    def chosen(self, value: object) -> None:
        """Open a case, or mark what the number keys are about."""
        if isinstance(value, ReviewItem) and self._case is None and self._desk is not None:
            desk, case_id = self._desk, value.case_id
            self.notice = self.word("screen.sheet_loading")
            self.ask(self.station.aside(lambda: desk.case(case_id)), self._opened)

    def _opened(self, answer: Answer[CaseFile]) -> None:
        self.notice = ""
        if isinstance(answer, Ok):
            self._case = answer.value
            self.mark(0)
        else:
            self._refused(answer)

    def _refused(self, answer: Offline | Refused) -> None:
        if isinstance(answer, Offline):
            self.notice = self.word("review.failed", reason=answer.detail)
        elif f"review.code.{answer.code}" in catalogue(self.language):
            self.notice = self.word("review.refused", code=answer.code)
        else:
            self.notice = self.word("review.not_taken", code=answer.code, reason=answer.message)

    def key(self, key: Key) -> bool:
        """Number keys decide, ``p`` shows photos, ``r`` asks again, F1 helps, Esc goes back one step."""
        if key.key in ("f1", "question_mark"):
            from rma_station.screens.review_help import ReviewHelp  # noqa: PLC0415  when it is asked for

            self.app.push_screen(ReviewHelp())
            return True
        if key.key == "escape" and self._case is not None:
            self._case = None
            self.mark(0)
            self._load()
            return True
        if key.key == "r" and self._case is None:
            self._load()
            return True
        if key.key == "p" and self._case is not None:
            self._look_at_photos(self._case)
            return True
        number = int(key.key) if len(key.key) == 1 and key.key in "123456" else 0
        if self._case is None or not number:
            return False
        self._begin(self._case, VERDICTS[number - 1])
        return True

    def _look_at_photos(self, case: CaseFile) -> None:
        from rma_station.screens.photo import PhotoSheet  # noqa: PLC0415  when the first one is looked at

        here = [photo for photo in case.photos if photo.here]
        if not here or self._desk is None:
            self.notice = self.word("review.photo.none")
        else:
            self.app.push_screen(PhotoSheet(here, self._desk))

    def _begin(self, case: CaseFile, verdict: str) -> None:
        item = self._marked_item()
        if not self._queue.current:
            self.notice = self.word("review.read_only")
        elif item is None:
            self.notice = self.word("review.none_waits")
        else:
            self._ruling = Ruling(item, verdict)
            self._reading = False
            self._typing.clear()

    def _marked_item(self) -> ReviewItem | None:
        rows = self._all(self.drawn_width)
        marked = self._marked(rows)
        value = rows[marked].value if marked is not None else None
        return value if isinstance(value, ReviewItem) else None

    def take(self, result: Result) -> None:
        """While a decision is made, what is typed belongs to it; a PIN is never taken from a burst."""
        ruling = self._ruling
        if ruling is None:
            super().take(result)
            return
        self.notice = ""
        if isinstance(result, Burst):
            if ruling.step == "pin":
                self._typing.clear()
                self.notice = self.word("screen.typing_pin")
            else:
                self._typing.text = (self._typing.text + clean(result.text))[: TypedLine.LONGEST]
                if result.damaged is None:
                    self._given(ruling, Key("enter"))
        elif isinstance(result, Key):
            if result.key == "escape":
                self._ruling = None
                self._typing.clear()
            else:
                self._given(ruling, result)
        if self.is_attached:
            self.redraw()

    def _given(self, ruling: Ruling, key: Key) -> None:
        case, step = self._case, ruling.step
        before = self._typing.text
        text = self._typing.take(key)
        if text is None or case is None or step is None:
            return
        problem = ruling.problem(text, case)
        if problem is not None:
            self.notice = self.word(problem, text=text)
            self._typing.text = "" if step in ("pin", "worker") else before
            return
        ruling.given[step] = text
        if ruling.step is None and self._desk is not None:
            desk, decision = self._desk, ruling.decision(case)
            self._ruling = None
            self.notice = self.word("review.sending")
            verdict = ruling.verdict
            self.ask(
                self.station.aside(lambda: desk.decide(case.case_id, decision)),
                lambda answer: self._decided(answer, verdict),
            )

    def _decided(self, answer: Answer[str], verdict: str) -> None:
        if isinstance(answer, Ok):
            self._case = None
            self.mark(0)
            self._load()
            self.notice = self.word("review.accepted", verdict=verdict)
        else:
            self._refused(answer)
