"""The bench as a process: real lines and sockets, driven by its client, tied to its parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.catalogue import open_scanner
from drivers.transport import open_url
from rma_station.errors import DeviceLost, Refused
from rma_station.ports import DeviceState, Scanner
from rma_station.system import SystemClock
from tests.drivers.support import Inbox, wait_until
from virtual_bench.client import VirtualBench

LABEL = b"^XA^FO50,50^FDA^FS^XZ"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBench]:
    with VirtualBench.start(tmp_path_factory.mktemp("bench"), scanners=("left", "right")) as bench:
        yield bench


@pytest.fixture
def left(bench: VirtualBench, inbox: Inbox) -> Iterator[Scanner]:
    scanner = open_scanner("left", bench.url("left"), "auto", SystemClock())
    scanner.start(inbox)
    inbox.until(lambda: inbox.states[-1:] == [DeviceState.READY])
    yield scanner
    scanner.stop()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def printer(bench: VirtualBench) -> Iterator[socket.socket]:
    with connect(bench) as peer:
        yield peer


def connect(bench: VirtualBench) -> socket.socket:
    host, port = bench.url("labels").removeprefix("tcp:").split(":")
    return socket.create_connection((host, int(port)), 5)


def test_the_bench_says_what_it_has(bench: VirtualBench) -> None:
    """Names by kind; URLs a configuration takes."""
    assert bench.names("scanner") == ("left", "right")
    assert bench.url("scale").startswith("serial:/")
    assert bench.url("labels").startswith("tcp:127.0.0.1:")


def test_scans_come_through_a_real_serial_line(bench: VirtualBench, left: Scanner, inbox: Inbox) -> None:
    """Whole, in pieces, with an identifier, and half a scan as damaged."""
    bench.scan("5901234123457", "left", aim="]E0")
    bench.scan("RMA-2026-000001", "left", pieces=4, pause_ms=5)
    bench.scan("Zażółć", "left", suffix=b"\r\n")
    bench.scan("half", "left", suffix=b"")
    inbox.until(lambda: len(inbox.scans) == 4)

    assert [(scan.aim, scan.data.decode(), scan.damaged) for scan in inbox.scans] == [
        ("]E0", "5901234123457", None),
        (None, "RMA-2026-000001", None),
        (None, "Zażółć", None),
        (None, "half", "incomplete"),
    ]


def test_a_burst_from_two_scanners(bench: VirtualBench, left: Scanner, inbox: Inbox) -> None:
    """1,000 scans without a pause: none lost, none split, none reordered per scanner."""
    right = open_scanner("right", bench.url("right"), "auto", SystemClock())
    right.start(inbox)
    inbox.until(lambda: inbox.states.count(DeviceState.READY) == 2)
    codes = [f"CODE-{number:04}" for number in range(500)]
    bench.burst(codes, "left")
    bench.burst(codes, "right")
    inbox.until(lambda: len(inbox.scans) == 1000)
    right.stop()

    for name in ("left", "right"):
        assert [scan.data.decode() for scan in inbox.scans if scan.device == name] == codes


def test_a_scanner_unplugged_and_back(bench: VirtualBench, left: Scanner, inbox: Inbox) -> None:
    """Its URL stays the same; scanning an unplugged scanner is refused."""
    bench.unplug("left")
    inbox.until(lambda: inbox.states[-1] is DeviceState.ERROR)
    with pytest.raises(Refused, match="unplugged"):
        bench.scan("A", "left")
    bench.plug("left")
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY)
    bench.scan("B", "left")
    inbox.until(lambda: inbox.data == [b"B"])


def test_the_scale_answers_on_its_line(bench: VirtualBench) -> None:
    """Zero, motion, then the weight; a mute scale is silent."""
    stream = open_url(bench.url("scale"))

    def ask() -> bytes:
        stream.write(b"SI\r\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = stream.read(5)
            assert part
            answer += part
        return answer

    assert ask() == b"S S      0.000 kg\r\n"
    bench.put(1240)
    assert ask().startswith(b"S D ")
    wait_until(lambda: ask() == b"S S      1.240 kg\r\n")
    bench.scale_mode("mute")
    stream.write(b"SI\r\n")
    assert stream.read(0.2) == b""
    bench.scale_mode("stable")
    bench.take_off()
    stream.close()


def test_labels_are_kept_as_files(bench: VirtualBench, printer: socket.socket) -> None:
    """The bytes of every label that came out, numbered by the odometer."""
    before = bench.printer_counters().odometer
    printer.sendall(LABEL + b"~HI")

    assert b"ZPL" in printer.recv(1000)
    assert bench.printed()[-1].data == LABEL
    assert bench.printed()[-1].number == bench.printer_counters().odometer == before + 1


def test_printer_problems_are_switched_and_cleared(bench: VirtualBench, printer: socket.socket) -> None:
    """Out of paper the label waits; afterwards it is there."""
    before = bench.printer_counters().odometer
    bench.printer_problems("media_out", "head_open")
    printer.sendall(LABEL + b"~HS~HQES")
    assert b"00000005" in printer.recv(1000)
    assert bench.printer_counters().waiting == 1
    bench.printer_problems()

    assert bench.printer_counters().odometer == before + 1
    with pytest.raises(Refused, match="media_out"):
        bench.printer_problems("on_fire")  # type: ignore[arg-type]


def hung_up(peer: socket.socket) -> bool:
    """True when the other side ends the connection, politely or not."""
    try:
        return peer.recv(1) == b""
    except ConnectionError:
        return True


def test_the_connection_breaks_at_a_byte_and_half_a_label_stays(bench: VirtualBench) -> None:
    """The printer then has a begun label in its buffer, which ``~JX`` cancels."""
    bench.printer_drop_at(10)
    with connect(bench) as peer:
        peer.sendall(LABEL)
        assert hung_up(peer)
    assert bench.printer_counters().partial
    with connect(bench) as peer:
        peer.sendall(b"~JX~HI")
        peer.recv(100)
    assert not bench.printer_counters().partial


def test_a_slow_printer_answers_late_and_a_silent_one_never(bench: VirtualBench, printer: socket.socket) -> None:
    """100 bytes a second, then nothing at all."""
    bench.printer_slow(200)
    began = time.monotonic()
    printer.sendall(b" " * 60 + b"~HI")
    printer.recv(100)
    assert time.monotonic() - began > 0.2
    bench.printer_slow(0)
    bench.printer_silent(True)
    printer.sendall(b"~HI")
    printer.settimeout(0.1)
    with pytest.raises(TimeoutError):
        printer.recv(100)
    bench.printer_silent(False)


def test_an_unplugged_printer_refuses_and_comes_back_on_its_port(bench: VirtualBench, printer: socket.socket) -> None:
    """Open connections break."""
    bench.unplug("labels")
    assert hung_up(printer)
    with pytest.raises(ConnectionError):
        connect(bench)
    bench.plug("labels")
    connect(bench).close()


def test_a_wrong_request_is_answered_in_words(bench: VirtualBench) -> None:
    """An unknown device names those there are."""
    with pytest.raises(Refused, match="left, right"):
        bench.scan("A", "middle")
    with pytest.raises(Refused, match="sing"):
        bench._call("sing", "left")


def test_the_bench_ends_with_its_parent(tmp_path: Path) -> None:
    """Also when the parent is killed: the pipe ends, whatever became of it."""
    program = (
        "import sys, time; from pathlib import Path; from virtual_bench.client import VirtualBench\n"
        "bench = VirtualBench.start(Path(sys.argv[1])); print(bench._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert (tmp_path / "scanner").exists()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not alive(child))
    assert not (tmp_path / "scanner").exists()


def alive(pid: int) -> bool:
    """True while the process runs; one that ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_labels_of_an_earlier_bench_are_kept_and_counted_on(tmp_path: Path) -> None:
    """The odometer goes on, as a printer's does; closing ends the process and calls are then refused."""
    for number in (1, 2):
        with VirtualBench.start(tmp_path) as bench:
            with connect(bench) as peer:
                peer.sendall(LABEL + b"~HI")
                peer.recv(100)
            assert [label.number for label in bench.printed()] == list(range(1, number + 1))
    with pytest.raises(DeviceLost):
        bench.printed()


def test_a_long_state_folder_still_has_a_control_socket(tmp_path: Path) -> None:
    """A Unix socket's path is limited to about a hundred bytes."""
    folder = tmp_path / ("x" * 120)
    with VirtualBench.start(folder, scanners=()) as bench:
        assert len(os.fsencode(bench.control)) < 104
        assert bench.printed() == []
