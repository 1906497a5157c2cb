"""A phone is offered once the hub has said that it can, and asked for what is in hand."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rma_station.domain.flows.inputs import Pressed
from rma_station.domain.flows.state import Rules
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import say
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus
from rma_station.services.bench import NoPhone, PhoneAsked, PhonePage
from rma_station.services.phones import PROBE, Phones
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import ServiceBench
from tests.sync.tiny_hub import StationThread, wait_for

PAGE = PhonePage(("11", "10"), "returns.example", 600, PhoneAsked("p", ("c",), "u", "grade"))


class Hub:
    """What is asked of it, and what it says."""

    def __init__(self, says: PhonePage | NoPhone, name: str = "phone") -> None:
        self.says, self.asked = says, []
        self.states: list[DeviceMessage] = []
        self.offered: list[bool] = []
        self.station = StationThread()
        self.phones = Phones(name, self.ask, self.station, self.states.append, self.offered.append)

    def ask(self, asked: PhoneAsked) -> PhonePage | NoPhone:
        """Answer."""
        self.asked.append(asked)
        return self.says


@pytest.mark.parametrize(
    ("says", "offered", "state"),
    [
        (NoPhone("unit_not_here", say("phone.unit_not_here")), True, DeviceState.READY),
        (PAGE, True, DeviceState.READY),
        (NoPhone("no_public_url", say("phone.no_public_url")), False, DeviceState.ERROR),
        (NoPhone("unauthorised", say("phone.refused", reason="x")), False, DeviceState.ERROR),
    ],
)
def test_the_hub_is_asked_when_it_comes_online(says: PhonePage | NoPhone, offered: bool, state: DeviceState) -> None:
    """Of no unit at all: only one without an address for phones says so."""
    hub = Hub(says)
    hub.phones.hub_is_there()
    wait_for(lambda: hub.offered)

    assert (hub.offered, hub.asked) == ([offered], [PROBE])
    assert [status.state for status in hub.states if isinstance(status, DeviceStatus)] == [state]


@pytest.mark.parametrize("can", [True, False])
def test_phones_nobody_configured_are_offered_where_the_hub_can_and_no_problem_where_it_cannot(can: bool) -> None:
    """A bench without a camera uses the worker's telephone; a hub without a public address disturbs nobody."""
    hub = Hub(PAGE if can else NoPhone("no_public_url", say("phone.no_public_url")), name="")
    hub.phones.hub_is_there()
    wait_for(lambda: hub.offered)

    assert (hub.offered, hub.states, hub.phones.refused) == ([can], [], "")


def test_a_hub_that_is_gone_again_changes_nothing() -> None:
    """What was known stays."""
    hub = Hub(NoPhone("offline", say("phone.offline")))
    hub.phones.hub_is_there()
    wait_for(lambda: hub.asked)
    wait_for(lambda: "phones" not in {thread.name for thread in threading.enumerate()})

    assert (hub.offered, hub.states) == ([], [])


def test_a_page_is_for_what_is_in_hand() -> None:
    """And there is none for nothing."""
    hub = Hub(PAGE)

    assert hub.phones.page(lambda: PAGE.asked).result(5) == PAGE
    nothing = hub.phones.page(lambda: None).result(5)
    assert nothing == NoPhone("nothing", say("flow.photo_nothing"))
    assert hub.asked == [PAGE.asked]


def test_the_station_says_what_is_in_hand_and_offers_phones_on_the_hubs_word(tmp_path: Path) -> None:
    """With words for people, and nothing of a customer."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT, 1)),), Rules())
    bench.badge()
    assert bench.station.photographed() is None
    bench.scan("TRACK10")
    box = bench.station.photographed()
    bench.scan("5901234123457")
    (unit,) = bench.book.case("RMA-2026-000001").live_units

    assert box == PhoneAsked("parcel-1-0", ("RMA-2026-000001",), None, "packaging", "", "TRACK10")
    assert bench.station.photographed() == PhoneAsked(
        "parcel-1-0", ("RMA-2026-000001",), unit.unit_id, "grade", unit.lpn, "Koszula"
    )
    assert bench.station.handle(Pressed(Command.PHOTO)).update.sheet is None  # type: ignore[union-attr]
    bench.station.offer_phone(True)
    assert bench.station.handle(Pressed(Command.PHOTO)).update.sheet == "phone"  # type: ignore[union-attr]
    bench.station.offer_phone(False)
    assert bench.station.handle(Pressed(Command.PHOTO)).update.sheet is None  # type: ignore[union-attr]
