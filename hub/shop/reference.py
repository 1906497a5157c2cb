"""What the shop says: products, orders, RMAs. Kept whole at the hub, sent to the stations without money.

An RMA that comes or changes is looked at like an event: units that waited for it get their slots, and what money
follows is proposed, in the same transaction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from hub import feed, hub_identity, ingest, store
from hub.intake import projection
from hub.tables import orders, products, rmas
from rma_station.domain import codec
from rma_station.domain.codec import JsonValue
from rma_station.domain.rma import Product, Rma


def put_rma(connection: Connection, rma: Rma, now: datetime, propose: ingest.Propose) -> bool:
    """Keep one RMA; false when nothing about it is new."""
    return put_rmas(connection, [rma], now, propose) == 1


def put_rmas(connection: Connection, given: Sequence[Rma], now: datetime, propose: ingest.Propose) -> int:
    """Keep RMAs, tell the stations, and settle the cases they are about.

    Returns:
        How many were new or changed.
    """
    latest = {rma.rma_id: rma for rma in given}
    known = projection.load_rmas(connection, list(latest))
    changed = [rma for rma in latest.values() if known.get(rma.rma_id) != rma]
    store.upsert(
        connection,
        rmas,
        [
            {
                "rma_id": rma.rma_id,
                "order_id": rma.order_id,
                "kind": rma.kind.value,
                "body": codec.to_bytes(codec.encode(rma)).decode(),
                "updated_at": now,
            }
            for rma in changed
        ],
    )
    public = (feed.NewEntry("rma", rma.rma_id, codec.encode(without_money(rma))) for rma in changed)
    feed.append(connection, list(public), now)
    work = projection.load(connection, [rma.rma_id for rma in changed])
    work.changed.update({rma.rma_id: None for rma in changed if rma.rma_id in work.rows})
    ingest.finish(connection, hub_identity.identity(connection), work, now, propose)
    return len(changed)


def without_money(rma: Rma) -> Rma:
    """The RMA as stations may know it: what comes is received, whatever the shop and money are doing."""
    lines = tuple(dataclasses.replace(line, paid_minor=None) for line in rma.lines)
    return dataclasses.replace(rma, lines=lines, cancelled=False)


def put_order(connection: Connection, order_id: str, body: JsonValue, now: datetime) -> None:
    """Keep an order with its payments, as JSON; the shape is the money modules'."""
    row = {"order_id": order_id, "body": codec.to_bytes(body).decode(), "updated_at": now}
    store.upsert(connection, orders, [row])


def order(connection: Connection, order_id: str) -> JsonValue | None:
    """An order's JSON, ``None`` when the shop never told of it."""
    body = connection.scalar(select(orders.c.body).where(orders.c.order_id == order_id))
    return None if body is None else codec.from_bytes(body.encode())


def put_products(connection: Connection, given: Sequence[Product], now: datetime) -> int:
    """Keep products and tell the stations; returns how many were new or changed."""
    latest: Mapping[str, str] = {p.sku: codec.to_bytes(codec.encode(p)).decode() for p in given}
    known: dict[str, str] = {}
    for some in store.pieces(list(latest)):
        for row in connection.execute(select(products.c.sku, products.c.body).where(products.c.sku.in_(some))):
            known[row.sku] = row.body
    rows: list[dict[str, Any]] = [
        {"sku": sku, "body": body, "updated_at": now} for sku, body in latest.items() if known.get(sku) != body
    ]
    store.upsert(connection, products, rows)
    told = [feed.NewEntry("product", row["sku"], codec.from_bytes(row["body"].encode())) for row in rows]
    feed.append(connection, told, now)
    return len(rows)
