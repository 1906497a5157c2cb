"""What a shop tells of its orders and returns: the shape of the JSON document, and checking what stands in it.

Everything is checked before anything is written. An error names file, place, value and what is allowed, as in
``orders.json: orders[2].payments[1].means = 'cash' cannot be used. Allowed: ...``. Amounts are minor units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.connectors import iban as accounts
from hub.policy import MEANS
from rma_station.domain.checks import gtin_valid
from rma_station.domain.clean import clean
from rma_station.domain.rma import AnnouncedParcel, Line, Part, Product, Rma, RmaKind
from rma_station.errors import Malformed

REFUND_DAYS = 14
"""Days from the declaration to the legal deadline, where the shop names none."""
MOST_PIECES = 1_000_000
"""Most pieces an order may have; more is a mistake in the file."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True)
class PaymentGiven:
    """One payment of an order, in the order in which money goes back."""

    payment_id: str
    means: str
    """``transfer card blik paypal cash_on_delivery gift_card other``."""
    amount_minor: int
    currency: str = "PLN"
    refundable: bool = True
    reference: str = ""
    """The payment provider's own number."""


@dataclass(frozen=True)
class OrderGiven:
    """An order with its payments."""

    order_id: str
    payments: tuple[PaymentGiven, ...] = ()
    currency: str = "PLN"
    pieces: int | None = None
    """Pieces (a bundle is one) over all its lines; without it delivery cost is never refunded by itself."""
    delivery_paid_minor: int = 0
    delivery_standard_minor: int | None = None
    """The cheapest standard delivery offered; at most this goes back. ``None``: what was paid."""
    holder: str = ""
    iban: str | None = None
    """Where transfers go back to."""
    email: str = ""
    """Whom to ask when something is missing; stays at the hub."""


@dataclass(frozen=True)
class LineGiven:
    """A line of an RMA."""

    line_id: str
    sku: str
    quantity: int
    paid_minor: int | None = None
    reason: str = "unknown"
    serials: tuple[str, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    """For a bundle: SKU of each part and how many of it."""


@dataclass(frozen=True)
class RmaGiven:
    """An RMA: a return as the shop authorised it."""

    rma_id: str
    kind: str
    order_id: str
    lines: tuple[LineGiven, ...]
    parcels: tuple[AnnouncedParcel, ...] = ()
    received_on: str = ""
    deadline_on: str = ""
    currency: str = "PLN"
    outbound_tracking: str | None = None
    cancelled: bool = False
    """It was taken back; goods that come all the same are graded and wait for a person."""


@dataclass(frozen=True)
class Document:
    """All that one file of the shop tells: products, orders and returns."""

    products: tuple[Product, ...] = ()
    orders: tuple[OrderGiven, ...] = ()
    rmas: tuple[RmaGiven, ...] = ()


class Checker:
    """Collects what is wrong in a document, each with its place."""

    def __init__(self, file: str, places: Mapping[str, str] | None = None) -> None:
        self.file, self.places = file, places or {}
        self.errors: list[str] = []

    def expect(self, good: bool, place: str, value: object, allowed: str) -> None:
        """Note an error unless ``good``. ``places`` translates a place into row and column of a CSV file."""
        if not good:
            shown = clean(repr(value), 60)
            self.errors.append(f"{self.places.get(place, place)} = {shown} cannot be used. Allowed: {allowed}.")

    def raise_errors(self) -> None:
        """Raise ``Malformed`` with the first errors, if there are any."""
        if self.errors:
            more = f" (and {len(self.errors) - 5} more)" if len(self.errors) > 5 else ""
            raise Malformed(f"{self.file}: " + f"\n{self.file}: ".join(self.errors[:5]) + more)


def check(document: Document, file: str, places: Mapping[str, str] | None = None) -> None:
    """Everything that can be checked without looking anything up; raises ``Malformed`` with all places."""
    checker = Checker(file, places)
    for number, product in enumerate(document.products):
        _product(checker, f"products[{number}]", product)
    for number, order in enumerate(document.orders):
        _order(checker, f"orders[{number}]", order)
    for number, rma in enumerate(document.rmas):
        _rma(checker, f"rmas[{number}]", rma)
    for name, ids in (
        ("products", [product.sku for product in document.products]),
        ("orders", [order.order_id for order in document.orders]),
        ("rmas", [rma.rma_id for rma in document.rmas]),
    ):
        before: set[str] = set()
        for number, one in enumerate(ids):
            checker.expect(one not in before, f"{name}[{number}]", one, "each one once in a file")
            before.add(one)
    checker.raise_errors()


def _identity(checker: Checker, place: str, value: str) -> None:
    checker.expect(bool(_ID.fullmatch(value)), place, value, "1 to 64 letters, digits, dots, dashes, underscores")


def _amount(checker: Checker, place: str, value: int | None) -> None:
    checker.expect(value is None or 0 <= value < 10**12, place, value, "minor units from 0")


def _date(checker: Checker, place: str, value: str) -> None:
    try:
        good = not value or (date.fromisoformat(value).isoformat() == value and "1970" <= value[:4] < "3000")
    except ValueError:
        good = False
    checker.expect(good, place, value, "a date such as 2026-11-22")


def _product(checker: Checker, place: str, product: Product) -> None:
    checker.expect(
        0 < len(product.sku) <= 64 and product.sku == clean(product.sku), f"{place}.sku", product.sku, "text"
    )
    checker.expect(bool(product.name.strip()), f"{place}.name", product.name, "a name")
    for code in (*product.gtins, *product.packs):
        good = len(code) == 14 and gtin_valid(code)
        checker.expect(good, f"{place}.gtins", code, "a GTIN with a right check digit, written with 14 digits")
    for count in product.packs.values():
        checker.expect(count > 1, f"{place}.packs", count, "pieces in a pack, from 2")
    grams = product.unit_grams
    checker.expect(grams is None or grams > 0, f"{place}.unit_grams", grams, "grams from 1, or nothing when unknown")


def _order(checker: Checker, place: str, order: OrderGiven) -> None:
    _identity(checker, f"{place}.order_id", order.order_id)
    currency = bool(_CURRENCY.fullmatch(order.currency))
    checker.expect(currency, f"{place}.currency", order.currency, "three capitals such as PLN")
    pieces = order.pieces
    good = pieces is None or 0 < pieces <= MOST_PIECES
    checker.expect(good, f"{place}.pieces", pieces, f"a whole number, 1 to {MOST_PIECES}")
    for number, payment in enumerate(order.payments):
        here = f"{place}.payments[{number}]"
        _identity(checker, f"{here}.payment_id", payment.payment_id)
        checker.expect(payment.means in MEANS, f"{here}.means", payment.means, ", ".join(MEANS))
        checker.expect(bool(_CURRENCY.fullmatch(payment.currency)), f"{here}.currency", payment.currency, "as PLN")
        _amount(checker, f"{here}.amount_minor", payment.amount_minor)
    ids = [payment.payment_id for payment in order.payments]
    checker.expect(len(ids) == len(set(ids)), f"{place}.payments", ids, "each payment once")
    _amount(checker, f"{place}.delivery_paid_minor", order.delivery_paid_minor)
    _amount(checker, f"{place}.delivery_standard_minor", order.delivery_standard_minor)
    paid = paid_total(order)
    allowed = f"at most the {paid} that was paid"
    checker.expect(
        order.delivery_paid_minor <= paid, f"{place}.delivery_paid_minor", order.delivery_paid_minor, allowed
    )
    if order.iban:
        good = accounts.valid(accounts.normalised(order.iban))
        checker.expect(good, f"{place}.iban", order.iban, "an IBAN whose check digits agree, or nothing")


def _rma(checker: Checker, place: str, rma: RmaGiven) -> None:
    _identity(checker, f"{place}.rma_id", rma.rma_id)
    _identity(checker, f"{place}.order_id", rma.order_id)
    kinds = [kind.value for kind in RmaKind]
    checker.expect(rma.kind in kinds, f"{place}.kind", rma.kind, ", ".join(kinds))
    checker.expect(bool(_CURRENCY.fullmatch(rma.currency)), f"{place}.currency", rma.currency, "as PLN")
    checker.expect(bool(rma.lines), f"{place}.lines", list(rma.lines), "at least one line")
    _date(checker, f"{place}.received_on", rma.received_on)
    _date(checker, f"{place}.deadline_on", rma.deadline_on)
    for number, line in enumerate(rma.lines):
        here = f"{place}.lines[{number}]"
        _identity(checker, f"{here}.line_id", line.line_id)
        checker.expect(0 < line.quantity <= 10_000, f"{here}.quantity", line.quantity, "pieces, 1 to 10000")
        _amount(checker, f"{here}.paid_minor", line.paid_minor)
        for sku, count in line.parts.items():
            checker.expect(0 < count <= 100, f"{here}.parts", f"{sku}*{count}", "SKU and pieces, 1 to 100")
    ids = [line.line_id for line in rma.lines]
    checker.expect(len(ids) == len(set(ids)), f"{place}.lines", ids, "each line once")


def paid_total(order: OrderGiven) -> int:
    """What was paid in the order's currency."""
    return sum(payment.amount_minor for payment in order.payments if payment.currency == order.currency)


def announced(given: RmaGiven, products: Mapping[str, Product]) -> Rma:
    """The RMA as station and hub know it; ``products`` has all its SKUs."""
    lines = []
    for line in given.lines:
        parts = line.parts or {line.sku: 1}
        lines.append(
            Line(
                line_id=line.line_id,
                sku=line.sku,
                name=products[line.sku].name,
                quantity=line.quantity,
                parts=tuple(Part(products[sku], count) for sku, count in parts.items()),
                reason=line.reason,
                serials=line.serials,
                paid_minor=line.paid_minor,
            )
        )
    deadline = given.deadline_on
    if not deadline and given.received_on:
        deadline = (date.fromisoformat(given.received_on) + timedelta(days=REFUND_DAYS)).isoformat()
    return Rma(
        rma_id=given.rma_id,
        kind=RmaKind(given.kind),
        order_id=given.order_id,
        lines=tuple(lines),
        parcels=given.parcels,
        received_on=given.received_on,
        deadline_on=deadline,
        currency=given.currency,
        outbound_tracking=given.outbound_tracking,
        cancelled=given.cancelled,
    )
