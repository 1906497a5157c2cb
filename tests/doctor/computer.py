"""A computer for ``doctor`` to look at: files below a folder and the answers of its programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rma_station.doctor.finding import Finding
from rma_station.doctor.machine import Machine

GROUPS = "root:x:0:\ndialout:x:20:rma\ninput:x:104:\nlp:x:7:\nplugdev:x:46:\n"


def computer(
    root: Path,
    files: Mapping[str, str] | None = None,
    *,
    user: str = "rma",
    groups: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
    size: tuple[int, int] = (80, 24),
    now: float = 1_800_000_000.0,
    synchronised: bool | None = True,
    glyphs: frozenset[int] | None = None,
    usable: Callable[[str], bool] = lambda path: True,
    answers: Mapping[tuple[str, ...], str] | None = None,
) -> Machine:
    """A computer with these files (path below the root to text) and processes under ``proc``."""
    for path, text in {"etc/group": GROUPS, **(files or {})}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    said = answers or {}
    return Machine(
        root,
        user,
        frozenset(groups),
        environment or {"TERM": "xterm", "LANG": "C.UTF-8"},
        size,
        now,
        synchronised,
        glyphs,
        usable,
        said.get,
    )


def process(number: int, name: str, line: str = "") -> dict[str, str]:
    """The files of a running program."""
    return {f"proc/{number}/comm": name + "\n", f"proc/{number}/cmdline": (line or name).replace(" ", "\0") + "\0"}


def told(findings: Iterable[Finding]) -> list[str]:
    """Findings as ``level what -> remedy``, by their keys."""
    shown = []
    for found in findings:
        remedy = f" -> {found.remedy.key.removeprefix('doctor.do.')}" if found.remedy else ""
        shown.append(f"{found.level.value} {found.what.key.removeprefix('doctor.')}{remedy}")
    return shown
