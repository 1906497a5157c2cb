"""The quality table as it stands in docs/devices.md; ``python -m tests.drivers.quality`` writes it there."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE, PAGE = ROOT / "drivers/quality.toml", ROOT / "docs/devices.md"
BEGIN, END = "<!-- quality: written by python -m tests.drivers.quality -->\n", "<!-- end of quality -->\n"
CLAIMS = ("vectors", "fuzz", "reconnect", "wizard", "docs", "real_hardware")
TITLES = ("vectors", "any bytes", "reconnect", "wizard", "described", "real device")


def quality() -> dict[str, Any]:
    """The file: ``family`` and ``proof``."""
    return tomllib.loads(SOURCE.read_text("utf-8"))


def table() -> str:
    """A row for each family."""
    rows = [f"| Family | {' | '.join(TITLES)} | Note |", f"|---{'|---' * len(TITLES)}|---|"]
    for family in quality()["family"]:
        claims = " | ".join("yes" if family[claim] else "**no**" for claim in CLAIMS)
        rows.append(f"| {family['name']} | {claims} | {family['note']} |")
    return "\n".join(rows) + "\n"


def written(page: str) -> str:
    """The page with the table of today."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
