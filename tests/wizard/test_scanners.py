"""A scanner is proved by the test sheet, whatever way it sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.discovery import EVENT, Node
from drivers.evdev_scanner import KeyStream
from drivers.framing import Framer
from drivers.hid_pos import HONEYWELL
from drivers.keymaps import DE, US, Layout
from drivers.keys import EV_KEY, FUNCTION_KEYS
from drivers.keystrokes import typed
from rma_station.domain.device_sheet import GS1_HEAD, GS1_TAIL, LETTERS
from rma_station.errors import DeviceLost
from rma_station.wizard import scanners
from rma_station.wizard.conversation import Left
from rma_station.wizard.hearing import Times
from rma_station.wizard.scanners import Section
from tests.drivers.support import Line
from tests.drivers.test_evdev_scanner import FakeDevice
from tests.wizard.peers import ScannerPeer, send_when_open
from tests.wizard.person import Person

QUICK = Times(scan=10.0, pause=0.05)
SHORT = Times(scan=0.2, pause=0.05)
GS1 = f"{GS1_HEAD}\x1d{GS1_TAIL}"
LETTER_BYTES, GS1_BYTES = LETTERS.encode(), GS1.encode()


def proved(person: Person, *codes: bytes, times: Times = QUICK) -> tuple[Section | None, str]:
    """What comes of a scanner that sends these codes, one each time it is listened to."""
    with ScannerPeer(*codes) as peer:
        return scanners.prove(person.talk(), peer.url, None, Path("/"), times), peer.url


@pytest.mark.parametrize(
    ("ending", "more"), [(b"\r", {}), (b"\r\n", {}), (b"\t", {"suffix": "tab"}), (b"\x03", {"suffix": "etx"})]
)
def test_a_scanner_that_sends_bytes(ending: bytes, more: dict[str, str]) -> None:
    """The suffix is derived; with it the framer reads the codes."""
    section, url = proved(Person(), LETTER_BYTES + ending, GS1_BYTES + ending)

    assert section == {"url": url, **more}
    framer = Framer("left", more.get("suffix", "auto"))
    assert [scan.data for scan in framer.feed(LETTER_BYTES + ending, 1.0)] == [LETTER_BYTES]


def test_a_scanner_without_an_ending_is_set_and_scanned_again() -> None:
    """The remedy is told; the second scan is right."""
    person = Person(("Again?", "yes"))
    section, url = proved(person, LETTER_BYTES, LETTER_BYTES + b"\r", GS1_BYTES + b"\r")

    assert section == {"url": url}
    assert "Set 'add CR suffix'" in person.text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "Nothing came."),
        (b"5901234123457\r", "Something else came: 5901234123457"),
        (b"j" + LETTER_BYTES + b"\r", "Something stands before the code: j"),
        (LETTER_BYTES + b"##", "A scan ends with # #"),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy(sent: bytes, said: str) -> None:
    """And nothing is written when the person gives up."""
    person = Person(("Again?", "no"))
    section, _ = proved(person, sent, times=SHORT)

    assert (section, said in person.text, " -> " in person.text) == (None, True, True)


@pytest.mark.parametrize(("between", "said"), [(b"", "separator is dropped"), (b"^]", "comes as ^ ]")])
@pytest.mark.parametrize("anyway", [True, False])
def test_a_scanner_that_loses_the_separator_is_told_so(between: bytes, said: str, anyway: bool) -> None:
    """It is written only when the person takes it as it is."""
    person = Person(("Again?", "no"), ("Take it as it is?", "yes" if anyway else "no"))
    sent = GS1_HEAD.encode() + between + GS1_TAIL.encode() + b"\r"
    section, url = proved(person, LETTER_BYTES + b"\r", sent)

    assert section == ({"url": url} if anyway else None)
    assert said in person.text


def test_the_speed_is_changed_only_when_a_person_says_so(tmp_path: Path) -> None:
    """Noise at 9600; at the next speed the codes come. Each speed needs a scan of its own."""
    line = Line(tmp_path)
    sends = iter([bytes.fromhex("e0fc80f31c9880e6fe1ce0"), LETTER_BYTES + b"\r", GS1_BYTES + b"\r"])

    def scan() -> None:
        send_when_open(line, next(sends))

    told = {"Scan code 1": scan, "at 115200": lambda: None, "code 1 ": scan, "code 2": scan}
    person = Person(("Try another speed?", "yes"), does=told)
    section = scanners.on_a_line(person.talk(), line.url, (9600, 115200), QUICK)
    line.unplug()

    assert section == {"url": f"{line.url}?baud=115200"}
    assert "What came is noise" in person.text


def test_when_no_speed_fits_it_is_said(tmp_path: Path) -> None:
    """And nothing is written."""
    line = Line(tmp_path)

    def scan() -> None:
        send_when_open(line, b"\xfe\xe0\x80\xff")

    person = Person(("Try another speed?", "yes"), does={"Scan code 1": scan})
    section = scanners.on_a_line(person.talk(), line.url, (9600,), QUICK)
    line.unplug()

    assert (section, "No usual speed fits" in person.text) == (None, True)


def test_a_device_that_is_gone_can_be_plugged_in_again(tmp_path: Path) -> None:
    """The reason is told and the question asked again."""
    person = Person(("Again?", "yes"), ("Again?", "no"), ("Try another speed?", "no"))

    assert scanners.on_a_line(person.talk(), f"serial:{tmp_path}/nothing", (9600,), SHORT) is None
    assert person.text.count("The device cannot be used") == 2


def test_the_end_of_the_input_ends_the_wizard() -> None:
    """Ctrl+D, or a script that has no more to say."""
    with ScannerPeer(b"") as peer, pytest.raises(Left):
        scanners.prove(Person().talk(), peer.url, None, Path("/"), SHORT)


# --- scanners that type ----------------------------------------------------------------------------------


class TypingDesk:
    """A scanner that types its next code as soon as it was grabbed."""

    def __init__(self, *codes: list[tuple[int, int, int]]) -> None:
        self._codes = list(codes)
        self.devices: list[FakeDevice] = []

    def connect(self) -> KeyStream:
        device = FakeDevice()
        self.devices.append(device)
        stream = KeyStream(device, "Honeywell 1900")
        if self._codes:
            device.send(self._codes.pop(0))
        return stream


def typed_on(desk: TypingDesk, person: Person, url: str = "evdev:/dev/input/by-id/x") -> Section | None:
    return scanners.typing(person.talk(), url, desk.connect, QUICK)


@pytest.mark.parametrize(
    ("layout", "query"), [(US, ""), (DE, "?layout=de"), (DE.without_dead_keys(), "?layout=de&dead=no")]
)
def test_a_scanner_that_types(layout: Layout, query: str) -> None:
    """Its layout goes into the url; it is grabbed for each code and given back."""
    desk = TypingDesk(typed(LETTERS, layout), typed(GS1, layout))
    person = Person()

    section = typed_on(desk, person)

    assert section == {"url": f"evdev:/dev/input/by-id/x{query}"}
    assert [device.story for device in desk.devices] == [["grab", "close"]] * 2
    assert "your only keyboard" in person.text


def test_a_function_key_for_the_separator_goes_into_the_url() -> None:
    """Beside options that are there already."""
    press = [(EV_KEY, FUNCTION_KEYS["f8"], 1), (EV_KEY, FUNCTION_KEYS["f8"], 0)]
    separated = typed(GS1_HEAD, US, ends=()) + press + typed(GS1_TAIL, US)

    section = typed_on(TypingDesk(typed(LETTERS, US), separated), Person(), "evdev:05e0:1200?serial=c0")

    assert section == {"url": "evdev:05e0:1200?serial=c0&gs=f8"}


def test_a_keyboard_is_given_back_when_nothing_comes() -> None:
    """Silence ends the grab."""
    desk = TypingDesk()
    person = Person(("Again?", "no"))

    assert scanners.typing(person.talk(), "evdev:/dev/x", desk.connect, SHORT) is None
    assert desk.devices[0].story == ["grab", "close"]


def test_a_device_held_by_another_program_is_told() -> None:
    """As the driver says it."""

    def held() -> KeyStream:
        raise DeviceLost("/dev/input/event5: held by another program")

    person = Person(("Again?", "no"))
    assert scanners.typing(person.talk(), "evdev:/dev/x", held, SHORT) is None
    assert "held by another program" in person.text


def test_what_is_behind_a_node_decides_how_it_is_heard(tmp_path: Path) -> None:
    """An event node that is not there any more."""
    person = Person(("Again?", "no"))
    node = Node(EVENT, str(tmp_path / "event5"))

    assert scanners.prove(person.talk(), f"evdev:{tmp_path}/event5", node, tmp_path, SHORT) is None
    assert "The device cannot be used" in person.text


# --- scanners in HID POS mode ----------------------------------------------------------------------------


class PosDesk:
    """A scanner in HID POS mode that sends the next code as soon as it was opened."""

    layout = HONEYWELL
    detail = "Honeywell 1950"

    def __init__(self, *codes: bytes) -> None:
        self._codes = list(codes)
        self._reports: list[bytes] = []

    def connect(self) -> PosDesk:
        data = self._codes.pop(0) if self._codes else b""
        pieces = [data[at : at + 56] for at in range(0, len(data), 56)]
        self._reports = [
            bytes([2, len(piece)]) + b"]C0" + piece.ljust(56, b"\0") + bytes([0x6A, 0, piece is not pieces[-1]])
            for piece in pieces
        ]
        return self

    def read(self, timeout: float) -> bytes:
        return self._reports.pop(0) if self._reports else b""

    def close(self) -> None:
        pass


def test_a_scanner_in_hid_pos_mode() -> None:
    """No suffix, no layout, the separator as it is."""
    desk = PosDesk(LETTER_BYTES, GS1_BYTES)

    section = scanners.reporting(Person().talk(), "hidraw:0c2e:0b61", desk.connect, QUICK)

    assert section == {"url": "hidraw:0c2e:0b61"}


def test_a_scanner_in_hid_pos_mode_that_sends_nothing() -> None:
    """Told as with the others."""
    person = Person(("Again?", "no"))

    assert scanners.reporting(person.talk(), "hidraw:0c2e:0b61", PosDesk().connect, SHORT) is None
    assert "Nothing came." in person.text
