"""What the tests of the hub share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub import databases


@pytest.fixture(autouse=True)
def _databases() -> Iterator[None]:
    """Every database a test opened is closed at its end."""
    yield
    databases.close_all()
