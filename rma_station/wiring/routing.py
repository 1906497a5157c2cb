"""Which printers a job may go to, as the configuration says."""

from __future__ import annotations

from collections.abc import Callable

from labels import kinds
from rma_station.config import Config
from rma_station.domain.effects import Printable, PrintDocument, PrintLabel
from rma_station.domain.routing import Route, candidates


def route(config: Config) -> Callable[[Printable], tuple[str, ...]]:
    """Which printers a job may go to, the best first, as the configuration says."""
    routes = [Route(one.name, one.language, one.kinds, one.fallback) for one in config.printer]

    def find(job: Printable) -> tuple[str, ...]:
        if isinstance(job, PrintDocument):
            return candidates(job.kind, job.format, routes)
        if isinstance(job, PrintLabel):
            return candidates(job.kind, None, routes)
        return candidates(kinds.of_job(job), None, routes)

    return find
