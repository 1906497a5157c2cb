"""A USB scanner in its serial mode, on the kernel's own cdc-acm and behind udev's by-id link."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from rma_station.domain.outcome import Kind
from rma_station.ports import DeviceState
from tests.device.bench import Bench
from tests.device.gadget import SerialGadget, wait_until
from tests.device.identities import MODEM, NAMELESS_XENON, OTHER_XENON, XENON

OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR


@pytest.fixture
def xenon(bench: Bench) -> SerialGadget:
    """A scanner that is plugged in, open and ready."""
    xenon = bench.plugged(SerialGadget(XENON))
    bench.scanner(xenon.url)
    bench.until(READY)
    return xenon


def udev(command: str) -> None:
    subprocess.run(("udevadm", "control", command), check=True, timeout=60)


def test_scans_arrive_whole_and_in_order(bench: Bench, xenon: SerialGadget) -> None:
    """Two hundred in one go: none lost, none twice, GS kept."""
    codes = [f"01059012341234571{n:04}\x1d21X".encode() for n in range(200)]
    xenon.send(b"".join(b"]C1" + code + b"\r" for code in codes))

    assert bench.until_scans(200) == codes
    assert {(scan.aim, scan.damaged) for scan in bench.inbox.scans} == {("]C1", None)}


def test_pulled_out_in_the_middle_of_a_scan(bench: Bench, xenon: SerialGadget) -> None:
    """The whole scan counts, the half one is damaged or never came, and the scanner is lost with a reason."""
    xenon.send(b"WHOLE-1\rHALF")
    bench.until_scans(1)
    xenon.unplug()
    bench.until(ERROR)

    assert [scan.data for scan in bench.inbox.scans if scan.damaged is None] == [b"WHOLE-1"]
    assert b"HALF".startswith(b"".join(scan.data for scan in bench.inbox.scans if scan.damaged))


def test_pulled_out_while_it_sends_without_a_pause(bench: Bench, xenon: SerialGadget) -> None:
    """What came whole is the beginning of what was sent: nothing is skipped, repeated or glued together."""
    codes = [f"RMA-2026-{n:06}".encode() for n in range(300)]
    xenon.send(b"".join(code + b"\r" for code in codes)[:-9])
    xenon.unplug()
    bench.until(ERROR)

    whole = [scan.data for scan in bench.inbox.scans if scan.damaged is None]
    assert whole == codes[: len(whole)]


def test_it_comes_back_at_another_node(bench: Bench, xenon: SerialGadget) -> None:
    """Found again by its by-id link, though another device took its number meanwhile."""
    before = xenon.node.resolve().name
    xenon.unplug()
    bench.until(ERROR)
    bench.plugged(SerialGadget(MODEM))
    xenon.plug()
    bench.until(READY)
    xenon.send(b"AGAIN\r")

    assert bench.until_scans(1) == [b"AGAIN"]
    assert bench.states() == [OPENING, READY, ERROR, READY]
    assert (before, xenon.node.resolve().name) == ("ttyACM0", "ttyACM1")


def test_a_stranger_that_took_its_number(bench: Bench, xenon: SerialGadget) -> None:
    """Is not read under its name, though udev, kept busy, still leads there."""
    number = xenon.node.resolve()
    udev("--stop-exec-queue")
    xenon.unplug()
    bench.until(ERROR)
    lost = time.monotonic()
    stranger = bench.has(SerialGadget(MODEM))
    stranger.plug()
    wait_until(number.exists)
    assert xenon.node.resolve() == number
    wait_until(lambda: time.monotonic() > lost + 1.5)  # the driver has tried to open it again by now
    udev("--start-exec-queue")
    wait_until(stranger.seen)
    xenon.plug()
    bench.until(READY)

    assert bench.states() == [OPENING, READY, ERROR, READY]
    assert (stranger.node.resolve(), bench.inbox.scans) == (number, [])


def test_plugged_in_after_the_station_was_started(bench: Bench) -> None:
    """A scanner that is not there is an error that mends itself."""
    xenon = bench.has(SerialGadget(XENON))
    bench.scanner(xenon.url)
    bench.until(ERROR)
    xenon.plug()
    bench.until(READY)

    assert bench.states() == [OPENING, ERROR, READY]


def test_two_of_one_model_are_told_apart(bench: Bench, xenon: SerialGadget) -> None:
    """Told apart by their serial numbers; one may go while the other works on."""
    other = bench.plugged(SerialGadget(OTHER_XENON))
    bench.scanner(other.url, "right")
    bench.until(READY, "right")
    xenon.send(b"LEFT\r")
    other.send(b"RIGHT\r")
    bench.until_scans(2)
    xenon.unplug()
    bench.until(ERROR)
    other.send(b"STILL THERE\r")
    bench.until_scans(3)

    told = sorted((scan.device, scan.data) for scan in bench.inbox.scans)
    assert told == [("left", b"LEFT"), ("right", b"RIGHT"), ("right", b"STILL THERE")]
    assert bench.states("right") == [OPENING, READY]


def test_two_without_a_serial_number(bench: Bench) -> None:
    """Told apart by the socket they are plugged into."""
    first = bench.plugged(SerialGadget(NAMELESS_XENON))
    second = bench.plugged(SerialGadget(NAMELESS_XENON))
    links = Path("/dev/serial/by-path")
    wait_until(lambda: links.exists() and len(list(links.iterdir())) == 2)
    for name, link in zip(("left", "right"), sorted(links.iterdir()), strict=True):
        bench.scanner(f"serial:{link}", name)
        bench.until(READY, name)
    first.send(b"FIRST\r")
    second.send(b"SECOND\r")
    bench.until_scans(2)

    assert sorted((scan.device, scan.data) for scan in bench.inbox.scans) == [("left", b"FIRST"), ("right", b"SECOND")]


def test_it_beeps_when_the_command_goes_down_the_line(bench: Bench) -> None:
    """What makes it beep goes down the line."""
    xenon = bench.plugged(SerialGadget(XENON))
    scanner = bench.scanner(f"{xenon.url}?beep=honeywell")
    bench.until(READY)
    scanner.signal(Kind.STOP)

    assert xenon.receive(3) == b"\x1b8,"
