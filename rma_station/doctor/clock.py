"""The wall clock: the order of events never depends on it, deadlines do."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rma_station.doctor.finding import Finding, good, note, wrong
from rma_station.doctor.machine import Machine

DAY = 86_400


def clock(machine: Machine, newest_file: float) -> Iterator[Finding]:
    """Whether the clock can be right, follows a time server, and survives switching off.

    Args:
        machine: the computer.
        newest_file: Unix seconds when this program was installed; an earlier clock is wrong.
    """
    if machine.now < newest_file - DAY:
        yield wrong("clock_behind", "clock", shown=_shown(machine.now))
    else:
        yield good("clock", shown=_shown(machine.now))
    if machine.synchronised is False:
        yield note("clock_free", "clock_free")
    elif machine.synchronised:
        yield good("clock_synchronised")
    if not any((machine.root / "sys/class/rtc").glob("rtc*")):
        yield note("no_rtc", "no_rtc")


def _shown(now: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
