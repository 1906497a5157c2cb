"""What becomes of print jobs by what a worker or a printer has said; committed together with the events."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain import events as ev
from rma_station.domain.book import Book
from rma_station.domain.flows.inputs import Input, LabelSettled
from rma_station.domain.print_jobs import Step, step_of
from rma_station.store.jobs import JobMark


def job_marks(given: Input, events: Sequence[ev.Stated], book: Book) -> tuple[JobMark, ...]:
    """What input and events say of print jobs; ``book`` knows the units as they were before."""
    marks = []
    if isinstance(given, LabelSettled):
        marks.append(JobMark(given.job_id, step_of(given.result), given.printer, given.problem))
    for fact in events:
        event = fact.event
        if isinstance(event, ev.LabelConfirmed) and event.job_id:
            marks.append(JobMark(event.job_id, Step.SEEN))
        elif isinstance(event, (ev.LabelAsked, ev.UnitRelabelled)):
            hit = book.unit(event.unit_id)
            # Asked for anew because it was owed, or given another number: a person looked, and no label came out.
            given_up = ("owed",) if isinstance(event, ev.LabelAsked) else ("asked", "sent", "owed")
            if hit is not None and hit.unit.label_job and hit.unit.label in given_up:
                marks.append(JobMark(hit.unit.label_job, Step.MISSED))
    return tuple(dict.fromkeys(marks))
