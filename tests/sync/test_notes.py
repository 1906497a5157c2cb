"""What the sync says to people is among the texts of both languages, with the values it is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.services import texts

SYNC = Path(__file__).parent.parent.parent / "sync"


def said() -> Iterator[tuple[str, frozenset[str]]]:
    """Key and value names of every ``say(...)`` in the package."""
    for file in sorted(SYNC.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                key = node.args[0]
                assert isinstance(key, ast.Constant), f"{file.name}: {ast.unparse(node)}"
                yield str(key.value), frozenset(keyword.arg or "" for keyword in node.keywords)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_note_is_in_the_catalogue(language: str) -> None:
    """A key without a text would be shown as itself, a value without a place would be lost."""
    found = {**texts.catalogue(language), **texts.administrator(language)}

    wanted = {key: frozenset(place.partition(":")[0] for place in texts.places(text)) for key, text in found.items()}

    assert {(key, values) for key, values in said() if wanted.get(key) != values} == set()


def test_every_text_is_said_somewhere() -> None:
    """What nobody says any more goes."""
    keys = {key for key in texts.catalogue("en") if re.fullmatch(r"service\.hub\.\w+", key)}

    assert keys == {key for key, _ in said() if key.startswith("service.")}
