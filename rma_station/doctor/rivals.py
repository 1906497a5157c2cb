"""Programs that take devices away from the station, or talk to them: ModemManager, brltty, a console, CUPS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from drivers.discovery import LP, TTY, Node
from rma_station.doctor.finding import Finding, good, note, wrong
from rma_station.doctor.machine import Machine
from rma_station.doctor.rules import installed

BRAILLE_CHIPS = frozenset({("10c4", "ea60"), ("1a86", "7523"), ("0403", "6001")})
"""USB serial chips that older brltty takes for Braille displays: CP210x, CH340, FT232."""
LABEL_PRINTERS = re.compile(
    r"usb://(zebra|ztc|eltron|tsc|godex|citizen|sato|honeywell|datamax|intermec|bixolon|argox|postek|dymo|brother/ql)",
    re.IGNORECASE,
)
_DEVICE = re.compile(r"device for (?P<queue>\S+): (?P<uri>\S+)")


def modem_manager(machine: Machine, nodes: Iterable[Node]) -> Iterator[Finding]:
    """It sends modem commands to every new serial port."""
    if any(name == "ModemManager" for name, _ in machine.processes()):
        if installed(machine):
            yield good("modem_manager_kept_away")
        elif any(node.kind == TTY and node.socket for node in nodes):
            yield wrong("modem_manager", "modem_manager")
        else:
            yield note("modem_manager", "modem_manager")


def brltty(machine: Machine, nodes: Iterable[Node]) -> Iterator[Finding]:
    """It takes USB serial chips seconds after they were plugged in; then a chip is there and its port is gone."""
    if any(name == "brltty" for name, _ in machine.processes()):
        yield wrong("brltty", "brltty")
    with_port = {node.socket for node in nodes if node.kind == TTY}
    if not _braille_rules(machine):
        return
    for device in sorted((machine.root / "sys/bus/usb/devices").glob("*-*")):
        where = f"sys/bus/usb/devices/{device.name}"
        chip = machine.text(f"{where}/idVendor").strip(), machine.text(f"{where}/idProduct").strip()
        if chip in BRAILLE_CHIPS and device.name not in with_port:
            yield wrong("brltty_took", "brltty", chip=":".join(chip), socket=device.name)


def _braille_rules(machine: Machine) -> bool:
    folders = ("etc/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d")
    return any(next((machine.root / folder).glob("*brltty*.rules"), None) is not None for folder in folders)


def serial_console(
    machine: Machine, nodes: Sequence[Node], configured: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """A console or a login prompt on a port writes into whatever is connected there.

    Args:
        machine: the computer.
        nodes: its device nodes.
        configured: path of a node to the names of the devices configured on it.
    """
    consoles = set(machine.text("sys/class/tty/console/active").split())
    logins = {
        word.rpartition("/")[2]
        for name, line in machine.processes()
        if name == "agetty"
        for word in line.split()
        if re.fullmatch(r"(/dev/)?tty[A-Z]+\d+", word)
    }
    for node in nodes:
        port = Path(node.path).name
        if node.kind != TTY or port not in consoles | logins:
            continue
        do = "console_kernel" if port in consoles else "console_login"
        names = configured.get(node.path)
        if names:
            yield wrong("console_configured", do, port=port, device=", ".join(names))
        else:
            yield note("console", do, port=port)


def cups(machine: Machine, nodes: Sequence[Node]) -> Iterator[Finding]:
    """CUPS detaches a USB printer from its node while it prints, and prints a job again after a crash."""
    if not any(name == "cupsd" for name, _ in machine.processes()):
        return
    listed = machine.answer(("lpstat", "-v")) or ""
    held = [match for match in _DEVICE.finditer(listed) if LABEL_PRINTERS.match(match["uri"])]
    for match in held:
        yield wrong("cups_queue", "cups_queue", queue=match["queue"], uri=match["uri"])
    for interface in sorted((machine.root / "sys/bus/usb/devices").glob("*:*")):
        where = f"sys/bus/usb/devices/{interface.name}"
        if machine.text(f"{where}/bInterfaceClass").strip() == "07" and not _by_usblp(interface):
            yield wrong("cups_took", "cups_took", socket=interface.name)
    if not held and any(node.kind == LP for node in nodes):
        yield good("cups_free")


def _by_usblp(interface: Path) -> bool:
    link = interface / "driver"
    return link.exists() and link.resolve().name == "usblp"
