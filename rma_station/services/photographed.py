"""What a phone would take photos of: what is in hand, as the hub and people call it."""

from __future__ import annotations

from rma_station.domain.flows import photo
from rma_station.domain.flows.state import Bench, Context
from rma_station.domain.flows.subjects import cases_of, of_unit
from rma_station.services.bench import PhoneAsked


def photographed(bench: Bench, context: Context) -> PhoneAsked | None:
    """What is in hand; ``None`` when nothing is."""
    of = photo.in_hand(bench, context) or photo.between_units(bench)
    if of is None:
        return None
    book = context.book
    hit = book.unit(of.unit_id) if of.unit_id else None
    if hit is None:
        parcel = book.parcel(of.parcel_id)
        cases = cases_of(parcel, context) if parcel else (of.parcel_id,)
        return PhoneAsked(of.parcel_id, cases, None, of.role, "", parcel.code if parcel else "")
    product = book.product(hit.unit.part_sku or hit.unit.sku or "")
    cases = of_unit(context, hit).case_ids
    return PhoneAsked(of.parcel_id, cases, of.unit_id, of.role, hit.unit.lpn, product.name if product else "")
