"""The device wizard on a real kernel: what it opens and grabs, what it derives, and that it gives back what it took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from evdev import InputDevice

from drivers.discovery import Node, nodes
from drivers.names import lasting
from rma_station.domain.device_sheet import GS1_HEAD, GS1_TAIL, LETTERS
from rma_station.wizard import scales, scanners
from rma_station.wizard.hearing import Times
from tests.device.bench import Bench
from tests.device.gadget import DEADLINE, Gadget, SerialGadget
from tests.device.hid import KeyboardGadget, PosGadget, ScaleGadget
from tests.device.identities import DYMO, POS, WEDGE, XENON
from tests.wizard.person import Person

PATIENT = Times(scan=DEADLINE, pause=2.0, stable=DEADLINE)
CODES = (LETTERS, f"{GS1_HEAD}\x1d{GS1_TAIL}")


def node_of(gadget: Gadget) -> tuple[Node, str]:
    """The gadget's node and the URL the wizard would write down for it."""
    found = nodes()
    numbers = (f"{gadget.identity.vendor:04x}", f"{gadget.identity.model:04x}")
    node = next(node for node in found if node.useful and (node.vendor, node.product) == numbers)
    return node, lasting(node, found).url


def soon(act: Callable[[], object]) -> Callable[[], None]:
    """Do it in a thread of its own: whoever is told to scan does not hold the wizard up."""
    return lambda: threading.Thread(target=act, daemon=True).start()


def test_a_scanner_that_types_is_grabbed_proved_and_given_back(bench: Bench) -> None:
    """Each code is typed as soon as the node is ours; afterwards anybody may have it."""
    wedge = bench.plugged(KeyboardGadget(WEDGE))
    node, url = node_of(wedge)

    def type_when_grabbed(code: str) -> None:
        until = time.monotonic() + DEADLINE
        device = InputDevice(node.path)
        while time.monotonic() < until:
            try:
                device.grab()
            except OSError:  # the wizard has it
                wedge.type(f"{code}\r")
                break
            device.ungrab()
            time.sleep(0.05)
        device.close()

    told = {f"code {number}": soon(lambda code=code: type_when_grabbed(code)) for number, code in enumerate(CODES, 1)}
    section = scanners.prove(Person(does=told).talk(), url, node, Path("/"), PATIENT)

    assert section == {"url": url}
    device = InputDevice(node.path)
    device.grab()
    device.close()


def scanned(send: Callable[[str], object]) -> dict[str, Callable[[], None]]:
    """A person who takes the sheet when told to, and scans some seconds later: the port is open by then."""

    def scan(code: str) -> None:
        time.sleep(3.0)
        send(code)

    return {f"code {number}": soon(lambda code=code: scan(code)) for number, code in enumerate(CODES, 1)}


def test_a_scanner_in_hid_pos_mode_is_proved(bench: Bench) -> None:
    """No suffix and no layout to find."""
    pos = bench.plugged(PosGadget(POS))
    node, url = node_of(pos)
    person = Person(does=scanned(lambda code: pos.scan(code.encode())))

    assert scanners.prove(person.talk(), url, node, Path("/"), PATIENT) == {"url": url}


def test_a_serial_scanner_is_proved(bench: Bench) -> None:
    """USB serial: the first speed is as good as any."""
    xenon = bench.plugged(SerialGadget(XENON))
    node, url = node_of(xenon)
    person = Person(does=scanned(lambda code: xenon.send(f"{code}\r".encode())))

    assert scanners.prove(person.talk(), url, node, Path("/"), PATIENT) == {"url": f"{url}?baud=9600"}


def test_a_usb_scale_is_proved_with_a_known_weight(bench: Bench) -> None:
    """By its own descriptor; the unit is remembered."""
    dymo = bench.plugged(ScaleGadget(DYMO))
    dymo.holds(0, status=ScaleGadget.STABLE)
    _, url = node_of(dymo)
    person = Person(
        ("Enter when done", ""), ("How much is it", "880 g"), does={"Put something": lambda: dymo.holds(878)}
    )

    assert scales.prove(person.talk(), url, Path("/"), PATIENT) == {"url": url, "unit": "g"}
