"""A parcel on the scale: what is held, what is noted, and what cannot be compared."""

from __future__ import annotations

from rma_station.domain.outcome import Message
from tests.flows.bench import CABLE, SHIRT, bench, line, opened


def test_a_parcel_lighter_than_its_lightest_unit_allows_is_held() -> None:
    """Something is missing before anything was unpacked."""
    b = opened(line("L1", SHIRT, quantity=2))

    said = b.weigh(200)

    assert (said, b.book.parcel("parcel-1-0").weight_verdict) == ("attention:weight_light", "light")  # type: ignore[union-attr]


def test_a_parcel_with_one_unit_can_be_too_light() -> None:
    """A box that weighs less than the shirt in it: held, and shown."""
    b = opened(line("L1", SHIRT))

    said = b.weigh(120)

    shown = [fact.key for fact in b.view.facts if isinstance(fact, Message)]
    assert (said, "flow.fact_weight_light" in shown) == ("attention:weight_light", True)


def test_a_parcel_just_below_its_units_is_noted_and_never_said_to_fit() -> None:
    """Scale and catalogue may be that wrong; nobody is told that it fits."""
    b = opened(line("L1", SHIRT))

    said = b.weigh(240)

    parcel = b.book.parcel("parcel-1-0")
    assert (said, parcel.weight_verdict, parcel.expected_grams) == ("ok:weight_short", "short", 250)  # type: ignore[union-attr]


def test_a_parcel_with_a_unit_of_unknown_weight_is_not_compared() -> None:
    """Nothing is guessed from half the weights."""
    b = opened(line("L1", SHIRT), line("L2", CABLE))

    assert b.weigh(100) == "ok:weight_not_compared"


def test_a_weight_between_parcels_is_nothing() -> None:
    """The scale may say what it likes while no parcel is open."""
    b = bench()

    assert (b.weigh(100), b.types()) == ("", ["worker.signed_in"])
