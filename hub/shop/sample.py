"""60 sample returns as a Polish shop's system holds them, for trying out; never in live mode.

Everybody in it is invented, account numbers belong to a bank that does not exist, mails end in ``example.com``. The
same day gives the same data; dates are relative to it, so that there is always a deadline near and one that has passed.
Numbers 1 to 12 are the special cases, the rest is everyday business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from hub import hub_identity, ingest, people, store
from hub.connectors import iban as accounts
from hub.ledger import bank_accounts
from hub.shop.document import Document, LineGiven, OrderGiven, PaymentGiven, RmaGiven
from hub.shop.orders import Imported, take_document
from hub.tables import rmas as rma_table
from rma_station.domain.book import Person
from rma_station.domain.checks import dhl_express_valid, gs1_check_digit
from rma_station.domain.rma import AnnouncedParcel, Product
from rma_station.errors import ModeMismatch

COUNT = 60
PEOPLE: tuple[tuple[Person, str], ...] = (
    (Person("000101", "Ola Wójcik", "worker"), "1111"),
    (Person("000102", "Kuba Zając", "worker"), "2222"),
    (Person("000103", "Mary Novak", "worker", language="en"), "3333"),
    (Person("000201", "Ewa Kierownik", "supervisor"), "201201"),
    (Person("000202", "Adam Brygadier", "supervisor"), "202202"),
    (Person("000301", "Iga Administrator", "administrator"), "301301"),
)
"""Sample people with their PINs; the README names them, which is why live mode refuses them."""

_BANK = "99900000"
"""A sort code no bank has."""
_NAMES = (
    "Zofia Źrebiec",
    "Łukasz Żółkiewka",
    "Agnieszka Ćwiąkała",
    "Piotr Śliwka",
    "Małgorzata Gęś",
    "Krzysztof Ósmy",
    "Hanna Mączka",
    "Jan Niezgoda",
    "Barbara Pędrak",
    "Tomasz Kość",
    "Elżbieta Wąs",
    "Michał Źdźbło",
)


@dataclass(frozen=True)
class _Item:
    """A product with its price in grosz."""

    product: Product
    price: int


def _item(number: int, sku: str, name: str, category: str, price: int, grams: int | None, **more: object) -> _Item:
    gtin = _gtin(number)
    return _Item(Product(sku, name, (gtin,), category=category, unit_grams=grams, **more), price)  # type: ignore[arg-type]


def _gtin(number: int) -> str:
    body = f"5909990{number:05}"
    return "0" + body + gs1_check_digit(body)


_ITEMS = {
    item.product.sku: item
    for item in (
        _item(1, "KOSZULA-M", "Koszula lniana M", "apparel", 12999, 240),
        _item(2, "JEANS-32", "Jeansy proste 32", "apparel", 18999, 680),
        _item(3, "BLUZA-L", "Bluza z kapturem L", "apparel", 15999, 520),
        _item(4, "SUKIENKA-38", "Sukienka letnia 38", "apparel", 21999, None),
        _item(5, "BUTY-42", "Buty biegowe 42", "apparel", 34999, 790),
        _item(6, "SKARPETY", "Skarpety bawełniane", "apparel", 1500, 60, packs={_gtin(90): 5}),
        _item(10, "SLUCHAWKI", "Słuchawki bezprzewodowe", "electronics", 39900, 310, serialised=True),
        _item(11, "POWERBANK", "Powerbank 20 Ah", "electronics", 14900, 420, serialised=True),
        _item(12, "GLOSNIK", "Głośnik przenośny", "electronics", 24900, 660, serialised=True),
        _item(13, "TABLET", "Tablet 11 cali", "electronics", 149900, 980, serialised=True),
        _item(14, "KABEL-USB", "Kabel USB-C 2 m", "electronics", 3900, 70),
        _item(20, "KREM-50", "Krem nawilżający 50 ml", "cosmetics", 8900, 130),
        _item(21, "SERUM-30", "Serum z witaminą C", "cosmetics", 11900, 95),
        _item(22, "PERFUMY-100", "Woda perfumowana 100 ml", "cosmetics", 45900, 380),
        _item(30, "KUBEK", "Kubek ceramiczny", "default", 4500, 350),
        _item(31, "RECZNIK", "Ręcznik bambusowy", "default", 6900, 410),
        _item(32, "LAMPKA", "Lampka biurkowa", "default", 17900, None),
        _item(33, "PLECAK", "Plecak miejski 25 l", "default", 25900, 890),
        _item(40, "ZESTAW-SPA", "Zestaw SPA: krem, serum, 2 ręczniki", "cosmetics", 29900, None),
    )
}
_BUNDLE = {"KREM-50": 1, "SERUM-30": 1, "RECZNIK": 2}
_EVERYDAY = (
    "KOSZULA-M",
    "SLUCHAWKI",
    "KREM-50",
    "JEANS-32",
    "KUBEK",
    "GLOSNIK",
    "BLUZA-L",
    "SERUM-30",
    "PLECAK",
    "SUKIENKA-38",
    "POWERBANK",
    "RECZNIK",
    "BUTY-42",
    "KABEL-USB",
    "LAMPKA",
    "PERFUMY-100",
)
_REASONS = ("size", "changed_mind", "not_as_described", "damaged", "wrong_item", "unknown")
_SERIALISED = frozenset(sku for sku, item in _ITEMS.items() if item.product.serialised)


@dataclass(frozen=True)
class _Plan:
    """What is special about a return; everything else follows from its number."""

    lines: tuple[tuple[str, int], ...]
    """SKU and quantity."""
    kind: str = "withdrawal"
    means: str = "transfer"
    age: int | None = None
    """Days since the customer's declaration; ``None`` takes it from the number."""
    currency: str = "PLN"
    iban: bool = True
    gift: int = 0
    """Part paid by gift card, minor units."""
    kept: int = 0
    """Pieces of the order the customer keeps (cups)."""
    parcels: int = 1
    parcel_of: int | None = None
    """Comes in the parcel of that number."""
    order_of: int | None = None
    """Belongs to the order of that number."""


_SPECIAL: dict[int, _Plan] = {
    1: _Plan((("KOSZULA-M", 1), ("JEANS-32", 1)), age=2),
    2: _Plan((("SLUCHAWKI", 1),), age=13),
    3: _Plan((("BUTY-42", 1), ("BLUZA-L", 2)), age=5, parcels=2),
    4: _Plan((("KREM-50", 1),), age=6),
    5: _Plan((("KUBEK", 2),), age=6, parcel_of=4),
    6: _Plan((("ZESTAW-SPA", 1),), age=4),
    7: _Plan((("SKARPETY", 10),), age=3),
    8: _Plan((("TABLET", 1),), age=16),
    9: _Plan((("PERFUMY-100", 1),), age=8, means="card", gift=10000),
    10: _Plan((("PLECAK", 1),), age=12, iban=False),
    11: _Plan((("RECZNIK", 3),), age=7, kept=2),
    12: _Plan((("RECZNIK", 2),), age=3, order_of=11),
}
_KINDS = {
    13: "complaint",
    18: "complaint",
    27: "complaint",
    41: "complaint",
    15: "undelivered",
    22: "undelivered",
    33: "undelivered",
    16: "exchange",
    29: "exchange",
    44: "exchange",
    20: "b2b",
    38: "b2b",
    52: "b2b",
}
_UNPAID = frozenset({15, 33})
"""Cash on delivery nobody took: nothing was paid."""
_CARD = frozenset({19, 31, 43, 55})
_EURO = frozenset({17, 26, 35, 47, 58})
_NO_IBAN = frozenset({24, 48})


def _plan(number: int) -> _Plan:
    if number in _SPECIAL:
        return _SPECIAL[number]
    first = _EVERYDAY[number % len(_EVERYDAY)]
    second = _EVERYDAY[(number * 5 + 3) % len(_EVERYDAY)]
    lines = [(first, 2 if number % 7 == 0 and first not in _SERIALISED else 1)]
    if number % 3 == 0 and second != first:
        lines.append((second, 1))
    return _Plan(
        tuple(lines),
        kind=_KINDS.get(number, "withdrawal"),
        means="cash_on_delivery" if number in _UNPAID else "card" if number in _CARD else "transfer",
        currency="EUR" if number in _EURO else "PLN",
        iban=number not in _NO_IBAN,
        kept=1 if number % 8 == 0 else 0,
    )


def document(today: date) -> Document:
    """Products, orders and RMAs of the sample shop on a day."""
    products = [item.product for item in _ITEMS.values()]
    plans = {number: _plan(number) for number in range(1, COUNT + 1)}
    orders = [_order(number, plans) for number, plan in plans.items() if plan.order_of is None]
    return Document(tuple(products), tuple(orders), tuple(_rma(number, plan, today) for number, plan in plans.items()))


def load(
    connection: Connection,
    identity: hub_identity.Identity,
    now: datetime,
    propose: ingest.Propose,
    random: Callable[[int], bytes],
) -> Imported | None:
    """Put people and returns into an empty sample hub; ``None`` when it has returns already.

    Raises:
        ModeMismatch: a live hub takes no sample data.
    """
    if identity.mode != "sample":
        raise ModeMismatch("sample data cannot be loaded into a live hub; import the shop's own with hub import FILE")
    if connection.scalar(select(func.count()).select_from(rma_table)):
        return None
    people.tell_badge_key(connection, identity, now)
    for person, pin in PEOPLE:
        people.put_person(connection, person, pin, now, random)
    own = [
        {"currency": currency, "name": "Sklep Przykładowy sp. z o.o.", "iban": _account(900 + place), "bic": None}
        for place, currency in enumerate(("PLN", "EUR"))
    ]
    store.upsert(connection, bank_accounts, own)
    return take_document(connection, document(now.date()), "sample", now, propose)


def _account(number: int) -> str:
    return accounts.made("PL", f"{_BANK}{number * 1009:016}")


def _rma_id(number: int, today: date) -> str:
    return f"RMA-{today.year}-{number:06}"


def _order_id(number: int) -> str:
    return f"SKL-{100000 + number}"


def _price(sku: str, currency: str) -> int:
    price = _ITEMS[sku].price
    return price if currency == "PLN" else price * 100 // 430


def _order(number: int, plans: dict[int, _Plan]) -> OrderGiven:
    plan = plans[number]
    together = [plan, *(other for other in plans.values() if other.order_of == number)]
    goods = sum(_price(sku, plan.currency) * count for one in together for sku, count in one.lines)
    goods += plan.kept * _price("KUBEK", plan.currency)
    pieces = sum(count for one in together for _, count in one.lines) + plan.kept
    delivery = 1499 if plan.currency == "PLN" else 590
    name = _NAMES[number % len(_NAMES)]
    paid: list[PaymentGiven] = []
    total = goods + delivery
    if plan.gift:
        gift = PaymentGiven(f"PAY-{number}-G", "gift_card", plan.gift, plan.currency, refundable=False)
        paid.append(gift)
    if plan.means != "cash_on_delivery":
        reference = f"TR{number:08}"
        paid.append(PaymentGiven(f"PAY-{number}", plan.means, total - plan.gift, plan.currency, reference=reference))
    return OrderGiven(
        order_id=_order_id(number),
        payments=tuple(paid),
        currency=plan.currency,
        pieces=pieces,
        delivery_paid_minor=delivery if paid else 0,
        delivery_standard_minor=min(delivery, 1199) if paid else 0,
        holder=name,
        iban=_account(number) if plan.iban and plan.means == "transfer" else None,
        email=f"klient{number}@example.com",
    )


def _rma(number: int, plan: _Plan, today: date) -> RmaGiven:
    age = plan.age if plan.age is not None else number * 7 % 17 + 1
    received = today - timedelta(days=age)
    unpaid = plan.means == "cash_on_delivery"
    lines = [
        LineGiven(
            line_id=f"{number}-{place}",
            sku=sku,
            quantity=count,
            paid_minor=0 if unpaid else _price(sku, plan.currency) * count,
            reason="undelivered" if plan.kind == "undelivered" else _REASONS[(number + place) % len(_REASONS)],
            serials=(f"{sku[:3]}{number:04}7",) if sku in _SERIALISED else (),
            parts=_BUNDLE if sku == "ZESTAW-SPA" else {},
        )
        for place, (sku, count) in enumerate(plan.lines, 1)
    ]
    carried = plan.parcel_of or number
    parcels = [
        AnnouncedParcel(
            f"parcel-{carried}-{place}",
            *_tracking(carried, place),
            status="in_transit" if number % 4 else "announced",
        )
        for place in range(1, plan.parcels + 1)
    ]
    outbound = _tracking(number, 7)[0] if plan.kind == "undelivered" else None
    return RmaGiven(
        rma_id=_rma_id(number, today),
        kind=plan.kind,
        order_id=_order_id(plan.order_of or number),
        lines=tuple(lines),
        parcels=() if outbound else tuple(parcels),
        received_on=received.isoformat(),
        deadline_on=(received + timedelta(days=14)).isoformat(),
        currency=plan.currency,
        outbound_tracking=outbound,
    )


def _tracking(number: int, place: int) -> tuple[str, str]:
    """A parcel number in the form its carrier prints, and the carrier."""
    seed = number * 10 + place
    match number % 4:
        case 0:
            return f"6{520000000000000000000 + seed * 7919:023}"[:24], "inpost"
        case 1:
            return f"{1300000000000 + seed * 104729:013}{'UWXZ'[seed % 4]}", "dpd"
        case 2:
            return next(
                text for tail in range(10) if dhl_express_valid(text := f"{2700000000 + seed * 613}{tail}")
            ), "dhl"
        case _:
            body = f"35900773{seed * 104729:09}"
            return "00" + body + gs1_check_digit(body), "poczta"
