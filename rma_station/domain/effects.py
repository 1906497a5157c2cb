"""What a flow asks for besides events. The station writes print jobs in the events' own transaction and acts on
effects only after the commit, so that an effect can be late, never early.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

from rma_station.domain.record import dataclass, field


@dataclass(frozen=True)
class PrintUnitLabel:
    """A unit label to print: facts only; ``labels/label.py`` makes words and bars of it.

    ``attempt`` above 1 puts the attempt mark on it; ``dangerous`` makes it a quarantine label.
    """

    job_id: str
    unit_id: str
    lpn: str
    grade: str
    disposition: str
    destination: str
    rma_id: str | None = None
    sku: str | None = None
    name: str = ""
    attempt: int = 1
    dangerous: bool = False
    held: bool = False


@dataclass(frozen=True)
class PrintDocument:
    """Bytes to print exactly as they are: a carrier's label, a sheet, a label made elsewhere in the house.

    Nothing can be added to them, so a second copy carries no mark: only a person asks for one.
    """

    job_id: str
    kind: str
    """What it is for, a name of ``labels/kinds.py``: says which printer takes it."""
    format: str
    """The printer language of the bytes: ``zpl``, ``tspl``, ``epl`` or ``pdf``; no other printer gets them."""
    data: bytes
    title: str
    """What people call it, cleaned."""
    attempt: int = 1


@dataclass(frozen=True)
class PrintLabel:
    """A label that is no unit's: a pallet's, a slip's, a customer's. Laid out for the printer that takes it."""

    job_id: str
    kind: str
    """A name of ``labels/kinds.py``."""
    content: Mapping[str, str]
    """Its fields as ``labels/content.py`` names them."""
    title: str
    """What people call it, cleaned."""
    attempt: int = 1


Printable: TypeAlias = PrintUnitLabel | PrintDocument | PrintLabel
"""What a print job can be of."""


def title_of(job: Printable) -> str:
    """What people call a print job: the number on a unit's label, the title of anything else."""
    return job.lpn if isinstance(job, PrintUnitLabel) else job.title


def key_of(job: Printable) -> str:
    """What the job is of: jobs with one key are one job, however often they are handed in.

    A unit's label by unit, template and revision (its number and the attempt on it); a document by its bytes and
    attempt; any other label is asked for by a person each time.
    """
    if isinstance(job, PrintUnitLabel):
        return f"{job.unit_id} unit {job.lpn} {job.attempt}"
    if isinstance(job, PrintDocument):
        return f"{job.kind} {hashlib.sha256(job.data).hexdigest()} {job.attempt}"
    return f"{job.kind} {job.job_id}"


@dataclass(frozen=True)
class SwitchLanguage:
    """Show the worker's screen in this language (``pl`` or ``en``)."""

    language: str


@dataclass(frozen=True)
class OpenSheet:
    """Show a sheet over the worker screen: ``help``, ``lists`` or ``sign_out``."""

    sheet: str


@dataclass(frozen=True)
class CheckPin:
    """Find out whether this PIN is this person's, beside the bench; the answer comes back as ``inputs.PinChecked``."""

    worker_id: str
    pin: str = field(repr=False)
    """Never shown, logged or stored at the station."""
    verifier: str | None = field(default=None, repr=False)
    """What is kept here of a worker's PIN; ``None``: only the hub knows it."""


@dataclass(frozen=True)
class TakePhoto:
    """Take a picture of what is in hand now; it comes back as ``inputs.PictureKept``, whatever is in hand then."""

    parcel_id: str
    unit_id: str | None
    role: str
    """As ``events.PhotoTaken.role``."""


Effect: TypeAlias = PrintUnitLabel | SwitchLanguage | OpenSheet | CheckPin | TakePhoto
