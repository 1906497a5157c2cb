"""A printer on a USB cable: what the kernel's driver does to it, and that no label is lost or doubled by it."""

from __future__ import annotations

import errno
import os
import threading
import tty
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.printers.stream import StreamPrinter, Waits
from labels.printers.talk import ZPL
from labels.printers.usb_lp import LpChannel
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult
from tests.labels.samples import unit
from tests.labels.tcp import SMALL
from tests.labels.usb_node import UsbPort
from virtual_bench.printer_zpl import ZplModel

QUICK = Waits(reply=0.05, send=0.05, confirm=0.05, watch=0.001)
NODE = Path("/dev/usb/lp0")


def usb_printer(port: UsbPort) -> StreamPrinter:
    """A ZPL printer on that port."""
    return StreamPrinter("labels", ZPL, partial(LpChannel, NODE, port.open), SMALL, QUICK)


class Mute:
    """A printer that takes everything and never answers."""

    def __init__(self) -> None:
        self.received = b""

    def receive(self, data: bytes) -> bytes:
        """Silence."""
        self.received += data
        return b""


def test_a_label_is_confirmed_by_the_counter_over_usb() -> None:
    """As over TCP; the node is let go afterwards."""
    model = ZplModel()
    port = UsbPort(model)

    assert usb_printer(port).print(unit(), "en") == PrintReport(PrintResult.CONFIRMED)
    assert (len(model.printed), port.in_use, port.opened, port.lost) == (1, False, 1, b"")


def test_small_blocks_and_empty_packets_change_nothing() -> None:
    """Partial writes are continued; an empty read is no end."""
    model = ZplModel()
    port = UsbPort(model, block=7, empty_packets=2)

    assert usb_printer(port).print(unit(), "en") == PrintReport(PrintResult.CONFIRMED)
    assert len(model.printed) == 1


def test_what_the_printer_told_somebody_before_us_is_thrown_away() -> None:
    """An old "out of paper" does not stop today's label."""
    model = ZplModel()
    model.set_problems(frozenset({"paused"}))
    old = model.receive(b"~HS")
    model.set_problems(frozenset())

    assert usb_printer(UsbPort(model, pushed=old)).print(unit(), "en").result is PrintResult.CONFIRMED


def test_the_last_block_is_waited_for_before_the_node_is_closed() -> None:
    """Closing would throw it away: the label would be cut, and reported as sent."""
    mute = Mute()
    port = UsbPort(mute, block=64)

    assert usb_printer(port).print(unit(), "en") == PrintReport(PrintResult.SENT, ("unknown",))
    assert (port.lost, mute.received.endswith(b"^XZ")) == (b"", True)


def test_a_one_way_printer_is_used_and_never_believed() -> None:
    """The kernel refuses to read from it."""
    mute = Mute()
    printer = usb_printer(UsbPort(mute, one_way=True, port_status=None))

    assert printer.print(unit(), "en") == PrintReport(PrintResult.SENT, ("unknown",))
    assert printer.status() == DeviceStatus("labels", "printer", DeviceState.READY, "", ("unknown",))


def test_a_printer_that_takes_no_more_bytes_is_unknown() -> None:
    """It ran out of paper in the middle; nothing waits for ever."""
    port = UsbPort(Mute(), block=64, stuck_after=200)
    printer = usb_printer(port)

    report = printer.print(unit(), "en")

    assert (report.result, report.problems) == (PrintResult.UNKNOWN, ("unknown",))
    assert "takes no more bytes after" in report.detail


def test_the_port_itself_knows_of_missing_paper() -> None:
    """Where the printer does not answer, the port's own paper line is believed when it says "out"."""
    printer = usb_printer(UsbPort(Mute(), port_status=0x38))

    assert printer.print(unit(), "en") == PrintReport(PrintResult.NOT_SENT, ("media_out",))
    assert printer.status() == DeviceStatus("labels", "printer", DeviceState.ERROR, "", ("media_out",))


@pytest.mark.parametrize(
    ("error", "state", "problem", "words"),
    [
        (errno.EBUSY, DeviceState.ERROR, "in_use", "/dev/usb/lp0: another program has the printer open"),
        (errno.EACCES, DeviceState.ERROR, "no_access", "sudo adduser $USER lp"),
        (errno.ENODEV, DeviceState.OFFLINE, "offline", "not plugged in, or CUPS has taken it over"),
        (errno.ENOENT, DeviceState.OFFLINE, "offline", "not plugged in, or switched off"),
        (errno.EIO, DeviceState.OFFLINE, "offline", "Input/output error"),
    ],
)
def test_a_node_that_cannot_be_opened_is_said_in_words(
    error: int, state: DeviceState, problem: str, words: str
) -> None:
    """With the remedy; nothing was sent."""
    printer = usb_printer(UsbPort(Mute(), open_error=error))

    status, report = printer.status(), printer.print(unit(), "en")

    assert (status.state, status.problems) == (state, (problem,))
    assert words in status.detail
    assert (report.result, report.problems) == (PrintResult.NOT_SENT, (problem,))


def test_one_opener_at_a_time() -> None:
    """Whoever has it keeps it; we come again when it is free."""
    port = UsbPort(ZplModel())
    other = port.open(NODE)
    printer = usb_printer(port)
    assert printer.print(unit(), "en").problems == ("in_use",)

    other.close()

    assert printer.print(unit(), "en").result is PrintResult.CONFIRMED


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.integers(1, 200))
def test_pulled_out_at_any_byte(at: int, block: int) -> None:
    """Not one byte of the label: not sent. Some: unknown. All and the counter read: confirmed. Never raised."""
    model = ZplModel()
    port = UsbPort(model, block=block, unplugged_after=at)

    report = usb_printer(port).print(unit(), "en")

    assert len(model.printed) <= 1
    if report.result is PrintResult.NOT_SENT:
        assert model.printed == []
    assert report.result in (PrintResult.NOT_SENT, PrintResult.UNKNOWN, PrintResult.CONFIRMED)
    assert port.in_use is False


def test_a_real_line_of_the_kernel(tmp_path: Path) -> None:
    """A pseudo-terminal in the place of the node: opened, asked, written to and read for real."""
    master, slave = os.openpty()
    tty.setraw(slave)
    node = tmp_path / "lp0"
    node.symlink_to(os.ttyname(slave))
    model = ZplModel()

    def serve() -> None:
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:
                return
            os.write(master, model.receive(data))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    printer = StreamPrinter("labels", ZPL, partial(LpChannel, node), SMALL, Waits(reply=5.0, watch=0.01))
    try:
        assert printer.print(unit(), "en") == PrintReport(PrintResult.CONFIRMED)
        assert len(model.printed) == 1
    finally:
        os.close(slave)
        os.close(master)
        thread.join(5)
