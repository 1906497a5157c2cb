"""Whatever breaks, and whenever the station dies: no label twice without its mark, none forgotten.

A state machine over the real journal, the real queue and a real printer adapter. The line breaks at any byte of any
label, the printer runs out of paper or loses its counter, the process dies before "sending" is committed, after it,
between the last byte and the report; people scan labels, look for them and ask for copies.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from labels.printers.stream import StreamPrinter, Waits
from labels.printers.talk import ZPL
from labels.printers.usb_lp import LpChannel
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.print_jobs import Step, step_of
from rma_station.services.printing import Patience, PrintQueue
from rma_station.store.jobs import JobMark, newest_jobs
from rma_station.store.journal import Journal
from rma_station.system import SystemClock, SystemRandom
from tests.labels.tcp import SMALL
from tests.labels.usb_node import UsbPort
from virtual_bench.printer_zpl import ZplModel

WAITS = Waits(reply=0.02, send=0.02, confirm=0.02, watch=0.001)
PATIENCE = Patience(job=0.05, poll=0.005, idle=0.02, stop=5.0)
DEATHS = (None, "before it is marked", "after it is marked", "before it is told")
BREAKS = st.none() | st.integers(1, 500)


class DeadError(Exception):
    """The process is gone."""


class PrintingMachine(RuleBasedStateMachine):
    """A bench, a printer and people."""

    @initialize()
    def begin(self) -> None:
        """An empty station and a printer with paper."""
        self.folder = Path(tempfile.mkdtemp(prefix="print-jobs-"))
        self.model = ZplModel()
        self.port = UsbPort(self.model)
        self.owner = ThreadPoolExecutor(1)
        self.asked: dict[tuple[str, int], str] = {}
        """Job by unit and attempt."""
        self.dead = threading.Event()
        self.journal: Any = None
        self._open()

    def teardown(self) -> None:
        """Nothing is left behind."""
        if getattr(self, "journal", None) is not None:
            self.on_owner(self.journal.database.close)
            self.owner.shutdown()
            shutil.rmtree(self.folder)

    # --- what happens ------------------------------------------------------------------------------------

    @rule()
    def ask_for_a_label(self) -> None:
        """Of a new unit."""
        self._queue(f"U{len({unit for unit, _ in self.asked}):05}", 1)

    @rule(data=st.data())
    def ask_for_a_copy(self, data: st.DataObject) -> None:
        """Of any unit, whatever became of its last label; one that is owed did not come out."""
        if self.asked:
            unit = data.draw(st.sampled_from(sorted({unit for unit, _ in self.asked})))
            last = self._last(unit)
            if self._states()[last] in ("unknown", "failed"):
                self.on_owner(partial(self.journal.mark_job, last, Step.MISSED))
            self._queue(unit, self._attempts(unit) + 1)

    @rule(data=st.data())
    def scan_a_label(self, data: st.DataObject) -> None:
        """One that came out."""
        if self.printed():
            unit, attempt = data.draw(st.sampled_from(sorted(self.printed())))
            self.on_owner(partial(self.journal.mark_job, self.asked[unit, attempt], Step.SEEN))

    @rule(data=st.data())
    def look_for_a_label(self, data: st.DataObject) -> None:
        """A person looks for one nobody knows about, and says what is there."""
        unknown = sorted(job for job, state in self._states().items() if state == "unknown")
        if unknown:
            job = data.draw(st.sampled_from(unknown))
            step = Step.SEEN if self._of(job) in self.printed() else Step.MISSED
            self.on_owner(partial(self.journal.mark_job, job, step))

    @rule(breaks=st.lists(BREAKS, max_size=3), death=st.sampled_from(DEATHS), switches=st.tuples(*[st.booleans()] * 3))
    def print_what_waits(self, breaks: list[int | None], death: str | None, switches: tuple[bool, bool, bool]) -> None:
        """The queue works until it is done or the process dies; then the station starts again."""
        self.model.counts, self.port.arrives, empty = switches
        self.model.set_problems(frozenset({"media_out"} if empty else ()))
        waiting = [job for job in self.on_owner(self.journal.jobs_open) if job.state == "queued"]
        faults = iter(breaks)
        settled = threading.Semaphore(0)

        def mark(job_id: str) -> None:
            if death == "before it is marked":
                self._die()
            self.on_owner(partial(self.journal.start_job, job_id))
            if death == "after it is marked":
                self._die()
            broken = next(faults, None)
            self.port.unplugged_after = None if broken is None else self.port.taken + broken

        def end(given: LabelSettled) -> None:
            self.port.unplugged_after = None
            if death == "before it is told":
                self.dead.set()
            if not self.dead.is_set():
                self.on_owner(partial(self._settle, given))
            settled.release()

        line = partial(LpChannel, Path("/dev/usb/lp0"), self.port.open)
        queue = PrintQueue(
            [StreamPrinter("labels", ZPL, line, SMALL, WAITS)],
            mark_sending=mark,
            settled=end,
            statuses=lambda _: None,
            clock=SystemClock(),
            patience=PATIENCE,
        )
        for job in waiting:
            queue.submit(job.label, "en")
        queue.start()
        for _ in waiting:
            assert settled.acquire(timeout=20), "a label was never settled"
            if self.dead.is_set():
                break
        queue.stop()
        self.port.unplugged_after = None
        self.model.set_problems(frozenset())
        if self.dead.is_set():
            self.dead.clear()
            self._open()

    # --- what must be true -------------------------------------------------------------------------------

    @invariant()
    def no_label_twice_without_its_mark(self) -> None:
        """Each unit and attempt came out at most once."""
        counted = Counter(self.printed())
        assert [label for label, count in counted.items() if count > 1] == []

    @invariant()
    def none_is_forgotten_and_none_invented(self) -> None:
        """Every label that was asked for has a job; what waits did not come out, what is confirmed did."""
        states = self._states()
        printed = set(self.printed())
        assert set(states) == set(self.asked.values())
        for label, job in self.asked.items():
            state = states[job]
            assert state != "sending"
            if state == "queued":
                assert label not in printed
            if state in ("confirmed", "sent"):
                assert label in printed
            if state == "failed":  # a person said so by asking for a copy, which is marked as one
                assert label not in printed or label[1] < self._attempts(label[0])

    # --- how ---------------------------------------------------------------------------------------------

    def on_owner(self, function: Any) -> Any:
        """On the one thread that owns the journal."""
        return self.owner.submit(function).result(20)

    def printed(self) -> list[tuple[str, int]]:
        """Unit and attempt of every label that came out, by what stands on it."""
        found = []
        for data in self.model.printed:
            (unit,) = {unit for unit, _ in self.asked if f"^FDR{unit}^FS".encode() in data}
            attempt = next((n for n in range(2, 40) if f"COPY {n}^FS".encode() in data), 1)
            found.append((unit, attempt))
        return found

    def _open(self) -> None:
        if self.journal is not None:
            self.on_owner(self.journal.database.close)  # not a clean end: a process that was killed says nothing
        self.journal = self.on_owner(self._journal)

    def _journal(self) -> Journal:
        return Journal.open(
            self.folder, station="bench-1", mode="sample", app_version="1", clock=SystemClock(), random=SystemRandom()
        )

    def _queue(self, unit: str, attempt: int) -> None:
        job = f"{unit}-{attempt}"
        self.asked[unit, attempt] = job
        label = PrintUnitLabel(job, unit, f"R{unit}", "A", "restock", "R1", attempt=attempt)
        self.on_owner(partial(self.journal.commit, (), jobs=[label]))

    def _settle(self, given: LabelSettled) -> None:
        self.journal.commit((), marks=[JobMark(given.job_id, step_of(given.result), given.printer, given.problem)])

    def _die(self) -> None:
        self.dead.set()
        raise DeadError

    def _states(self) -> dict[str, str]:
        def read() -> dict[str, str]:
            with self.journal.database.reading() as connection:
                return {job.job_id: job.state for job in newest_jobs(connection, 1000)}

        return dict(self.on_owner(read))

    def _attempts(self, unit: str) -> int:
        return max(attempt for known, attempt in self.asked if known == unit)

    def _last(self, unit: str) -> str:
        return self.asked[unit, self._attempts(unit)]

    def _of(self, job: str) -> tuple[str, int]:
        return next(label for label, known in self.asked.items() if known == job)


TestPrintJobs = PrintingMachine.TestCase
TestPrintJobs.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
