"""Days that chance would hardly make: a month without a hub, a policy gone mad, a station that sends rubbish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.money.moves import stopped_by
from hub.policy import Breaker
from hub.tables import dead_letters
from rma_station.domain import codec
from rma_station.domain.alerts import Alert
from tests.sim import folder
from tests.sim.auditor import complaints
from tests.sim.world import Plan, World

DAY = 86400.0
QUIET = Plan(stations=(2, 2), items=(40, 40), kinds=frozenset())


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """See ``folder.made``."""
    with folder.made() as made:
        yield made


@pytest.mark.failure(45)
def test_thirty_days_without_a_hub_lose_nothing(home: Path) -> None:
    """Benches work a minute a day and are off at night; nothing expires, and all of it is there when the hub is."""
    with World(1, home / "month", QUIET, lambda world: world.hub.die(again=30 * DAY)) as world:
        unsent = []
        for _ in range(29):
            world.run(world.now + 60)
            unsent.append(sum(station.state.unsent for station in world.stations))
            for station in world.stations:
                station.stop()
            world.run(world.now + DAY - 60)
            for station in world.stations:
                station.start_again()
        world.live()

        assert unsent == sorted(unsent)
        assert unsent[-1] > 200
        assert complaints(world) == []


@pytest.mark.failure(38)
def test_a_policy_that_approves_everything_is_stopped_by_the_breaker(home: Path) -> None:
    """Not more than it lets in an hour leaves, and nothing more until a person has looked."""

    def mad(world: World) -> None:
        rules = [replace(rule, action="approve", reason="") for rule in world.hub.policy.rules]
        limits = Breaker(refunds_per_hour=3, amount_minor_per_hour={"PLN": 10**9})
        world.hub.policy = replace(world.hub.policy, rules=tuple(rules), breaker=limits)

    with World(2, home / "mad", replace(QUIET, night=timedelta(hours=2)), mad) as world:
        found = {complaint.code for complaint in complaints(world.live())}
        with world.hub.database.transaction() as connection:
            stopped = stopped_by(connection)

        assert sum(len(provider.booked) for provider in world.providers.values()) == 3
        assert (found, stopped) == ({"money_not_at_rest", "not_refunded"}, "breaker")


@pytest.mark.failure(15, 48)
def test_a_flood_of_dead_letters_holds_nobody_up(home: Path) -> None:
    """Other events flow, ten of the letters are named, all are counted, and every station can show it."""
    kinds = frozenset({"flood of poison events", "poison event"})
    with World(3, home / "flood", replace(QUIET, items=(8, 8), kinds=kinds, times=15.0)) as world:
        assert complaints(world.live()) == []

        with world.hub.database.transaction() as connection:
            logs = [row.log_id for row in connection.execute(dead_letters.select())]
        flooded = max(set(logs), key=logs.count)
        for station in world.stations:
            query = "SELECT body FROM reference WHERE kind = 'alert' AND key = ?"
            (body,) = station.journal.database.connection.execute(query, (f"letters:{flooded}",)).fetchone()
            alert = codec.decode(Alert, codec.from_bytes(body.encode()))
            assert (alert.count, len(alert.letters)) == (logs.count(flooded), 10)
