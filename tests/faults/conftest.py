"""What the tests with real processes share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Running."""
    made = Hub(tmp_path)
    yield made
    made.kill()
