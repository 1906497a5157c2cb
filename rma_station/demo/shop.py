"""What the shop announced: the demo's own reading of the sample returns, the measure for everything that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.shop.document import LineGiven, OrderGiven, RmaGiven
from hub.shop.sample import document
from rma_station.domain.rma import Product


@dataclass(frozen=True)
class Shop:
    """Products, returns and orders by their numbers."""

    products: dict[str, Product]
    returns: dict[int, RmaGiven]
    orders: dict[str, OrderGiven]

    @classmethod
    def of(cls, today: date) -> Shop:
        """The sample shop on a day."""
        found = document(today)
        return cls(
            {product.sku: product for product in found.products},
            dict(enumerate(found.rmas, 1)),
            {order.order_id: order for order in found.orders},
        )

    def rma_id(self, number: int) -> str:
        """The RMA's number as the customer has it."""
        return self.returns[number].rma_id

    def line(self, number: int, sku: str) -> LineGiven | None:
        """The line of a return that this product, or a part of a bundle, belongs to."""
        lines = self.returns[number].lines
        return next((line for line in lines if sku == line.sku or sku in line.parts), None)

    def tracking(self, number: int, place: int = 0) -> str:
        """The number on the parcel: announced, or of the shipment that went out."""
        rma = self.returns[number]
        return rma.outbound_tracking or rma.parcels[place].tracking

    def barcode(self, sku: str, serial: str | None = None) -> str:
        """What is printed on the product: an EAN-13, or GS1 with the serial number."""
        gtin = self.products[sku].gtins[0]
        return f"]C101{gtin}21{serial}" if serial else gtin.removeprefix("0")

    def pack(self, sku: str) -> tuple[str, int]:
        """Barcode of the multi-pack and how many are in it."""
        gtin, pieces = next(iter(self.products[sku].packs.items()))
        return gtin.removeprefix("0"), pieces
