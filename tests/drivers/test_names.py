"""Which name of a device goes into the configuration, and which device a configured name leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import names
from drivers.discovery import Node, nodes
from tests.drivers.machine import SCALE_DESCRIPTOR, SCANNER_DESCRIPTOR, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def best(machine: Machine) -> list[str]:
    """The URL of each node with what it holds on to; paths cut to their last part."""
    found = nodes(machine.root)
    shown = []
    for node in found:
        name = names.lasting(node, found)
        shown.append(f"{name.holds} {name.url.replace(str(machine.root), '')}")
    return shown


def test_a_device_is_named_by_what_it_is(machine: Machine) -> None:
    """So that it may be moved to another socket."""
    machine.tty(machine.usb("1-1", serial="A1"), "ttyACM0", by_id="usb-Honeywell_A1-if00", by_path="usb-0:1:1.0")
    machine.event(machine.usb("1-2", serial="B1"), "event5", by_id="usb-Honeywell_B1-event-kbd")

    assert best(machine) == [
        "by-id evdev:/dev/input/by-id/usb-Honeywell_B1-event-kbd",
        "by-id serial:/dev/serial/by-id/usb-Honeywell_A1-if00",
    ]


def test_a_raw_hid_node_is_named_by_its_numbers(machine: Machine) -> None:
    """udev gives it no links; a serial number makes it certain."""
    machine.hidraw(machine.usb("1-1", "0c2e", "0b61", serial="19 245"), "hidraw0", SCANNER_DESCRIPTOR)
    machine.hidraw(machine.usb("1-2", "0922", "8003"), "hidraw1", SCALE_DESCRIPTOR)

    assert best(machine) == ["by-id hidraw:0c2e:0b61?serial=19%20245", "by-id hid-scale:0922:8003"]


def test_a_bluetooth_scanner_is_named_by_its_address(machine: Machine) -> None:
    """It is plugged in nowhere."""
    machine.event(machine.usb("1-1", "05e0", "1200"), "event5", uniq="c0:ee:40:00:00:01")

    assert best(machine) == ["by-id evdev:05e0:1200?serial=c0%3Aee%3A40%3A00%3A00%3A01"]


def test_a_printer_is_named_by_its_serial_number(machine: Machine) -> None:
    """Or by a link of our udev rules, or not at all."""
    machine.lp(machine.usb("1-1", "0a5f", "0120", serial="Z/1"), "lp0")
    machine.lp(machine.usb("1-2", "1203", "0230"), "lp1", by_id="usb-TSC_TE210-lp")
    machine.lp(machine.usb("1-3", "1203", "0231"), "lp2")

    assert best(machine) == [
        "by-id lp:serial=Z%2F1",
        "by-id lp:/dev/rma/by-id/usb-TSC_TE210-lp",
        "nothing lp:/dev/usb/lp2",
    ]


@pytest.mark.parametrize("serial", ["", "12345678"])
def test_two_devices_that_say_the_same_of_themselves_are_named_by_their_sockets(machine: Machine, serial: str) -> None:
    """Without serial numbers, or with one that the maker gave to all of them; each names its twin."""
    for socket, name in (("1-1", "ttyACM0"), ("1-2", "ttyACM1")):
        machine.tty(machine.usb(socket, serial=serial), name, by_id="usb-Honeywell-if00", by_path=f"usb-0:{socket}:1.0")

    found = nodes(machine.root)

    assert best(machine) == [
        "by-path serial:/dev/serial/by-path/usb-0:1-1:1.0",
        "by-path serial:/dev/serial/by-path/usb-0:1-2:1.0",
    ]
    assert names.lasting(found[0], found).twins == (found[1].path,)


def test_raw_hid_twins_are_named_by_their_usb_sockets(machine: Machine) -> None:
    """Two equal raw HID devices are told apart by ``port`` in their URL."""
    for number in (1, 2):
        machine.hidraw(machine.usb(f"1-{number}", "0922", "8003"), f"hidraw{number}", SCALE_DESCRIPTOR)

    assert best(machine) == [
        "by-path hid-scale:0922:8003?port=1-1",
        "by-path hid-scale:0922:8003?port=1-2",
    ]


def test_two_nodes_of_one_device_are_no_twins(machine: Machine) -> None:
    """Nodes in the same USB socket belong to one device."""
    usb = machine.usb("1-1", serial="A1")
    machine.event(usb, "event5", by_id="usb-Honeywell_A1-event-kbd")
    machine.event(usb, "event6", by_id="usb-Honeywell_A1-if01-event")

    assert [name.split()[0] for name in best(machine)] == ["by-id", "by-id"]


def test_a_node_without_links_and_numbers_has_no_lasting_name(machine: Machine) -> None:
    """It gets the kernel's own name, and ``holds`` says ``nothing``."""
    machine.chip("ttyS0")

    assert best(machine) == ["nothing serial:/dev/ttyS0"]


def test_every_best_name_leads_back_to_its_node_alone(machine: Machine) -> None:
    """Also where two devices say the same of themselves."""
    for number in (1, 2):
        usb = machine.usb(f"1-{number}", "0c2e", "0b61")
        machine.hidraw(usb, f"hidraw{number}", SCANNER_DESCRIPTOR)
        machine.tty(usb, f"ttyACM{number}", by_path=f"usb-0:{number}:1.0")
    machine.lp(machine.usb("1-3", "0a5f", "0120", serial="Z1"), "lp0")
    machine.event(machine.usb("1-4", "05e0", "1200"), "event5", uniq="c0:ee")

    found = nodes(machine.root)
    reached = {
        node.path: [each.path for each in found if names.leads_to(names.lasting(node, found).url, each)]
        for node in found
    }

    assert reached == {node.path: [node.path] for node in found}


def test_a_configured_device_is_found_through_any_of_its_names(machine: Machine) -> None:
    """By-id, by-path or the kernel's name; two sections on one node are both named."""
    usb = machine.usb("1-1", serial="A1")
    path = machine.tty(usb, "ttyUSB0", by_id="usb-A1-if00-port0", by_path="usb-0:1:1.0")
    machine.tty(machine.usb("1-2"), "ttyUSB1")
    found = nodes(machine.root)

    urls = {"scale": f"serial:{found[0].by_id}?baud=9600", "again": f"serial:{path}", "net": "socket:192.0.2.1:4001"}

    assert names.configured(found, urls.items()) == {str(path): ["scale", "again"]}


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("hidraw:0c2e:0b61", True),
        ("hidraw:0C2E:0B61", True),
        ("hidraw:0c2e:0b61?serial=X1", True),
        ("hidraw:0c2e:0b61?serial=X2", False),
        ("hidraw:0c2e:0b62", False),
        ("evdev:0c2e:0b61", False),
        ("socket:192.0.2.1:4001", False),
    ],
)
def test_numbers_lead_to_the_node_that_has_them(url: str, leads: bool) -> None:
    """A serial number narrows it down."""
    assert names.leads_to(url, Node("hidraw", "/dev/hidraw0", "0c2e", "0b61", serial="X1")) is leads
