"""Scanners made up in the program: every fault that is switched on has a visible result, and none is the end."""

from __future__ import annotations

import pytest

from drivers.catalogue import open_scanner
from rma_station.errors import Malformed
from rma_station.ports import DeviceState, DeviceStatus
from rma_station.system import SystemClock
from tests.drivers.support import Inbox

READY, ERROR = DeviceState.READY, DeviceState.ERROR
KINDS = pytest.mark.parametrize("kind", ["scanner", "wedge"])


def heard(inbox: Inbox, url: str, count: int) -> list[tuple[bytes, str | None]]:
    """The first scans of a simulated scanner."""
    scanner = open_scanner("sim", url, "auto", SystemClock())
    scanner.start(inbox)
    inbox.until(lambda: len(inbox.scans) >= count)
    scanner.stop()
    return [(scan.data, scan.damaged) for scan in inbox.scans[:count]]


@KINDS
def test_it_reads_its_codes_again_and_again(kind: str, inbox: Inbox) -> None:
    """As fast as it is told."""
    assert heard(inbox, f"sim:{kind}?codes=AB,C-1&every=0.01", 4) == [
        (b"AB", None), (b"C-1", None), (b"AB", None), (b"C-1", None),
    ]  # fmt: skip


@pytest.mark.parametrize("layout", ["us", "uk", "de", "fr", "pl"])
def test_one_that_types_types_in_its_layout(layout: str, inbox: Inbox) -> None:
    """The driver decodes what was encoded."""
    assert heard(inbox, f"sim:wedge?layout={layout}&codes=Zy-%5B1%5D&every=0.01", 1) == [(b"Zy-[1]", None)]


@pytest.mark.parametrize(
    ("kind", "fault", "third"),
    [
        ("scanner", "drops", (b"123467", None)),
        ("scanner", "split", (b"1234567", None)),
        ("scanner", "parity", (bytes(byte | 0x80 for byte in b"1234567"), None)),
        ("wedge", "drops", (b"12367", "overflow")),
        ("wedge", "split", (b"1234567", None)),
        ("wedge", "parity", (b"1234567", "characters")),
        ("wedge", "split,parity", (b"1234567", "characters")),
    ],
)
def test_every_third_message_is_hit(kind: str, fault: str, third: tuple[bytes, str | None], inbox: Inbox) -> None:
    """A byte lost on a line is for the check digit to find; a full buffer of keys says so itself."""
    good = (b"1234567", None)

    assert heard(inbox, f"sim:{kind}?codes=1234567&every=0.01&fault={fault}", 4) == [good, good, third, good]


@KINDS
def test_a_flood_is_reported_once_and_the_next_scan_is_whole(kind: str, inbox: Inbox) -> None:
    """What is left of the flood goes with the code it covered."""
    found = heard(inbox, f"sim:{kind}?codes=12&every=0.01&fault=flood", 4)

    assert [(len(data), damaged) for data, damaged in found] == [(2, None), (2, None), (65536, "too_long"), (2, None)]


@KINDS
def test_a_cable_that_is_pulled_in_the_middle_of_a_scan_comes_back(kind: str, inbox: Inbox) -> None:
    """Half a scan is told, the scanner is lost with a reason, and goes on by itself."""
    found = heard(inbox, f"sim:{kind}?codes=1234&every=0.01&fault=unplug", 4)
    states = [item for item in inbox.messages if isinstance(item, DeviceStatus)]

    assert found == [(b"1234", None), (b"1234", None), (b"12", "incomplete"), (b"1234", None)]
    assert [item.detail for item in states if item.state is ERROR][0] == f"sim:{kind}: unplugged"  # noqa: RUF015
    assert READY in [item.state for item in states][-2:]


def test_noise_shows_on_the_service_screen(inbox: Inbox) -> None:
    """Wrong parity, until a scan can be read again."""
    heard(inbox, "sim:scanner?codes=1234567&every=0.01&fault=parity", 4)
    problems = [item.problems for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is READY]

    assert problems[:3] == [(), ("garbled",), ()]


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("sim:scanner?fault=fire", "drops split parity unplug flood"),
        ("sim:scanner?every=often", "every=SECONDS"),
        ("sim:scanner?every=0", "every=SECONDS"),
        ("sim:scanner?codes=,", "codes="),
        ("sim:wedge?codes=ł", "no key for"),
        ("sim:wedge?layout=xx", "us uk de fr pl"),
        ("sim:printer", "sim:scanner or sim:wedge"),
        ("sim:scanner?baud=9600", "unknown option"),
    ],
)
def test_a_wrong_setting_is_refused_at_once(url: str, named: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(Malformed, match=named):
        open_scanner("sim", url, "auto", SystemClock())
