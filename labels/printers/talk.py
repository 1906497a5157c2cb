"""How printers of each language are asked how they are: questions and the pure readers of their answers.

A language adds an entry to ``TALKS``; ``stream.py`` has the procedure, which is the same for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from labels import status, status_epl, status_tspl
from rma_station.domain.clean import clean


@dataclass(frozen=True)
class Seen:
    """What a printer said of itself just now."""

    problems: tuple[str, ...] = ()
    """What keeps it from printing."""
    warnings: tuple[str, ...] = ()
    partial: bool = False
    """Half a label of somebody lies in its buffer."""
    idle: bool = True
    """As far as it says, nothing received is still to be printed."""


@dataclass(frozen=True)
class Count:
    """The printer's own count of labels; ``None`` when it says that it has none."""

    labels: int | None


@dataclass(frozen=True)
class Talk:
    """One printer language."""

    language: str
    questions: tuple[bytes, ...]
    """For its state; the next one when the one before had no answer."""
    read: Callable[[bytes], Seen | None]
    """The answer to any of them; ``None`` while it is not whole."""
    model_question: bytes
    read_model: Callable[[bytes], str | None]
    count_question: bytes = b""
    """For its own count of labels; empty when the language has none."""
    read_count: Callable[[bytes], Count | None] = lambda data: None
    cancel_partial: bytes = b""
    """Drops half a label that lies in its buffer."""
    lead: bytes = b""
    """Sent before every label: ends a line somebody left half, so that ours is not glued to it."""


_COUNT = re.compile(rb'"\s*([0-9]{1,12})(?:\s[^",]{0,40})?"')
"""A number, perhaps with its unit. Nothing else: the first field of a late answer to another
question would pass for a count."""


def getvar(variable: str) -> bytes:
    """The SGD question for a variable."""
    return f'! U1 getvar "{variable}"\r\n'.encode()


def _read_zpl(data: bytes) -> Seen | None:
    """An answer to an earlier question may come late, so each is read wherever it comes."""
    host = status.host_status(data)
    if host is None:
        errors = status.error_status(data)
        if errors is not None:
            warnings = tuple(code for code in errors.warnings if code in status.WARNINGS)
            return Seen(errors.problems, warnings)
        host = status.host_status_setting(data)
    return None if host is None else Seen(host.problems, (), host.partial, host.idle)


def _read_zpl_model(data: bytes) -> str | None:
    found = status.identity(data)
    return clean(f"{found.model} {found.firmware}", 60) if found else None


def _read_zpl_count(data: bytes) -> Count | None:
    counts = _COUNT.findall(data)
    if counts:
        return Count(int(counts[-1]))
    answer = status.setting(data)
    return None if answer is None or answer.known else Count(None)


def _read_tspl(data: bytes) -> Seen | None:
    found = status_tspl.tspl_status(data)
    return Seen(found.problems, idle=not found.printing) if found else None


def _read_tspl_model(data: bytes) -> str | None:
    found = status_tspl.tspl_model(data)
    return clean(found, 60) if found else None


def _read_epl(data: bytes) -> Seen | None:
    found = status_epl.epl_status(data)
    return Seen(found.problems) if found else None


def _read_epl_model(data: bytes) -> str | None:
    found = status_epl.epl_settings(data)
    return clean(f"{found.model} {found.firmware}", 60) if found else None


ZPL = Talk(
    "zpl",
    # ``~HS`` may be silent on errors, then ``~HQES`` tells them; some printers answer only SGD.
    questions=(b"~HS", b"~HQES", getvar("device.host_status")),
    read=_read_zpl,
    model_question=b"~HI",
    read_model=_read_zpl_model,
    count_question=getvar("odometer.total_label_count"),
    read_count=_read_zpl_count,
    cancel_partial=b"~JX",
)
TSPL = Talk(
    "tspl",
    questions=(status_tspl.STATUS,),
    read=_read_tspl,
    model_question=status_tspl.MODEL,
    read_model=_read_tspl_model,
    lead=b"\r\n",
)
EPL = Talk(
    "epl",
    questions=(status_epl.STATUS,),
    read=_read_epl,
    model_question=status_epl.SETTINGS,
    read_model=_read_epl_model,
    lead=b"\r\n",
)
TALKS = {talk.language: talk for talk in (ZPL, TSPL, EPL)}
