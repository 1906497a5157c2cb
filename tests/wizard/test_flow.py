"""The wizard from the list to the file, as somebody at a terminal goes through it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rma_station.__main__ import main
from rma_station.config import load
from rma_station.domain.device_sheet import GS1_HEAD, GS1_TAIL, LETTERS
from rma_station.wizard import flow
from rma_station.wizard.configuration import ConfigFile
from rma_station.wizard.conversation import Conversation, Left
from rma_station.wizard.flow import Setting
from rma_station.wizard.hearing import Times
from tests.drivers.machine import SCALE_DESCRIPTOR, Machine
from tests.drivers.support import Line
from tests.wizard.peers import ScalePeer, ScannerPeer, send_when_open
from tests.wizard.person import Person

QUICK = Times(scan=2.0, pause=0.05, listen=0.05, answer=0.15, stable=3.0)
SCAN = [f"{LETTERS}\r".encode(), f"{GS1_HEAD}\x1d{GS1_TAIL}\r".encode()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "root")


def walk(person: Person, file: Path, machine: Machine, language: str = "en") -> int:
    return flow.run(person.talk(language), ConfigFile(file), Setting(machine.root, QUICK))


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_scanner_in_the_network_is_added(tmp_path: Path, machine: Machine, language: str) -> None:
    """The difference is shown, the old file kept, and what was written can be loaded."""
    file = tmp_path / "my.toml"
    file.write_text('# mine\n[station]\nname = "bench-3"  # by the door\n')
    with ScannerPeer(*SCAN) as peer:
        words = {"en": ("Number of", "What is it?", "HOST:PORT", "Name", "Write it", "another"),
                 "pl": ("Numer", "Co to jest?", "HOST:PORT", "Nazwa", "Zapisać", "następne")}[language]  # fmt: skip
        given = ("n", "1", peer.url.removeprefix("socket:"), "left", "", "")
        person = Person(*zip(words, given, strict=True))
        written = walk(person, file, machine, language)

    assert written == 1
    assert [(each.name, each.url) for each in load(file).scanner] == [("left", peer.url)]
    assert file.read_text().startswith('# mine\n[station]\nname = "bench-3"  # by the door\n')
    assert '+name = "left"' in person.text
    assert len(list(tmp_path.glob("my.toml.*.bak"))) == 1


def test_nothing_is_written_without_a_yes(tmp_path: Path, machine: Machine) -> None:
    """Also no file is made."""
    file = tmp_path / "my.toml"
    with ScannerPeer(*SCAN) as peer:
        person = Person(
            ("Number of", "n"),
            ("What is it?", "1"),
            ("HOST:PORT", peer.url),
            ("Name", ""),
            ("Write it", "no"),
            ("another", "no"),
        )
        assert walk(person, file, machine) == 0

    assert not file.exists()
    assert "Not written." in person.text


def test_names_do_not_clash(tmp_path: Path, machine: Machine) -> None:
    """The one proposed is free; another that is taken or no name is asked for again."""
    file = tmp_path / "my.toml"
    file.write_text('[[scanner]]\nname = "scanner"\nurl = "loop:"\n')
    with ScannerPeer(*SCAN) as peer:
        person = Person(
            ("Number of", "n"),
            ("What is it?", "1"),
            ("HOST:PORT", peer.url),
            ("[scanner2]", "scanner"),
            ("Name", "a b"),
            ("Name", ""),
            ("Write it", "yes"),
            ("another", "no"),
        )
        walk(person, file, machine)

    assert [each.name for each in load(file).scanner] == ["scanner", "scanner2"]


def test_what_nobody_chose_is_not_touched(tmp_path: Path, machine: Machine) -> None:
    """A device that is listed stays closed: its node is a file that tells when it was read."""
    node = machine.tty(machine.usb("1-1"), "ttyUSB0")
    os.utime(node, (1.0, 1.0))
    node.chmod(0o600)

    person = Person(("Number of", "9"), ("Number of", "l"), ("Number of", "q"))
    walk(person, tmp_path / "my.toml", machine)

    assert (node.stat().st_atime, node.stat().st_mtime, node.read_bytes()) == (1.0, 1.0, b"")


def test_a_device_that_has_no_rights_or_no_name_or_a_twin_is_told(tmp_path: Path, machine: Machine) -> None:
    """Before anything else is asked."""
    for number in (1, 2):
        machine.tty(machine.usb(f"1-{number}"), f"ttyACM{number}", by_path=f"usb-{number}")
    machine.chip("ttyS0")
    person = Person(
        ("Number of", "1"),
        ("What is it?", "1"),
        ("Again?", "no"),
        ("speed?", "no"),
        ("another", "yes"),
        ("Number of", "3"),
        ("What is it?", "1"),
        ("Again?", "no"),
        ("speed?", "no"),
        ("another", "no"),
    )

    walk(person, tmp_path / "my.toml", machine)

    assert "Only the socket tells them apart" in person.text
    assert "has no name that lasts" in person.text


def test_a_section_can_be_proved_again(tmp_path: Path, machine: Machine) -> None:
    """Its name and comments stay, the rest is what was found now; a no leaves it alone."""
    line = Line(tmp_path)
    node = machine.tty(machine.usb("1-1", serial="A"), "ttyACM0", by_id="usb-A")
    node.unlink()
    node.symlink_to(line.path)
    file = tmp_path / "my.toml"
    file.write_text(f'[[scanner]]\nname = "old"  # red\nurl = "serial:{node}"\nsuffix = "tab"\n')
    scans = iter(SCAN)

    def scan() -> None:
        send_when_open(line, next(scans))

    person = Person(
        ("Number of", "1"),
        ("Prove it again", "no"),
        ("Number of", "1"),
        ("Prove it again", "yes"),
        ("What is it?", "1"),
        ("Write it", "yes"),
        ("another", "no"),
        does={"Scan code 1": scan, "Scan code 2": scan},
    )
    walk(person, file, machine)
    line.unplug()

    url = f"serial:{machine.root}/dev/serial/by-id/usb-A?baud=9600"
    assert file.read_text() == f'[[scanner]]\nname = "old"  # red\nurl = "{url}"\n'


def test_a_usb_scale_needs_no_protocol(tmp_path: Path, machine: Machine) -> None:
    """What kind it is says its report descriptor; here it cannot be opened, and that is told."""
    machine.hidraw(machine.usb("1-1", "0922", "8003", "DYMO", "M10", "D1"), "hidraw0", SCALE_DESCRIPTOR)
    person = Person(
        ("Number of", "1"), ("Enter when done", ""), ("How much is it", "1 kg"), ("Again?", "no"), ("another", "no")
    )

    flow.run(person.talk(), ConfigFile(tmp_path / "my.toml"), Setting(machine.root, Times(stable=0.3)))

    assert "hid-scale:0922:8003?serial=D1" in person.text
    assert "No stable weight came" in person.text


def test_a_printer_that_cannot_be_asked_is_entered_by_hand(tmp_path: Path, machine: Machine) -> None:
    """Language, resolution and stock."""
    file = tmp_path / "my.toml"
    person = Person(
        ("Number of", "n"),
        ("What is it?", "3"),
        ("Address of the printer", "127.0.0.1:1"),
        ("Ask the printer", "no"),
        ("language", "1"),
        ("Dots", "1"),
        ("Size", "1"),
        ("test label", "yes"),
        ("once more", "no"),
        ("Name", ""),
        ("Write it", ""),
        ("another", ""),
    )
    walk(person, file, machine)

    (printer,) = load(file).printer
    assert (printer.name, printer.url, printer.dpi) == ("labels", "tcp:127.0.0.1:1", 203)
    assert "Nothing was printed. No connection: is it on and plugged in?" in person.text


def test_a_printer_that_does_not_answer_can_be_left(tmp_path: Path, machine: Machine) -> None:
    """Nothing is listening there."""
    person = Person(
        ("Number of", "n"),
        ("What is it?", "3"),
        ("Address of the printer", "127.0.0.1:1"),
        ("Ask the printer", "yes"),
        ("by hand?", "no"),
        ("another", "no"),
    )
    walk(person, tmp_path / "my.toml", machine)

    assert "It does not say" in person.text


@pytest.mark.parametrize("address", ["", "192.0.2.1", "ipp://host/x", "socket:a b:1", "192.0.2.1:99999999"])
def test_an_address_that_is_none_is_asked_for_again(tmp_path: Path, machine: Machine, address: str) -> None:
    """And the list is shown anew."""
    person = Person(("Number of", "n"), ("What is it?", "1"), ("HOST:PORT", address), ("Number of", "q"))

    walk(person, tmp_path / "my.toml", machine)

    assert "That is no such address" in person.text


def test_whoever_types_nonsense_for_ever_is_left(tmp_path: Path, machine: Machine) -> None:
    """A script that does not fit, or a scanner in keyboard mode that fills the terminal."""
    person = Person(*[("Number of", "x")] * 50)

    with pytest.raises(Left):
        walk(person, tmp_path / "my.toml", machine)


def test_a_console_without_polish_letters_gets_a_sign_and_no_trace_back(tmp_path: Path) -> None:
    """Over ssh with LANG=C."""
    command = [sys.executable, "-m", "rma_station", "devices", "wizard", "--config", str(tmp_path / "my.toml")]
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [*command, "--language", "pl"], input="", capture_output=True, text=True, env=plain, check=False
    )

    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "dodaj urz" in done.stdout


def test_the_command_goes_through_without_a_terminal(tmp_path: Path) -> None:
    """Answers from the standard input, as a test or a script gives them; a scale in the network."""
    file = tmp_path / "my.toml"
    with ScalePeer("t-scale") as peer:
        peer.put(1250)
        answers = ["n", "2", peer.url, "", "", "1.25 kg", "floor", "yes", "no"]
        command = [sys.executable, "-m", "rma_station", "devices", "wizard", "--config", str(file), "--language", "en"]
        done = subprocess.run(command, input="\n".join(answers) + "\n", capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert tomllib.loads(file.read_text())["scale"] == [
        {"name": "floor", "url": peer.url, "protocol": "t-scale", "unit": "kg"}
    ]


def test_without_a_file_to_write_to_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped configuration is never changed."""
    assert main(["devices", "wizard"]) == 3
    assert "--config FILE" in capsys.readouterr().err


def test_what_is_said_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken between words; a remedy on a line of its own."""
    monkeypatch.setenv("COLUMNS", "60")
    person = Person()
    Conversation("en", person, person).say("scanner.separator.dropped")  # type: ignore[arg-type]

    lines = person.seen.splitlines()
    assert max(map(len, lines)) <= 60
    assert [line for line in lines if line.startswith("  -> ")] != []
