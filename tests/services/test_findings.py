"""What doctor finds on machines of every kind, and the remedy it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.services import findings
from rma_station.services.findings import Level


def levels(found: object) -> list[Level]:
    """Levels of findings."""
    return [each.level for each in found]  # type: ignore[attr-defined]


def test_a_folder_others_can_read_is_wrong(tmp_path: Path) -> None:
    """With the command that closes it."""
    tmp_path.chmod(0o755)

    first = next(iter(findings.data_folder(tmp_path)))

    assert (first.level, first.remedy) == (Level.WRONG, f"chmod 700 {tmp_path}")


def test_the_probe_of_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """It writes, waits and removes its file."""
    findings.fsync_honesty(tmp_path, rounds=3)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ((3, 40, 1), Level.NOTE),
        ((3, 44, 5), Level.NOTE),
        ((3, 44, 6), Level.GOOD),
        ((3, 50, 7), Level.GOOD),
        ((3, 51, 2), Level.NOTE),
        ((3, 51, 3), Level.GOOD),
        ((3, 53, 0), Level.GOOD),
    ],
)
def test_sqlite_versions_with_the_wal_reset_defect_are_named(version: tuple[int, ...], level: Level) -> None:
    """Also the back-ports are known."""
    assert findings.sqlite_version(version).level is level


def test_a_bare_console_is_told_about_its_font() -> None:
    """Polish letters need Lat2."""
    found = list(findings.terminal({"TERM": "linux", "LANG": "pl_PL.UTF-8"}, (80, 24)))

    assert any("Lat2-Terminus16" in each.remedy for each in found)


def test_a_terminal_too_small_is_wrong() -> None:
    """40x15 is the least."""
    assert Level.WRONG in levels(findings.terminal({"TERM": "xterm", "LANG": "C.UTF-8"}, (30, 10)))


def test_ports_without_access_name_the_group() -> None:
    """And those with access are good."""
    found = list(findings.serial_access([Path("/dev/a"), Path("/dev/b")], lambda path: path.name == "a"))

    assert [(each.level, "dialout" in each.remedy) for each in found] == [(Level.GOOD, False), (Level.WRONG, True)]


def test_programs_that_grab_serial_devices_are_named() -> None:
    """ModemManager and brltty."""
    assert levels(findings.rivals(["systemd", "ModemManager", "brltty"])) == [Level.WRONG, Level.WRONG]


def test_a_clock_behind_its_own_files_is_wrong() -> None:
    """1970 after a dead battery."""
    assert findings.clock(0.0, 1_700_000_000.0).level is Level.WRONG
