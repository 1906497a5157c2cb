"""A journal in a folder of its own, and what the uplink reads of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from tests.fakes import StandingClock
from tests.store.given import open_journal


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def journal(tmp_path: Path, clock: StandingClock) -> Iterator[Journal]:
    opened = open_journal(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def reader(journal: Journal, clock: StandingClock) -> StoredReader:
    return StoredReader(journal, clock)
