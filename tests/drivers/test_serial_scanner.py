"""A scanner on a serial line: nothing lost, nothing split, back by itself after it was unplugged."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.catalogue import open_scanner
from drivers.serial_scanner import SerialScanner
from drivers.thread import Backoff, DeviceThread, Session
from drivers.transport import Stream, open_url
from rma_station.domain.outcome import Kind
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus
from rma_station.system import SystemClock
from tests.drivers.support import QUICK, Inbox, Line

OFFLINE, OPENING, READY, ERROR = DeviceState.OFFLINE, DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR


def scanner_on(line: Line, beep: str = "none", name: str = "left") -> SerialScanner:
    return SerialScanner(name, lambda: open_url(line.url), SystemClock(), beep=beep, backoff=QUICK)


@pytest.fixture
def scanner(line: Line, inbox: Inbox) -> Iterator[SerialScanner]:
    scanner = scanner_on(line)
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    yield scanner
    scanner.stop()


def test_a_scan_arrives_with_device_and_time(scanner: SerialScanner, line: Line, inbox: Inbox) -> None:
    """The time is that of the last byte, on the monotonic clock."""
    before = time.monotonic()
    line.send(b"]E05901234123457\r")
    inbox.until(lambda: len(inbox.scans) == 1)

    scan = inbox.scans[0]
    assert (scan.device, scan.data, scan.aim, scan.damaged) == ("left", b"5901234123457", "]E0", None)
    assert before <= scan.at <= time.monotonic()


def test_half_a_scan_is_reported_as_damaged(scanner: SerialScanner, line: Line, inbox: Inbox) -> None:
    """A scan without its end is shown, never submitted."""
    line.send(b"59012")
    inbox.until(lambda: len(inbox.scans) == 1)

    assert (inbox.scans[0].data, inbox.scans[0].damaged) == (b"59012", "incomplete")


def test_a_thousand_scans_from_two_scanners_without_a_pause(tmp_path: Path, inbox: Inbox) -> None:
    """None lost, none split, none reordered per scanner."""
    lines = [Line(tmp_path, "a"), Line(tmp_path, "b")]
    scanners = [scanner_on(line, name=line.path.name) for line in lines]
    for scanner in scanners:
        scanner.start(inbox)
    inbox.until(lambda: inbox.states.count(READY) == 2)
    codes = {line.path.name: [f"{line.path.name}-{n:04}".encode() for n in range(500)] for line in lines}

    senders = [
        threading.Thread(target=line.send, args=(b"".join(code + b"\r" for code in codes[line.path.name]),))
        for line in lines
    ]
    for sender in senders:
        sender.start()
    inbox.until(lambda: len(inbox.scans) == 1000)

    received = {name: [scan.data for scan in inbox.scans if scan.device == name] for name in codes}
    assert received == codes
    for sender, scanner, line in zip(senders, scanners, lines, strict=True):
        sender.join()
        scanner.stop()
        line.unplug()


def test_a_megabyte_without_terminator_is_reported_and_the_next_scan_is_whole(
    scanner: SerialScanner, line: Line, inbox: Inbox
) -> None:
    """A wrong setting or noise does not stop the scanner."""
    line.send(b"x" * 1_000_000 + b"\rOK\r")
    inbox.until(lambda: len(inbox.scans) == 2)

    assert [(scan.damaged, len(scan.data)) for scan in inbox.scans] == [("too_long", 65536), (None, 2)]


def test_unplugged_while_read_and_back(
    scanner: SerialScanner, line: Line, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """It says why it is lost, opens again by itself, and logs each once."""
    caplog.set_level(logging.INFO, "drivers")
    line.send(b"A\rB")
    inbox.until(lambda: len(inbox.scans) == 1)
    line.unplug()
    inbox.until(lambda: inbox.states[-1] is ERROR)
    time.sleep(0.15)  # several attempts meanwhile
    line.plug()
    inbox.until(lambda: inbox.states[-1] is READY)
    line.send(b"C\r")
    inbox.until(lambda: b"C" in inbox.data)

    assert inbox.data in ([b"A", b"B", b"C"], [b"A", b"C"])
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "left is lost" in caplog.records[0].message
    assert "left is back" in caplog.records[1].message


def test_a_scanner_that_is_not_there_yet_comes_when_it_is_plugged_in(line: Line, inbox: Inbox) -> None:
    """The station starts without it, and it gets READY by itself."""
    line.unplug()
    scanner = scanner_on(line)
    scanner.start(inbox)
    inbox.until_state(OPENING, ERROR)
    line.plug()
    inbox.until_state(OPENING, ERROR, READY)
    scanner.stop()


BEEPED = {
    "honeywell": (b"\x1b1,", b"\x1b7,", b"\x1b5,\x1b5,", b"\x1b8,"),
    "zebra": (b"", b"\x07", b"\x07\x07", b"\x07\x07\x07"),
    "datalogic": (b"", b"\x01", b"34\r34\r", b"34\r34\r34\r"),
}


@pytest.mark.parametrize(("beep", "expected"), BEEPED.items(), ids=BEEPED)
def test_outcomes_are_beeped_through_the_scanner(
    beep: str, expected: tuple[bytes, ...], line: Line, inbox: Inbox
) -> None:
    """OK, ATTENTION and STOP differ; READY is a light where the scanner waits for an answer, and nothing elsewhere."""
    scanner = scanner_on(line, beep)
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    received = []
    for kind, signal in zip((Kind.READY, Kind.OK, Kind.ATTENTION, Kind.STOP), expected, strict=True):
        scanner.signal(kind)
        received.append(line.receive(len(signal)))
    scanner.stop()

    assert tuple(received) == expected


def test_a_scanner_without_beeper_ignores_signals(scanner: SerialScanner, line: Line, inbox: Inbox) -> None:
    """Nothing is written to a device that did not say it understands it."""
    scanner.signal(Kind.STOP)
    line.send(b"A\r")
    inbox.until(lambda: len(inbox.scans) == 1)

    assert inbox.data == [b"A"]


def test_stopping_is_quick_and_says_offline(scanner: SerialScanner, inbox: Inbox) -> None:
    """Also while nothing comes from the scanner; it can be started again."""
    began = time.monotonic()
    scanner.stop()
    inbox.until(lambda: inbox.states == [OPENING, READY, OFFLINE])

    assert time.monotonic() - began < 1
    scanner.start(inbox)
    inbox.until(lambda: inbox.states == [OPENING, READY, OFFLINE, OPENING, READY])


def test_the_waits_grow_from_half_a_second_to_five() -> None:
    """0.5, 1, 2, 4, 5, 5."""
    waits = [0.0]
    for _ in range(6):
        waits.append(Backoff().after(waits[-1]))

    assert waits[1:] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_defect_in_a_driver_is_a_status_and_not_the_end(inbox: Inbox) -> None:
    """The thread goes on and tries again; also a sink that raises does not end it."""
    tries = []

    def serve(stream: Stream, session: Session) -> None:
        tries.append(stream)
        if len(tries) < 3:
            raise ZeroDivisionError("oops \x1b[2J")
        session.ready("recovered")
        session.wait(60)

    def sink(message: DeviceMessage) -> None:
        inbox(message)
        raise RuntimeError("the receiver is broken")

    thread = DeviceThread("left", "scanner", lambda: open_url("loop:"), serve, clock=SystemClock(), backoff=QUICK)
    thread.start(sink)
    inbox.until_state(OPENING, ERROR, READY)
    thread.stop()

    reasons = [item.detail for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is ERROR]
    assert reasons == ["defect: oops ␛[2J"]


def test_a_lost_handle_is_closed_before_the_next_is_opened(inbox: Inbox) -> None:
    """Otherwise an exclusive port could never be opened again."""
    story: list[str] = []

    class Noted:
        detail = "noted"

        def read(self, timeout: float) -> bytes:
            raise OSError("gone")

        def write(self, data: bytes) -> None: ...

        def wake(self) -> None: ...

        def close(self) -> None:
            story.append("close")

    def connect() -> Stream:
        story.append("open")
        return Noted()

    thread = DeviceThread(
        "left", "scanner", connect, lambda s, _: s.read(1) and None, clock=SystemClock(), backoff=QUICK
    )
    thread.start(inbox)
    inbox.until(lambda: ERROR in inbox.states)
    while len(story) < 6:
        threading.Event().wait(0.01)
    thread.stop()

    assert story[:6] == ["open", "close"] * 3


def test_a_device_that_is_being_opened_does_not_hold_up_the_end(inbox: Inbox) -> None:
    """Stopping waits a second at most; what was being opened is closed as soon as it is there."""
    may_open = threading.Event()
    opened: list[Stream] = []

    def connect() -> Stream:
        may_open.wait(60)
        opened.append(open_url("loop:"))
        return opened[0]

    scanner = SerialScanner("left", connect, SystemClock())
    scanner.start(inbox)
    inbox.until_state(OPENING)
    began = time.monotonic()
    scanner.stop()
    assert time.monotonic() - began < 2
    may_open.set()
    inbox.until(lambda: inbox.states == [OPENING, OFFLINE])

    with pytest.raises(DeviceLost):
        opened[0].read(0)


def test_a_scanner_behind_a_socket_is_read_and_comes_back(inbox: Inbox) -> None:
    """A serial-to-network converter that is restarted."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket:127.0.0.1:{server.getsockname()[1]}"
        scanner = SerialScanner("left", lambda: open_url(url), SystemClock(), backoff=QUICK)
        scanner.start(inbox)
        for code in (b"A", b"B"):
            peer, _ = server.accept()
            with peer:
                peer.sendall(code + b"\r\nhalf")
                inbox.until(lambda code=code: code in inbox.data)  # type: ignore[misc]
            inbox.until(lambda: inbox.states[-1] is ERROR)
        scanner.stop()

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [
        (b"A", None),
        (b"half", "incomplete"),
        (b"B", None),
        (b"half", "incomplete"),
    ]


@pytest.mark.parametrize(
    ("url", "suffix"), [("serial:/dev/x?beep=loud", "auto"), ("serial:/dev/x", "crlf"), ("usb:x", "auto")]
)
def test_a_scanner_that_cannot_be_configured_is_refused_at_once(url: str, suffix: str) -> None:
    """Before anything is opened."""
    with pytest.raises(Malformed):
        open_scanner("left", url, suffix, SystemClock())


def test_a_scanner_opens_from_its_configuration(line: Line, inbox: Inbox) -> None:
    """``open_scanner`` makes a driver that reads from the URL of its section."""
    scanner = open_scanner("left", line.url + "?baud=115200&beep=zebra", "auto", SystemClock())
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    line.send(b"A\r")
    inbox.until(lambda: inbox.data == [b"A"])
    scanner.stop()


@pytest.fixture
def answered(line: Line, inbox: Inbox) -> Iterator[SerialScanner]:
    """A scanner that waits for ACK."""
    scanner = SerialScanner("left", lambda: open_url(line.url), SystemClock(), answer="ack", backoff=QUICK)
    scanner.start(inbox)
    inbox.until_state(OPENING, READY)
    yield scanner
    scanner.stop()


def test_every_whole_scan_is_acknowledged(answered: SerialScanner, line: Line, inbox: Inbox) -> None:
    """The scanner hears one ACK for each scan that came whole."""
    line.send(b"A\rB\r")

    assert line.receive(2) == b"\x06\x06"


def test_half_a_scan_is_asked_for_again_and_what_comes_is_whole(
    answered: SerialScanner, line: Line, inbox: Inbox
) -> None:
    """NAK; the repetition is not taken for the rest of the broken one, though it comes at once."""
    line.send(b"5901234")
    assert line.receive(1) == b"\x15"
    line.send(b"5901234123457\r")
    assert line.receive(1) == b"\x06"

    assert [(scan.data, scan.damaged) for scan in inbox.scans] == [(b"5901234", "incomplete"), (b"5901234123457", None)]


def test_a_scan_that_stays_broken_is_let_be(answered: SerialScanner, line: Line, inbox: Inbox) -> None:
    """Twice asked for again, then acknowledged: a scanner must not repeat itself for ever."""
    answers = b""
    for _ in range(3):
        line.send(b"\x02A\x02\x03")
        answers += line.receive(1)

    assert answers == b"\x15\x15\x06"


@pytest.mark.parametrize("url", ["serial:/dev/x?answer=yes", "socket:a:1?beep=loud"])
def test_an_answer_or_beep_nobody_knows_is_refused(url: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(Malformed, match="allowed: none"):
        open_scanner("left", url, "auto", SystemClock())


def test_noise_of_a_wrong_speed_is_said_until_a_scan_can_be_read(
    scanner: SerialScanner, line: Line, inbox: Inbox
) -> None:
    """On the service screen; a code in another alphabet is no noise."""

    def problems() -> list[tuple[str, ...]]:
        return [item.problems for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is READY]

    line.send(b"\xe6\x9e\x80\x06\xfe\xe0\r")
    inbox.until(lambda: problems() == [(), ("garbled",)])
    line.send("Łódź-żółw\r".encode())
    inbox.until(lambda: problems() == [(), ("garbled",), ()])
    assert inbox.states == [OPENING, READY, READY, READY]
