"""What reaches a flow: meanings of scans, keys, weights and results, each with its time as an argument."""

from __future__ import annotations

from typing import TypeAlias

from rma_station.domain.effects import TakePhoto
from rma_station.domain.meaning import Command, Meaning
from rma_station.domain.record import dataclass


@dataclass(frozen=True)
class Scanned:
    """A scan and what it can mean."""

    meaning: Meaning
    code: str
    """The scan itself, cleaned, for showing and for the record."""
    device: str = "keyboard"


@dataclass(frozen=True)
class Pressed:
    """A command key (the action table of ``screens/actions.py``)."""

    command: Command


@dataclass(frozen=True)
class Chosen:
    """A number key 1 to 9: the answer with that number."""

    number: int


@dataclass(frozen=True)
class Typed:
    """A line of text where one is expected: a number to find a parcel by, or a PIN."""

    text: str


@dataclass(frozen=True)
class StableWeight:
    """A captured weight in grams: stable, fresh, unit known, returned to zero since the last one."""

    grams: int
    raw: bytes
    device: str


@dataclass(frozen=True)
class LabelSettled:
    """A print job came to an end, or could not start.

    ``result``: ``sent``, ``confirmed``, ``unknown`` or ``not_sent``.
    """

    job_id: str
    unit_id: str
    lpn: str
    result: str
    printer: str
    problem: str = ""


@dataclass(frozen=True)
class PinChecked:
    """What came of ``effects.CheckPin``.

    ``result``: ``ok``; ``wrong`` for a worker's PIN, checked here; of the hub ``pin``, ``locked``, ``locked_here``,
    ``locked_everywhere``, ``role``, ``offline`` (no answer), or another code of a refusal.
    """

    worker_id: str
    result: str
    minutes: int = 0
    """Of a lock at the hub whose place is known: how long yet."""


@dataclass(frozen=True)
class PeopleChanged:
    """The hub has sent something new: whoever is at the bench may no longer work here."""


@dataclass(frozen=True)
class PictureKept:
    """A camera's picture is a durable file, named by its hash."""

    device: str
    sha256: str
    size: int
    mime: str
    source: str
    """As ``events.PhotoTaken.source``."""
    of: TakePhoto | None = None
    """What it was taken of; ``None``: nobody asked for it, it lay in a folder."""


@dataclass(frozen=True)
class PictureFailed:
    """No picture came.

    ``problem``: ``no_camera`` (it does not answer), ``no_picture`` (nothing lies in the folder), ``unreadable`` (no
    picture that can be read), ``no_room`` (the disk is full) or ``not_kept`` (it does not work).
    """

    device: str
    problem: str


@dataclass(frozen=True)
class PhotosCame:
    """The hub said that a phone took photos."""


OfPhotos: TypeAlias = PictureKept | PictureFailed | PhotosCame
Input: TypeAlias = (
    Scanned | Pressed | Chosen | Typed | StableWeight | LabelSettled | PinChecked | PeopleChanged | OfPhotos
)
