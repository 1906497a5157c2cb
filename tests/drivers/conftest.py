"""Fixtures of the driver tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drivers.support import Inbox, Line


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    yield line
    line.unplug()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()
