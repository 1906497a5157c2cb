"""Which printer a print job goes to: by its kind, by the language of its bytes, and by who stands in for whom."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.record import dataclass


@dataclass(frozen=True)
class Route:
    """One printer as routing sees it."""

    printer: str
    language: str
    """What it understands."""
    kinds: tuple[str, ...] = ()
    """Kinds it is there for; empty: all that no other printer is there for."""
    fallback: str = ""
    """The printer that stands in while this one cannot print, whatever that one's own kinds are."""


def candidates(kind: str, spoken: str | None, routes: Sequence[Route]) -> tuple[str, ...]:
    """Names of the printers a job may go to, the best first; empty when no printer is there for it.

    Args:
        kind: of the job.
        spoken: the language of its bytes; ``None`` when it is made for whatever printer takes it.
        routes: all printers, in the order of the configuration.
    """
    meant = _with_stand_ins([route for route in routes if kind in route.kinds], routes)
    others = _with_stand_ins([route for route in routes if not route.kinds], routes)
    able = [[route.printer for route in chain if spoken in (None, route.language)] for chain in (meant, others)]
    return tuple(able[0] or able[1])


def _with_stand_ins(first: Sequence[Route], routes: Sequence[Route]) -> list[Route]:
    by_name = {route.printer: route for route in routes}
    chain = list(first)
    for route in chain:  # grows while it is walked: a stand-in may have one of its own
        other = by_name.get(route.fallback)
        if other is not None and other not in chain:
            chain.append(other)
    return chain
