"""A flood of dead letters from one station: it goes on working, its money waits, a person lets it go again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from prometheus_client.metrics_core import Metric

from hub import acts, alerts, store
from hub.intake import quarantine
from hub.trust import stations
from rma_station.errors import Refused
from tests.hub.build import NOW, RMA, Log, Numbers, accepted, an_rma, announce, case_of, new_hub, plain_line, send

pytestmark = pytest.mark.failure(48)


@pytest.fixture
def hub() -> store.Database:
    """A hub with two benches."""
    database, numbers = new_hub(), Numbers()
    announce(database, an_rma(plain_line(quantity=99)))
    with database.transaction() as connection:
        for name in ("bench-1", "bench-2"):
            stations.add(connection, name, numbers, NOW)
    return database


def flooding(count: int = quarantine.LETTERS) -> Log:
    """A log of a station that has gone mad."""
    log = Log()
    log.parcel("p-1", RMA)
    for number in range(count):
        log.put(b"nonsense %d" % number)
    return log


def marks(database: store.Database) -> list[str]:
    """Codes of the marks on the case."""
    return [mark.code for mark in case_of(database).marks]


def figures(database: store.Database, now: datetime = NOW) -> dict[str, dict[str, float]]:
    """What monitoring reads: name to station to value."""
    with database.transaction() as connection:
        found: list[Metric] = list(quarantine.source(connection, now))
    return {one.name: {sample.labels["station"]: sample.value for sample in one.samples} for one in found}


def test_the_upload_goes_on_and_the_money_waits(hub: store.Database) -> None:
    """Every line is taken; what can be read is folded, and marks its case from the flood on."""
    log = flooding()
    before = len(log.lines)
    first = send(hub, log)
    log.unit("u1", "p-1")
    later = send(hub, log, before + 1)
    other = Log("log-b")
    other.parcel("p-2", RMA)
    send(hub, other, station="bench-2")

    assert (accepted(first), accepted(later)) == (1, 1)
    assert marks(hub) == ["quarantine"]
    assert figures(hub) == {
        "rma_station_dead_letters": {"bench-1": 50.0},
        "rma_station_quarantined": {"bench-1": 1.0, "bench-2": 0.0},
    }
    with hub.transaction() as connection:
        told = {alert.code: (alert.station, alert.count) for _, alert in alerts.listed(connection)}
    assert told == {"quarantine": ("bench-1", 50), "letters": ("bench-1", 50)}


def test_a_few_letters_over_a_day_are_no_flood(hub: store.Database) -> None:
    """Only what comes within an hour counts together."""
    log = flooding(quarantine.LETTERS + 20)
    for number in range(1, len(log.lines) + 1):
        send(hub, log, number, number, now=NOW + timedelta(minutes=2 * number))

    assert figures(hub)["rma_station_quarantined"]["bench-1"] == 0.0
    assert marks(hub) == []


def test_a_person_releases_it_and_that_is_kept(hub: store.Database) -> None:
    """With a reason; what it said meanwhile stays marked."""
    log = flooding()
    send(hub, log)
    with hub.transaction() as connection, pytest.raises(Refused, match="needs a reason"):
        quarantine.release(connection, "bench-1", "", "root", NOW)
    with hub.transaction() as connection, pytest.raises(Refused, match="'bench-2' is not in quarantine"):
        quarantine.release(connection, "bench-2", "why not", "root", NOW)
    with hub.transaction() as connection:
        quarantine.release(connection, "bench-1", "its program was a mix of two versions", "root", NOW)
        rows = [(row["by"], row["what"]) for row in acts.listed(connection)]
        codes = [alert.code for _, alert in alerts.listed(connection)]

    assert rows == [("root", "release"), ("hub", "quarantine")]
    assert codes == ["letters"]
    assert figures(hub)["rma_station_quarantined"]["bench-1"] == 0.0
    assert marks(hub) == ["quarantine"]
