"""What is plugged in, read from a machine made of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.discovery import Node, languages, nodes, top_usages, types
from tests.drivers.machine import KEYS, SCALE_DESCRIPTOR, SCANNER_DESCRIPTOR, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def one(machine: Machine) -> Node:
    (node,) = nodes(machine.root)
    return node


def test_a_serial_port_is_named_by_the_usb_device_behind_it(machine: Machine) -> None:
    """Vendor, product, serial number, driver, socket and both lasting names."""
    usb = machine.usb("1-1.2", "0403", "6001", "FTDI", "FT232R USB UART", "A1B2C3")
    path = machine.tty(usb, "ttyUSB0", "ftdi_sio", "usb-FTDI_FT232R_A1B2C3-if00-port0", "usb-0:1.2:1.0-port0")

    node = one(machine)

    assert (node.kind, node.path, node.vendor, node.product) == ("tty", str(path), "0403", "6001")
    assert (node.maker, node.model, node.serial) == ("FTDI", "FT232R USB UART", "A1B2C3")
    assert (node.driver, node.socket) == ("ftdi_sio", "1-1.2")
    assert Path(node.by_id).name == "usb-FTDI_FT232R_A1B2C3-if00-port0"
    assert Path(node.by_path).name == "usb-0:1.2:1.0-port0"


def test_a_keyboard_is_told_from_other_input_devices_by_its_keys(machine: Machine) -> None:
    """A scanner may bring a second node with volume keys only."""
    usb = machine.usb("1-3", maker="Honeywell", serial="18001A")
    machine.event(usb, "event5", "Honeywell 1900", by_id="usb-Honeywell_1900_18001A-event-kbd")
    machine.event(usb, "event6", "Honeywell 1900 Consumer Control", keys=3 << 113)

    assert [(node.traits, node.serial, node.driver) for node in nodes(machine.root)] == [
        (("keyboard",), "18001A", "hid-generic"),
        ((), "18001A", "hid-generic"),
    ]


def test_a_bluetooth_device_has_its_address_for_a_serial_number(machine: Machine) -> None:
    """``uniq`` goes before what a USB receiver says of itself."""
    machine.event(machine.usb("1-4", serial="RECEIVER"), "event7", "Zebra DS2278", uniq="c0:ee:40:00:00:01")

    assert one(machine).serial == "c0:ee:40:00:00:01"


@pytest.mark.parametrize(
    ("descriptor", "trait"), [(SCANNER_DESCRIPTOR, "hid-scanner"), (SCALE_DESCRIPTOR, "hid-scale"), (b"\x05\x01", None)]
)
def test_a_raw_hid_node_says_what_it_is_in_its_report_descriptor(
    machine: Machine, descriptor: bytes, trait: str | None
) -> None:
    """Usage pages 0x8C and 0x8D."""
    machine.hidraw(machine.usb("1-2", "0922", "8003", serial="S1"), "hidraw0", descriptor, "DYMO M10")

    node = one(machine)

    assert (node.traits, node.vendor, node.product, node.serial) == ((trait,) if trait else (), "0922", "8003", "S1")


def test_a_printer_names_its_languages(machine: Machine) -> None:
    """From its IEEE 1284 device id."""
    machine.lp(machine.usb("1-5", "0a5f", "0120", "Zebra", "ZD420"), "lp0", "MFG:Zebra ;CMD:ZPL,EPL2;MDL:ZD420;")

    assert (one(machine).traits, one(machine).path) == (("ZPL", "EPL2"), str(machine.root / "dev/usb/lp0"))


def test_a_port_of_the_board_is_listed_only_with_a_chip_behind(machine: Machine) -> None:
    """The kernel makes ttyS0 to ttyS31 whether they are there or not."""
    machine.chip("ttyS0")
    machine.chip("ttyS1", "0")

    assert [Path(node.path).name for node in nodes(machine.root)] == ["ttyS0"]


def test_nodes_are_in_the_order_of_their_numbers(machine: Machine) -> None:
    """ttyUSB10 comes after ttyUSB9."""
    for number in (10, 9):
        machine.tty(machine.usb(f"1-{number}"), f"ttyUSB{number}")

    assert [Path(node.path).name for node in nodes(machine.root)] == ["ttyUSB9", "ttyUSB10"]


def test_a_machine_without_sysfs_has_no_nodes(tmp_path: Path) -> None:
    """A container, or another system."""
    assert nodes(tmp_path) == ()


def test_whether_this_user_may_open_a_node_is_asked(machine: Machine) -> None:
    """And told with the node."""
    machine.tty(machine.usb("1-1"), "ttyUSB0")

    assert [node.usable for node in nodes(machine.root, lambda path: False)] == [False]


def test_what_a_device_says_of_itself_cannot_command_a_terminal(machine: Machine) -> None:
    """Whoever plugs a device in chooses its texts."""
    machine.tty(machine.usb("1-1", maker="Evil\x1b[2J", model="\u202etxt", serial="\x07"), "ttyUSB0")

    assert (one(machine).maker, one(machine).model, one(machine).serial) == ("Evil␛[2J", "·txt", "·")


# --- parsers ---------------------------------------------------------------------------------------------


def test_the_top_collections_of_a_report_descriptor() -> None:
    """A boot keyboard with a nested collection, then consumer control; a 32-bit usage carries its page."""
    keyboard = bytes.fromhex("05010906a101050719e029e7a100c0c0")
    consumer = bytes.fromhex("0b01000c00a101c0")

    assert top_usages(keyboard + consumer) == ((0x01, 0x06), (0x0C, 0x01))


@given(st.binary())
def test_any_bytes_are_a_report_descriptor(data: bytes) -> None:
    """Nothing a device says of itself raises."""
    top_usages(data)


@given(st.text())
def test_any_text_is_a_key_bitmap_and_a_device_id(text: str) -> None:
    """Nothing raises, and only a keyboard types."""
    assert types(text) in (True, False)
    languages(text)


def test_a_full_bitmap_types_and_one_without_enter_does_not() -> None:
    """All of digits, letters and Enter."""
    assert (types(f"{KEYS:x}"), types(f"{KEYS & ~(1 << 28):x}")) == (True, False)
