"""The error tree is drawn as it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from rma_station import errors

ROOT = Path(__file__).parents[1]
PACKAGES = ("rma_station", "drivers", "labels", "sync", "hub", "virtual_bench")
_DRAWN = re.compile(r"^    (?P<lines>[│├└─ ]*)(?P<name>[A-Z]\w+)  +(?P<words>.+)$")


def drawn() -> set[tuple[str, str, str]]:
    """Name, parent and file of each error in the drawing of ``errors.py``."""
    found: set[tuple[str, str, str]] = set()
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        row = _DRAWN.match(line)
        if row is None:
            continue
        depth = len(row["lines"]) // 4
        above[depth:] = [row["name"]]
        file = re.search(r"\(([a-z_/]+\.py)\)$", row["words"])
        found.add(
            (row["name"], above[depth - 1] if depth else "Exception", file[1] if file else "rma_station/errors.py")
        )
    return found


def defined() -> set[tuple[str, str, str]]:
    """Name, parent and file of each class of the product that descends from ``StationError``."""
    classes = [
        (node.name, ast.unparse(node.bases[0]).rpartition(".")[2], str(path.relative_to(ROOT)))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.bases
    ]
    names = {"StationError"}
    while grown := {name for name, parent, _ in classes if parent in names} - names:
        names |= grown
    return {one for one in classes if one[0] in names}


def test_every_error_is_drawn_where_it_stands() -> None:
    """Whoever catches one finds in ``errors.py`` what it is a kind of, and where it is defined."""
    assert drawn() == defined()


def test_every_error_says_in_a_few_words_what_it_is() -> None:
    """``title`` is the line a person sees above the sentence; none is left with the root's."""
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]

    assert [kind for kind in kinds if kind.title == errors.StationError.title] == [errors.StationError]
