"""The tests and the station of whoever runs them have nothing to do with each other."""

from __future__ import annotations

from pathlib import Path

from rma_station.config import load


def test_the_default_data_folder_is_in_the_tests_own_home(nobodys_home: Path) -> None:
    """``make test`` beside an open ``make run``: the running station answers no test, and nothing of it is touched."""
    assert load().data_folder.is_relative_to(nobodys_home)
