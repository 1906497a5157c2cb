"""What monitoring reads about money, and who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from starlette.testclient import TestClient

from hub import api, hub_identity
from hub.central import Hub
from hub.ledger import refund_intents
from hub.metrics import Metrics
from hub.money import refund_metrics
from hub.money.booking import booked
from hub.money.moves import BREAKER, FROZEN, intent, set_switch
from hub.money.sending import begin_attempt
from hub.trust import stations
from tests.hub.build import NOW, Numbers, new_hub
from tests.hub.money_world import World, line, rma, world

ADMIN = "admin-secret"


def figures(made: World) -> Mapping[str, float]:
    """Every sample by its name and label values."""
    with made.database.transaction() as connection:
        metrics = Metrics()
        metrics.sources = [refund_metrics.source, refund_metrics.policy_source(made.policy)]
        text = metrics.render(connection, made.now).decode()
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def two_units() -> World:
    """Two pieces came back: one in good condition, one that a supervisor has to look at."""
    made = world(rma(line(quantity=2, paid=10000)))
    made.receive("u1", [1])
    made.receive("u2", [2], grade="D")
    made.done()
    return made


def test_refunds_are_counted_by_state_and_the_oldest_held_is_seen() -> None:
    """An hour later one is queued and one still waits."""
    made = two_units()
    made.pass_time(hours=1)
    made.queue()

    found = figures(made)

    assert {name: found[name] for name in found if name.startswith(("rma_refunds", "rma_held"))} == {
        "rma_refunds  held": 1,
        "rma_refunds  queued": 1,
        "rma_held": 1,
        "rma_held_oldest_seconds": 3600,
    }


def test_an_uncertain_refund_ages_from_its_sending_and_a_booking_counts_once() -> None:
    """Booked twice by the provider: the alarm that has to stay at 0 does not."""
    made = two_units()
    made.pass_time(hours=1)
    (key,) = made.queue()
    with made.database.transaction() as connection:
        row = intent(connection, key)
        assert row is not None
        begin_attempt(connection, row, made.now, "shop-pay", made.now + timedelta(minutes=1))
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(state="unknown"))
    made.pass_time(minutes=5)
    uncertain = figures(made)
    for reference in ("b-1", "b-2"):
        with made.database.transaction() as connection:
            row = intent(connection, key)
            assert row is not None
            booked(connection, row, made.now, reference, 5000)
    certain = figures(made)

    assert (uncertain["rma_refund_unknown_oldest_seconds"], uncertain["rma_refund_amount_total PLN"]) == (300, 0)
    assert certain["rma_refunds shop-pay succeeded"] == 1
    assert certain["rma_refund_unknown_oldest_seconds"] == 0
    assert (certain["rma_refund_amount_total PLN"], certain["rma_double_refund_detected_total"]) == (5000, 1)


def test_switches_policy_and_passed_deadlines() -> None:
    """A case is overdue as long as money of it is open."""
    made = two_units()
    before = figures(made)
    with made.database.transaction() as connection:
        set_switch(connection, BREAKER, on=True, reason="much", by="hub", now=made.now)
        set_switch(connection, FROZEN, on=False, reason="", by="100001", now=made.now)
    made.pass_time(days=11)
    after = figures(made)

    names = ("rma_breaker_state", "rma_freeze_state", "rma_deadlines_overdue", "rma_policy_info 3")
    assert [before[name] for name in names] == [0, 0, 0, 1]
    assert [after[name] for name in names] == [1, 0, 1, 1]


def status(client: tuple[str, int], *, token_needed: bool = False, **headers: str) -> int:
    """What a caller from this address gets."""
    database = new_hub()
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
    hub = Hub(database, identity, lambda: NOW, Numbers(), stations.digest(ADMIN), metrics_token=token_needed)
    caller = TestClient(api.create_app(hub), client=client)
    return caller.get(
        "/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.0.0.9"])
def test_this_machine_reads_without_a_token_unless_told_otherwise(host: str) -> None:
    """``--metrics-token`` is for a proxy on this machine."""
    here = (host, 50000)

    assert (status(here), status(here, token_needed=True)) == (200, 401)
    assert status(here, token_needed=True, authorization=f"Bearer {ADMIN}") == 200


@pytest.mark.parametrize("header", ["forwarded", "x_forwarded_for", "via"])
def test_what_a_proxy_hands_on_is_not_from_here(header: str) -> None:
    """Also when it names this machine."""
    given = {header: "127.0.0.1"}

    assert status(("127.0.0.1", 1), **given) == 401
    assert status(("127.0.0.1", 1), **given, authorization=f"Bearer {ADMIN}") == 200


@pytest.mark.parametrize("host", ["192.168.1.7", "testclient", "::ffff:10.0.0.1"])
def test_other_machines_need_the_token(host: str) -> None:
    """A station's token is not it."""
    assert (status((host, 1)), status((host, 1), authorization="Bearer other")) == (401, 401)
    assert status((host, 1), authorization=f"Bearer {ADMIN}") == 200
