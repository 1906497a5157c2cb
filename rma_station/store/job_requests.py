"""What ``rma-station printers jobs`` asks of the store."""

from __future__ import annotations

from rma_station.domain.codec import JsonValue
from rma_station.domain.effects import PrintUnitLabel, title_of
from rma_station.ports import Steps
from rma_station.store import jobs
from rma_station.store.database import Database

SHOWN = 20
"""Newest jobs that are listed beside the open ones."""


def print_jobs(database: Database) -> Steps:
    """Open jobs and the newest ones: ``{"jobs": [{job title state printer detail changed_at unit}]}``."""
    with database.reading() as connection:
        found = [*jobs.open_jobs(connection), *reversed(jobs.newest_jobs(connection, SHOWN))]
    yield from ()
    listed: list[JsonValue] = [_row(job) for job in {job.job_id: job for job in found}.values()]
    return {"jobs": listed}


def _row(job: jobs.PrintJob) -> JsonValue:
    return {
        "job": job.job_id,
        "title": title_of(job.label),
        "unit": isinstance(job.label, PrintUnitLabel),
        "state": job.state,
        "printer": job.printer,
        "detail": job.detail,
        "changed_at": job.changed_at,
    }
