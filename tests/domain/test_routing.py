"""Which printer gets a job: kinds, languages, stand-ins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain.routing import Route, candidates

SMALL = Route("small", "zpl", ("unit", "quarantine"), fallback="large")
LARGE = Route("large", "zpl", ("pallet", "carrier"), fallback="office")
OFFICE = Route("office", "pdf")
HOUSE = (SMALL, LARGE, OFFICE)


@pytest.mark.parametrize(
    ("kind", "spoken", "expected"),
    [
        pytest.param("unit", None, ("small", "large", "office"), id="its printer, then the stand-ins in a row"),
        pytest.param("pallet", None, ("large", "office"), id="another printer's kind"),
        pytest.param("return_slip", None, ("office",), id="nobody is there for it: the one for all the rest"),
        pytest.param("carrier", "zpl", ("large",), id="ZPL bytes never go to a printer of something else"),
        pytest.param("carrier", "pdf", ("office",), id="PDF bytes skip the label printer"),
        pytest.param("carrier", "epl", (), id="no printer understands it"),
    ],
)
def test_the_printers_of_a_kind(kind: str, spoken: str | None, expected: tuple[str, ...]) -> None:
    """A job of a kind may go to these printers, the best first."""
    assert candidates(kind, spoken, HOUSE) == expected


def test_printers_without_kinds_are_tried_in_their_order() -> None:
    """As it is without any routing in the configuration."""
    assert candidates("unit", None, (Route("a", "zpl"), Route("b", "pdf"))) == ("a", "b")


def test_bytes_that_the_meant_printer_cannot_read_go_to_one_for_all_the_rest() -> None:
    """A carrier's PDF, though carrier labels are meant for a label printer without a stand-in."""
    routes = (Route("large", "zpl", ("carrier",)), OFFICE)

    assert candidates("carrier", "pdf", routes) == ("office",)
    assert candidates("carrier", "zpl", routes) == ("large",)


def test_two_that_stand_in_for_each_other_end() -> None:
    """A circle is no endless way."""
    routes = (Route("a", "zpl", ("unit",), fallback="b"), Route("b", "zpl", ("unit",), fallback="a"))

    assert candidates("unit", None, routes) == ("a", "b")


NAMES = st.sampled_from("abcdef")
ROUTES = st.lists(
    st.builds(
        Route,
        NAMES,
        st.sampled_from(["zpl", "pdf"]),
        st.lists(st.sampled_from(["unit", "pallet"]), max_size=2).map(tuple),
        NAMES | st.just(""),
    ),
    max_size=6,
    unique_by=lambda route: route.printer,
)


@given(ROUTES, st.sampled_from(["unit", "pallet", "carrier"]), st.none() | st.sampled_from(["zpl", "pdf"]))
def test_a_job_never_goes_where_it_must_not(routes: list[Route], kind: str, spoken: str | None) -> None:
    """Each printer once, of the right language, and with a way that leads from one that is there for the kind."""
    found = candidates(kind, spoken, routes)
    by_name = {route.printer: route for route in routes}

    assert len(set(found)) == len(found)
    assert all(spoken in (None, by_name[name].language) for name in found)
    for name in found:
        asked = kind in by_name[name].kinds or not by_name[name].kinds
        assert asked or any(route.fallback == name for route in routes)
