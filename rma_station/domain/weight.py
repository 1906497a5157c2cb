"""Weights: what a scale said, when a reading may be captured, and how a parcel's weight is compared.

A weight that is not known is ``None``, never 0 (design rule 7).

::

    for each reading:   state = observe(state, reading)
    when one is wanted: weight = ready(state, now, policy); if it was used, state = captured(state, policy)
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from rma_station.domain.record import dataclass, replace

EMPTY = "empty"
"""``Reading.flag`` of a scale that has no number and says that next to nothing lies on it."""
_HARMLESS_FLAGS = frozenset({"", "zero"})
"""Flags that take nothing away from the value beside them."""
_EMPTY_FLAGS = frozenset({EMPTY, "centre_zero"})
"""Flags that say, without a number, that the pan is empty."""


@dataclass(frozen=True)
class Reading:
    """One reading of a scale (hardware reference 3.10).

    Args:
        value: as the scale wrote it, trailing zeros kept; ``None`` on every error or motion without a weight.
        unit: ``g kg lb oz`` and so on, ``None`` when the frame does not say.
        stable: ``None`` when the protocol cannot tell.
        net: ``None`` when the protocol cannot tell.
        flag: ``""``, or why there is no usable weight: ``motion over under not_ready checksum unrecognised``...;
            ``zero`` beside a value of 0 is a note and takes nothing away.
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


GRAMS: dict[str, Decimal] = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "mg": Decimal("0.001"),
    "t": Decimal(1_000_000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
    "ozt": Decimal("31.1034768"),
    "gr": Decimal("0.06479891"),
    "dwt": Decimal("1.55517384"),
    "ct": Decimal("0.2"),
    "ton": Decimal("907184.74"),
}
"""Grams in one of each unit, exact (hardware reference 3.10; ``ton`` is the short one)."""
_EXACT = Context(prec=60)
MAX_GRAMS = 100_000_000
"""Above 100 tonnes a reading is noise."""


def to_grams(value: Decimal, unit: str | None) -> Decimal | None:
    """The exact weight in grams; ``None`` when the unit is not known or the value is no number."""
    factor = GRAMS.get((unit or "").lower())
    if factor is None or not value.is_finite() or abs(value) > MAX_GRAMS * 1000:
        return None
    return _EXACT.multiply(value, factor)


def whole_grams(reading: Reading) -> int | None:
    """A reading's weight rounded once, at the end, half to even; ``None`` for every reading without a usable weight."""
    if reading.value is None or reading.flag not in _HARMLESS_FLAGS:
        return None
    exact = to_grams(reading.value, reading.unit)
    if exact is None or abs(exact) > MAX_GRAMS:
        return None
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


# --- capture ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CapturePolicy:
    """When a reading may be captured (hardware reference 3.10)."""

    equal_readings: int = 3
    """Where the protocol says nothing of stability: so many equal readings in a row..."""
    equal_seconds: float = 0.6
    """...that take at least so long from the first to the last."""
    max_age: float = 1.0
    """Seconds; an older reading may be of something that has left the pan."""
    zero_grams: int = 5
    """Up to here the pan counts as empty again."""


LONGEST_GAP = 1.0
"""Seconds between two readings after which equal ones are no longer in a row: the scale was away."""


@dataclass(frozen=True)
class CaptureState:
    """What was seen of one scale so far; begin with ``CaptureState()``."""

    latest: Reading | None = None
    equal_since: float = 0.0
    equal_count: int = 0
    waiting_below: int | None = None
    """After a capture: nothing is captured until the pan was this light once, else the last parcel's weight is used
    again for the next."""


@dataclass(frozen=True)
class Weight:
    """A captured weight with the scale's own bytes as evidence."""

    grams: int
    raw: bytes
    at: float


def observe(state: CaptureState, reading: Reading) -> CaptureState:
    """Take one more reading into account. Readings come in the order of their time."""
    same = state.latest is not None and _equal(state.latest, reading)
    waiting = state.waiting_below
    if waiting is not None and _is_empty(reading, waiting):
        waiting = None
    return CaptureState(
        latest=reading,
        equal_since=state.equal_since if same else reading.at,
        equal_count=state.equal_count + 1 if same else 1,
        waiting_below=waiting,
    )


def _equal(one: Reading, other: Reading) -> bool:
    """Two usable readings that say the same, and so soon after each other that nobody can have lifted anything."""
    if whole_grams(one) is None or whole_grams(other) is None or other.at - one.at > LONGEST_GAP:
        return False
    return (one.value, one.unit) == (other.value, other.unit)


def _is_empty(reading: Reading, limit: int) -> bool:
    """The pan is empty, or lighter than empty: what was weighed has left it, perhaps with the tared box."""
    grams = whole_grams(reading)
    return reading.flag in _EMPTY_FLAGS or (grams is not None and grams <= limit)


def ready(state: CaptureState, now: float, policy: CapturePolicy) -> Weight | None:
    """The weight that may be captured at this moment, or ``None``.

    Args:
        state: of ``observe``.
        now: monotonic seconds, of the same clock as the readings.
        policy: the limits.
    """
    reading = state.latest
    if reading is None or state.waiting_below is not None or not 0 <= now - reading.at < policy.max_age:
        return None
    grams = whole_grams(reading)
    if grams is None or grams <= 0 or not _settled(state, reading, policy):
        return None
    return Weight(grams, reading.raw, reading.at)


def _settled(state: CaptureState, reading: Reading, policy: CapturePolicy) -> bool:
    if reading.stable is not None:
        return reading.stable
    lasted = reading.at - state.equal_since
    return state.equal_count >= policy.equal_readings and lasted >= policy.equal_seconds


def captured(state: CaptureState, policy: CapturePolicy) -> CaptureState:
    """The state after the ready weight was used: the pan has to be empty once before the next.

    A unit lighter than ``zero_grams`` must not look like an empty pan, so half its weight is the limit then.
    """
    grams = whole_grams(state.latest) if state.latest else None
    return replace(state, waiting_below=min(policy.zero_grams, (grams or 0) // 2))


# --- comparing -------------------------------------------------------------------------------------------


def compare(
    gross_grams: int,
    units: Sequence[int | None] | None,
    lightest_grams: int | None,
    packaging_grams: int,
    tolerance_grams: int,
) -> str:
    """Whether a parcel's weight fits what was advised for it.

    The check looks for what scanning cannot show before the parcel is opened: a brick, or next to nothing, in the
    box. It must not hold honest parcels, for customers send things back in boxes of their own. So:

    * It is made only if the weight of every advised piece is known; one guess would make the sum a guess.
    * Below the pieces alone, box and all, it is never "match": no honest parcel weighs less than what is in it. By
      more than the tolerance (of scale and catalogue) it is *held*, up to it it is ``short``, which is noted.
    * Between the pieces alone and the pieces in their usual box a lighter box can explain it, as long as less is
      lacking than the lightest piece and the tolerance; beyond them it is *held*. An unknown box weighs nothing here.
    * Too heavy is *noted* beyond the tolerance, and only where the box's weight is known; else every box would be
      too heavy by itself.

    Args:
        gross_grams: what the scale said.
        units: grams of every advised piece, ``None`` in it for an unknown one; ``None`` when it cannot be said which
            pieces are in this parcel.
        lightest_grams: of the lightest advised piece.
        packaging_grams: usual weight of a box; 0 is unknown.
        tolerance_grams: how far both may be apart.

    Returns:
        ``match``, ``short``, ``light``, ``heavy`` or ``not_compared``.
    """
    known = [grams for grams in units or () if grams is not None]
    if not units or len(known) != len(units) or lightest_grams is None:
        return "not_compared"
    below_pieces = sum(known) - gross_grams
    too_light = below_pieces + packaging_grams
    if below_pieces > tolerance_grams or too_light > max(lightest_grams, tolerance_grams):
        return "light"
    if below_pieces > 0:
        return "short"
    return "heavy" if packaging_grams > 0 and -too_light > tolerance_grams else "match"
