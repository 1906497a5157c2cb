"""The lines every screen has: status at the top, keys at the bottom. Sample mode is marked on every one of them."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Kind, say
from rma_station.ports import UplinkState
from rma_station.screens import actions, picture
from rma_station.screens.picture import Line, Span
from rma_station.services.bench import StatusLine
from rma_station.services.texts import render, word

SHAPES = {Kind.READY: "▶", Kind.OK: "●", Kind.ATTENTION: "▲", Kind.STOP: "■"}
"""Outcomes by shape; all of them are in the fonts of the Linux console."""
_REASONS = {
    "service.hub.intercepted": "foreign",
    "service.hub.other": "foreign",
    "service.hub.other_key": "foreign",
    "service.hub.clock": "clock",
    "service.hub.clock_wrong": "clock",
}
"""Why there is no hub, where somebody has to act: it does not pass by itself."""


def status_line(status: StatusLine, width: int) -> Line:
    """Station, worker, mode mark; at the right how it stands with devices, hub, labels and parcels, if it fits."""
    language = status.language
    roomy = width >= 80
    left: list[Span] = [(f" {clean(status.station)} ", "bar_muted")]
    name = clean(status.worker) or (word("status.nobody", language) if roomy else "")
    left.append((f" {name} ", "bar_strong" if status.worker else "bar_muted"))
    mark: list[Span] = []
    if status.mode != "live":
        mark = [(f" {word('status.sample', language)} ", "mark_strong"), (" ", "bar")]
    room = width - sum(picture.cells(text) for text, _ in mark) - (24 if roomy else 16)
    right: list[Span] = []
    for text, role in _pieces(status, language, roomy):
        if picture.cells(text) + 2 <= room:
            right.append((f" {text} ", role))
            room -= picture.cells(text) + 2
    return picture.ends(width, tuple(left), (*right, *mark), fill="bar")


def _pieces(status: StatusLine, language: str, roomy: bool) -> list[Span]:
    """What is worth a place, most important first."""
    pieces: list[Span] = []
    for name in status.problems:
        text = render(say("status.device", name=name), language)
        pieces.append((f"▲ {text}" if roomy else f"▲{clean(name, limit=9)}", "bar_warn"))
    uplink = status.uplink
    if uplink is not None:
        reason = next((_REASONS[note.key] for note in uplink.notes if note.key in _REASONS), "")
        told = reason if uplink.state is UplinkState.OFFLINE and reason else uplink.state.value
        warn = told in ("refused", *_REASONS.values())
        shape = "●" if uplink.state is UplinkState.ONLINE else "▲" if warn else "-"
        text = f"{shape} {word(f'status.{told}', language)}" if roomy else shape
        pieces.append((text, "bar_warn" if warn else "bar_muted"))
        if uplink.unsent:
            text = render(say("status.unsent", count=uplink.unsent), language)
            pieces.append((text if roomy else f"↑{uplink.unsent}", "bar_muted"))
    if status.owed:
        text = render(say("status.owed", count=status.owed), language)
        pieces.append((text if roomy else f"■{status.owed}", "bar_muted"))
    if status.set_aside:
        text = render(say("status.set_aside", count=status.set_aside), language)
        pieces.append((text if roomy else f"▼{status.set_aside}", "bar_muted"))
    return pieces


def key_line(names: Sequence[str], width: int, language: str) -> Line:
    """Keys with short words, as many as fit; what does not fit is on the help screen."""
    spans: list[Span] = []
    room = width
    for name in names:
        key, text = f" {actions.key_of(name)} ", f"{word(f'short.{name}', language)} "
        size = picture.cells(key) + picture.cells(text)
        if size > room:
            break
        spans += [(key, "accent"), (text, "muted")]
        room -= size
    return picture.line(width, *spans)


def heading(title: str, status: StatusLine, width: int) -> list[Line]:
    """The first lines of a sheet: status, title, rule."""
    return [status_line(status, width), picture.line(width, (f" {title}", "accent")), picture.rule(width)]
