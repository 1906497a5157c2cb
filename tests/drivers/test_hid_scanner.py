"""A scanner in HID POS mode: opened by who it is, told that somebody reads, beeped through, back after replugging."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from drivers.address import parse_url
from drivers.catalogue import SCANNER_SCHEMES, open_scanner
from drivers.discovery import HIDRAW, Node
from drivers.hid_pos import layout
from drivers.hid_scanner import PosStream, connector, hid_scanner
from drivers.hidraw import HidrawStream
from drivers.replay import Entry, Player, ReplayClock
from rma_station.domain.outcome import Kind
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import DeviceState
from rma_station.system import SystemClock
from tests.drivers.machine import Machine
from tests.drivers.support import QUICK, Inbox
from tests.drivers.test_hid_pos import COUNTED, reports
from tests.drivers.test_hidraw import message_pipe

OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR
SHAPE = layout(COUNTED)
WITH_BEEPER = COUNTED[:-1] + bytes.fromhex("85fd 7508 953f 0901 9102 c0".replace(" ", ""))
"""Also report 253 out, 63 bytes."""


class Socket:
    """The USB socket: each connection is a fresh plugging in."""

    def __init__(self, descriptor: bytes = COUNTED) -> None:
        self._descriptor = descriptor
        self.far: socket.socket | None = None
        self.empty = False

    def connect(self) -> PosStream:
        if self.empty:
            raise DeviceLost("not plugged in")
        near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        node = Node(HIDRAW, "/dev/hidraw0", "1234", "0001", model="POS")
        return PosStream(HidrawStream(near.detach(), node, self._descriptor))

    def send(self, *given: bytes) -> None:
        assert self.far is not None
        for one in given:
            self.far.send(one)

    def unplug(self) -> None:
        assert self.far is not None
        self.empty = True
        self.far.close()


def test_scans_arrive_with_their_identifier(inbox: Inbox) -> None:
    """In one report and in several; GS survives."""
    plug = Socket()
    scanner = hid_scanner("pos", plug.connect, SystemClock(), backoff=QUICK)
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    long = b"0105901234123457\x1d" * 8
    plug.send(*reports(SHAPE, b"5901234123457"), *reports(SHAPE, long, b"]d2"))
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.stop()

    assert [(scan.device, scan.aim, scan.data, scan.damaged) for scan in inbox.scans] == [
        ("pos", "]E0", b"5901234123457", None),
        ("pos", "]d2", long, None),
    ]


def test_unplugged_in_the_middle_and_back(inbox: Inbox) -> None:
    """Half a scan is told, and the same scanner is read again."""
    plug = Socket()
    scanner = hid_scanner("pos", plug.connect, SystemClock(), backoff=QUICK)
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    plug.send(reports(SHAPE, b"A" * 60)[0])
    plug.unplug()
    inbox.until(lambda: inbox.states[-1] is ERROR)
    plug.empty = False
    inbox.until(lambda: inbox.states[-1] is READY)
    plug.send(*reports(SHAPE, b"OK"))
    inbox.until(lambda: len(inbox.scans) == 2)
    scanner.stop()

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"A" * 56, "incomplete"), (b"OK", None)]


def test_outcomes_are_beeped_through_the_scanner(inbox: Inbox) -> None:
    """One tone for OK, two for ATTENTION, three for STOP, each a whole report."""
    plug = Socket(WITH_BEEPER)
    scanner = hid_scanner("pos", plug.connect, SystemClock(), beep="honeywell", backoff=QUICK)
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    assert plug.far is not None
    heard = []
    for kind, count in ((Kind.OK, 1), (Kind.ATTENTION, 2), (Kind.STOP, 3)):
        scanner.signal(kind)
        heard += [plug.far.recv(100) for _ in range(count)]
    scanner.stop()

    assert heard == [bytes.fromhex("FD0316070D").ljust(64, b"\0")] * 6


def test_it_opens_from_its_url(tmp_path: Path) -> None:
    """By its descriptor, whatever number its node has; a Honeywell that knows no feature reports talks all the same."""
    machine = Machine(tmp_path)
    machine.usb("1-1", "0c2e", "0b61")
    machine.hidraw("1-1", "hidraw0", bytes.fromhex("05010906a101c0"))
    node = machine.hidraw("1-1", "hidraw1", COUNTED)
    with message_pipe(node) as peer:
        stream = connector(parse_url("hidraw:0c2e:0b61", schemes=SCANNER_SCHEMES), tmp_path)()
        os.write(peer, reports(SHAPE, b"A")[0])

        assert stream.read(1) == reports(SHAPE, b"A")[0]
        stream.close()


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("hidraw:0c2e:0b61?beep=zebra", "none honeywell"),
        ("hidraw:0c2e:0b61?layout=us", "beep"),
        ("hidraw:x", "hidraw:"),
    ],
)
def test_a_wrong_url_is_refused_at_once(url: str, named: str) -> None:
    """Before anything is opened."""
    with pytest.raises(Malformed, match=named):
        open_scanner("pos", url, "auto", SystemClock())


def test_its_url_makes_a_scanner() -> None:
    """``open_scanner`` makes the driver of a ``hidraw:`` URL."""
    assert open_scanner("pos", "hidraw:0c2e:0b61?beep=honeywell&suffix=cr", "auto", SystemClock()).name == "pos"


def test_a_recording_of_it_is_played_with_its_own_descriptor(inbox: Inbox) -> None:
    """The same driver, the same reports."""
    said = [Entry(0.0, "opened", text="POS", descriptor=COUNTED, vendor="0c2e")]
    said += [Entry(1.0, "in", one) for one in reports(SHAPE, b"5901234123457" * 8)]
    clock = ReplayClock()
    player = Player(said, clock, answers=False)
    scanner = open_scanner("pos", "hidraw:0c2e:0b61", "auto", clock, through=player.through)
    scanner.start(inbox)
    assert player.ended.wait(8.0)
    scanner.stop()

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"5901234123457" * 8, None)]
