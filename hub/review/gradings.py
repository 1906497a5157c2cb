"""The gradings of a case side by side: who, where, when and by whose clock, what was answered, which one counts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from hub import store
from hub.cases import HistoryLine
from hub.tables import logs
from rma_station.domain.clean import clean
from rma_station.domain.review import GradingSeen
from rma_station.domain.rma import Case, Grading, Unit
from rma_station.domain.second_look import second_looks


def side_by_side(connection: Connection, case: Case, history: Iterable[HistoryLine]) -> tuple[GradingSeen, ...]:
    """Every unit's grading in force, each piece that was counted followed by the second looks at it.

    Args:
        connection: for the names of stations.
        case: the case.
        history: its events.
    """
    lines = {line.event_id: line for line in history}
    looks = second_looks(case)
    stations = _stations(connection, lines.values())
    found = []
    for unit in case.live_units:
        if any(look.unit_id == unit.unit_id for look in looks):
            continue
        mine = [look for look in looks if look.of == unit.unit_id]
        if unit.grading is not None:
            found.append(_seen(unit, unit.grading, "counts" if unit.slots else "alone", lines, stations))
        for look in mine:
            again = case.units[look.unit_id]
            if again.grading is not None:
                role = "confirms" if look.agrees else "contradicts" if look.agrees is False else "alone"
                found.append(_seen(again, again.grading, role, lines, stations, of=unit.unit_id))
    return tuple(found)


def _seen(
    unit: Unit,
    grading: Grading,
    role: str,
    lines: dict[str, HistoryLine],
    stations: dict[str, str],
    of: str = "",
) -> GradingSeen:
    line = lines.get(grading.event_id)
    return GradingSeen(
        unit_id=unit.unit_id,
        lpn=clean(unit.lpn, 16),
        role=role,
        of=of,
        worker_id=grading.worker_id or "",
        station=stations.get(line.station_log, "") if line else "",
        received_at=line.received_at if line else "",
        occurred_at=line.occurred_at if line else "",
        corrected_at=line.corrected_at if line else "",
        clock_state=line.clock_state if line else "",
        grade=clean(grading.grade, 8),
        disposition=clean(grading.disposition, 20),
        answers={clean(str(key), 40): clean(str(value), 40) for key, value in grading.answers.items()},
        override_reason=clean(grading.override_reason or "", 80),
        grams=_grams(line),
        photos=len(unit.photos),
    )


def _grams(line: HistoryLine | None) -> int | None:
    payload = line.payload if line else None
    grams = payload.get("grams") if isinstance(payload, dict) else None
    return grams if isinstance(grams, int) else None


def _stations(connection: Connection, lines: Iterable[HistoryLine]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in store.pieces(sorted({line.station_log for line in lines})):
        for row in connection.execute(select(logs.c.log_id, logs.c.station).where(logs.c.log_id.in_(some))):
            found[row.log_id] = row.station
    return found
