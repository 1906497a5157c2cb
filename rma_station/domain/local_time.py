"""Moments as people read them: UTC in every record, the station's time zone on the screen.

In the autumn night in which an hour comes twice, the zone's letters (CEST, CET) tell the two apart.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from rma_station.domain.clean import clean


def local(text: str, zone: tzinfo) -> str:
    """``2026-11-30 11:00`` for an ISO 8601 moment, ``2026-10-25 02:30 CEST`` where that hour comes twice.

    A text that is not a point in time is given back cleaned and cut.

    Args:
        text: such as ``2026-10-25T00:30:00.000Z``; without an offset it is UTC.
        zone: where it is read.
    """
    try:
        moment = datetime.fromisoformat(text)
        there = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    except (ValueError, OverflowError):
        return clean(text)[:16]
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{there:%Y-%m-%d %H:%M}" + (f" {there.tzname()}" if twice else "")
