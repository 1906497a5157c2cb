"""A hundred stations come back at once: batches wait for their turn, and every other call passes them by."""

from __future__ import annotations

import threading

import anyio
import anyio.to_thread
import pytest
from sqlalchemy import Connection

from hub import hub_identity
from hub.calls import in_database
from hub.central import Hub
from hub.turns import TooMany, Turns
from tests.hub.build import NOW, Numbers, new_hub


@pytest.fixture
def anyio_backend() -> str:
    """The event loop the hub runs on."""
    return "asyncio"


def a_hub() -> Hub:
    """One in memory."""
    database = new_hub()
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
    return Hub(database, identity, lambda: NOW, Numbers())


async def test_a_hello_passes_batches_that_wait(anyio_backend: str) -> None:
    """However many batches are here, a short call comes right after the one that is at work."""
    hub, served, at_work, go_on = a_hub(), [], threading.Event(), threading.Event()

    def say(what: str, _connection: Connection) -> None:
        if not served:
            at_work.set()
            assert go_on.wait(20)
        served.append(what)

    async def batch(number: int) -> None:
        async with hub.turns.batch(f"bench-{number}"):
            await in_database(hub, lambda connection: say("batch", connection))

    async with anyio.create_task_group() as stations:
        for number in range(80):
            stations.start_soon(batch, number)
        await anyio.to_thread.run_sync(at_work.wait, 20)
        for _ in range(2):
            stations.start_soon(in_database, hub, lambda connection: say("hello", connection))
        await anyio.wait_all_tasks_blocked()
        go_on.set()

    assert served == ["batch", "hello", "hello", *["batch"] * 79]


async def test_a_batch_whose_turn_it_is_does_not_let_others_pass_for_ever(anyio_backend: str) -> None:
    """A station that only says hello stops nobody's events."""
    turns = Turns(patience=0.01)

    with turns.before_database():
        async with turns.batch("bench-1"):
            began_beside_it = True

    assert began_beside_it


async def test_a_station_that_hangs_up_and_sends_again_takes_no_second_place(anyio_backend: str) -> None:
    """Others have theirs, and it has its own again when what it sent before is done."""
    turns = Turns()

    async with turns.batch("bench-1"):
        with pytest.raises(TooMany):
            async with turns.batch("bench-1"):
                pass
    async with turns.batch("bench-1"):
        again = True

    assert again


async def test_more_batches_than_can_be_taken_soon_are_told_to_come_back(anyio_backend: str) -> None:
    """Before their bytes were sent: a station hangs up when it has heard nothing for too long."""
    turns, leave = Turns(most=1), anyio.Event()

    async def wait(station: str) -> None:
        async with turns.batch(station):
            await leave.wait()

    async with anyio.create_task_group() as stations:
        stations.start_soon(wait, "bench-1")
        await anyio.wait_all_tasks_blocked()
        turns.not_too_many()
        stations.start_soon(wait, "bench-2")
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(TooMany):
            turns.not_too_many()
        leave.set()
