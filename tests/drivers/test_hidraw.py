"""Reports of a HID device come whole, one at a time; its end is ``DeviceLost``."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.address import LOOKED_UP, parse_url
from drivers.discovery import HID_SCANNER, HIDRAW, Node
from drivers.hidraw import HidrawStream, open_node, opener
from rma_station.errors import DeviceLost
from tests.drivers.machine import SCALE_DESCRIPTOR, SCANNER_DESCRIPTOR, Machine

NODE = Node(HIDRAW, "/dev/hidraw0", "0c2e", "0b61", model="Honeywell POS", serial="S1", socket="1-1")


@contextmanager
def message_pipe(node: Path) -> Iterator[int]:
    """In the node's place a pipe that keeps messages apart, as hidraw does; gives our end."""
    node.unlink()
    os.mkfifo(node)
    peer = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(peer, fcntl.F_SETFL, fcntl.fcntl(peer, fcntl.F_GETFL) | os.O_DIRECT)
    yield peer
    os.close(peer)


def pair() -> tuple[HidrawStream, socket.socket]:
    """A stream whose far end is ours and keeps messages apart, as hidraw does."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    near.setblocking(False)
    return HidrawStream(near.detach(), NODE, SCANNER_DESCRIPTOR), far


def test_one_read_is_one_report() -> None:
    """Reports are never glued together, and an empty answer comes at the time-out."""
    stream, far = pair()
    far.send(b"\x02first")
    far.send(b"\x02second")

    assert [stream.read(1), stream.read(1), stream.read(0.01)] == [b"\x02first", b"\x02second", b""]
    stream.write(b"\x04beep")
    assert far.recv(64) == b"\x04beep"
    stream.close()
    far.close()


def test_a_waiting_read_can_be_woken() -> None:
    """From another thread; also after closing nothing happens."""
    stream, far = pair()
    began = time.monotonic()
    threading.Timer(0.05, stream.wake).start()

    assert stream.read(60) == b""
    assert time.monotonic() - began < 30
    stream.close()
    stream.close()
    stream.wake()
    far.close()


def test_unplugging_and_everything_after_is_lost() -> None:
    """Reading, writing, features; the message names the device."""
    stream, far = pair()
    far.close()
    with pytest.raises(DeviceLost, match="Honeywell POS 0c2e:0b61 serial S1"):
        stream.read(1)
    stream.close()

    for act in (
        lambda: stream.read(0),
        lambda: stream.write(b"x"),
        lambda: stream.set_feature(b"\xfe\x01"),
    ):
        with pytest.raises(DeviceLost):
            act()


def test_a_node_that_is_gone_is_lost(tmp_path: Path) -> None:
    """Opening it raises ``DeviceLost`` with the kernel's reason, and no ``OSError``."""
    with pytest.raises(DeviceLost, match="No such file"):
        open_node(Node(HIDRAW, str(tmp_path / "hidraw0")))


def test_a_device_opens_from_its_url_and_again_under_another_number(tmp_path: Path) -> None:
    """The scanner's URL does not open the scale, and a keyboard's node is not taken."""
    machine = Machine(tmp_path)
    machine.usb("1-1", "0c2e", "0b61")
    machine.hidraw("1-1", "hidraw0", SCALE_DESCRIPTOR)
    node = machine.hidraw("1-1", "hidraw1", SCANNER_DESCRIPTOR)
    opened = opener(parse_url("hidraw:0c2e:0b61", schemes=LOOKED_UP), HID_SCANNER, "HID POS scanner", tmp_path)
    with message_pipe(node) as peer:
        stream = opened()
        os.write(peer, b"\x02" * 64)
        os.write(peer, b"\x03" * 64)
        assert [stream.read(1), stream.read(1)] == [b"\x02" * 64, b"\x03" * 64]
        assert stream.descriptor == SCANNER_DESCRIPTOR
        stream.close()

    machine.unplug(node)
    with pytest.raises(DeviceLost, match="not plugged in"):
        opened()
    again = machine.hidraw("1-1", "hidraw5", SCANNER_DESCRIPTOR)
    stream = opened()
    assert stream.node.path == str(again)
    stream.close()
