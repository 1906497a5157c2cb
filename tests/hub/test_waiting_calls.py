"""A hundred stations come back at once: long calls wait in a lane of their own, and short ones pass them by."""

from __future__ import annotations

import threading

import anyio
import pytest
from sqlalchemy import Connection

from hub import api, hub_identity
from hub.calls import CallRefused, alone, in_database, not_too_many
from hub.central import Hub
from tests.hub.build import NOW, Numbers, new_hub

THREADS = 40
"""Calls that a hub works on at a time."""


def a_hub() -> Hub:
    """One in memory."""
    database = new_hub()
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
    return Hub(database, identity, lambda: NOW, Numbers())


@pytest.fixture
def anyio_backend() -> str:
    """The event loop the hub runs on."""
    return "asyncio"


async def test_a_hello_passes_batches_that_wait(anyio_backend: str) -> None:
    """However many batches are here, a short call comes soon after the one or two that stand before the database."""
    hub, served, at_work, go_on = a_hub(), [], threading.Event(), threading.Event()
    uploads = anyio.CapacityLimiter(api.UPLOADS)

    def batch(_connection: Connection) -> None:
        at_work.set()
        assert go_on.wait(20)
        served.append("batch")

    def hello(_connection: Connection) -> None:
        served.append("hello")

    async with anyio.create_task_group() as stations:
        for _ in range(2 * THREADS):
            stations.start_soon(in_database, hub, batch, uploads)
        await anyio.to_thread.run_sync(at_work.wait, 20)
        stations.start_soon(in_database, hub, hello)
        await anyio.wait_all_tasks_blocked()
        go_on.set()

    assert len(served) == 2 * THREADS + 1
    assert served.index("hello") < THREADS // 2


async def test_more_batches_than_can_be_soon_taken_are_told_to_come_back(anyio_backend: str) -> None:
    """Before their bytes were sent: a station hangs up when it has heard nothing for too long."""
    lane, inside, leave = anyio.CapacityLimiter(1), anyio.Event(), anyio.Event()

    async def wait() -> None:
        async with lane:
            inside.set()
            await leave.wait()

    async with anyio.create_task_group() as stations:
        stations.start_soon(wait)
        await inside.wait()
        stations.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        not_too_many(lane, 1)
        with pytest.raises(CallRefused) as refused:
            not_too_many(lane, 0)
        leave.set()

    assert refused.value.code == "busy"


def test_a_station_that_hangs_up_and_sends_again_takes_no_second_place() -> None:
    """Others have theirs, and it has its own again when what it sent before is done."""
    calling: set[str] = set()

    with alone(calling, "bench-1"), alone(calling, "bench-2"):
        with pytest.raises(CallRefused) as refused, alone(calling, "bench-1"):
            pass
        assert calling == {"bench-1", "bench-2"}
    with alone(calling, "bench-1"):
        assert calling == {"bench-1"}

    assert refused.value.code == "busy"
