"""Bytes through ``scan.interpret`` into the flow: what looks like several things is taken as what it can be now."""

from __future__ import annotations

import re
from dataclasses import replace

from rma_station.domain import codes, scan
from rma_station.domain.flows.inputs import Scanned
from rma_station.domain.flows.stages import ConfirmOrphan, Idle, Packaging
from rma_station.domain.meaning import Command
from rma_station.domain.rma import AnnouncedParcel, Product, Rma
from tests.flows.bench import SHIRT, FlowBench, bench, line, rma

RULES = scan.ScanRules(
    re.compile(r"RMA-\d{4}-\d{6}"),
    re.compile(r"[A-Z]{1,4}-?\d{4,10}"),
    "bench-1",
    codes.badge_key(bytes(32)),
    codes.command_key(bytes(32), "bench-1"),
)
GTIN_14_AND_DPD = "15400141288763"
"""Fourteen digits with a GTIN's check digit, which DPD has in every tenth parcel number."""


def scanned(b: FlowBench, text: str, aim: str | None = None) -> str:
    """One scan from its bytes on."""
    return b.give(Scanned(scan.interpret(text.encode(), aim, None, RULES), text))


def announced(tracking: str, carrier: str = "dpd", product: Product = SHIRT) -> Rma:
    """An RMA whose parcel has this number."""
    return replace(rma(1, line("L1", product)), parcels=(AnnouncedParcel("parcel-1", tracking, carrier),))


def test_an_announced_number_is_found_whatever_it_looks_like() -> None:
    """A carrier we know no shape of, and GLS, whose eight characters look like a SKU."""
    for number in ("ZH1A2B3C", "ORLEN/77-X"):
        b = bench(announced(number, "gls"))

        assert (scanned(b, number), b.stage) == ("ok:parcel_opened", Packaging)


def test_an_announced_number_that_could_be_a_product_is_its_parcel() -> None:
    """The look-up decides, nobody is asked."""
    b = bench(announced(GTIN_14_AND_DPD))

    assert (scanned(b, GTIN_14_AND_DPD), b.stage) == ("ok:parcel_opened", Packaging)


def test_an_unknown_number_that_could_be_a_product_opens_no_orphan_unasked() -> None:
    """A unit scanned too early must not become a parcel."""
    b = bench()

    assert (scanned(b, GTIN_14_AND_DPD), b.stage) == ("attention:parcel_unknown", ConfirmOrphan)


def test_a_product_is_no_parcel() -> None:
    """Its symbology says so."""
    b = bench()

    assert (scanned(b, "5901234123457", "]E0"), b.stage) == ("attention:parcel_first", Idle)


def test_a_sku_may_look_like_a_parcel_number() -> None:
    """Eleven digits, as DHL and GLS have them."""
    product = Product("74012345678", "Kubek")
    b = bench(announced("09980000020033", product=product))
    b.book.products[product.sku] = product
    scanned(b, "09980000020033")
    b.choose(1)

    assert scanned(b, "74012345678") == "ok:unit_identified"


def test_a_sku_may_be_an_ean_the_catalogue_does_not_list() -> None:
    """Small shops use one for the other."""
    product = Product("5909999999997", "Talerz")
    b = bench(announced("09980000020033", product=product))
    b.book.products[product.sku] = product
    scanned(b, "09980000020033")
    b.choose(1)

    assert scanned(b, "5909999999997", "]E0") == "ok:unit_identified"


def test_the_words_of_the_label_find_the_parcel_announced_by_its_number() -> None:
    """28 characters on the label, 14 digits from the shop."""
    b = bench(announced("09980000020033"))

    assert scanned(b, "008182709980000020033350276C", "]C0") == "ok:parcel_opened"


def test_a_parcel_opened_by_its_rma_is_the_same_parcel_by_its_label() -> None:
    """Set aside under one number, taken up again under another: never opened twice."""
    b = bench(announced("09980000020033"))
    b.rma("RMA-2026-000001")
    b.choose(1)
    b.press(Command.SET_ASIDE)
    b.book.parcel_opened_with = lambda code: None  # type: ignore[method-assign]  # filed under the shop's form

    scanned(b, "008182709980000020033350276C")

    assert b.types() == ["worker.signed_in", "parcel.opened", "parcel.inspected", "parcel.set_aside", "parcel.resumed"]
