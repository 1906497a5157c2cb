"""What a shop says is checked whole, taken once, and laid out in its order's money."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from hub import feed, hub_identity, ledger, refunds, store
from hub.connectors import iban
from hub.shop import document, files, orders
from hub.shop.orders import Imported
from rma_station.domain.rma import Product
from rma_station.errors import Malformed
from tests.hub import databases
from tests.hub.money_world import NOON

PRODUCTS = "sku,name,gtins,category,unit_grams\nSHIRT,Koszula,5901234123457,apparel,220\nCUP,Kubek,,default,\n"
ORDERS = (
    "order_id;payment_id;means;amount;pieces;delivery_paid;delivery_standard;holder;iban\n"
    "Z-1001;P1;transfer;115,00;2;15,00;9,99;Zofia Żółć;PL61 1090 1014 0000 0712 1981 2874\n"
    "Z-1001;P2;gift_card;20,00;;;;;\n"
)
RMAS = (
    "rma_id,kind,order_id,received_on,tracking,carrier,line_id,sku,quantity,paid,serials\n"
    "RMA-2026-000001,withdrawal,Z-1001,2026-11-18,00012345678905,dpd,L1,SHIRT,1,80.00,\n"
    "RMA-2026-000001,withdrawal,Z-1001,2026-11-18,00012345678905,dpd,L2,CUP,1,40.00,S1 S2\n"
)


@pytest.fixture
def database() -> store.Database:
    """An empty hub."""
    made = databases.fresh()
    hub_identity.prepare(made, "sample", NOON, os.urandom)
    return made


def take(database: store.Database, name: str, text: str) -> Imported:
    """Import one file."""
    document, places = files.read_file(name, text)
    with database.transaction() as connection:
        return orders.take_document(connection, document, name, NOON, refunds.propose, places)


def test_three_tables_make_orders_with_their_returns(database: store.Database) -> None:
    """Lines lie in the order's money one after the other, delivery cost behind them."""
    assert take(database, "p.csv", PRODUCTS) == Imported(products=2)
    assert take(database, "o.csv", ORDERS) == Imported(orders=1)
    assert take(database, "r.csv", RMAS) == Imported(rmas=1)

    with database.transaction() as connection:
        table = ledger.line_money
        rows = connection.execute(
            select(table.c.subject, table.c.start_minor, table.c.paid_minor).order_by(table.c.start_minor)
        ).all()
        order = connection.execute(select(ledger.order_money)).one()
    assert rows == [
        ("line/RMA-2026-000001/L1", 0, 8000),
        ("line/RMA-2026-000001/L2", 8000, 4000),
        ("order/Z-1001", 12000, 999),
    ]
    assert (order.paid_minor, order.pieces, order.iban) == (13500, 2, "PL61109010140000071219812874")


def test_the_same_file_twice_changes_nothing(database: store.Database) -> None:
    """No row is new and nothing is told to the stations again."""
    for name, text in (("p.csv", PRODUCTS), ("o.csv", ORDERS), ("r.csv", RMAS)):
        take(database, name, text)
    with database.transaction() as connection:
        before = feed.head(connection)

    again = [take(database, name, text) for name, text in (("p.csv", PRODUCTS), ("o.csv", ORDERS), ("r.csv", RMAS))]

    with database.transaction() as connection:
        assert (again, feed.head(connection)) == ([Imported()] * 3, before)


def test_stations_are_not_told_what_was_paid(database: store.Database) -> None:
    """The feed has the RMA without money, and no order, name or account at all."""
    for name, text in (("p.csv", PRODUCTS), ("o.csv", ORDERS), ("r.csv", RMAS)):
        take(database, name, text)

    with database.transaction() as connection:
        page = feed.page(connection, "", 10, NOON)
    told = json.dumps([entry.body for entry in page.entries], ensure_ascii=False)  # type: ignore[union-attr]
    assert [word for word in ("paid", "8000", "Zofia", "PL61", "transfer") if word in told] == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "o.csv",
            ORDERS.replace("transfer", "cash"),
            r"o\.csv: row 2, column means = 'cash' .*Allowed: transfer, card",
        ),
        ("o.csv", ORDERS.replace("20,00", "2o,00"), r"o\.csv: row 3, column amount = '2o,00'.*129,99"),
        ("o.csv", ORDERS.replace("2874", "2875"), r"o\.csv: row 2, column iban = 'PL61 .*check digits agree"),
        ("r.csv", RMAS.replace("withdrawal", "gift"), r"r\.csv: row 2, column kind = 'gift'.*withdrawal, complaint"),
        ("r.csv", RMAS.replace("SHIRT", "HAT"), r"r\.csv: row 2, column sku = 'HAT'.*a product imported before"),
        ("r.csv", RMAS.replace("2026-11-18", "18.11.2026"), r"row 2, column received_on = '18\.11\.2026'"),
        ("r.csv", RMAS.replace("80.00", "100.00"), r"r\.csv: order Z-1001 = 14000.*up to the 12000"),
        ("x.csv", "a,b\n1,2\n", r"x\.csv: row 1 = .*the columns of products"),
        ("p.csv", PRODUCTS.replace("unit_grams", "grams"), r"p\.csv: row 1, column 'grams'.*unit_grams"),
        ("p.csv", PRODUCTS.replace("3457", "3456"), r"p\.csv: row 2, column gtins = '05901234123456'"),
        ("r.csv", RMAS.replace("2026-11-18", "9999-12-31"), r"row 2, column received_on = '9999-12-31'"),
        ("o.csv", ORDERS.replace(";2;", ";999999999;"), r"row 2, column pieces = 999999999 .*1 to 1000000"),
        ("r.csv", RMAS.replace("80.00", "80,00"), r"r\.csv: row 2 has 12 cells, row 1 names 11 columns\. Put"),
        ("r.csv", RMAS.rpartition(",")[0], r"r\.csv: row \d has 10 cells, row 1 names 11 columns\..*cut off"),
        ("a.json", "{", r"a\.json: not UTF-8 JSON"),
        ("a.json", '{"orders":\n["1.5 \\" 2.5", 90.00]}', r"a\.json: line 2 = 90\.00 .*grosz or cent"),
        ("a.json", '{"orders":[{"payments":[]}]}', r"a\.json: Document\.orders\[0\]\.order_id: missing"),
        ("a.json", '{"orders":[{"order_id":"a b"}]}', r"a\.json: orders\[0\]\.order_id = 'a b'.*letters, digits"),
    ],
)
def test_an_error_names_file_row_column_value_and_what_is_allowed(
    database: store.Database, name: str, text: str, message: str
) -> None:
    """And nothing of the file is kept."""
    if name != "p.csv":
        take(database, "p.csv", PRODUCTS)
    if name == "r.csv":
        take(database, "o.csv", ORDERS)

    with pytest.raises(Malformed, match=message):
        take(database, name, text)

    with database.transaction() as connection:
        assert connection.execute(select(ledger.line_money).where(ledger.line_money.c.rma_id.is_not(None))).all() == []


def test_amounts_stand_once_money_was_queued(database: store.Database) -> None:
    """The shop cannot change below our feet what was paid."""
    for name, text in (("p.csv", PRODUCTS), ("o.csv", ORDERS), ("r.csv", RMAS)):
        take(database, name, text)
    with database.transaction() as connection:
        connection.execute(update(ledger.order_money).values(committed_minor=1))

    with pytest.raises(Malformed, match=r"row 2, column paid = 7000 .*Allowed: 8000 for 1: money"):
        take(database, "r.csv", RMAS.replace("80.00", "70.00"))
    with pytest.raises(Malformed, match=r"o\.csv: .*Z-1001.*the amounts as they are"):
        take(database, "o.csv", ORDERS.replace("115,00", "135,00"))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("PL61 1090 1014 0000 0712 1981 2874", True),
        ("61109010140000071219812874", True),
        ("PL61 1090 1014 0000 0712 1981 2873", False),
        ("DE89370400440532013000", True),
        ("DE8937040044053201300", False),
        ("", False),
        ("PLXX", False),
    ],
)
def test_an_iban_is_checked_modulo_97(text: str, good: bool) -> None:
    """With the examples of the standard's registry."""
    assert iban.valid(iban.normalised(text)) is good


@given(st.text(st.sampled_from("0123456789"), min_size=24, max_size=24))
def test_made_accounts_are_valid_and_every_wrong_digit_is_found(account: str) -> None:
    """Modulo 97 finds each single error."""
    good = iban.made("PL", account)
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)

    assert (iban.valid(good), iban.valid(wrong)) == (True, False)


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_refused_in_words(text: str) -> None:
    """Files come from anywhere; nothing but ``Malformed`` is raised."""
    for name in ("a.csv", "a.json"):
        try:
            files.read_file(name, text)
        except Malformed as error:
            if not str(error).startswith("a."):
                raise


def test_json_carries_the_same(database: store.Database) -> None:
    """A bundle with its parts, in one file with its products."""
    document: dict[str, Any] = {
        "products": [
            {"sku": "SET", "name": "Zestaw"},
            {"sku": "TEA", "name": "Herbata"},
            {"sku": "CUP", "name": "Kubek"},
        ],
        "orders": [{"order_id": "Z-2", "payments": [{"payment_id": "P", "means": "card", "amount_minor": 5000}]}],
        "rmas": [
            {
                "rma_id": "RMA-2026-000002",
                "kind": "withdrawal",
                "order_id": "Z-2",
                "received_on": "2026-11-20",
                "lines": [
                    {"line_id": "1", "sku": "SET", "quantity": 1, "paid_minor": 5000, "parts": {"TEA": 1, "CUP": 2}}
                ],
            }
        ],
    }

    assert take(database, "all.json", json.dumps(document)) == Imported(3, 1, 1)


MISSING = ORDERS.replace("PL61 1090 1014 0000 0712 1981 2874", "").replace("Zofia Żółć", "")
INTENT = {
    "refund_key": "k", "purpose": "refund", "case_id": "RMA-2026-000001", "kind": "withdrawal", "order_id": "Z-1001",
    "subject": "line/RMA-2026-000001/L1", "slot": 1, "payment_id": "P1", "right_minor": 8000, "amount_minor": 8000,
    "currency": "PLN", "basis": [], "fingerprint": "", "graders": [], "proposed_at": NOON, "settles_at": NOON,
    "changed_at": NOON,
}  # fmt: skip
OTHER_ACCOUNT = iban.made("PL", "109010140000071219812999")


def account_of(database: store.Database) -> tuple[str | None, str | None]:
    """Where the order's transfers go."""
    with database.transaction() as connection:
        order = connection.execute(select(ledger.order_money)).one()
    return order.holder, order.iban


def test_an_account_the_customer_was_asked_for_arrives_after_the_refund_was_queued(database: store.Database) -> None:
    """The hub asks for it only then, and tells people to enter it in the shop's order."""
    for name, text in (("p.csv", PRODUCTS), ("o.csv", MISSING), ("r.csv", RMAS)):
        take(database, name, text)
    with database.transaction() as connection:
        connection.execute(update(ledger.order_money).values(committed_minor=1))

    assert take(database, "o.csv", ORDERS) == Imported(orders=1)
    assert account_of(database) == ("Zofia Żółć", "PL61109010140000071219812874")


@pytest.mark.parametrize(("state", "taken"), [("approved", True), ("queued", False), ("needs_human", True)])
def test_the_account_of_a_refund_that_is_about_to_leave_stands(
    database: store.Database, state: str, taken: bool
) -> None:
    """Between queue and file nobody looks again; before, and when the bank has refused it, another one may come."""
    for name, text in (("p.csv", PRODUCTS), ("o.csv", ORDERS), ("r.csv", RMAS)):
        take(database, name, text)
    other = ORDERS.replace("PL61 1090 1014 0000 0712 1981 2874", OTHER_ACCOUNT)
    with database.transaction() as connection:
        connection.execute(update(ledger.order_money).values(committed_minor=int(state != "approved")))
        connection.execute(insert(ledger.refund_intents).values(**INTENT, state=state))

    if taken:
        take(database, "o.csv", other)
    else:
        with pytest.raises(Malformed, match=r"o\.csv: .*Z-1001.*the account as it is"):
            take(database, "o.csv", other)

    assert account_of(database)[1] == (OTHER_ACCOUNT if taken else "PL61109010140000071219812874")


def test_a_return_stays_with_its_order_once_money_was_queued(database: store.Database) -> None:
    """In another order its slots would count as if nothing had been paid for them."""
    for name, text in (("p.csv", PRODUCTS), ("o.csv", ORDERS), ("r.csv", RMAS)):
        take(database, name, text)
    take(database, "o.csv", ORDERS.replace("Z-1001", "Z-1002"))
    with database.transaction() as connection:
        connection.execute(update(ledger.line_money).values(committed_minor=1))

    with pytest.raises(Malformed, match=r"r\.csv: row 2, column order_id = 'Z-1002'.*Z-1001: money of it was queued"):
        take(database, "r.csv", RMAS.replace("Z-1001", "Z-1002"))


def test_a_large_import_is_checked_in_the_time_of_reading_it(database: store.Database) -> None:
    """Whether an id is there twice is not asked of every id before it."""

    class Counted(str):
        asked = 0
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            Counted.asked += 1
            return str.__eq__(self, other)

    products = tuple(Product(Counted(f"S{number}"), "x") for number in range(2000))

    document.check(document.Document(products=products), "p.json")

    assert Counted.asked < 20 * len(products)
