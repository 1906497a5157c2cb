"""What an integrator tells the hub, one thing at a time, by the rules of import files; how the API is described."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from hub import api, hub_identity, parts, refunds
from hub.central import Hub
from hub.trust import stations
from rma_station.domain import codec
from rma_station.domain.rma import Rma
from sync import wire
from tests.hub.build import NOW, Numbers, new_hub

ADMIN = {"Authorization": "Bearer admin"}
PRODUCT = {"sku": "SHIRT", "name": "Koszula", "gtins": ["05901234123457"], "unit_grams": 220}
ORDER = {
    "order_id": "Z-1001",
    "payments": [{"payment_id": "P1", "means": "transfer", "amount_minor": 11500}],
    "pieces": 1,
    "delivery_paid_minor": 1500,
    "holder": "Zofia Żółć",
    "iban": "PL61109010140000071219812874",
}
RMA = {
    "rma_id": "RMA-2026-000001",
    "kind": "withdrawal",
    "order_id": "Z-1001",
    "received_on": "2026-11-18",
    "lines": [{"line_id": "L1", "sku": "SHIRT", "quantity": 1, "paid_minor": 10000}],
}


class Client(TestClient):
    """Calls one hub; ``token`` is its station's."""

    token = ""


@pytest.fixture
def client() -> Client:
    """A hub with everything that is plugged in."""
    database = new_hub()
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
        token = stations.add(connection, "bench-1", Numbers(), NOW)
    hub = Hub(database, identity, lambda: NOW, Numbers(), stations.digest("admin"), refunds.propose)
    made = Client(api.create_app(hub, parts.MOUNTS))
    made.token = token
    return made


def put(client: Client, path: str, given: Any) -> tuple[int, Any]:
    """Status and JSON."""
    reply = client.put(path, content=json.dumps(given), headers=ADMIN)
    return reply.status_code, reply.json()


def test_product_order_and_return_one_by_one_and_again(client: Client) -> None:
    """The second time nothing changes; the stations get the return without its money."""
    told = [("products/SHIRT", PRODUCT), ("orders/Z-1001", ORDER), ("rmas/RMA-2026-000001", RMA)]
    first = [put(client, f"/v1/{path}", given) for path, given in told]
    second = [put(client, f"/v1/{path}", given) for path, given in told]

    order = client.get("/v1/orders/Z-1001", headers=ADMIN).json()
    headers = {"Authorization": f"Bearer {client.token}"}
    entries = client.get(wire.FEED, headers=headers).json()["entries"]
    (announced,) = [codec.decode(Rma, e["body"]) for e in entries if e["kind"] == "rma"]

    assert first == [(200, {"changed": True})] * 3
    assert second == [(200, {"changed": False})] * 3
    assert order == ORDER
    assert (announced.lines[0].parts[0].product.unit_grams, announced.lines[0].paid_minor) == (220, None)
    assert (announced.deadline_on, "Zofia" in str(entries)) == ("2026-12-02", False)


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("orders/Z-1001", {**ORDER, "iban": "PL00"}, "iban = 'PL00' cannot be used. Allowed: an IBAN"),
        (
            "orders/Z-1001",
            {**ORDER, "payments": [{"payment_id": "P", "means": "cash", "amount_minor": 1}]},
            "payments[0].means = 'cash' cannot be used. Allowed: transfer",
        ),
        ("orders/Z-1001", {**ORDER, "pieces": "2"}, "OrderGiven.pieces: '2' is not int"),
        ("orders/Z-1001", {**ORDER, "peices": 2}, "'peices': unknown field"),
        ("orders/Z-1002", ORDER, "order_id: the body says 'Z-1001', the address 'Z-1002'"),
        ("rmas/RMA-2026-000001", RMA, "lines[0].sku = 'SHIRT' cannot be used. Allowed: a SKU of a product"),
        ("products/SHIRT", {**PRODUCT, "gtins": ["5901234123450"]}, "gtins = '5901234123450' cannot be used"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(client: Client, path: str, given: Any, words: str) -> None:
    """Field, value, and what is allowed."""
    status, reply = put(client, f"/v1/{path}", given)

    assert (status, reply["code"], words in reply["message"]) == (400, "malformed", True), reply["message"]
    assert client.get("/v1/orders/Z-1001", headers=ADMIN).status_code == 404


@pytest.mark.parametrize("path", ["orders/Z-1001", "cases/RMA-1", "movements", "missing"])
def test_a_stations_token_opens_none_of_it(client: Client, path: str) -> None:
    """Customer data stay with the integrators."""
    token = client.token

    asked = client.get(f"/v1/{path}", headers={"Authorization": f"Bearer {token}"})

    assert (asked.status_code, asked.json()["code"]) == (401, "unauthorised")


# --- the description of the API --------------------------------------------------------------------------

OPERATIONS = {
    "administer": "post /v1/admin/{operation}",
    "alive": "get /healthz",
    "decide": "post /v1/review/{case_id}/decisions",
    "getCase": "get /v1/cases/{case_id}",
    "getOrder": "get /v1/orders/{order_id}",
    "hello": "post /v1/sync/hello",
    "importDocument": "post /v1/import",
    "listMissing": "get /v1/missing",
    "listMovements": "get /v1/movements",
    "metrics": "get /metrics",
    "putOrder": "put /v1/orders/{order_id}",
    "putProduct": "put /v1/products/{sku}",
    "putRma": "put /v1/rmas/{rma_id}",
    "readFeed": "get /v1/feed",
    "readSnapshot": "get /v1/snapshot",
    "ready": "get /readyz",
    "reviewCase": "get /v1/review/{case_id}",
    "reviewQueue": "get /v1/review",
    "sendEvents": "post /v1/logs/{log_id}/events",
}
"""A name here never changes: generated clients are written against it."""


def operations(client: Client) -> dict[str, dict[str, Any]]:
    """Every described call as ``method path``."""
    paths = client.get("/openapi.json").json()["paths"]
    return {f"{method} {path}": one for path, methods in paths.items() for method, one in methods.items()}


def test_operation_ids_stay(client: Client) -> None:
    """None was renamed and none is missing."""
    found = {one["operationId"]: name for name, one in operations(client).items()}

    assert {name: found.get(name) for name in OPERATIONS} == OPERATIONS


def test_every_route_has_a_summary_and_says_what_its_answer_is(client: Client) -> None:
    """Also routes other parts plug in."""
    lacking = [
        name
        for name, one in operations(client).items()
        if not one.get("summary") or one["responses"]["200"]["description"] in ("", "Successful Response")
    ]

    assert lacking == []


def test_every_schema_that_is_named_is_there_and_paths_have_their_parameters(client: Client) -> None:
    """A client generator can read it."""
    document = client.get("/openapi.json").json()
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    schemas = document["components"]["schemas"]
    parameters = {p["name"] for p in document["paths"]["/v1/orders/{order_id}"]["put"]["parameters"]}

    assert named - set(schemas) == set()
    assert parameters == {"order_id"}
    assert set(schemas["OrderGiven"]["properties"]) >= {"order_id", "payments", "iban", "delivery_paid_minor"}
    assert schemas["OrderGiven"]["required"] == ["order_id"]
    assert {"RmaGiven", "LineGiven", "Product", "Movement", "CaseView", "Problem"} <= set(schemas)
