"""Why a call to the hub brought nothing: told to the log, and to a person with the remedy."""

from __future__ import annotations

import time
from collections.abc import Callable

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Message, say
from rma_station.errors import HubUnreachable, Refused

LATEST_POSSIBLE = 253402300799.0
"""End of the year 9999, the last moment a date can name."""
CLOCK_SECONDS = 3600.0
"""Clocks that are closer are both right enough: then it is the certificate."""


class NoAnswer(HubUnreachable):
    """No answer of our hub.

    Args:
        message: for the log.
        said: for a person.
        retry_after: what whoever answered asked for, in seconds.
        clock_offset: the hub's clock minus ours, where that is why.
    """

    said: Message

    def __init__(
        self, message: str, said: Message, retry_after: float | None = None, clock_offset: float | None = None
    ) -> None:
        super().__init__(message, said)
        self.retry_after, self.clock_offset = retry_after, clock_offset


class Forbidden(Refused):
    """Our own side forbids the call; ``said`` is the remedy for a person."""

    said: Message

    def __init__(self, message: str, said: Message) -> None:
        super().__init__(message, said)


def in_words(error: Exception, address: str, authority: Callable[[], str], unix: Callable[[], float]) -> NoAnswer:
    """What a person is told of a connection that failed.

    Args:
        error: of the library.
        address: of the hub.
        authority: gives the one that this station pinned for it; empty for those everybody trusts.
        unix: wall clock, seconds since 1970.
    """
    text, shown = clean(str(error)), clean(address)
    if "not yet valid" in text or "has expired" in text:
        return _not_now(text, address, authority(), unix())
    if "CERTIFICATE_VERIFY_FAILED" not in text:
        return unanswered(f"{type(error).__name__}{': ' + text if text else ''}")
    if authority() and "mismatch" not in text:
        words = (
            f"another authority than the one this station pinned vouches for {shown} ({text}): somebody is in "
            "between, or the hub was set up anew. Nothing was sent. If it was: rma-station enrol"
        )
        return NoAnswer(words, say("service.hub.intercepted", address=shown, reason=text))
    words = f"the hub's certificate is not accepted ({text}). Check hub.url and this machine's trusted authorities."
    return NoAnswer(words, say("service.hub.certificate", reason=text))


def _not_now(text: str, address: str, authority: str, unix: float) -> NoAnswer:
    """The certificate is not valid by our clock: whose fault it is, the hub's own clock says."""
    from sync import pinning  # noqa: PLC0415 - not before the first paint

    there = pinning.hub_time(address, authority)
    now = _shown(unix)
    if there is None:
        words = f"the hub's certificate is not valid at {now}, this machine's time ({text}). Set the clock."
        return NoAnswer(words, say("service.hub.clock", now=now, reason=text))
    if abs(there - unix) < CLOCK_SECONDS:
        words = f"the hub's certificate is not valid now, {now} ({text}). The hub needs another one."
        return NoAnswer(words, say("service.hub.certificate_old", now=now, reason=text))
    words = f"this machine's clock is wrong: {now} here, {_shown(there)} at the hub. Set the clock."
    return NoAnswer(words, say("service.hub.clock_wrong", now=now, there=_shown(there)), clock_offset=there - unix)


def unanswered(reason: str) -> NoAnswer:
    """Nobody answered, or not as a hub does."""
    return NoAnswer(f"no answer ({reason})", say("service.hub.silent", reason=reason))


def _shown(unix: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(min(max(unix, 0.0), LATEST_POSSIBLE)))
