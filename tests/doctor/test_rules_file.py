"""The udev rules that ship: every line is one udev understands, and they do what the documents say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rma_station.doctor import rules

MATCH = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "KERNEL", "KERNELS", "DRIVERS", "ATTR", "ATTRS", "ENV", "TAG"}
ASSIGN = {"ENV", "GROUP", "MODE", "SYMLINK", "TAG", "IMPORT"}
_TOKEN = re.compile(r'(?P<key>[A-Z]+)(?:\{(?P<inner>[^}]+)\})?(?P<sign>==|!=|\+=|:=|=)"(?P<value>[^"]*)"')
Token = tuple[str, str, str, str]


def tokens(line: str) -> list[Token]:
    """The comma-separated parts of a rule (udev(7)); anything left over fails."""
    found = [(m["key"], m["inner"] or "", m["sign"], m["value"]) for m in _TOKEN.finditer(line)]
    assert _TOKEN.sub("", line).replace(",", "").strip() == "", line
    return found


LINES = [tokens(line) for line in rules.shipped().splitlines() if line and not line.startswith("#")]


def test_every_part_of_every_rule_is_known_to_udev() -> None:
    """Matches compare, the rest assigns; only listed keys."""
    unknown = [
        token for line in LINES for token in line if token[0] not in (MATCH if token[2] in ("==", "!=") else ASSIGN)
    ]

    assert unknown == []


def test_every_rule_first_says_what_it_is_for_and_then_what_it_does() -> None:
    """A match after an assignment would be a slip of the pen; one without subsystem would touch everything."""
    for line in LINES:
        compares = [token[2] in ("==", "!=") for token in line]
        assert compares == sorted(compares, reverse=True)
        assert "SUBSYSTEM" in {token[0] for token in line}
        assert False in compares


def does(subsystem: str) -> set[tuple[str, str]]:
    """What the rules of a subsystem assign."""
    chosen = [line for line in LINES if ("SUBSYSTEM", "", "==", subsystem) in line]
    return {
        (f"{key}{{{inner}}}" if inner else key, value)
        for line in chosen
        for key, inner, sign, value in line
        if sign == "="
    }


def test_what_the_rules_do() -> None:
    """No modem commands, no typing into a desktop, access for groups, lasting names for printers."""
    assert does("tty") == {("ENV{ID_MM_DEVICE_IGNORE}", "1")}
    assert does("input") == {("GROUP", "input"), ("MODE", "0660"), ("ENV{LIBINPUT_IGNORE_DEVICE}", "1")}
    assert does("hidraw") == {("GROUP", "plugdev"), ("MODE", "0660")}
    assert does("usbmisc") == {("IMPORT{builtin}", "usb_id"), ("IMPORT{builtin}", "path_id")}
    assert rules.shipped().count('SYMLINK+="rma/') == 2


def test_nobody_but_the_groups_gets_access() -> None:
    """No rule opens a node to the world."""
    assert {token[3] for line in LINES for token in line if token[0] == "MODE"} == {"0660"}


def test_udev_itself_accepts_the_rules(tmp_path: Path) -> None:
    """``udevadm verify`` (systemd 254 and newer)."""
    if shutil.which("udevadm") is None:
        pytest.skip("udevadm is not installed")
    file = tmp_path / rules.NAME
    rules.write(file)
    done = subprocess.run(["udevadm", "verify", str(file)], capture_output=True, text=True, check=False)
    if "Unknown command verb" in done.stderr + done.stdout:
        pytest.skip("udevadm here is older than systemd 254 and cannot verify")

    assert (done.returncode, done.stderr) == (0, "")
