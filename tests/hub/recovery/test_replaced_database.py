"""An older database takes the place of the hub's without a word: a copied file, or a PostgreSQL fail-over.

Runs on SQLite and, with ``HUB_TESTS_ON=postgresql``, on a real PostgreSQL, where the standby is a copy of the database
from before the last commits (``CREATE DATABASE ... TEMPLATE``).
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub import api, hub_identity, past, store
from hub.calls import Serving, in_database
from hub.central import Hub
from hub.money.moves import stopped_by
from hub.recovery import restores
from hub.recovery.restore_operations import restore_epoch
from hub.tables import events
from sync import wire
from tests.hub import databases
from tests.hub.build import NOW, RMA, Log, Numbers
from tests.hub.test_api import Caller

pytestmark = pytest.mark.failure(27, 29)


def fed(caller: Caller, cursor: str) -> tuple[int, dict]:
    """A page of the feed in the protocol of this version."""
    headers = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
    return caller.call("GET", wire.feed_path(cursor), headers=headers)


def hello(caller: Caller, log: Log) -> dict:
    """What the hub says it has."""
    given = wire.Hello("sample", (wire.LogHead(log.log_id, len(log.lines), log.hashes[-1].hex()),))
    status, reply = caller.call("POST", wire.HELLO, content=wire.encode(given))
    assert status == 200, reply
    return reply


def lines(caller: Caller) -> list[bytes]:
    """What the hub has of the station."""
    with caller.hub.database.transaction() as connection:
        query = select(events.c.line).where(events.c.log_id == "log-a").order_by(events.c.seq)
        return [bytes(line) for line in connection.scalars(query)]


def taken_over() -> tuple[Caller, Log, store.Database]:
    """A station has sent more and read more of the feed than the copy that takes over has."""
    caller, log = Caller(), Log()
    caller.hub.random = lambda size: b"\x07" * size
    log.parcel("p-1", RMA)
    caller.send(log)
    copy = databases.copy_of(caller.hub.database)
    log.unit("u1", "p-1")
    log.put(b"poison: its alert goes down the feed")
    caller.send(log, 2)
    return caller, log, copy


def test_the_station_sends_again_and_its_cursor_gives_the_swap_away() -> None:
    """Nothing is lost; the first page that is asked for under the old cursor puts money to sleep under a new epoch."""
    caller, log, copy = taken_over()
    _, page = fed(caller, "")
    before = page["hub"]["hub_epoch"]
    caller.hub.database, caller.hub.now = copy, lambda: NOW + timedelta(seconds=1)
    had = hello(caller, log)["logs"][0]["have_through"]
    caller.send(log, had + 1)

    status, problem = fed(caller, page["cursor"])
    again, fresh = fed(caller, "")
    with copy.transaction() as connection:
        stands, stopped = restores.standing(connection, []), stopped_by(connection)

    assert had == 1
    assert lines(caller) == log.lines[:2]
    assert (status, problem["code"], again) == (410, "snapshot", 200)
    assert before != problem["hub"]["hub_epoch"] == fresh["hub"]["hub_epoch"] == caller.hub.identity.epoch
    assert stands is not None
    assert (stands.how, stands.why, stopped) == (
        "noticed",
        "bench-1 has read entries of the feed that are not here",
        "restore",
    )


def test_money_goes_on_when_all_stations_were_heard_of() -> None:
    """The restore that nobody told of ends as one that was told."""
    caller, log, copy = taken_over()
    _, page = fed(caller, "")
    caller.hub.database = copy
    fed(caller, page["cursor"])
    hello(caller, log)
    caller.send(log, 2)

    with copy.transaction() as connection:
        stands, stopped = restores.settled(connection, caller.hub.now(), []), stopped_by(connection)

    assert (stands, stopped) == (None, "")
    assert fed(caller, "")[0] == 200


def test_an_ordinary_old_cursor_is_no_swap() -> None:
    """One of another epoch, one that cannot be read, one of the beginning: a snapshot, and nothing else."""
    caller, _, _ = taken_over()
    _, page = fed(caller, "")
    with caller.hub.database.transaction() as connection:
        restores.restored(connection, caller.hub.now(), caller.hub.random)
    epochs = [fed(caller, cursor)[1]["hub"]["hub_epoch"] for cursor in (page["cursor"], "nonsense", "")]

    with caller.hub.database.transaction() as connection:
        assert set(epochs) == {hub_identity.identity(connection).epoch}


def test_made_up_cursors_begin_one_restore_and_no_other() -> None:
    """A station that went mad cannot end the open restore with all that was said in it, however often it asks."""
    caller, _, _ = taken_over()
    numbers = Numbers()
    caller.hub.random = numbers
    first = {}
    for number in range(5):
        _, page = fed(caller, "")
        text = f"{page['hub']['hub_epoch']}.{number + 1}.made-up.{wire.PROTOCOL}"
        status, problem = fed(caller, base64.urlsafe_b64encode(text.encode()).decode())
        assert (status, problem["code"]) == (410, "snapshot")
        first = first or problem

    with caller.hub.database.transaction() as connection:
        begun = connection.scalars(select(past.restores.c.epoch)).all()
    assert begun == [first["hub"]["hub_epoch"]]


def test_a_slow_reply_does_not_put_the_old_epoch_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page was read before a restore began; it is sent after."""
    caller, _, _ = taken_over()

    async def overtaken(hub: Hub, serve: Serving[Any]) -> Any:
        reply = await in_database(hub, serve)
        with hub.database.transaction() as connection:
            restore_epoch(hub, connection, {"why": "fail-over", "by": "root"})
        return reply

    monkeypatch.setattr(api, "in_database", overtaken)
    fed(caller, "")

    with caller.hub.database.transaction() as connection:
        assert caller.hub.identity.epoch == hub_identity.identity(connection).epoch
