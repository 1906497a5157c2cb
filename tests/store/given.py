"""What the store's tests start from: a frozen clock, counted randomness, a journal in a folder, a graded unit."""

from __future__ import annotations

from pathlib import Path

from rma_station.domain import events as ev
from rma_station.domain.effects import PrintUnitLabel
from rma_station.store.journal import Journal
from tests.fakes import CountingRandom, StandingClock

WORKER = "000001"
SESSION = "019a0000-0000-7000-8000-0000000000aa"
RMA = "RMA-2026-000001"


def make_lpn(log_id: str, counter: int) -> str:
    """A readable LPN; the real ones are made by ``domain.codes``."""
    return f"U{log_id[-4:]}{counter:05}"


def open_journal(
    folder: Path, clock: StandingClock | None = None, *, mode: str = "sample", seed: str = "seed"
) -> Journal:
    """The journal of a folder."""
    return Journal.open(
        folder,
        station="bench-1",
        mode=mode,  # type: ignore[arg-type]
        app_version="0.1.0",
        clock=clock or StandingClock(),
        random=CountingRandom(seed),
        make_lpn=make_lpn,
    )


def about(*case_ids: str, parcel: str | None = "p-1", unit: str | None = None) -> ev.Subject:
    """The subject of an event; the case is ``RMA`` when none is named."""
    return ev.Subject(case_ids or (RMA,), parcel, unit)


def opened(parcel: str = "p-1", code: str = "00001", tracking: str | None = "TR1", case: str = RMA) -> ev.Stated:
    """A parcel on the bench."""
    event = ev.ParcelOpened(parcel, "tracking", code, (case,), tracking, "dpd")
    return ev.Stated(event, about(case, parcel=parcel))


def identified(unit: str = "u-1", lpn: str = "U00001", parcel: str = "p-1", issue: str | None = None) -> ev.Stated:
    """A unit out of the parcel."""
    event = ev.UnitIdentified(unit, parcel, lpn, "5901234123457", "gtin", RMA, "l-1", "SHIRT", issue=issue)
    return ev.Stated(event, about(parcel=parcel, unit=unit))


def graded(unit: str = "u-1", grade: str = "B", disposition: str = "outlet") -> ev.Stated:
    """A first grading."""
    answers = {"seal": "broken"}
    event = ev.UnitGraded(unit, "apparel", 1, answers, grade, grade, disposition, disposition, "OUT-1")
    return ev.Stated(event, about(unit=unit))


def amended(unit: str = "u-1", grade: str = "D", disposition: str = "recycle") -> ev.Stated:
    """A second grading."""
    answers = {"seal": "none"}
    event = ev.UnitAmended(unit, "apparel", 1, answers, grade, grade, disposition, disposition, "REC-1")
    return ev.Stated(event, about(unit=unit))


def placed(unit: str = "u-1", lpn: str = "U00001", destination: str = "OUT-1") -> ev.Stated:
    """The unit went where its label says."""
    return ev.Stated(ev.UnitPlaced(unit, lpn, destination), about(unit=unit))


def label(job: str = "j-1", unit: str = "u-1", lpn: str = "U00001", attempt: int = 1) -> PrintUnitLabel:
    """A label to print."""
    return PrintUnitLabel(job, unit, lpn, "B", "outlet", "OUT-1", rma_id=RMA, name="Koszula żółta", attempt=attempt)


def done(parcel: str = "p-1") -> ev.Stated:
    """All that was in the parcel is on record."""
    return ev.Stated(ev.ParcelDone(parcel), about(parcel=parcel))


def set_aside(parcel: str = "p-1") -> ev.Stated:
    """Work on the parcel stops here for now."""
    return ev.Stated(ev.ParcelSetAside(parcel), about(parcel=parcel))
