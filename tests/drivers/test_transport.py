"""Streams open from URLs, give bytes within their time-out, and raise nothing but ``DeviceLost``."""

from __future__ import annotations

import errno
import os
import socket
import termios
import threading
import time
from pathlib import Path

import pytest
import serial

from drivers import transport
from drivers.address import LOOKED_UP, STREAMS, Address, parse_url
from drivers.parity import SevenBits
from drivers.transport import SerialStream, SocketStream, open_url
from rma_station.errors import DeviceLost, Malformed
from tests.drivers.support import Line


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "serial:/dev/ttyS0?baud=4800&parity=E&bits=7",
            Address("serial", "/dev/ttyS0", {"baud": "4800", "parity": "E", "bits": "7"}),
        ),
        ("socket:10.0.0.7:4001", Address("socket", "10.0.0.7:4001")),
        ("socket:[::1]:4001", Address("socket", "[::1]:4001")),
        ("loop:", Address("loop", "")),
        (
            "evdev:/dev/input/by-id/usb-X-event-kbd?layout=pl&serial=S1",
            Address("evdev", "/dev/input/by-id/usb-X-event-kbd", {"layout": "pl", "serial": "S1"}),
        ),
        ("hidraw:0C2E:0b61?port=usb-1", Address("hidraw", "0c2e:0b61", {"port": "usb-1"})),
        ("hid-scale:/dev/hidraw0?id=0922:8003", Address("hid-scale", "/dev/hidraw0", {"id": "0922:8003"})),
        ("sim:scanner", Address("sim", "scanner")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Address) -> None:
    """Scheme, target and options."""
    assert parse_url(url, ("layout",), (*STREAMS, *LOOKED_UP, "sim")) == expected


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("", "serial:/dev"),
        ("/dev/ttyS0", "serial:/dev"),
        ("usb:1", "serial:/dev"),
        ("serial:ttyS0", "begins with /"),
        ("serial:/dev/ttyS0?baud=fast", "baud=fast"),
        ("serial:/dev/ttyS0?baud=0", "baud=0"),
        ("serial:/dev/ttyS0?parity=X", "N E O"),
        ("serial:/dev/ttyS0?speed=9600", "'speed'"),
        ("socket:host", "PORT"),
        ("socket:host:99999", "65535"),
        ("socket::9100", "HOST"),
        ("evdev:honeywell", "evdev:/dev/input/by-id/"),
        ("hidraw:hidraw0", "hidraw:/dev/hidraw0"),
        ("hid-scale:0922:8003?id=dymo", "id=dymo"),
        ("hidraw:0c2e:0b61?baud=9600", "id, serial, port"),
        ("sim:", "sim:scanner"),
        ("socket:192.0.2.1:4001?parity=X", "N E O"),
        ("socket:192.0.2.1:4001?baud=9600", "known: parity"),
    ],
)
def test_a_wrong_url_is_refused_in_words(url: str, named: str) -> None:
    """The message names what is wrong or allowed."""
    with pytest.raises(Malformed, match=named):
        parse_url(url, schemes=(*STREAMS, *LOOKED_UP, "sim"))


def test_a_driver_opens_the_schemes_it_knows_and_no_others() -> None:
    """A plain byte stream is no keyboard; the message lists what may stand there."""
    with pytest.raises(Malformed, match=r"write serial:/dev/\.\.\., socket:HOST:PORT or loop:"):
        parse_url("evdev:/dev/input/event3")


def test_bytes_go_both_ways_over_a_serial_line(line: Line) -> None:
    """What the peer writes is read, what we write reaches the peer."""
    stream = open_url(line.url)

    line.send(b"hello")
    assert stream.read(5) == b"hello"
    stream.write(b"SI\r\n")
    assert line.receive(4) == b"SI\r\n"
    stream.close()


def test_reading_without_bytes_ends_at_the_time_out(line: Line) -> None:
    """An empty answer, not an exception."""
    stream = open_url(line.url)

    assert stream.read(0.01) == b""
    stream.close()


def test_a_waiting_read_can_be_woken_from_another_thread(line: Line) -> None:
    """So that stopping and beeping need not wait for a time-out."""
    stream = open_url(line.url)
    began = time.monotonic()
    threading.Timer(0.05, stream.wake).start()

    assert stream.read(60) == b""
    assert time.monotonic() - began < 30
    stream.close()
    stream.wake()


def test_seven_bits_with_parity_fall_back_where_the_line_has_none(line: Line) -> None:
    """A pseudo-terminal cannot do 7E1: it is opened as 8N1, and the parity bit is made and checked by us."""
    stream = open_url(line.url + "?baud=2400&bits=7&parity=E")

    line.send(SevenBits("E").sent(b"ST,+00"))
    assert stream.read(5) == b"ST,+00"
    stream.write(b"W1")
    assert line.receive(2) == b"\xd7\xb1"
    assert "7E1" in stream.detail
    stream.close()


def test_seven_bits_behind_a_network_converter() -> None:
    """Which passes the parity bit on as it is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = open_url(f"socket:127.0.0.1:{server.getsockname()[1]}?parity=O")
        peer, _ = server.accept()
        with peer:
            stream.write(b"Q\r\n")
            assert peer.recv(3) == SevenBits("O").sent(b"Q\r\n")
            peer.sendall(SevenBits("O").sent(b"ST"))
            assert stream.read(5) == b"ST"
        stream.close()


def test_a_line_is_opened_by_one_at_a_time(line: Line) -> None:
    """The second is told that it is held."""
    stream = open_url(line.url)

    with pytest.raises(DeviceLost, match="held by another program"):
        open_url(line.url)
    stream.close()


def test_a_missing_port_is_lost_not_an_error_of_the_program(tmp_path: Path) -> None:
    """A scanner need not be plugged in at the start."""
    with pytest.raises(DeviceLost, match="No such file"):
        open_url(f"serial:{tmp_path}/nothing")


def test_a_file_that_is_no_terminal_is_lost(tmp_path: Path) -> None:
    """pyserial cannot configure it; that is mapped too."""
    (tmp_path / "file").write_text("x")

    with pytest.raises(DeviceLost, match="file"):
        open_url(f"serial:{tmp_path}/file")


def test_unplugging_while_reading_and_writing_is_lost(line: Line) -> None:
    """Reading, writing and closing after the far end went away."""
    stream = open_url(line.url)
    line.unplug()

    with pytest.raises(DeviceLost):
        stream.read(5)
    with pytest.raises(DeviceLost):
        stream.write(b"x")
    stream.close()
    stream.close()


def test_a_peer_that_reads_nothing_does_not_block_for_ever(line: Line) -> None:
    """Writing ends with ``DeviceLost`` after the write time-out."""
    stream = open_url(line.url)

    with pytest.raises(DeviceLost):
        stream.write(bytes(1_000_000))
    stream.close()


FOREIGN = [
    OSError(errno.EIO, "Input/output error"),
    OSError(errno.ENODEV, "No such device"),
    OSError(errno.ENOTTY, "Inappropriate ioctl for device"),
    PermissionError(errno.EACCES, "Permission denied"),
    TimeoutError("timed out"),
    ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
    socket.gaierror(-2, "Name or service not known"),
    serial.SerialException("device disconnected \x1b[2J"),
    serial.SerialTimeoutException("Write timeout"),
    serial.PortNotOpenError(),
    termios.error(errno.EINVAL, "Invalid argument"),
    ValueError("file descriptor cannot be a negative integer (-1)"),
    TypeError("argument must be an int, or have a fileno() method"),
]


class Broken:
    """A port or socket whose every call raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> object:
        def fail(*given: object, **named: object) -> object:
            raise self._error

        return fail


@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
def test_every_foreign_exception_comes_out_as_device_lost(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening, reading and writing; closing swallows it; no control character gets into the message."""
    stream = SerialStream(Broken(error), "scale")  # type: ignore[arg-type]
    monkeypatch.setattr(serial, "Serial", Broken(error).serial)
    monkeypatch.setattr(socket, "create_connection", Broken(error).connect)
    caught = []

    for act in (
        lambda: stream.read(0),
        lambda: stream.write(b"x"),
        lambda: open_url("serial:/dev/ttyS0"),
        lambda: open_url("socket:host:1"),
    ):
        with pytest.raises(DeviceLost) as raised:
            act()
        caught.append(str(raised.value))
    stream.close()

    assert all(text.isprintable() for text in caught)


def test_a_socket_peer_is_read_and_its_end_is_noticed() -> None:
    """A serial-to-network converter: bytes both ways, then the connection is closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = open_url(f"socket:127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        peer.sendall(b"ABC\r")

        assert stream.read(5) == b"ABC\r"
        stream.write(b"\x07")
        assert peer.recv(1) == b"\x07"
        peer.close()
        with pytest.raises(DeviceLost, match="closed"):
            stream.read(5)
        stream.close()


def test_a_socket_notices_a_peer_that_died_silently() -> None:
    """Keepalive is on, and begins within seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = open_url(f"socket:127.0.0.1:{server.getsockname()[1]}")
        assert isinstance(stream, SocketStream)
        peer = stream._peer

        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        stream.close()


def test_a_loop_gives_back_what_was_written() -> None:
    """For trying out a driver without a device."""
    stream = open_url("loop:")
    stream.write(b"echo")

    assert stream.read(5) == b"echo"
    stream.close()


def test_no_handle_is_left_open(line: Line) -> None:
    """A thousand reconnections do not run out of file descriptors."""
    transport.open_url(line.url).close()
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(5):
        open_url(line.url).close()
        open_url("loop:").close()
        with pytest.raises(DeviceLost):
            open_url(line.url + "x")

    assert len(os.listdir("/proc/self/fd")) == before
