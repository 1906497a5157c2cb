"""What an IPP printer's state means: keywords of ``printer-state-reasons`` as problem codes (RFC 8011, 5.4.12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STOPPED = 5
"""``printer-state``: it will print nothing until somebody does something."""
_PROBLEMS = {
    "media-empty": "media_out",
    "media-needed": "media_out",
    "media-jam": "paper_jam",
    "cover-open": "cover_open",
    "door-open": "cover_open",
    "interlock-open": "cover_open",
    "toner-empty": "toner_out",
    "marker-supply-empty": "toner_out",
    "developer-empty": "toner_out",
    "paused": "paused",
    "moving-to-paused": "paused",
    "shutdown": "offline",
    "offline": "offline",
    "connecting-to-device": "offline",
    "timed-out": "offline",
    "fuser-over-temp": "head_hot",
    "fuser-under-temp": "head_cold",
    "output-area-full": "output_full",
    "spool-area-full": "disk_full",
}
_WARNINGS = {
    "media-low": "media_low",
    "toner-low": "toner_low",
    "marker-supply-low": "toner_low",
    "developer-low": "toner_low",
}
_SEVERITIES = ("-error", "-warning", "-report")
PROBLEMS = frozenset({*_PROBLEMS.values(), "fault"})
WARNINGS = frozenset({*_WARNINGS.values(), *_PROBLEMS.values()})


@dataclass(frozen=True)
class IppState:
    """What keeps it from printing, and what it only warns of, by code."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def ipp_state(state: int | None, reasons: Iterable[str], *, accepting: bool = True) -> IppState:
    """Read a printer's state.

    Args:
        state: ``printer-state``.
        reasons: ``printer-state-reasons``, each with or without its severity.
        accepting: ``printer-is-accepting-jobs``.
    """
    problems: dict[str, None] = {}
    warnings: dict[str, None] = {}
    for reason in reasons:
        keyword, severity = _split(reason)
        mild = severity in ("-warning", "-report")
        if keyword in _PROBLEMS and not mild:
            problems[_PROBLEMS[keyword]] = None
        elif keyword in _PROBLEMS or keyword in _WARNINGS:
            warnings[_PROBLEMS.get(keyword) or _WARNINGS[keyword]] = None
        elif severity == "-error":
            problems["fault"] = None
    if not problems and (state == STOPPED or not accepting):
        # A queue that was stopped by hand says no reason; a printer that warned of one has stopped for it.
        problems = dict.fromkeys(code for code in warnings if code in PROBLEMS) or {"paused": None}
    return IppState(tuple(problems), tuple(code for code in warnings if code not in problems))


def _split(reason: str) -> tuple[str, str]:
    for severity in _SEVERITIES:
        if reason.endswith(severity):
            return reason.removesuffix(severity), severity
    return reason, ""
