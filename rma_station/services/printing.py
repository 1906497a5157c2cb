"""Prints labels beside the worker's way: one writer thread a printer, one queue, nothing printed twice.

A job leaves in three steps: the printer is asked whether it is ready; the station thread commits "sending"; the bytes
go out. What broke after the first byte is ``unknown`` and is never sent again by itself. While no printer is ready a
job waits a while (the printers are asked once a second), then it is settled as ``not_sent``: the label is owed and
work goes on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from rma_station.domain.clean import clean
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.record import dataclass, replace
from rma_station.ports import WORKING, Clock, DeviceState, DeviceStatus, LabelPrinter, PrintReport, PrintResult, Sink

REFUSED = "refused"
"""Problem code of a label that can never be printed there; waiting would not help."""
_REMEMBERED = 1000
"""Settled jobs kept, so that one handed in twice is answered and not printed again."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds."""

    job: float = 15.0
    """A job while no printer is ready, before its label is owed."""
    poll: float = 1.0
    """Between two questions to a printer with a problem while a job waits; also the first step of the back-off."""
    idle: float = 30.0
    """Between two questions while nothing waits; a printer with a problem is asked ever less often, up to this."""
    stop: float = 1.0
    """For all threads to end."""


@dataclass
class _Job:
    label: PrintUnitLabel
    language: str
    expires: float
    marked: bool = False
    problem: str = ""
    printer: str = ""


@dataclass
class _Seat:
    """One printer with what its thread knows of it."""

    printer: LabelPrinter
    status: DeviceStatus | None = None
    asked: float = float("-inf")
    """When it was asked last, monotonic."""
    failures: int = 0
    """Answers in a row that were not "ready"."""
    job: _Job | None = None

    @property
    def ready(self) -> bool:
        return self.status is not None and self.status.state in WORKING


class PrintQueue:
    """Labels to printers, in order.

    Args:
        printers: in order of preference; a job goes to the first that is ready. Their names differ.
        mark_sending: called with the job id before the first byte; returns when "sending" is committed. When it raises,
            nothing is sent and the label is owed.
        settled: told once how a job ended; called from printer threads, only hands on.
        statuses: told when a printer's status changes.
        clock: for patience only.
        patience: how long to wait for what.
    """

    def __init__(
        self,
        printers: Sequence[LabelPrinter],
        *,
        mark_sending: Callable[[str], None],
        settled: Callable[[LabelSettled], None],
        statuses: Sink,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._seats = [_Seat(printer) for printer in printers]
        self._mark_sending, self._settled, self._statuses = mark_sending, settled, statuses
        self._clock = clock
        self._patience = patience or Patience()
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._done: dict[str, LabelSettled] = {}
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, args=(seat,), name=f"printer {seat.printer.name}", daemon=True)
            for seat in self._seats
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def submit(self, label: PrintUnitLabel, language: str) -> None:
        """Queue one label; returns at once. A job that was handed in before is answered, not printed again.

        Without any printer the job is settled as ``not_sent`` right away.
        """
        expires = self._clock.monotonic() + self._patience.job
        job = _Job(label, language, expires)
        with self._changed:
            if self._known(label.job_id):
                return
            before = self._done.get(label.job_id)
            if before is None and self._seats:
                self._waiting.append(job)
                self._changed.notify_all()
                return
        self._settled(before or _settlement(job, PrintResult.NOT_SENT, "no_printer"))

    def waiting(self) -> int:
        """Jobs that have not been settled yet."""
        with self._changed:
            return len(self._waiting) + sum(seat.job is not None for seat in self._seats)

    def stop(self) -> None:
        """End the threads and let the printers go; waits at most ``patience.stop``.

        Jobs that wait stay unsettled: they are queued in the store and are handed in again at the next start.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        end = self._clock.monotonic() + self._patience.stop
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, end - self._clock.monotonic()))

    # --- one printer's thread ----------------------------------------------------------------------------------

    def _run(self, seat: _Seat) -> None:
        while self._wait_for_work(seat):
            ready = self._ask(seat)
            self._expire()
            job = self._take(seat) if ready else None
            if job is not None:
                self._print(seat, job)
        seat.printer.close()

    def _wait_for_work(self, seat: _Seat) -> bool:
        """Sleep until this printer has something to do; false when it is time to stop."""
        with self._changed:
            while not self._stopping:
                left = self._due(seat) - self._clock.monotonic()
                if left <= 0 or (self._waiting and self._is_preferred(seat)):
                    return True
                self._changed.wait(left)
            return False

    def _due(self, seat: _Seat) -> float:
        """When to ask this printer next, if no job makes it sooner."""
        if self._waiting and not any(other.ready for other in self._seats):
            return seat.asked + self._patience.poll
        wait = self._patience.idle if seat.ready else self._patience.poll * 2 ** min(seat.failures, 10)
        return seat.asked + min(wait, self._patience.idle)

    def _ask(self, seat: _Seat) -> bool:
        try:
            status = seat.printer.status()
        except Exception as error:  # a defect of one adapter must not end the thread that prints
            status = DeviceStatus(seat.printer.name, "printer", DeviceState.ERROR, repr(error), ("unknown",))
        self._publish(seat, status)
        with self._changed:
            seat.asked = self._clock.monotonic()
            seat.failures = 0 if seat.ready else seat.failures + 1
            self._changed.notify_all()
            return seat.ready

    def _take(self, seat: _Seat) -> _Job | None:
        with self._changed:
            if self._stopping or not self._waiting or not self._is_preferred(seat):
                return None
            seat.job = self._waiting.popleft()
            return seat.job

    def _print(self, seat: _Seat, job: _Job) -> None:
        report = self._attempt(seat.printer, job)
        job.problem = report.problems[0] if report.problems else ""
        job.printer = seat.printer.name
        if report.result is PrintResult.NOT_SENT and REFUSED not in report.problems:
            self._put_back(seat, job, report)
            return
        with self._changed:
            seat.job = None
            if report.problems:
                seat.asked = float("-inf")
        self._settle(job, report.result)

    def _attempt(self, printer: LabelPrinter, job: _Job) -> PrintReport:
        if not job.marked:
            try:
                self._mark_sending(job.label.job_id)
            except Exception as error:  # whatever kept it from being committed: nothing has left
                return PrintReport(PrintResult.NOT_SENT, (REFUSED,), repr(error))
            job.marked = True
        try:
            return printer.print(job.label, job.language)
        except Exception as error:  # how far it came is not known: never sent again by itself
            return PrintReport(PrintResult.UNKNOWN, ("unknown",), repr(error))

    def _put_back(self, seat: _Seat, job: _Job, report: PrintReport) -> None:
        """The printer said no at the last moment: the job keeps its place, the printer is asked again later."""
        status = DeviceStatus(seat.printer.name, "printer", DeviceState.ERROR, report.detail, report.problems)
        self._publish(seat, status)
        with self._changed:
            seat.job = None
            self._waiting.appendleft(job)
            seat.asked, seat.failures = self._clock.monotonic(), 0
            self._changed.notify_all()
        self._expire()

    # --- shared ------------------------------------------------------------------------------------------------

    def _is_preferred(self, seat: _Seat) -> bool:
        """Whether no printer before this one is ready."""
        first = next((other for other in self._seats if other.ready), None)
        return first is seat

    def _known(self, job_id: str) -> bool:
        jobs = [*self._waiting, *(seat.job for seat in self._seats if seat.job)]
        return any(job.label.job_id == job_id for job in jobs)

    def _expire(self) -> None:
        """Settle what has waited too long, as long as no printer is ready for it."""
        now = self._clock.monotonic()
        with self._changed:
            if any(seat.ready for seat in self._seats):
                return
            expired = [job for job in self._waiting if job.expires <= now]
            self._waiting = deque(job for job in self._waiting if job.expires > now)
            problem = next((s.status.problems[0] for s in self._seats if s.status and s.status.problems), "unknown")
        for job in expired:
            job.problem = job.problem or problem
            job.printer = job.printer or self._seats[0].printer.name
            self._settle(job, PrintResult.NOT_SENT)

    def _settle(self, job: _Job, result: PrintResult) -> None:
        settlement = _settlement(job, result, job.problem)
        if result is not PrintResult.NOT_SENT:
            with self._changed:
                self._done[job.label.job_id] = settlement
                while len(self._done) > _REMEMBERED:
                    del self._done[next(iter(self._done))]
        self._settled(settlement)

    def _publish(self, seat: _Seat, status: DeviceStatus) -> None:
        status = replace(status, detail=clean(status.detail))
        with self._changed:
            changed, seat.status = status != seat.status, status
        if changed:
            self._statuses(status)


def _settlement(job: _Job, result: PrintResult, problem: str) -> LabelSettled:
    label = job.label
    return LabelSettled(label.job_id, label.unit_id, label.lpn, result.value, job.printer, clean(problem))
