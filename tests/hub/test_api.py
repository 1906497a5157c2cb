"""The hub over HTTP: stations with their tokens, integrators with the administrators', problems as JSON."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from hub import api, hub_identity
from hub.central import Beat, Hub
from hub.parts import PERIODIC
from hub.trust import stations
from hub.worker import run_once
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from sync import wire
from tests.hub.build import NOW, RMA, Log, Numbers, new_hub

ADMIN = "admin-secret"
HERE = ("127.0.0.1", 50000)


class Caller:
    """A station and an administrator calling one hub."""

    def __init__(self) -> None:
        database = new_hub()
        random = Numbers()
        with database.transaction() as connection:
            identity = hub_identity.identity(connection)
            self.token = stations.add(connection, "bench-1", random, NOW)
        self.hub = Hub(database, identity, lambda: NOW, random, stations.digest(ADMIN))
        self.client = TestClient(api.create_app(self.hub), raise_server_exceptions=True, client=HERE)

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        """One call; returns status and JSON."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", **more.pop("headers", {})}
        reply = self.client.request(method, path, headers=headers, **more)
        return reply.status_code, reply.json()

    def send(self, log: Log, first: int = 1, **more: Any) -> Any:
        """A batch."""
        head = codec.to_bytes(codec.encode(log.header(first)))
        content = b"\n".join([head, *log.lines[first - 1 :]]) + b"\n"
        if more.pop("packed", False):
            more["headers"] = {"Content-Encoding": "gzip"}
            content = gzip.compress(content)
        return self.call("POST", wire.EVENTS.format(log_id=log.log_id), content=content, **more)

    def hello(self, mode: str = "sample", **more: Any) -> Any:
        """First call of a connection."""
        beat = wire.Heartbeat("0.1.0", unsent=3, devices={"scanner": "ready"})
        given = wire.Hello(mode, (wire.LogHead("log-a", 2, "00"),), heartbeat=beat)
        return self.call("POST", wire.HELLO, content=codec.to_bytes(codec.encode(given)), **more)


@pytest.fixture
def caller() -> Caller:
    """A new hub with one station."""
    return Caller()


def a_log() -> Log:
    """A parcel with one unit."""
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    return log


def announce_shirt(caller: Caller) -> None:
    """The shop tells of a return of one shirt."""
    given = {"line_id": "L1", "sku": "SHIRT", "quantity": 1, "paid_minor": 19900}
    rma = {"rma_id": RMA, "kind": "withdrawal", "order_id": "ORD-1000", "lines": [given]}
    document = {"products": [{"sku": "SHIRT", "name": "Shirt"}], "rmas": [rma]}
    assert caller.call("POST", "/v1/import", token=ADMIN, json=document)[0] == 200


def test_hello_says_how_far_each_log_is_here(caller: Caller) -> None:
    """Before and after a batch; an unknown log starts at nothing."""
    before = caller.hello()[1]["logs"]
    log = a_log()
    caller.send(log)

    after = caller.hello()[1]["logs"]

    assert (before, after) == (
        [{"log_id": "log-a", "have_through": 0, "hash_at_have": en.GENESIS.hex()}],
        [{"log_id": "log-a", "have_through": 2, "hash_at_have": log.hashes[2].hex()}],
    )


@pytest.mark.parametrize("packed", [False, True])
def test_a_batch_is_acknowledged(caller: Caller, packed: bool) -> None:
    """Plain and gzip; every reply says who answers."""
    status, reply = caller.send(a_log(), packed=packed)

    assert (status, reply["accepted_through"], reply["accepted"], reply["hub"]["hub_id"]) == (
        200,
        2,
        2,
        caller.hub.identity.hub_id,
    )


def test_problems_carry_a_code_and_a_status(caller: Caller) -> None:
    """Gap, fork, wrong mode, bad body, no token."""
    log = a_log()
    gap = caller.send(log, first=2)
    caller.send(log)
    other = Log()
    other.say(ev.WorkerSignedIn("000002"))
    fork = caller.send(other)
    url = wire.EVENTS.format(log_id="log-a")

    codes = [
        (status, reply["code"])
        for status, reply in (
            gap,
            fork,
            caller.hello("live"),
            caller.call("POST", url, content=b"nonsense"),
            caller.call("POST", url, content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
            caller.hello(token="wrong"),
            caller.call("GET", "/v1/movements"),
            caller.call("GET", wire.FEED, params={"cursor": "bm9wZQ=="}),
        )
    ]

    assert codes == [
        (409, "gap"),
        (409, "fork"),
        (409, "mode"),
        (400, "malformed"),
        (400, "malformed"),
        (401, "unauthorised"),
        (401, "unauthorised"),
        (410, "snapshot"),
    ]


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(caller: Caller) -> None:
    """64 MiB of zeros in 64 KiB."""
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)

    status, reply = caller.call(
        "POST", wire.EVENTS.format(log_id="log-a"), content=bomb, headers={"Content-Encoding": "gzip"}
    )

    assert (status, reply["code"]) == (413, "too_large")


def test_a_revoked_station_is_shut_out_and_a_new_token_ends_the_old_one(caller: Caller) -> None:
    """The hub stores hashes only."""
    added = caller.call("POST", "/v1/admin/station-add", token=ADMIN, json={"name": "bench-1"})[1]
    old = caller.hello()[0]
    new = caller.hello(token=added["token"])[0]
    caller.call("POST", "/v1/admin/station-revoke", token=ADMIN, json={"name": "bench-1"})
    revoked = caller.hello(token=added["token"])[0]

    assert (old, new, revoked) == (401, 200, 403)


def test_an_rma_reaches_the_stations_without_what_was_paid(caller: Caller) -> None:
    """PUT by the integrator, then the feed."""
    announce_shirt(caller)
    entries = [entry for entry in caller.call("GET", wire.FEED)[1]["entries"] if entry["kind"] != "product"]

    assert [(e["kind"], e["key"]) for e in entries] == [("rma", RMA)]
    assert "paid_minor" not in str(entries)


def test_the_feed_is_paged_and_ends(caller: Caller) -> None:
    """Three products, two on a page."""
    for sku in ("A", "B", "C"):
        content = codec.to_bytes({"sku": sku, "name": sku})
        caller.call("PUT", f"/v1/products/{sku}", token=ADMIN, content=content)

    first = caller.call("GET", wire.FEED, params={"limit": "2"})[1]
    second = caller.call("GET", wire.FEED, params={"cursor": first["cursor"]})[1]
    third = caller.call("GET", wire.FEED, params={"cursor": second["cursor"]})[1]

    assert [[e["key"] for e in page.get("entries", [])] for page in (first, second, third)] == [["A", "B"], ["C"], []]
    assert (first["more"], second.get("more", False), third["cursor"]) == (True, False, second["cursor"])


def test_a_case_shows_custody_counters_and_history(caller: Caller) -> None:
    """For integrators."""
    announce_shirt(caller)
    caller.send(a_log())

    view = caller.call("GET", f"/v1/cases/{RMA}", token=ADMIN)[1]

    assert view["lines"] == [{"line_id": "L1", "sku": "SHIRT", "counters": {"advised": 1, "received": 1, "graded": 0}}]
    assert [line["type"] for line in view["history"]] == ["parcel.opened", "unit.identified", "slot.given"]
    assert view["units"][0]["custody"] == "received"


def test_metrics_tell_of_events_stations_and_the_feed(caller: Caller) -> None:
    """Names of the sync reference."""
    caller.hello()
    caller.send(a_log())

    text = caller.client.get("/metrics").text

    assert 'rma_events_total{result="accepted"} 2.0' in text
    assert 'rma_station_unsent{station="bench-1"} 3.0' in text
    assert 'rma_station_device_ready{device="scanner",station="bench-1"} 1.0' in text
    assert "rma_feed_lag_seconds 0.0" in text


def test_health_and_readiness(caller: Caller) -> None:
    """A periodic task that stands still makes the hub not ready."""
    alive, ready = caller.client.get("/healthz").json(), caller.client.get("/readyz").status_code
    caller.hub.beats["refunds"] = Beat(NOW - timedelta(hours=1), 5.0)

    late = caller.client.get("/readyz")

    assert (alive, ready, late.status_code, late.json()["late"]) == ({"status": "ok"}, 200, 503, ["refunds"])


@pytest.mark.parametrize(
    ("task", "seconds", "is_late"),
    [
        ("refunds", 120, []),
        ("refunds", 121, ["refunds"]),
        ("backups", 180, []),
        ("backups", 181, ["backups"]),
        ("missing", 299, []),
        ("missing", 900, []),
        ("missing", 901, ["missing"]),
        ("blobs", 3600, []),
        ("blobs", 10_801, ["blobs"]),
    ],
)
def test_a_task_is_late_after_three_of_its_own_periods_and_two_minutes_at_least(
    caller: Caller, task: str, seconds: int, is_late: list[str]
) -> None:
    """A hub whose slow tasks wait for their turn is ready."""
    for one in PERIODIC:
        begun = NOW - timedelta(seconds=seconds) if one.name == task else NOW
        caller.hub.now = lambda at=begun: at  # type: ignore[misc]
        assert run_once(caller.hub, replace(one, outside=None))
    caller.hub.now = lambda: NOW

    ready = caller.client.get("/readyz")

    assert (ready.status_code, ready.json()["late"]) == (503 if is_late else 200, is_late)


@pytest.mark.failure(21)
@pytest.mark.parametrize(
    "clock", ["2099-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_station_whose_clock_is_in_another_century_is_greeted(caller: Caller, clock: str) -> None:
    """On PostgreSQL, too: a number of seconds from there does not fit its column."""
    beat = {"app_version": "1", "clock": clock}

    status, _ = caller.call("POST", wire.HELLO, json={"mode": "sample", "logs": [], "heartbeat": beat})

    assert status == 200
