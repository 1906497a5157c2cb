"""The sample shop holds one of everything a bench can meet, and never gets into a live hub."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from hub import hub_identity, ledger, people, refunds, store
from hub.shop import sample
from hub.shop.orders import Imported
from rma_station.domain.checks import gtin_valid
from rma_station.domain.tracking import recognise
from rma_station.errors import ModeMismatch
from tests.hub import databases
from tests.hub.money_world import NOON

DAY = NOON.date()
SHOP = sample.document(DAY)


def loaded(mode: str = "sample") -> store.Database:
    """A hub with the sample data."""
    database = databases.fresh()
    identity = hub_identity.prepare(database, mode, NOON, os.urandom)
    with database.transaction() as connection:
        assert sample.load(connection, identity, NOON, refunds.propose, os.urandom) == Imported(19, 59, 60)
    return database


def test_the_sample_is_loaded_once() -> None:
    """A second start of the hub finds it there."""
    database = loaded()
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
        assert sample.load(connection, identity, NOON, refunds.propose, os.urandom) is None
        assert connection.scalar(select(func.count()).select_from(ledger.order_money)) == 59


def test_live_refuses_it() -> None:
    """Sample and live never mix."""
    with pytest.raises(ModeMismatch, match="live hub"):
        loaded("live")


def test_the_same_day_gives_the_same_data() -> None:
    """And another day other dates only."""
    assert sample.document(DAY) == SHOP
    assert sample.document(DAY + timedelta(days=1)) != SHOP


def test_every_kind_stands_there_at_least_twice() -> None:
    """Sixty returns."""
    kinds = Counter(rma.kind for rma in SHOP.rmas)

    assert (len(SHOP.rmas), min(kinds.values()) >= 2, len(kinds)) == (60, True, 5)


def test_every_number_has_its_check_digit_and_its_carriers_shape() -> None:
    """Valid GTINs of the 590 range; numbers of four carriers, each recognised as its own."""
    codes = [code for product in SHOP.products for code in (*product.gtins, *product.packs)]
    assert [code for code in codes if not (code.startswith("0590") and gtin_valid(code))] == []
    assert len(codes) == len(set(codes))

    parcels = {parcel.tracking: parcel for rma in SHOP.rmas for parcel in rma.parcels}
    wrong = [
        parcel
        for parcel in parcels.values()
        if parcel.carrier not in {reading.carrier for reading in recognise(parcel.tracking)}
    ]
    assert wrong == []
    assert {parcel.carrier for parcel in parcels.values()} == {"inpost", "dpd", "dhl", "poczta"}


def test_parcels_and_returns_are_not_one_to_one() -> None:
    """One return in two parcels, two returns in one, and outbound parcels that come back."""
    held = Counter(parcel.parcel_id for rma in SHOP.rmas for parcel in rma.parcels)

    assert [rma.rma_id for rma in SHOP.rmas if len(rma.parcels) == 2] == ["RMA-2026-000003"]
    assert [name for name, count in held.items() if count == 2] == ["parcel-4-1"]
    assert sum(rma.outbound_tracking is not None for rma in SHOP.rmas) == 3


def test_the_sample_holds_what_is_hard() -> None:
    """A bundle, a multi-pack, serial numbers, unknown weights, euro, missing accounts, deadlines near and past."""
    lines = [line for rma in SHOP.rmas for line in rma.lines]
    left = [(date.fromisoformat(rma.deadline_on) - DAY).days for rma in SHOP.rmas]

    assert sum(bool(line.parts) for line in lines) == 1
    assert sum(bool(product.packs) for product in SHOP.products) == 1
    assert sum(bool(line.serials) for line in lines) >= 5
    assert sum(product.unit_grams is None for product in SHOP.products) == 3
    assert {product.category for product in SHOP.products} == {"apparel", "electronics", "cosmetics", "default"}
    assert Counter(order.currency for order in SHOP.orders) == {"PLN": 54, "EUR": 5}
    assert sum(not order.payments for order in SHOP.orders) == 2
    assert sum(bool(order.payments) and order.iban is None for order in SHOP.orders) >= 5
    assert min(left) < 0 < max(left)
    assert sum(0 <= days <= 2 for days in left) >= 3


def test_everybody_is_invented() -> None:
    """Mails at example.com only, accounts at a bank that does not exist."""
    assert {order.email.partition("@")[2] for order in SHOP.orders} == {"example.com"}
    assert {order.iban[4:12] for order in SHOP.orders if order.iban} == {"99900000"}


def test_the_sample_people_can_sign_in_and_decide() -> None:
    """Three workers, two supervisors, an administrator, with the PINs of the README."""
    database = loaded()

    with database.transaction() as connection:
        found = [
            (person.role, people.check(connection, person.worker_id, pin, NOON, roles=frozenset({person.role})).code)
            for person, pin in sample.PEOPLE
        ]
    assert found == [("worker", "")] * 3 + [("supervisor", "")] * 2 + [("administrator", "")]
