"""The review routes over HTTP: a token opens them, the PIN decides."""

from __future__ import annotations

import os
from datetime import datetime

from starlette.testclient import TestClient

from hub import api, hub_identity, refunds
from hub.central import Hub
from hub.money import operations
from hub.review import review_api
from hub.shop import sample
from hub.trust import stations
from tests.hub import databases
from tests.hub.money_world import NOON

RIGHT = {"Authorization": "Bearer admin"}


def client() -> tuple[TestClient, Hub]:
    """A sample hub."""
    database = databases.fresh()
    identity = hub_identity.prepare(database, "sample", NOON, os.urandom)

    def now() -> datetime:
        return NOON

    hub = Hub(
        database,
        identity,
        now,
        os.urandom,
        stations.digest("admin"),
        refunds.propose,
        operations=operations.OPERATIONS,
    )
    with database.transaction() as connection:
        sample.load(connection, identity, NOON, refunds.propose, os.urandom)
    return TestClient(api.create_app(hub, (review_api.mount,))), hub


def test_the_queue_needs_a_token() -> None:
    """Stations and administrators have one."""
    calls, _ = client()

    assert calls.get("/v1/review").status_code == 401
    assert calls.get("/v1/review", headers=RIGHT).json()["hub"]["mode"] == "sample"
    assert calls.get("/v1/review/none", headers=RIGHT).status_code == 404


def test_a_decision_without_the_right_pin_is_answered_and_counted() -> None:
    """Five of them lock the person out, also over HTTP."""
    calls, _ = client()
    given = {"intent_key": "", "verdict": "approve", "worker_id": "000201", "pin": "1", "basis": []}

    codes = [calls.post("/v1/review/x/decisions", json=given, headers=RIGHT).json()["code"] for _ in range(6)]

    assert codes == ["pin"] * 4 + ["locked"] * 2


def test_a_station_asks_whether_a_supervisors_pin_is_theirs() -> None:
    """Only a station may ask; a worker is no supervisor; wrong PINs are counted and lock."""
    calls, hub = client()
    with hub.database.transaction() as connection:
        token = stations.add(connection, "bench-1", os.urandom, NOON)
    at_bench = {"Authorization": f"Bearer {token}"}

    def ask(worker_id: str, pin: str) -> str:
        reply = calls.post("/v1/vouch", json={"worker_id": worker_id, "pin": pin}, headers=at_bench).json()
        return "yes" if reply["accepted"] else reply["code"]

    assert calls.post("/v1/vouch", json={"worker_id": "000201", "pin": "1"}, headers=RIGHT).status_code == 401
    assert [ask("000201", "201201"), ask("000101", "1111"), ask("999999", "1")] == ["yes", "role", "pin"]
    assert [ask("000202", "1") for _ in range(5)] + [ask("000202", "202202")] == ["pin"] * 4 + ["locked"] * 2


def test_a_shop_sends_its_orders() -> None:
    """The same document as the file; an error names its place."""
    calls, _ = client()
    order = {"order_id": "Z-9", "payments": [{"payment_id": "P", "means": "card", "amount_minor": 100}]}

    good = calls.post("/v1/import", json={"orders": [order]}, headers=RIGHT)
    wrong = calls.post("/v1/import", json={"orders": [{**order, "order_id": "a b"}]}, headers=RIGHT)

    assert good.json() == {"products": 0, "orders": 1, "rmas": 0}
    assert (wrong.status_code, "orders[0].order_id = 'a b'" in wrong.json()["message"]) == (400, True)


def test_operations_answer_over_http() -> None:
    """What the commands ask of a running hub."""
    calls, _ = client()

    people = calls.post("/v1/admin/people", json={}, headers=RIGHT).json()["people"]
    listed = calls.post("/v1/admin/refunds", json={}, headers=RIGHT).json()

    assert (len(people), listed) == (6, {"counts": [], "waiting": [], "all": []})
