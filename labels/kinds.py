"""The kinds of label and sheet there are, by the names that configuration, commands and routing use.

A kind says what a piece of paper is for, not what it looks like: its look is a template for each size of label stock.
Routing (which printer takes which kind) goes by these names and needs nothing else of a label.
"""

from __future__ import annotations

from rma_station.domain.effects import PrintUnitLabel

UNIT = "unit"
"""The label of one unit, with its LPN."""
QUARANTINE = "quarantine"
"""A dangerous unit or box: the LPN with a warning."""
HYGIENE = "hygiene"
"""An opened hygiene article: the LPN with a warning."""
PALLET = "pallet"
"""Licence plate of a pallet or tote: an SSCC."""
RETURN_SLIP = "return_slip"
"""Goes into the parcel when goods are sent back to the customer."""
CUSTOMER_RETURN = "customer_return"
"""The customer's own label: our address and the RMA number to scan."""
CARRIER = "carrier"
"""A carrier's label, as bytes from the carrier; never changed by us."""

LABELS = (UNIT, QUARANTINE, HYGIENE, PALLET, RETURN_SLIP, CUSTOMER_RETURN)
"""Kinds we lay out ourselves, on label stock."""
SHEETS = ("commands", "grades", "badges", "device_test")
"""Kinds that come as A4 pages for an office printer, always PDF."""
KINDS = (*LABELS, CARRIER, *SHEETS)


def of_job(job: PrintUnitLabel) -> str:
    """``quarantine`` for the label of a dangerous unit, ``unit`` for every other."""
    return QUARANTINE if job.dangerous else UNIT
