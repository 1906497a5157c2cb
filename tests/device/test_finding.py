"""What is plugged in is seen for what it is, by sysfs and udev of a real kernel; our udev rules give it rights."""

from __future__ import annotations

import grp
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.discovery import EVENT, HID_SCALE, HID_SCANNER, HIDRAW, KEYBOARD, LP, TTY, Node, nodes
from drivers.hotplug import Hotplug
from drivers.names import BY_PATH, lasting
from tests.device.bench import Bench
from tests.device.gadget import Gadget, SerialGadget, wait_until
from tests.device.hid import KeyboardGadget, PosGadget, ScaleGadget
from tests.device.identities import DYMO, NAMELESS_XENON, POS, WEDGE, XENON, ZEBRA
from tests.device.printer import PrinterGadget
from tests.device.qemu import FtdiAdapter

Maker = Callable[[], Gadget]
MAKERS: dict[str, tuple[Maker, dict[str, tuple[str, ...]]]] = {
    "a scanner in serial mode": (lambda: SerialGadget(XENON), {TTY: ()}),
    "a scanner that types": (lambda: KeyboardGadget(WEDGE), {EVENT: (KEYBOARD,), HIDRAW: (KEYBOARD,)}),
    "a scanner in HID POS mode": (lambda: PosGadget(POS), {HIDRAW: (HID_SCANNER,)}),
    "a USB scale": (lambda: ScaleGadget(DYMO), {HIDRAW: (HID_SCALE,)}),
    "a label printer": (lambda: PrinterGadget(ZEBRA), {LP: ("ZPL",)}),
}
RIGHTS = {TTY: "dialout", EVENT: "input", HIDRAW: "plugdev", LP: "lp"}
"""Group of each kind of node; the station's user has to be in it."""


def nodes_of(gadget: Gadget) -> list[Node]:
    about = gadget.identity
    wanted = (f"{about.vendor:04x}", f"{about.model:04x}", about.serial)
    return [node for node in nodes() if node.identity == wanted]


@pytest.fixture(params=MAKERS)
def plugged(request: pytest.FixtureRequest, bench: Bench) -> tuple[Gadget, dict[str, tuple[str, ...]]]:
    maker, traits = MAKERS[request.param]
    gadget = bench.plugged(maker())
    wait_until(lambda: {node.kind for node in nodes_of(gadget)} == set(traits))
    return gadget, traits


def test_a_device_is_seen_for_what_it_is(plugged: tuple[Gadget, dict[str, tuple[str, ...]]]) -> None:
    """Each node with its kind and traits, and the name the device gives itself."""
    gadget, traits = plugged
    found = nodes_of(gadget)

    assert {node.kind: node.traits for node in found} == traits
    assert {node.title for node in found} == {f"{gadget.identity.maker} {gadget.identity.product}"}


def test_its_nodes_belong_to_the_promised_group(plugged: tuple[Gadget, dict[str, tuple[str, ...]]]) -> None:
    """By Debian's rules and ours; the group may read and write, others may not."""
    gadget, traits = plugged

    def rights() -> dict[str, tuple[str, int]]:
        about = {node.kind: Path(node.path).stat() for node in nodes_of(gadget)}
        return {kind: (grp.getgrgid(each.st_gid).gr_name, each.st_mode & 0o777) for kind, each in about.items()}

    wait_until(lambda: rights() == {kind: (RIGHTS[kind], 0o660) for kind in traits})


def test_a_printer_gets_names_that_last(bench: Bench) -> None:
    """Debian gives it none; our rules make one of what it is and one of where it is."""
    zebra = bench.plugged(PrinterGadget(ZEBRA))
    wait_until(zebra.link.exists)
    [node] = nodes_of(zebra)

    assert (node.by_id, Path(node.by_path).resolve()) == (str(zebra.link), Path(node.path))
    assert lasting(node, nodes()).url == "lp:serial=D2J194500000"


def test_two_of_one_model_without_serial_numbers_are_named_by_their_sockets(bench: Bench) -> None:
    """Their by-id link could be either's, and is not offered."""
    twins = [bench.plugged(SerialGadget(NAMELESS_XENON)) for _ in range(2)]
    wait_until(lambda: [bool(node.by_path) for node in nodes_of(twins[0])] == [True, True])
    named = [lasting(node, nodes()) for node in nodes_of(twins[0])]

    assert [name.holds for name in named] == [BY_PATH, BY_PATH]
    assert len({name.url for name in named}) == 2


def test_an_adapter_has_its_own_name(bench: Bench) -> None:
    """A scale behind it has none: the adapter's serial number stands for it."""
    adapter = bench.plugged(FtdiAdapter("FT8CALE1"))
    [node] = [node for node in nodes() if node.serial == "FT8CALE1"]

    assert (node.vendor, node.product, node.driver) == ("0403", "6001", "ftdi_sio")
    assert lasting(node, nodes()).url == adapter.url


def test_plugging_in_and_out_is_told_by_udev(bench: Bench) -> None:
    """Real udev events through pyudev, no look at the folders: when it is told, the link is there, or gone."""
    xenon = bench.has(SerialGadget(XENON))
    told: list[bool] = []
    hotplug = Hotplug(lambda: told.append(xenon.node.exists()), look=(3600.0, 3600.0))
    bench.until_over(hotplug.stop)
    hotplug.start()
    wait_until(lambda: told == [False])
    xenon.plug()
    wait_until(lambda: told[-1])
    xenon.unplug()
    wait_until(lambda: not told[-1])
