"""A USB scale is found by who it is, read in its own layout, and told nothing but zero."""

from __future__ import annotations

import os
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.address import LOOKED_UP, parse_url
from drivers.catalogue import open_scale
from drivers.discovery import HIDRAW, Node
from drivers.hid_fields import FEATURE
from drivers.hid_scale import ScaleReports, hid_scale
from drivers.hidraw import HidrawStream
from rma_station.errors import Malformed, Refused
from rma_station.ports import DeviceState, DeviceStatus
from rma_station.system import SystemClock
from tests.drivers.machine import Machine
from tests.drivers.scales.test_usb_hid import OTHER, USUAL
from tests.drivers.support import QUICK, Inbox
from tests.drivers.test_hidraw import message_pipe

GRAMS, OUNCES = bytes.fromhex("030402006e03"), bytes.fromhex("03040bff3601")
DYMO = Node(HIDRAW, "/dev/hidraw3", "0922", "8003", model="M10", serial="D1", socket="1-2")


def opened(descriptor: bytes) -> tuple[ScaleReports, socket.socket]:
    """A scale whose far end is ours."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    near.setblocking(False)
    return ScaleReports(HidrawStream(near.detach(), DYMO, descriptor)), far


def problems(inbox: Inbox) -> list[tuple[str, ...]]:
    """The problems of the states in which it worked."""
    found = [item for item in inbox.messages if isinstance(item, DeviceStatus)]
    return [item.problems for item in found if item.state is DeviceState.READY]


def test_the_first_report_is_stale_and_other_reports_are_left_out() -> None:
    """It may be from before somebody emptied the pan."""
    scale, far = opened(USUAL)
    for report in (b"\x01\x07\x02", GRAMS, b"\x01\x07\x02", OUNCES + b"\0\0"):
        far.send(report)

    assert [scale.read(1) for _ in range(4)] == [b"", b"", b"", OUNCES]
    scale.wake()
    assert scale.read(60) == b""
    scale.close()
    far.close()


def test_zero_is_sent_as_the_descriptor_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An output report, a feature report, or refused."""
    scale, far = opened(USUAL)
    scale.write(b"")
    assert far.recv(16) == b"\x02\x02"
    scale.close()

    scale, _ = opened(OTHER)
    sent: list[bytes] = []
    monkeypatch.setattr(HidrawStream, "set_feature", lambda _, report: sent.append(report))
    scale.write(b"")
    assert sent == [b"\x00\x01"]
    scale.close()

    no_zero = USUAL.replace(bytes.fromhex("0980"), bytes.fromhex("0982"))
    scale, _ = opened(no_zero)
    with pytest.raises(Refused, match="use its own key"):
        scale.write(b"")
    scale.close()
    assert FEATURE != 0


def test_readings_and_a_unit_that_changes(tmp_path: Path, inbox: Inbox) -> None:
    """Grams, then ounces because somebody pressed its key: a problem that can be seen."""
    machine = Machine(tmp_path)
    machine.usb("1-2", "0922", "8003", "DYMO", "M10", "D1")
    node = machine.hidraw("1-2", "hidraw3", USUAL, "DYMO M10")
    scale = hid_scale(
        "scale", parse_url("hid-scale:0922:8003", schemes=LOOKED_UP), SystemClock(), "g", root=tmp_path, backoff=QUICK
    )
    with message_pipe(node) as peer:
        os.write(peer, GRAMS)
        os.write(peer, GRAMS)
        scale.start(inbox)
        inbox.until(lambda: bool(inbox.weighings))
        os.write(peer, OUNCES)
        inbox.until(lambda: inbox.weighings[-1].reading.unit == "oz")

        assert [inbox.weighings[0].reading.value, inbox.weighings[-1].reading.value] == [Decimal(878), Decimal("31.0")]
        assert problems(inbox) == [(), ("unit_changed",)]
    scale.stop()


@pytest.mark.parametrize("url", ["hid-scale:dymo", "hid-scale:", "hid-scale:0922:8003?color=red"])
def test_an_address_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    """Before anything is looked up."""
    with pytest.raises(Malformed):
        open_scale("scale", url, "mt-sics", SystemClock())


def test_the_catalogue_opens_it_by_its_scheme(inbox: Inbox) -> None:
    """Not plugged in: an error that names it, and no thread ends."""
    scale = open_scale("scale", "hid-scale:0922:8003", "mt-sics", SystemClock(), "g")
    scale.start(inbox)
    inbox.until(lambda: DeviceState.ERROR in inbox.states)
    scale.zero()
    scale.tare()
    scale.stop()

    assert [item.detail for item in inbox.messages if isinstance(item, DeviceStatus)][1] == "0922:8003: not plugged in"
