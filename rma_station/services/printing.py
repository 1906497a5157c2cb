"""Prints labels beside the worker's way: one writer thread a printer, one queue, nothing printed twice.

Every job has its printers, the best first (``domain/routing.py``); it goes to the first of them that is ready.

A job leaves in three steps: the printer is asked whether it is ready; the station thread commits "sending"; the bytes
go out. What broke after the first byte is ``unknown`` and is never sent again by itself. While no printer is ready a
job waits a while (the printers are asked once a second), then it is settled as ``not_sent``: the label is owed and
work goes on.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Sequence

from rma_station.domain.clean import clean
from rma_station.domain.effects import Printable, PrintUnitLabel, title_of
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


@dataclasses.dataclass(eq=False)
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


@dataclasses.dataclass(eq=False)
class _Job:
    content: Printable
    language: str
    seats: tuple[_Seat, ...]
    """The printers it may go to, the best first."""
    expires: float
    marked: bool = False
    problem: str = ""
    printer: str = ""

    @property
    def first_ready(self) -> _Seat | None:
        """The printer it goes to now."""
        return next((seat for seat in self.seats if seat.ready), None)

    @property
    def obstacle(self) -> str:
        """Problem code of the first of its printers that names one."""
        named = (seat.status.problems[0] for seat in self.seats if seat.status and seat.status.problems)
        return next(named, "unknown")


class PrintQueue:
    """Labels to printers, in order.

    Args:
        printers: in order of preference. Their names differ.
        route: names of the printers a job may go to, the best first; by default all of them in their order.
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
        route: Callable[[Printable], Sequence[str]] | None = None,
        mark_sending: Callable[[str], None],
        settled: Callable[[LabelSettled], None],
        statuses: Sink,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._seats = [_Seat(printer) for printer in printers]
        self._route = route
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

    def submit(self, content: Printable, language: str, only: Sequence[str] | None = None) -> None:
        """Queue one label; returns at once. A job that was handed in before is answered, not printed again.

        Where no printer is there for it the job is settled as ``not_sent`` right away.

        Args:
            content: what to print.
            language: of the words on it.
            only: names of the printers it may go to, the best first; ``None``: as it is routed.
        """
        expires = self._clock.monotonic() + self._patience.job
        job = _Job(content, language, self._seats_for(content, only), expires)
        with self._changed:
            if self._known(content.job_id):
                return
            before = self._done.get(content.job_id)
            if before is None and job.seats:
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
            ready = self._just_printed(seat) or self._ask(seat)
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
                if left <= 0 or self._next_for(seat) is not None:
                    return True
                self._changed.wait(left)
            return False

    def _due(self, seat: _Seat) -> float:
        """When to ask this printer next, if no job makes it sooner."""
        if any(seat in job.seats and job.first_ready is None for job in self._waiting):
            return seat.asked + self._patience.poll
        wait = self._patience.idle if seat.ready else self._patience.poll * 2 ** min(seat.failures, 10)
        return seat.asked + min(wait, self._patience.idle)

    def _just_printed(self, seat: _Seat) -> bool:
        """A printer that took a label a moment ago needs no question of its own: the next label begins with one."""
        with self._changed:
            age = self._clock.monotonic() - seat.asked
            return seat.ready and self._next_for(seat) is not None and age < self._patience.poll

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
            job = None if self._stopping else self._next_for(seat)
            if job is not None:
                self._waiting.remove(job)
                seat.job = job
            return job

    def _print(self, seat: _Seat, job: _Job) -> None:
        report = self._attempt(seat.printer, job)
        job.problem = report.problems[0] if report.problems else ""
        job.printer = seat.printer.name
        if report.result is PrintResult.NOT_SENT and REFUSED not in report.problems:
            self._put_back(seat, job, report)
            return
        with self._changed:
            seat.job = None
            seat.asked = float("-inf") if report.problems else self._clock.monotonic()
        self._settle(job, report.result)

    def _attempt(self, printer: LabelPrinter, job: _Job) -> PrintReport:
        if not job.marked:
            try:
                self._mark_sending(job.content.job_id)
            except Exception as error:  # whatever kept it from being committed: nothing has left
                return PrintReport(PrintResult.NOT_SENT, (REFUSED,), repr(error))
            job.marked = True
        try:
            return printer.print(job.content, job.language)
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

    def _seats_for(self, content: Printable, only: Sequence[str] | None) -> tuple[_Seat, ...]:
        if only is None and self._route is None:
            return tuple(self._seats)
        by_name = {seat.printer.name: seat for seat in self._seats}
        names = self._route(content) if only is None and self._route is not None else only or ()
        return tuple(by_name[name] for name in names if name in by_name)

    def _next_for(self, seat: _Seat) -> _Job | None:
        """The oldest job that waits and whose first ready printer is this one."""
        return next((job for job in self._waiting if job.first_ready is seat), None)

    def _known(self, job_id: str) -> bool:
        jobs = [*self._waiting, *(seat.job for seat in self._seats if seat.job)]
        return any(job.content.job_id == job_id for job in jobs)

    def _expire(self) -> None:
        """Settle what has waited too long while no printer was ready for it."""
        now = self._clock.monotonic()
        with self._changed:
            expired = [job for job in self._waiting if job.expires <= now and job.first_ready is None]
            self._waiting = deque(job for job in self._waiting if job not in expired)
            for job in expired:
                job.problem = job.problem or job.obstacle
        for job in expired:
            job.printer = job.printer or job.seats[0].printer.name
            self._settle(job, PrintResult.NOT_SENT)

    def _settle(self, job: _Job, result: PrintResult) -> None:
        settlement = _settlement(job, result, job.problem)
        if result is not PrintResult.NOT_SENT:
            with self._changed:
                self._done[job.content.job_id] = settlement
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
    content = job.content
    unit_id = content.unit_id if isinstance(content, PrintUnitLabel) else ""
    return LabelSettled(content.job_id, unit_id, title_of(content), result.value, job.printer, clean(problem))
