"""What holds for every test: a busy machine is no failure, and nobody's home is looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the tests' own: whoever runs them may have a station open in theirs, in the default data folder."""
    with pytest.MonkeyPatch.context() as patch:
        if "XDG_CACHE_HOME" not in os.environ:
            patch.setenv("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # what was fetched once is not fetched again
        home = tmp_path_factory.mktemp("home")
        patch.setenv("HOME", str(home))
        yield home
