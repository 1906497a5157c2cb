"""A scanner in HID POS mode, on the kernel's own usbhid and hidraw."""

from __future__ import annotations

import pytest

from drivers.discovery import nodes
from rma_station.domain.outcome import Kind
from rma_station.ports import DeviceState
from tests.device.bench import Bench
from tests.device.gadget import Identity, wait_until
from tests.device.hid import PosGadget, pos_reports
from tests.device.identities import DYMO, NAMELESS_POS, OTHER_POS, POS

OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR


def url(identity: Identity) -> str:
    return f"hidraw:{identity.vendor:04x}:{identity.model:04x}?serial={identity.serial}"


@pytest.fixture
def pos(bench: Bench) -> PosGadget:
    """A scanner that is plugged in, told that somebody reads, and ready."""
    pos = bench.plugged(PosGadget(POS))
    bench.scanner(url(POS))
    bench.until(READY)
    pos.await_report(b"\xfe\x01")
    return pos


def test_scans_with_their_symbology(bench: Bench, pos: PosGadget) -> None:
    """Bytes as the barcode has them: GS, letters beyond ASCII and all, with the AIM identifier beside."""
    pos.scan(b"0105901234123457\x1d21X", b"]d2")
    pos.scan("Zażółć".encode(), b"]Q1")
    bench.until_scans(2)

    assert [(scan.aim, scan.data, scan.damaged) for scan in bench.inbox.scans] == [
        ("]d2", b"0105901234123457\x1d21X", None),
        ("]Q1", "Zażółć".encode(), None),
    ]


def test_a_code_of_many_reports(bench: Bench, pos: PosGadget) -> None:
    """Put together to one scan."""
    code = b"".join(b"%04d," % number for number in range(150))

    assert bench.whole_scan(lambda: pos.scan(code, b"]d1")).data == code


def test_forty_codes_without_a_pause(bench: Bench, pos: PosGadget) -> None:
    """None lost, none twice, in order."""
    codes = [b"RMA-2026-%06d" % number for number in range(40)]
    for code in codes:
        pos.scan(code)

    assert bench.until_scans(40) == codes


def test_pulled_out_in_the_middle_of_a_scan(bench: Bench, pos: PosGadget) -> None:
    """What came of it is incomplete; the next one, after it is back at another node, is whole."""
    before = pos.hidraw
    first, *_ = pos_reports(b"x" * 100, b"]d1")
    pos.send(first)
    pos.unplug()
    bench.until(ERROR)
    bench.plugged(PosGadget(DYMO))
    pos.plug()
    bench.until(READY)
    pos.scan(b"AGAIN")
    bench.inbox.until(lambda: bench.inbox.data[-1:] == [b"AGAIN"])

    assert [scan.data for scan in bench.inbox.scans if scan.damaged is None] == [b"AGAIN"]
    assert [scan.data for scan in bench.inbox.scans if scan.damaged] in ([], [b"x" * 56])
    assert bench.states() == [OPENING, READY, ERROR, READY]
    assert pos.hidraw != before


def test_two_of_one_model_are_told_apart(bench: Bench, pos: PosGadget) -> None:
    """Told apart by their serial numbers."""
    other = bench.plugged(PosGadget(OTHER_POS))
    bench.scanner(url(OTHER_POS), "right")
    bench.until(READY, "right")
    other.scan(b"RIGHT")
    pos.scan(b"LEFT")
    bench.until_scans(2)

    assert sorted((scan.device, scan.data) for scan in bench.inbox.scans) == [("left", b"LEFT"), ("right", b"RIGHT")]


def test_two_that_cannot_be_told_apart(bench: Bench) -> None:
    """Neither is taken by a name that fits both; each is by its socket."""
    gadgets = [bench.plugged(PosGadget(NAMELESS_POS)) for _ in range(2)]
    numbers = f"{NAMELESS_POS.vendor:04x}:{NAMELESS_POS.model:04x}"

    def sockets() -> list[str]:
        return sorted(node.socket for node in nodes() if f"{node.vendor}:{node.product}" == numbers)

    wait_until(lambda: len(sockets()) == 2)
    bench.scanner(f"hidraw:{numbers}", "either")
    bench.until(ERROR, "either")
    for name, socket in zip(("left", "right"), sockets(), strict=True):
        bench.scanner(f"hidraw:{numbers}?port={socket}", name)
        bench.until(READY, name)
    for gadget, code in zip(gadgets, (b"FIRST", b"SECOND"), strict=True):
        gadget.scan(code)
    bench.until_scans(2)

    assert sorted((scan.device, scan.data) for scan in bench.inbox.scans) == [("left", b"FIRST"), ("right", b"SECOND")]


def test_it_beeps_when_the_report_is_sent(bench: Bench) -> None:
    """Report 253 with the maker's command, as long as the scanner says it is."""
    pos = bench.plugged(PosGadget(POS))
    scanner = bench.scanner(f"{url(POS)}&beep=honeywell")
    bench.until(READY)
    scanner.signal(Kind.OK)

    pos.await_report(b"\xfd\x03\x16\x07\x0d".ljust(64, b"\0"))
