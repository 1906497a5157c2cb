"""A device is found by who it is; another one in its place is left alone, and twins are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.address import LOOKED_UP, parse_url
from drivers.discovery import KEYBOARD
from drivers.finder import NodeFinder
from rma_station.errors import DeviceLost
from tests.drivers.machine import Machine

BY_ID = "usb-Honeywell-event-kbd"
BUTTONS = 3 << 113


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def finder(machine: Machine, url: str) -> NodeFinder:
    address = parse_url(url.replace("evdev:/", f"evdev:{machine.root}/"), schemes=LOOKED_UP)
    return NodeFinder(address, KEYBOARD, "scanner that types", machine.root)


def scanner(machine: Machine, socket: str, name: str, serial: str = "", by_id: str = BY_ID, by_path: str = "") -> Path:
    """A scanner of always the same make."""
    machine.usb(socket, "0c2e", "0b61", serial=serial)
    return machine.event(socket, name, "Honeywell Scanner", by_id=by_id, by_path=by_path)


def keyboard(machine: Machine, socket: str, name: str, by_path: str = "") -> Path:
    """Somebody's keyboard."""
    machine.usb(socket, "046d", "c31c")
    return machine.event(socket, name, "Logitech Keyboard", by_path=by_path)


@pytest.mark.parametrize(
    "url",
    [
        f"evdev:/dev/input/by-id/{BY_ID}",
        "evdev:/dev/input/event3",
        "evdev:0c2e:0b61",
        "evdev:0C2E:0B61?serial=S1",
        "evdev:0c2e:0b61?port=1-1",
        "evdev:/dev/input/event3?id=0c2e:0b61&serial=S1&port=1-1",
    ],
)
def test_a_device_is_found_again_under_another_number(machine: Machine, url: str) -> None:
    """Whatever names it, it is the same device after replugging."""
    node = scanner(machine, "1-1", "event3", "S1")
    keyboard(machine, "1-2", "event4")
    search = finder(machine, url)
    assert search.find().path == str(node)
    machine.unplug(node)
    with pytest.raises(DeviceLost, match="not plugged in"):
        search.find()

    again = scanner(machine, "1-1", "event9", "S1")
    assert search.find().path == str(again)


def test_a_device_without_serial_number_is_known_by_its_socket(machine: Machine) -> None:
    """In the same socket it is the same; in another one it is not guessed."""
    search = finder(machine, "evdev:/dev/input/event3")
    node = scanner(machine, "1-1", "event3")
    search.find()
    machine.unplug(node)
    elsewhere = scanner(machine, "1-7", "event5")
    with pytest.raises(DeviceLost, match="not plugged in"):
        search.find()
    machine.unplug(elsewhere)
    back = scanner(machine, "1-1", "event6")

    assert search.find().path == str(back)


@pytest.mark.parametrize("url", ["evdev:/dev/input/event3", "evdev:/dev/input/by-path/pci-1-event-kbd"])
def test_a_keyboard_in_the_scanners_place_is_left_alone(machine: Machine, url: str) -> None:
    """Nobody confirmed it, and it may be the only keyboard there is."""
    node = scanner(machine, "1-1", "event3", by_path="pci-1-event-kbd")
    search = finder(machine, url)
    search.find()
    machine.unplug(node)
    keyboard(machine, "1-1", "event3", by_path="pci-1-event-kbd")

    with pytest.raises(DeviceLost, match=r"Keyboard 046d:c31c .* is there now, not .*Honeywell.*left alone"):
        search.find()


def test_the_identity_in_the_url_holds_from_the_first_start(machine: Machine) -> None:
    """``id=`` as the wizard writes it."""
    keyboard(machine, "1-1", "event3")

    with pytest.raises(DeviceLost, match="not the device that was configured"):
        finder(machine, "evdev:/dev/input/event3?id=0c2e:0b61").find()


@pytest.mark.parametrize("url", [f"evdev:/dev/input/by-id/{BY_ID}", "evdev:0c2e:0b61"])
def test_two_devices_with_the_same_identity_are_an_error_that_names_both(machine: Machine, url: str) -> None:
    """Also when udev's link leads to one of them: it leads to the other after the next plugging in."""
    scanner(machine, "1-2", "event7")
    scanner(machine, "1-1", "event3")

    with pytest.raises(DeviceLost, match=r"event3 .*event7 .*port=1-1 or port=1-2"):
        finder(machine, url).find()


def test_twins_with_serial_numbers_are_told_apart_by_them(machine: Machine) -> None:
    """The message says how; with it there is no doubt."""
    scanner(machine, "1-1", "event3", "A")
    scanner(machine, "1-2", "event7", "B")
    with pytest.raises(DeviceLost, match="serial=A or serial=B"):
        finder(machine, "evdev:0c2e:0b61").find()

    assert finder(machine, "evdev:0c2e:0b61?serial=B").find().path.endswith("event7")


@pytest.mark.parametrize(
    "url", ["evdev:0c2e:0b61?port=1-2", "evdev:/dev/input/by-path/pci-2-event-kbd", "evdev:/dev/input/event7"]
)
def test_the_socket_tells_twins_apart(machine: Machine, url: str) -> None:
    """The only choice for two equal scanners without a serial number."""
    scanner(machine, "1-1", "event3")
    scanner(machine, "1-2", "event7", by_path="pci-2-event-kbd")

    assert finder(machine, url).find().path.endswith("event7")


def test_several_nodes_of_one_scanner_are_one_device(machine: Machine) -> None:
    """A scanner may show two keyboards and volume keys; the first keyboard is taken."""
    machine.usb("1-1", "0c2e", "0b61")
    machine.event("1-1", "event5", "Honeywell Consumer Control", keys=BUTTONS)
    scanner(machine, "1-1", "event6")
    scanner(machine, "1-1", "event7")

    assert finder(machine, "evdev:0c2e:0b61").find().path.endswith("event6")


def test_a_node_of_another_kind_is_named_so(machine: Machine) -> None:
    """A power button is no scanner."""
    machine.usb("1-1")
    machine.event("1-1", "event3", keys=BUTTONS)

    with pytest.raises(DeviceLost, match="no scanner that types"):
        finder(machine, "evdev:/dev/input/event3").find()
