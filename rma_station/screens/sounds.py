"""What an outcome sounds like on a terminal: told apart by rhythm, not only by pitch.

OK is one short tone, ATTENTION two, STOP one long low tone. A Linux console can be told pitch and length
(``console_codes(4)``: ``ESC [ 10 ; Hz ]`` and ``ESC [ 11 ; ms ]``); other terminals ring their own bell, so there
the number of rings says it: one, two, three. READY makes no sound: nothing happened.
"""

from __future__ import annotations

from rma_station.domain.outcome import Kind
from rma_station.domain.record import dataclass

BELL = "\a"
_CONSOLE_OFF = "\x1b[10]\x1b[11]"
"""Back to the console's own pitch and length."""


@dataclass(frozen=True)
class Rings:
    """What to write, so many times, with this pause in seconds between two."""

    text: str
    times: int = 1
    pause: float = 0.2


def rings(kind: Kind, *, console: bool) -> Rings | None:
    """The sound of an outcome.

    Args:
        kind: the outcome.
        console: whether the terminal is a bare Linux console.
    """
    if kind is Kind.READY:
        return None
    if not console:
        return Rings(BELL, {Kind.OK: 1, Kind.ATTENTION: 2, Kind.STOP: 3}[kind])
    if kind is Kind.STOP:
        return Rings(_tone(220, 600))
    return Rings(_tone(880, 80)) if kind is Kind.OK else Rings(_tone(660, 120), 2, 0.25)


def _tone(hertz: int, milliseconds: int) -> str:
    return f"\x1b[10;{hertz}]\x1b[11;{milliseconds}]{BELL}{_CONSOLE_OFF}"
