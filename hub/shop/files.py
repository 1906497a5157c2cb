"""Import files: JSON with the whole document, or CSV tables of products, orders or RMAs.

Which table a CSV file is, its columns say (``sku,name``: products; ``order_id,payment_id``: orders, a row for each
payment; ``rma_id,line_id``: RMAs, a row for each line). Separator comma or semicolon, UTF-8. Amounts in CSV are written
as people write them (``129,99`` or ``129.99``), lists with spaces, parts of a bundle as ``SKU*2 SKU*1``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hub.shop.document import Document, LineGiven, OrderGiven, PaymentGiven, RmaGiven
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.rma import AnnouncedParcel, Product
from rma_station.errors import Malformed

_COLUMNS: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "products": (
        frozenset({"sku", "name"}),
        ("sku", "name", "gtins", "packs", "category", "unit_grams", "serialised"),
    ),
    "orders": (
        frozenset({"order_id", "payment_id"}),
        (
            "order_id",
            "currency",
            "pieces",
            "delivery_paid",
            "delivery_standard",
            "holder",
            "iban",
            "payment_id",
            "means",
            "amount",
            "refundable",
            "reference",
        ),
    ),
    "rmas": (
        frozenset({"rma_id", "line_id"}),
        (
            "rma_id",
            "kind",
            "order_id",
            "received_on",
            "deadline_on",
            "currency",
            "tracking",
            "carrier",
            "outbound_tracking",
            "line_id",
            "sku",
            "quantity",
            "paid",
            "reason",
            "serials",
            "parts",
        ),
    ),
}
_JSON_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<decimal>-?[0-9]+(?:\.[0-9]+|[eE][-+]?[0-9]+)+)')
_TRUE, _FALSE = frozenset({"true", "yes", "tak", "1"}), frozenset({"false", "no", "nie", "0"})


def read_file(name: str, text: str) -> tuple[Document, Mapping[str, str]]:
    """A file's document, and for each place in it its row and column (CSV) for error messages.

    Raises:
        Malformed: not JSON, not one of the tables, or a value that cannot be read; names file, row and column.
    """
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise Malformed(f"{clean(name)}: row {text[: text.index(chr(0))].count(chr(10)) + 1} holds the character NUL")
    if name.lower().endswith(".csv"):
        return _csv(name, text)
    decimal = _first_decimal(text)
    if decimal is not None:
        raise Malformed(f"{clean(name)}: {decimal} cannot be used. Allowed: amounts in grosz or cent, such as 12999.")
    try:
        return codec.decode(Document, codec.from_bytes(text.encode(errors="replace"))), {}
    except Malformed as error:
        raise Malformed(f"{clean(name)}: {error}") from None


def _first_decimal(text: str) -> str | None:
    """The line and the first number of a JSON text that is no integer; a reader of JSON does not say where it was."""
    for found in _JSON_WORDS.finditer(text):
        if found["decimal"]:
            return f"line {text.count(chr(10), 0, found.start()) + 1} = {found['decimal'][:20]}"
    return None


class _Row:
    """One row of a table, with typed access that names its place when it fails."""

    def __init__(self, file: str, number: int, cells: Mapping[str, str]) -> None:
        self.file, self.number, self.cells = file, number, cells

    def place(self, column: str) -> str:
        return f"row {self.number}, column {column}"

    def fail(self, column: str, allowed: str) -> Malformed:
        value = clean(repr(self.cells.get(column, "")), 60)
        return Malformed(f"{self.file}: {self.place(column)} = {value} cannot be used. Allowed: {allowed}.")

    def text(self, column: str, default: str = "") -> str:
        return (self.cells.get(column) or "").strip() or default

    def words(self, column: str) -> tuple[str, ...]:
        return tuple(self.text(column).split())

    def number_or(self, column: str, default: int | None) -> int | None:
        value = self.text(column)
        if not value:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise self.fail(column, "a whole number")
        return int(value)

    def money(self, column: str) -> int | None:
        value = self.text(column).replace(" ", "").replace(",", ".")
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", value):
            raise self.fail(column, "an amount such as 129,99, or nothing when it is not known")
        whole, _, cents = value.partition(".")
        return int(whole) * 100 + int(cents.ljust(2, "0") or 0)

    def flag(self, column: str, default: bool) -> bool:
        value = self.text(column).lower()
        if value and value not in _TRUE | _FALSE:
            raise self.fail(column, "yes or no")
        return value in _TRUE if value else default

    def counts(self, column: str) -> dict[str, int]:
        found = {}
        for word in self.words(column):
            code, star, count = word.rpartition("*")
            if not star or not re.fullmatch(r"[0-9]{1,4}", count):
                raise self.fail(column, "codes with their number, such as TEA*1 CUP*2")
            found[code] = int(count)
        return found


def _csv(name: str, text: str) -> tuple[Document, Mapping[str, str]]:
    file = clean(name)
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        header = [column.strip() for column in reader.fieldnames or ()]
    except csv.Error as error:
        raise Malformed(f"{file}: not a CSV table: {error}") from None
    reader.fieldnames = header
    kind = next((kind for kind, (needed, _) in _COLUMNS.items() if needed <= set(header)), None)
    if kind is None:
        needed = "; or ".join(f"{kind}: {', '.join(sorted(needed))}" for kind, (needed, _) in _COLUMNS.items())
        raise Malformed(f"{file}: row 1 = {clean(repr(header), 80)} cannot be used. Allowed: the columns of {needed}.")
    for column in header:
        if column not in _COLUMNS[kind][1]:
            allowed = ", ".join(_COLUMNS[kind][1])
            raise Malformed(f"{file}: row 1, column {clean(repr(column), 40)} cannot be used. Allowed: {allowed}.")
    try:
        rows = [_Row(file, number, _as_many(file, number, cells, header)) for number, cells in enumerate(reader, 2)]
    except csv.Error as error:
        raise Malformed(f"{file}: not a CSV table: {error}") from None
    places: dict[str, str] = {}
    return _READERS[kind](rows, places), places


def _as_many(file: str, number: int, cells: dict[Any, Any], header: list[str]) -> dict[str, str]:
    """The cells of a row that has one for each column: an amount's comma moves the others, a file may be cut off."""
    more = cells.pop(None, [])
    count = sum(value is not None for value in cells.values()) + len(more)
    if count != len(header):
        remedy = (
            'Put a cell that holds the separator in quotes, such as "129,99".'
            if more
            else "An empty cell needs its separator too; if it is the last row, the file may be cut off."
        )
        raise Malformed(f"{file}: row {number} has {count} cells, row 1 names {len(header)} columns. {remedy}")
    return cells


def _products(rows: list[_Row], places: dict[str, str]) -> Document:
    found = []
    for index, row in enumerate(rows):
        for column in ("sku", "name", "gtins", "packs", "unit_grams"):
            places[f"products[{index}].{column}"] = row.place(column)
        found.append(
            Product(
                sku=row.text("sku"),
                name=row.text("name"),
                gtins=tuple(code.zfill(14) for code in row.words("gtins")),
                packs={code.zfill(14): count for code, count in row.counts("packs").items()},
                category=row.text("category", "default"),
                unit_grams=row.number_or("unit_grams", None),
                serialised=row.flag("serialised", False),
            )
        )
    return Document(products=tuple(found))


def _orders(rows: list[_Row], places: dict[str, str]) -> Document:
    found: dict[str, OrderGiven] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        order_id = row.text("order_id")
        order = found.get(order_id)
        if order is None:
            order = OrderGiven(
                order_id=order_id,
                currency=row.text("currency", "PLN"),
                pieces=row.number_or("pieces", None),
                delivery_paid_minor=row.money("delivery_paid") or 0,
                delivery_standard_minor=row.money("delivery_standard"),
                holder=row.text("holder"),
                iban=row.text("iban") or None,
            )
            for field, column in (("order_id", "order_id"), ("iban", "iban"), ("pieces", "pieces")):
                places[f"orders[{len(found)}].{field}"] = row.place(column)
        index = numbers.setdefault(order_id, len(numbers))
        here = f"orders[{index}].payments[{len(order.payments)}]"
        for field, column in (("payment_id", "payment_id"), ("means", "means"), ("amount_minor", "amount")):
            places[f"{here}.{field}"] = row.place(column)
        amount = row.money("amount")
        if amount is None:
            raise row.fail("amount", "an amount such as 129,99")
        payment = PaymentGiven(
            payment_id=row.text("payment_id"),
            means=row.text("means"),
            amount_minor=amount,
            currency=row.text("currency", "PLN"),
            refundable=row.flag("refundable", True),
            reference=row.text("reference"),
        )
        found[order_id] = replace(order, payments=(*order.payments, payment))
    return Document(orders=tuple(found.values()))


def _rmas(rows: list[_Row], places: dict[str, str]) -> Document:
    found: dict[str, RmaGiven] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        rma_id = row.text("rma_id")
        rma = found.get(rma_id)
        if rma is None:
            rma = RmaGiven(
                rma_id=rma_id,
                kind=row.text("kind"),
                order_id=row.text("order_id"),
                lines=(),
                received_on=row.text("received_on"),
                deadline_on=row.text("deadline_on"),
                currency=row.text("currency", "PLN"),
                outbound_tracking=row.text("outbound_tracking") or None,
            )
            for field in ("rma_id", "kind", "order_id", "received_on", "deadline_on", "currency"):
                places[f"rmas[{len(found)}].{field}"] = row.place(field)
        index = numbers.setdefault(rma_id, len(numbers))
        here = f"rmas[{index}].lines[{len(rma.lines)}]"
        for field, column in (("line_id", "line_id"), ("sku", "sku"), ("quantity", "quantity"), ("paid_minor", "paid")):
            places[f"{here}.{field}"] = row.place(column)
        line = LineGiven(
            line_id=row.text("line_id"),
            sku=row.text("sku"),
            quantity=row.number_or("quantity", 1) or 0,
            paid_minor=row.money("paid"),
            reason=row.text("reason", "unknown"),
            serials=row.words("serials"),
            parts=row.counts("parts"),
        )
        parcels = rma.parcels
        tracking = row.text("tracking")
        if tracking and all(parcel.tracking != tracking for parcel in parcels):
            parcel = AnnouncedParcel(f"{rma_id}-{len(parcels) + 1}", tracking, row.text("carrier", "unknown"))
            parcels = (*parcels, parcel)
        found[rma_id] = replace(rma, lines=(*rma.lines, line), parcels=parcels)
    return Document(rmas=tuple(found.values()))


_READERS: dict[str, Callable[[list[_Row], dict[str, str]], Document]] = {
    "products": _products,
    "orders": _orders,
    "rmas": _rmas,
}
