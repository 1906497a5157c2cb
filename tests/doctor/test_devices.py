"""What doctor says of rights, names, udev rules, and programs that take devices away: found and not found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from drivers.discovery import Node, nodes
from rma_station.doctor import access, rivals, rules
from rma_station.doctor.machine import this_machine
from tests.doctor.computer import computer, process, told
from tests.drivers.machine import KEYS, Machine

PORT = Node("tty", "/dev/ttyUSB0", "0403", "6001", model="FT232R", socket="1-1")
BOARD = Node("tty", "/dev/ttyAMA0")
PRINTER = Node("lp", "/dev/usb/lp0", "0a5f", "0120", socket="1-2")


# --- rights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "groups", "expected"),
    [
        ("rma", ("dialout", "input", "lp", "plugdev"), ["ok groups"]),
        ("rma", ("lp",), ["ok groups", "note groups_waiting -> sign_in_again", "note groups_missing -> join"]),
        ("other", (), ["note groups_missing -> join"]),
        ("root", (), ["note root -> root"]),
    ],
)
def test_the_groups_of_this_user(tmp_path: Path, user: str, groups: tuple[str, ...], expected: list[str]) -> None:
    """``/etc/group`` says that rma is in dialout; a process knows only what it had at sign-in."""
    assert told(access.groups(computer(tmp_path, user=user, groups=groups))) == expected


def test_a_configured_node_without_access_is_wrong_and_a_free_one_is_worth_knowing(tmp_path: Path) -> None:
    """A volume-key node of a scanner is nobody's business."""
    files = Machine(tmp_path)
    usb = files.usb("1-1")
    configured, free = files.event(usb, "event4"), files.event(usb, "event5")
    files.event(usb, "event6", keys=KEYS & 0b111)
    machine = computer(tmp_path)
    found = nodes(tmp_path, lambda path: False)

    told_of = told(access.access(machine, found, {str(configured): ["scanner"]}))

    assert told_of == ["wrong no_access -> rules_or_group", "note no_access_free -> rules_or_group"]
    assert told(access.access(machine, nodes(tmp_path, lambda path: path != str(free)), {})) == [
        "note no_access_free -> rules_or_group"
    ]


@pytest.mark.parametrize(("user", "do"), [("rma", "sign_in_again"), ("other", "join")])
def test_the_group_of_the_node_is_named(tmp_path: Path, user: str, do: str) -> None:
    """Joined and not signed in again, or not joined at all."""
    node = tmp_path / "ttyUSB0"
    node.touch()
    number = node.stat().st_gid
    machine = computer(tmp_path, {"etc/group": f"serial:x:{number}:rma\n"}, user=user)

    (found,) = access.access(machine, [Node("tty", str(node), usable=False)], {})

    assert found.remedy is not None
    assert (found.remedy.key, found.remedy.values["groups"]) == (f"doctor.do.{do}", "serial")


# --- names -----------------------------------------------------------------------------------------------


def test_two_configured_devices_on_one_node_are_wrong(tmp_path: Path) -> None:
    """They would steal each other's bytes."""
    files = Machine(tmp_path)
    path = files.tty(files.usb("1-1"), "ttyUSB0", by_id="usb-A")
    urls = [("scale", f"serial:{path.parent}/serial/by-id/usb-A"), ("again", f"serial:{path}")]

    assert told(access.named(nodes(tmp_path), urls)) == [
        "wrong shared_node -> shared_node",
        "note passing_name -> use_name",
    ]


def test_a_name_that_twins_share_is_wrong_and_their_sockets_are_right(tmp_path: Path) -> None:
    """Two scanners of a kind without serial numbers: the by-id name is either of them by chance."""
    files = Machine(tmp_path)
    for number in (1, 2):
        files.tty(files.usb(f"1-{number}"), f"ttyACM{number}", by_id="usb-H-if00", by_path=f"usb-{number}")
    folder = tmp_path / "dev/serial"

    assert told(access.named(nodes(tmp_path), [("left", f"serial:{folder}/by-id/usb-H-if00")])) == [
        "wrong twins -> use_name"
    ]
    assert told(access.named(nodes(tmp_path), [("left", f"serial:{folder}/by-path/usb-1")])) == []


def test_configured_devices_that_are_not_plugged_in_are_wrong(tmp_path: Path) -> None:
    """Those behind a network address are not looked for here; a path that is no device node may be a pty."""
    files = Machine(tmp_path)
    path = files.tty(files.usb("1-1"), "ttyUSB0")
    other = tmp_path / "pty"
    other.touch()
    urls = [
        ("scale", f"serial:{path}"),
        ("left", "hidraw:0c2e:0b61"),
        ("net", "socket:192.0.2.1:4001"),
        ("pty", f"serial:{other}"),
    ]

    assert told(access.plugged_in(nodes(tmp_path), urls)) == ["ok node", "wrong not_there -> plug_in"]
    assert told(access.plugged_in((), [])) == ["note no_devices -> no_devices"]


# --- rivals ----------------------------------------------------------------------------------------------


def test_modem_manager_is_wrong_where_there_are_serial_ports(tmp_path: Path) -> None:
    """Unless our udev rules keep it away."""
    running = process(7, "ModemManager")
    rule = {f"etc/udev/rules.d/{rules.NAME}": rules.shipped()}

    assert told(rivals.modem_manager(computer(tmp_path / "a"), [PORT])) == []
    assert told(rivals.modem_manager(computer(tmp_path / "b", running), [PORT])) == [
        "wrong modem_manager -> modem_manager"
    ]
    assert told(rivals.modem_manager(computer(tmp_path / "c", running), [])) == ["note modem_manager -> modem_manager"]
    assert told(rivals.modem_manager(computer(tmp_path / "d", {**running, **rule}), [PORT])) == [
        "ok modem_manager_kept_away"
    ]


def test_brltty_is_wrong_when_it_runs_or_has_taken_a_port(tmp_path: Path) -> None:
    """The chip is on the bus and its port is gone."""
    files = Machine(tmp_path)
    taken = files.usb("1-1", "1a86", "7523")
    there = computer(tmp_path, {"usr/lib/udev/rules.d/85-brltty.rules": "# rules"})

    assert told(rivals.brltty(there, nodes(tmp_path))) == ["wrong brltty_took -> brltty"]
    files.tty(taken, "ttyUSB0", "ch341")
    assert told(rivals.brltty(there, nodes(tmp_path))) == []
    assert told(rivals.brltty(computer(tmp_path, process(8, "brltty")), nodes(tmp_path))) == ["wrong brltty -> brltty"]


def test_a_console_on_a_configured_port_is_wrong(tmp_path: Path) -> None:
    """Of the kernel (a Raspberry Pi's serial port), or a login prompt."""
    kernel = computer(tmp_path / "a", {"sys/class/tty/console/active": "tty0 ttyAMA0\n"})
    login = computer(
        tmp_path / "b", process(9, "agetty", "/sbin/agetty -o '-p -- \\u' --keep-baud 115200 ttyUSB0 vt220")
    )

    assert told(rivals.serial_console(kernel, [PORT, BOARD], {})) == ["note console -> console_kernel"]
    assert told(rivals.serial_console(kernel, [PORT, BOARD], {BOARD.path: ["scale"]})) == [
        "wrong console_configured -> console_kernel"
    ]
    assert told(rivals.serial_console(login, [PORT], {PORT.path: ["scale"]})) == [
        "wrong console_configured -> console_login"
    ]
    assert told(rivals.serial_console(computer(tmp_path / "c"), [PORT], {})) == []


def test_cups_holding_a_label_printer_is_wrong(tmp_path: Path) -> None:
    """By its queues; an office printer is welcome to it."""
    running = process(10, "cupsd")
    asked = ("lpstat", "-v")
    zebra = "device for Zebra: usb://Zebra%20Technologies/ZTC%20ZD420?serial=1\ndevice for HP: usb://HP/LaserJet\n"

    def found(answer: str, files: dict[str, str], name: str) -> list[str]:
        machine = computer(tmp_path / name, files, answers={asked: answer})
        return told(rivals.cups(machine, [PRINTER]))

    assert found(zebra, {}, "a") == []
    assert found(zebra, running, "b") == ["wrong cups_queue -> cups_queue"]
    assert found("device for HP: usb://HP/LaserJet\n", running, "c") == ["ok cups_free"]


def test_a_printer_taken_from_usblp_is_wrong_while_cups_runs(tmp_path: Path) -> None:
    """Its interface is on the bus and another driver has it."""
    files = Machine(tmp_path)
    usb = files.usb("1-5", "0a5f", "0120")
    files.lp(usb, "lp0")
    machine = computer(tmp_path, process(10, "cupsd"))
    assert told(rivals.cups(machine, nodes(tmp_path))) == ["ok cups_free"]

    driver = tmp_path / "sys/bus/usb/devices/1-5:1.0/driver"
    driver.unlink()

    assert told(rivals.cups(machine, ())) == ["wrong cups_took -> cups_took"]


# --- udev rules ------------------------------------------------------------------------------------------


def test_whether_udev_has_the_rules_of_this_version(tmp_path: Path) -> None:
    """Missing, other, the same; what doctor writes is what it then finds."""
    machine = computer(tmp_path)
    assert told(rules.rules(machine)) == ["note rules_missing -> rules_install"]

    file = tmp_path / "etc/udev/rules.d" / rules.NAME
    file.parent.mkdir(parents=True)
    file.write_text("# an older one")
    assert told(rules.rules(machine)) == ["note rules_old -> rules_install"]

    rules.write(file)
    assert told(rules.rules(machine)) == ["ok rules"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_this_machine_can_be_looked_at() -> None:
    """Whatever it is: nothing raises, and the user has a name."""
    machine = this_machine()

    assert machine.user != ""
    assert any("python" in line or "pytest" in line for _, line in machine.processes())
    assert machine.answer(("no-such-program-of-ours",)) is None


def test_commands_are_answered_by_what_they_print(tmp_path: Path) -> None:
    """And a command that fails has no answer."""
    machine = this_machine()

    assert machine.answer(("echo", "zażółć")) == "zażółć\n"
    assert machine.answer(("false",)) is None
    assert subprocess.run(["true"], check=True).returncode == 0
