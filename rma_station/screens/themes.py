"""Colours. One palette per theme; every role of a picture has a style in each.

Colour is never alone: outcomes have a word and a shape as well. OK is blue, not green, so that red-green blindness
does not matter. The ``console`` palette uses the first eight colours only: a bare Linux console does not show the
bright ones (SGR 90 to 107).
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from rma_station.domain.record import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as Rich names them."""

    name: str
    dark: bool
    base: str
    text: str
    muted: str
    accent: str
    rule: str
    bar: str
    """Background of the status and title bars."""
    mark: tuple[str, str]
    """The SAMPLE mark: text and background, as are the outcomes."""
    ok: tuple[str, str]
    attention: tuple[str, str]
    stop: tuple[str, str]
    ansi: bool = False


DARK = Palette(
    "dark",
    True,
    base="#10151b",
    text="#e9edf1",
    muted="#97a3af",
    accent="#6cb6ff",
    rule="#33404d",
    bar="#1b232c",
    mark=("#10151b", "#c9a0ff"),
    ok=("#ffffff", "#1b5fc1"),
    attention=("#10151b", "#ffb224"),
    stop=("#ffffff", "#b3122a"),
)
LIGHT = Palette(
    "light",
    False,
    base="#fbfcfd",
    text="#182028",
    muted="#5a6672",
    accent="#0b57b7",
    rule="#c4ccd4",
    bar="#e6ebf0",
    mark=("#ffffff", "#6b2fb3"),
    ok=("#ffffff", "#0b57b7"),
    attention=("#182028", "#ffb224"),
    stop=("#ffffff", "#b3122a"),
)
CONTRAST = Palette(
    "contrast",
    True,
    base="#000000",
    text="#ffffff",
    muted="#ffffff",
    accent="#ffe100",
    rule="#ffffff",
    bar="#000000",
    mark=("#000000", "#ffffff"),
    ok=("#ffffff", "#0037c8"),
    attention=("#000000", "#ffe100"),
    stop=("#ffffff", "#a80000"),
)
CONSOLE = Palette(
    "console",
    True,
    base="black",
    text="white",
    muted="cyan",
    accent="yellow",
    rule="blue",
    bar="black",
    mark=("black", "magenta"),
    ok=("white", "blue"),
    attention=("black", "yellow"),
    stop=("white", "red"),
    ansi=True,
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, CONTRAST, CONSOLE)}


def choose(theme: str, environment: Mapping[str, str]) -> Palette:
    """The palette of a configured theme; ``auto`` is ``console`` on a bare Linux console and ``dark`` elsewhere."""
    if theme != "auto":
        return PALETTES[theme]
    terminal = environment.get("TERM", "")
    bare = terminal.startswith(("linux", "vt", "ansi", "cons")) or terminal in ("", "dumb")
    return CONSOLE if bare else DARK


def styles(palette: Palette) -> dict[str, Style]:
    """Every role with its style."""
    pairs = {"mark": palette.mark, "ok": palette.ok, "attention": palette.attention, "stop": palette.stop}
    found = {
        "base": _style(palette.text, palette.base),
        "strong": _style(palette.text, palette.base, bold=True),
        "muted": _style(palette.muted, palette.base),
        "rule": _style(palette.rule, palette.base),
        "accent": _style(palette.accent, palette.base, bold=True),
        "prompt": _style(palette.text, palette.base, bold=True),
        "big": _style(palette.accent, palette.base, bold=True),
        "bar": _style(palette.text, palette.bar),
        "bar_strong": _style(palette.text, palette.bar, bold=True),
        "bar_muted": _style(palette.muted, palette.bar),
        "bar_warn": _style(palette.attention[1], palette.bar, bold=True),
        "field": _style(palette.base, palette.accent, bold=True),
        "cursor": _style(palette.base, palette.accent, bold=True),
        "warn": _style(palette.attention[1] if palette.dark else "#8a5200", palette.base, bold=True),
        "code": _style("black", "white") if palette.ansi else _style("#000000", "#ffffff"),
        "ready": _style(palette.muted, palette.base),
        "ready_strong": _style(palette.text, palette.base, bold=True),
    }
    for name, (text, ground) in pairs.items():
        found[name] = _style(text, ground)
        found[f"{name}_strong"] = _style(text, ground, bold=True)
    return found


def textual_theme(palette: Palette) -> Theme:
    """The same colours for Textual itself (the screen behind our lines)."""
    prefix = "ansi_" if palette.ansi else ""
    named = BUILTIN_THEMES["ansi-dark"].variables if palette.ansi else {}
    return Theme(
        name=f"station-{palette.name}",
        primary=prefix + palette.accent,
        warning=prefix + palette.attention[1],
        error=prefix + palette.stop[1],
        success=prefix + palette.ok[1],
        foreground=prefix + palette.text,
        background=prefix + palette.base,
        surface=prefix + palette.base,
        panel=prefix + palette.bar,
        dark=palette.dark,
        ansi=palette.ansi,
        variables={name: value.replace("ansi_bright_", "ansi_") for name, value in named.items()},
    )


def _style(text: str, ground: str, *, bold: bool = False) -> Style:
    return Style(color=text, bgcolor=ground, bold=bold)
