"""The supervisor's review: the hub's queue, a case with its evidence, and a decision with a PIN.

Deciding is done online against the hub, which checks role, PIN, four eyes and that nothing has changed (design rule
10). Without the hub the last copy of the queue is shown with its age, to read only.

This is the sheet and its keys. What it shows: ``review_queue.py``, ``review_case.py`` and ``review_gradings.py``; what
a decision still needs: ``review_ruling.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, ClassVar

from rma_station.domain.clean import clean
from rma_station.domain.grading import Profile
from rma_station.domain.outcome import Message
from rma_station.domain.review import Answer, CaseFile, Offline, Ok, QueueCopy, Refused, ReviewItem
from rma_station.ports import ReviewDesk
from rma_station.screens import actions, picture, review_case, review_question, review_queue
from rma_station.screens.draw_station import in_one_line
from rma_station.screens.keys import Burst, Ignored, Key, Result, TypedLine
from rma_station.screens.picture import Picture
from rma_station.screens.review_grade import gradable
from rma_station.screens.review_ruling import VERDICTS, Ruling, verdicts_for
from rma_station.screens.review_words import Reader
from rma_station.screens.sheet import LEAST_LINES, SILENT_SECONDS, Row, Sheet, text_row
from rma_station.services.bench import Update
from rma_station.services.texts import catalogue


class ReviewSheet(Sheet):
    """Queue, then a case, then a decision; Esc goes back one step at a time."""

    CLOSES_ON_ANSWER: ClassVar[bool] = False

    def __init__(
        self,
        desk: ReviewDesk | None,
        zone: tzinfo = UTC,
        monotonic: Callable[[], float] = time.monotonic,
        patience: float = SILENT_SECONDS,
    ) -> None:
        super().__init__()
        self.patience = patience
        self._desk, self._monotonic, self._zone = desk, monotonic, zone
        self._queue = QueueCopy()
        self._loading = True
        self._case: CaseFile | None = None
        self._asked = ""
        """The case the hub was asked for last; another one that comes late is not shown."""
        self._ruling: Ruling | None = None
        self._typing = TypedLine()
        self._wanted = ""
        """Words that what is shown of the queue has to have."""
        self._filtering = False
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

    def _reader(self, width: int) -> Reader:
        return Reader(self.language, width, self._zone, self._names, self._profiles)

    def _load(self) -> None:
        if self._desk is not None:
            self._loading = True
            self.ask_hub(self._desk.queue, self.answered, self._queue_waits)

    def _queue_waits(self) -> None:
        """What is shown is a copy meanwhile, to read only."""
        self._loading = False
        self._queue = self._queue.after(Offline(self.word("review.silent")), self._monotonic())

    def answered(self, answer: Any) -> None:
        """The queue, or why there is none."""
        self._loading = False
        if self.notice == self.word("review.silent"):
            self.notice = ""
        self._queue = self._queue.after(answer, self._monotonic())

    def gives_way(self, update: Update) -> bool:
        """A scan goes to the bench and its answer is shown there; a decision that is being typed stays."""
        return update.scan_at is not None and self._ruling is None

    def refreshed(self, update: Update) -> None:
        """What happened at the bench meanwhile is said here."""
        if update.outcome is not None and update.scan_at is not None:
            self.notice = self.word("review.bench_says", answer=in_one_line(update.outcome, self.language))
        super().refreshed(update)

    def heading(self) -> str:
        """What it is, or which case."""
        return self.word("review.case", case=self._case_name()) if self._case else self.word("review.title")

    def _case_name(self) -> str:
        """The RMA's number; of a parcel without one what was scanned of it, for nobody can read its id."""
        case = self._case
        orphan = next((item for item in case.intents if item.kind == "orphan"), None) if case else None
        return review_queue.name(orphan) if orphan is not None else case.case_id if case is not None else ""

    def footer(self, width: int) -> str:
        """The keys of this step."""
        if self._ruling is not None or self._filtering:
            return self.word("review.ask_keys")
        if self._case is None:
            return self.word("review.keys_queue" if width >= 80 else "review.keys_queue_short")
        item = self._marked_item()
        only = verdicts_for(item) if item is not None else VERDICTS
        if only[0] in ("match", "noted"):
            return self.word(f"review.keys_only_{only[0]}")
        return self.word("review.keys_case" if width >= 80 else "review.keys_case_short")

    # --- what is shown ---

    def rows(self, width: int) -> list[Row]:
        """The queue, or the case."""
        if self._desk is None:
            return [text_row(self.word("review.no_desk"), "warn")]
        reader = self._reader(width)
        if self._case is not None:
            return review_case.rows(self._case, reader)
        at, loading = self._monotonic(), self._loading
        return review_queue.rows(self._queue, self._alerts, reader, at=at, loading=loading, wanted=self._wanted)

    def draw(self, width: int, height: int) -> Picture:
        """The sheet; while a decision is made, or the queue is filtered, a question stands in the last lines."""
        box: Picture = []
        if self._filtering:
            box = review_question.asked(self.word("review.ask_filter"), self._wanted, width)
        elif self._ruling is not None:
            box = review_question.box(self._ruling, self._typing.text, self._reader(width))
        if not box:
            return super().draw(width, height)
        *above, last = super().draw(width, max(height - len(box), LEAST_LINES))
        return picture.exactly([*above[: max(height - len(box) - 1, 0)], *box, last], width, height)

    # --- what is done ---

    def chosen(self, value: object) -> None:
        """Open a case, or mark what the number keys are about."""
        if isinstance(value, ReviewItem) and self._case is None and self._desk is not None:
            desk, case_id, language = self._desk, value.case_id, self.language
            self.notice = self.word("screen.sheet_loading")
            self._asked = case_id
            self.ask_hub(lambda: desk.case(case_id, language), lambda answer: self._opened(answer, case_id))

    def _opened(self, answer: Answer[CaseFile], case_id: str) -> None:
        if case_id != self._asked:
            return
        self._asked = self.notice = ""
        if isinstance(answer, Ok):
            self._case = answer.value
            self.mark(0)
        else:
            self._refused(answer)

    def _refused(self, answer: Offline | Refused) -> None:
        if isinstance(answer, Offline):
            self.notice = self.word("review.failed", reason=answer.detail)
        elif answer.code in ("locked_here", "locked_everywhere"):
            self.notice = self.word(f"review.{answer.code}", count=answer.minutes)
        elif f"review.code.{answer.code}" in catalogue(self.language):
            self.notice = self.word("review.refused", code=answer.code)
        else:
            self.notice = self.word("review.not_taken", code=answer.code, reason=answer.message)

    def key(self, key: Key) -> bool:
        """Number keys decide, ``p`` shows photos, ``f`` filters, ``r`` asks again, F1 helps, Esc goes back one step."""
        if key.key in ("f1", "question_mark"):
            from rma_station.screens.review_help import ReviewHelp  # noqa: PLC0415  when it is asked for

            self.app.push_screen(ReviewHelp())
            return True
        if key.key == "escape" and self._case is not None:
            self._case = None
            self.mark(0)
            self._load()
            return True
        if self._case is None and key.key in ("r", "f", "slash", "escape"):
            return self._of_queue(key)
        if key.key == "p" and self._case is not None:
            self._look_at_photos(self._case)
            return True
        number = int(key.key) if len(key.key) == 1 and key.key in "1234567" else 0
        if self._case is None or not number:
            return False
        self._begin(self._case, VERDICTS[number - 1])
        return True

    def _of_queue(self, key: Key) -> bool:
        if key.key == "escape" and not self._wanted:
            return False
        self._asked = ""
        if key.key == "r":
            self._load()
        else:
            self._filtering = key.key != "escape"
            self._wanted = ""
            self._typing.clear()
            self.mark(0)
        return True

    def _filter(self, result: Result) -> None:
        """What is typed, or scanned, is looked for in the queue at once; Enter keeps it, Esc shows all again."""
        if isinstance(result, Burst):
            self._typing.text = (self._typing.text + clean(result.text))[: TypedLine.LONGEST]
        elif isinstance(result, Key) and result.key == "escape":
            self._filtering = False
            self._typing.clear()
        elif isinstance(result, Ignored) or (isinstance(result, Key) and result.key == "enter"):
            self._filtering = False
        elif isinstance(result, Key):
            self._typing.take(result)
        self._wanted = self._typing.text
        self.mark(0)
        if self.is_attached:
            self.redraw()

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
        elif verdict not in verdicts_for(item):
            self.notice = self.word("review.other_verdict")
        elif verdict == "grade" and not gradable(case, self._profiles):
            self.notice = self.word("review.none_gradable")
        else:
            self._ruling = Ruling(item, verdict, gradable(case, self._profiles) if verdict == "grade" else ())
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
        if self._filtering:
            self._filter(result)
            return
        if ruling is None:
            super().take(result)
            return
        if isinstance(result, Ignored) and result.key == "enter":
            self._late_enter(ruling)
            return
        self.notice = ""
        if isinstance(result, Burst):
            if ruling.step == "pin":
                self._typing.clear()
                self.notice = self.word("screen.typing_pin")
            elif ruling.choices:
                self._scanned(ruling, result)
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

    def _scanned(self, ruling: Ruling, scan: Burst) -> None:
        """A label says which unit; nothing else that is scanned answers what the number keys are for (rule 9)."""
        unit_id = ruling.labelled(scan.text) if scan.damaged is None else ""
        self._typing.clear()
        if unit_id:
            ruling.given["unit"] = unit_id
        else:
            self.notice = self.word("review.bad_choice")

    def _late_enter(self, ruling: Ruling) -> None:
        """Enter soon after keys that came as fast as a scan: the end of a line, but no PIN and no choice."""
        if ruling.step != "pin" and not ruling.choices:
            self.notice = ""
            self._given(ruling, Key("enter"))
        elif ruling.step == "pin" and not self._typing.text:
            self.notice = self.word("screen.typing_pin")
        self.redraw()

    def _given(self, ruling: Ruling, key: Key) -> None:
        case, step = self._case, ruling.step
        before = self._typing.text
        chosen = bool(ruling.choices) and actions.number_of(key.key) is not None
        text = key.key if chosen else self._typing.take(key)
        if text is None or case is None or step is None:
            return
        text = ruling.meant(text)
        problem = ruling.problem(text, case)
        if problem is not None:
            self.notice = self.word(problem, text=text)
            self._typing.text = "" if step in ("pin", "worker") or ruling.choices else before
            return
        ruling.given[step] = text
        if ruling.step == "worker":
            self._typing.text = self._own_number(case)
        if ruling.step is None and self._desk is not None:
            desk, decision = self._desk, ruling.decision(case)
            self._ruling = None
            self.notice = self.word("review.sending")
            self.ask_hub(
                lambda: desk.decide(case.case_id, decision), lambda answer: self._decided(answer, ruling, case)
            )

    def _own_number(self, case: CaseFile) -> str:
        """The number of a supervisor who is signed in here, so that Enter is enough; the PIN is always asked for."""
        status = self.station.status
        decides = status.role in ("supervisor", "administrator") and status.worker_id not in case.graded_by
        return status.worker_id if decides else ""

    def _decided(self, answer: Answer[str], ruling: Ruling, case: CaseFile) -> None:
        if isinstance(answer, Ok):
            if self._case is case:
                self._case = self._ruling = None
                self.mark(0)
            if self._case is None:
                self._load()
            said = {"second": "review.accepted_once", "late": "review.accepted_late"}.get(answer.value)
            self.notice = self.word(said or "review.accepted", verdict=ruling.verdict)
            return
        self._refused(answer)
        if isinstance(answer, Refused) and answer.code == "pin" and self._case is case and self._ruling is None:
            del ruling.given["pin"]
            self._ruling = ruling
            self._typing.clear()
