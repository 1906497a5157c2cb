"""One table of actions: complete, and without two meanings for one key."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from rma_station.domain.meaning import Command
from rma_station.screens import actions
from rma_station.services import texts


def test_every_command_is_in_the_table() -> None:
    """What a printed sheet can say, a keyboard can say."""
    assert {action.command for action in actions.ACTIONS} >= set(Command)


def test_a_key_means_one_thing() -> None:
    """Digits stay free for answers, and control keys mean nothing anywhere."""
    keys = Counter(key for action in actions.ACTIONS for key in action.keys)

    assert [key for key, count in keys.items() if count > 1 or actions.number_of(key) or "ctrl" in key] == []


def test_every_action_has_its_words() -> None:
    """The help screen has a line for each."""
    missing = [action.name for action in actions.ACTIONS if f"key.{action.name}" not in texts.catalogue("pl")]

    assert missing == []


def test_the_keys_printed_in_the_worker_guide_are_these() -> None:
    """F1 help, F9 undo, F10 print again, F12 label owed: promised to people, so they stay."""
    assert [actions.key_of(name) for name in ("help", "undo", "reprint", "label_owed")] == ["F1", "F9", "F10", "F12"]


def test_every_text_a_screen_asks_for_is_in_the_catalogue() -> None:
    """Keys are read from the source of the screens, those with a changing part by their beginning."""
    folder = Path(actions.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    known = texts.catalogue("pl")

    whole = re.findall(r'(?:word|say|notice)\(\s*"([a-z_]+\.[a-z_.]+)"', source)
    begun = re.findall(r'(?:word|say)\(\s*f"([a-z_]+\.[a-z_.]*)\{', source)

    assert whole
    assert begun
    assert [key for key in whole if key not in known] == []
    assert [start for start in begun if not any(key.startswith(start) for key in known)] == []
