"""Weights: what a scale said, when a reading may be captured, and how a parcel's weight is compared.

A weight that is not known is ``None``, never 0 (design rule 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Reading:
    """One reading of a scale (hardware reference 3.10).

    Args:
        value: as the scale wrote it, trailing zeros kept; ``None`` on every error or motion without a weight.
        unit: ``g kg lb oz`` and so on, ``None`` when the frame does not say.
        stable: ``None`` when the protocol cannot tell.
        net: ``None`` when the protocol cannot tell.
        flag: ``""``, or why there is no usable weight: ``motion over under not_ready checksum unrecognised``...
        raw: the frame's bytes.
        at: monotonic seconds.
    """

    value: Decimal | None
    unit: str | None
    stable: bool | None
    raw: bytes
    at: float
    net: bool | None = None
    tare: Decimal | None = None
    flag: str = ""
