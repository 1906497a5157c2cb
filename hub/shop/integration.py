"""The integrators' routes: what the shop says goes in, what became of its returns comes out. Under the admin token.

Everything that goes in is checked and kept by ``orders.take_document``, exactly as with ``hub import FILE``; sending
the same again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response

from hub import cases
from hub.calls import CallRefused, administrator, answer, body, handled, in_database, page_limit
from hub.central import Hub
from hub.openapi import call
from hub.shop import orders, reference
from hub.shop.document import Document, OrderGiven, RmaGiven
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.rma import Product
from rma_station.errors import Malformed

T = TypeVar("T")
DOCUMENT_LIMIT = 4 * 1024 * 1024
"""Bytes of one order, RMA or product."""
IMPORT_LIMIT = 16 * 1024 * 1024
"""Bytes of an import document."""


@dataclass(frozen=True)
class Taken:
    """What came of a ``PUT``."""

    changed: bool
    """False when the hub knew exactly this already."""


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the routes."""
    _say(app, hub)
    _ask(app, hub)


def _say(app: FastAPI, hub: Hub) -> None:
    taken: dict[str, Any] = {"says": "Kept, and the stations are told what they may know.", "reply": Taken}

    @app.put("/v1/orders/{order_id}", **call("putOrder", "Tell an order with its payments", body=OrderGiven, **taken))
    @handled(hub, "put_order")
    async def put_order(request: Request) -> Response:
        """An order as the shop knows it, whole. Once a refund of it was queued, its amounts and payments stand."""
        order = await _given(hub, request, OrderGiven)
        _same(order.order_id, request.path_params["order_id"], "order_id")
        return answer(Taken((await _take(hub, Document(orders=(order,)))).orders > 0))

    @app.put("/v1/rmas/{rma_id}", **call("putRma", "Tell a return the shop authorised", body=RmaGiven, **taken))
    @handled(hub, "put_rma")
    async def put_rma(request: Request) -> Response:
        """A return as the shop authorised it, whole. Its products have to be known before."""
        rma = await _given(hub, request, RmaGiven)
        _same(rma.rma_id, request.path_params["rma_id"], "rma_id")
        return answer(Taken((await _take(hub, Document(rmas=(rma,)))).rmas > 0))

    @app.put("/v1/products/{sku}", **call("putProduct", "Tell a product of the catalogue", body=Product, **taken))
    @handled(hub, "put_product")
    async def put_product(request: Request) -> Response:
        """A product of the catalogue, whole; GTINs with 14 digits."""
        product = await _given(hub, request, Product)
        _same(product.sku, request.path_params["sku"], "sku")
        return answer(Taken((await _take(hub, Document(products=(product,)))).products > 0))

    words = "How many were new or changed."
    describes = call("importDocument", "Tell many at once", words, body=Document, reply=orders.Imported)

    @app.post("/v1/import", **describes)
    @handled(hub, "import")
    async def import_document(request: Request) -> Response:
        """Products, orders and returns in one document: all of it is taken, or nothing."""
        taken = await _take(hub, await _given(hub, request, Document, IMPORT_LIMIT))
        return answer({"products": taken.products, "orders": taken.orders, "rmas": taken.rmas})


def _ask(app: FastAPI, hub: Hub) -> None:
    says = "The order as it was told, money included."

    @app.get("/v1/orders/{order_id}", **call("getOrder", "Read an order back", says, reply=OrderGiven))
    @handled(hub, "get_order")
    async def get_order(request: Request) -> Response:
        """The order as the shop told it last."""
        administrator(hub, request)
        order_id = request.path_params["order_id"]
        found = await in_database(hub, lambda c: reference.order(c, order_id))
        if found is None:
            raise CallRefused("malformed", f"there is no order {clean(order_id, 80)!r}", 404)
        return answer(found)

    says = "A page; its cursor is valid after the last movement."
    asks = call("listMovements", "Stock movements", says, reply=cases.Movements, query=("cursor", "limit"))

    @app.get("/v1/movements", **asks)
    @handled(hub, "movements")
    async def movements(request: Request) -> Response:
        """Units that went somewhere, with reversals, for the warehouse system."""
        administrator(hub, request)
        cursor, limit = request.query_params.get("cursor", ""), page_limit(request, cases.PAGE)
        found = await in_database(hub, lambda c: cases.movements_after(c, cursor, limit))
        if found is None:
            raise CallRefused("snapshot", "this hub does not know the cursor; begin again without one")
        return answer(found)

    says = "The case; an RMA nothing has arrived for has lines only."

    @app.get("/v1/cases/{case_id}", **call("getCase", "Where a return stands", says, reply=cases.CaseView))
    @handled(hub, "case")
    async def case(request: Request) -> Response:
        """Custody, counters, what is missing and the history of one case."""
        administrator(hub, request)
        case_id = request.path_params["case_id"]
        found = await in_database(hub, lambda c: cases.view(c, case_id))
        if found is None:
            raise CallRefused("malformed", f"there is no case {clean(case_id, 80)!r}", 404)
        return answer(found)

    says = "All of it, the most urgent first."

    @app.get("/v1/missing", **call("listMissing", "What did not come", says, reply=cases.MissingNow))
    @handled(hub, "missing")
    async def missing(request: Request) -> Response:
        """Pieces the hub has said to be missing; a late arrival takes them off."""
        administrator(hub, request)
        return answer(await in_database(hub, cases.missing_now))


async def _given(hub: Hub, request: Request, kind: type[T], limit: int = DOCUMENT_LIMIT) -> T:
    administrator(hub, request)
    return codec.decode(kind, codec.from_bytes(await body(request, limit)))


async def _take(hub: Hub, document: Document) -> orders.Imported:
    def take(connection: Any) -> orders.Imported:
        return orders.take_document(connection, document, "body", hub.now(), hub.propose)

    try:
        return await in_database(hub, take)
    except Malformed as error:
        raise Malformed(str(error).replace("\n", " ")) from None


def _same(inside: str, outside: str, name: str) -> None:
    if inside != outside:
        raise Malformed(f"{name}: the body says {clean(inside, 40)!r}, the address {clean(outside, 40)!r}")
