"""Fixtures that several tests of the services share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rma_station.services.control import ControlSocket
from rma_station.store.journal import Journal
from rma_station.store.requests import store_requests
from tests.services.test_control import StationThread


@pytest.fixture
def running(journal: Journal) -> Iterator[Journal]:
    """A station that runs on the folder of the test's ``journal``, and answers commands on its control socket."""
    station = StationThread()
    server = ControlSocket(journal.database.folder, store_requests(journal.database), station.call)
    server.start()
    yield journal
    server.stop()
    station.call(journal.close).result(10)
    station.stop()
