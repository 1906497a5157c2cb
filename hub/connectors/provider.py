"""What a way of paying back must offer: ``Provider``, and what it may answer.

The contract is made for uncertainty: an answer is one of a few values, and "I do not know" is one of them. A provider
with neither idempotency nor a look-up cannot be used by itself (sync reference 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do; the worker behaves accordingly."""

    idempotency: str
    """``key`` (an idempotency key), ``body`` (equal requests are one), ``absolute`` (a value is set) or ``none``."""
    lookup: str
    """``by_ref``, ``by_order`` or ``none``."""
    lookup_lag: timedelta = timedelta(minutes=15)
    """How long a booking may be missing from look-ups."""
    key_ttl: timedelta | None = None
    """How long the provider remembers a key; ``None``: for ever."""
    asynchronous: bool = False
    """``Accepted`` now, booked later."""
    partial: bool = True
    """Parts of a payment can be refunded."""
    timeout: timedelta = timedelta(seconds=20)
    """Longest time a call takes."""
    batched: bool = False
    """Refunds leave together in a file that a person makes; the worker sends nothing one by one."""


@dataclass(frozen=True)
class Refund:
    """A queued intent as a provider sees it: everything is frozen under ``key``."""

    key: str
    attempt: int
    order_id: str
    case_id: str
    purpose: str
    payment_id: str
    means: str
    amount_minor: int
    currency: str
    reference: str = ""
    """The provider's own reference of the payment."""
    holder: str = ""
    iban: str = ""


@dataclass(frozen=True)
class Booked:
    """The money is on its way for certain."""

    reference: str
    amount_minor: int | None = None
    """What was booked, where the provider says so."""


@dataclass(frozen=True)
class Accepted:
    """Taken on; the result comes later (asynchronous providers)."""

    reference: str


@dataclass(frozen=True)
class Rejected:
    """A definitive no: nothing was booked. A person decides what now."""

    code: str
    message: str = ""


@dataclass(frozen=True)
class Unknown:
    """Nobody knows whether it was booked: time-out, reset, an error after sending."""

    detail: str


@dataclass(frozen=True)
class Found:
    """The look-up shows the booking."""

    reference: str
    amount_minor: int | None = None


@dataclass(frozen=True)
class Absent:
    """The look-up worked and shows no such booking (yet)."""


@dataclass(frozen=True)
class CannotTell:
    """The look-up failed, or its answer is not clear."""

    detail: str


class Provider(Protocol):
    """One way of paying back. Calls may block up to ``capabilities.timeout``; an exception counts as ``Unknown``."""

    name: str
    capabilities: Capabilities
    means: frozenset[str]
    """Means of payment it serves."""

    def objection(self, refund: Refund) -> str:
        """Why this refund cannot be made and what to do about it, in words; empty when it can."""

    def refund(self, refund: Refund) -> Booked | Accepted | Rejected | Unknown:
        """Send it once under ``refund.key``."""

    def lookup(self, refund: Refund) -> Found | Absent | CannotTell:
        """Ask whether ``refund.key`` was booked."""
