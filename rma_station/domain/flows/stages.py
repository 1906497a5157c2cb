"""The questions a bench can ask. Each ``Stage`` is one of them, with what it was asked about.

A stage is data: it is committed with the events of its step and read back after a crash, so that the worker finds the
question that was open. What the screen says for each is in ``views.py``, what answers it in ``receive.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from rma_station.domain.record import dataclass, field


@dataclass(frozen=True)
class SignedOut:
    """Whose badge?"""


@dataclass(frozen=True)
class EnterPin:
    """PIN of the worker whose badge was scanned."""

    worker_id: str


@dataclass(frozen=True)
class Idle:
    """Which parcel?"""


@dataclass(frozen=True)
class Find:
    """Which number does it end in? (typed)"""


@dataclass(frozen=True)
class PickRma:
    """Which of these RMAs?"""

    rma_ids: tuple[str, ...]
    code: str
    found_by: str = "typed"
    """What led to them, as ``events.ParcelOpened.found_by``."""


@dataclass(frozen=True)
class ConfirmOrphan:
    """Nothing is known by this code: open it as an unknown parcel?"""

    code: str


@dataclass(frozen=True)
class ConfirmReopen:
    """This parcel is done: open it again?"""

    parcel_id: str


@dataclass(frozen=True)
class Packaging:
    """How is the outer packing?"""


@dataclass(frozen=True)
class Units:
    """Which unit? (or: parcel done)"""


@dataclass(frozen=True)
class LineChoice:
    """A place a unit could belong to."""

    rma_id: str
    line_id: str
    part_sku: str


@dataclass(frozen=True)
class Pending:
    """What is known of a unit whose line is still being asked for."""

    code: str
    how: str
    gtin: str | None = None
    sku: str | None = None
    serial: str | None = None
    lot: str | None = None
    pieces: int = 1


@dataclass(frozen=True)
class PickLine:
    """Which of these lines is it?"""

    choices: tuple[LineChoice, ...]
    pending: Pending


@dataclass(frozen=True)
class ConfirmUndeclared:
    """No product has this code: record it as undeclared?"""

    pending: Pending


@dataclass(frozen=True)
class Grading:
    """The next question of the unit's grading profile."""

    unit_id: str
    category: str
    answers: Mapping[str, str] = field(default_factory=dict)
    amend: bool = False
    grams: int | None = None


@dataclass(frozen=True)
class ConfirmGrade:
    """Is the proposed grade right?"""

    grading: Grading


@dataclass(frozen=True)
class OverrideReason:
    """Why another grade than the proposed one?"""

    grading: Grading
    grade: str


@dataclass(frozen=True)
class Danger:
    """STOP: is the dangerous unit where the instruction says?"""

    grading: Grading


@dataclass(frozen=True)
class Photos:
    """The profile asks for photos of this unit: take them, or say why there are none."""

    unit_id: str
    job_id: str
    """Of its label, which is scanned back afterwards."""
    wanted: int
    role: str


@dataclass(frozen=True)
class ScanBack:
    """Scan the label that came out."""

    unit_id: str
    job_id: str


@dataclass(frozen=True)
class UnitMenu:
    """What shall be done with this unit?"""

    unit_id: str


@dataclass(frozen=True)
class ConfirmDone:
    """Something was not in the parcel: is that so?"""


@dataclass(frozen=True)
class ConfirmSignOut:
    """Sign out?"""


@dataclass(frozen=True)
class AskSupervisor:
    """The list of people is too old: a supervisor's badge lets this worker in."""

    worker_id: str


Stage: TypeAlias = (
    SignedOut
    | EnterPin
    | Idle
    | Find
    | PickRma
    | ConfirmOrphan
    | ConfirmReopen
    | Packaging
    | Units
    | PickLine
    | ConfirmUndeclared
    | Grading
    | ConfirmGrade
    | OverrideReason
    | Danger
    | Photos
    | ScanBack
    | UnitMenu
    | ConfirmDone
    | ConfirmSignOut
    | AskSupervisor
)
