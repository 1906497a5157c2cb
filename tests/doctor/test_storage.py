"""What doctor says of disk, clock, console and SQLite, on machines of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.doctor import clock, console, storage
from rma_station.doctor.finding import Level
from tests.doctor.computer import computer, told
from tests.screens.test_goldens import repertoire


def test_a_folder_others_can_read_is_wrong(tmp_path: Path) -> None:
    """With the command that closes it."""
    tmp_path.chmod(0o755)
    assert told(storage.data_folder(tmp_path))[0] == "wrong folder_open -> folder_open"
    tmp_path.chmod(0o700)
    assert told(storage.data_folder(tmp_path))[0] == "ok folder"


def test_a_folder_that_is_not_there_is_made_later(tmp_path: Path) -> None:
    """Nothing is wrong before the first start."""
    assert told(storage.data_folder(tmp_path / "new")) == ["note folder_missing -> folder_missing"]


@pytest.mark.parametrize(("megabytes", "expected"), [(499, "wrong free -> free"), (500, "ok free")])
def test_a_disk_that_is_nearly_full_is_wrong(megabytes: int, expected: str) -> None:
    """A full disk stops the bench."""
    assert told([storage.free(megabytes)]) == [expected]


def test_the_probe_of_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """It writes, waits and removes its file."""
    assert storage.measure_fsync(tmp_path, rounds=3) >= 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mounts", "files", "milliseconds", "expected"),
    [
        ("/dev/sda1 / ext4 rw 0 0", {}, 2.0, "ok fsync"),
        ("/dev/sda1 / ext4 rw 0 0", {}, 0.01, "note fsync_fast -> fsync_fast"),
        ("/dev/sda1 / ext4 rw 0 0\ntmpfs {folder} tmpfs rw 0 0", {}, 0.01, "note memory_disk -> memory_disk"),
        ("server:/x {folder} nfs4 rw 0 0", {}, 9.0, "wrong remote_disk -> remote_disk"),
        ("", {"sys/class/dmi/id/sys_vendor": "QEMU\n"}, 2.0, "note fsync_virtual -> fsync_virtual"),
        ("", {"proc/cpuinfo": "flags\t\t: fpu hypervisor lahf_lm\n"}, 2.0, "note fsync_virtual -> fsync_virtual"),
    ],
)
def test_whether_a_power_cut_takes_back_what_was_saved(
    tmp_path: Path, mounts: str, files: dict[str, str], milliseconds: float, expected: str
) -> None:
    """A memory disk, a network disk and a virtual machine say so; a write too fast to be true as well."""
    folder = tmp_path / "with space" / "data"
    folder.mkdir(parents=True)
    shown = mounts.replace("{folder}", str(folder.parent).replace(" ", "\\040"))
    machine = computer(tmp_path / "root", {"proc/mounts": shown, **files})

    assert told([storage.fsync_honesty(machine, folder, milliseconds)]) == [expected]


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
    assert storage.sqlite_version(version).level is level


# --- clock -----------------------------------------------------------------------------------------------


def test_a_clock_behind_its_own_files_is_wrong(tmp_path: Path) -> None:
    """1970 after a dead battery."""
    found = told(clock.clock(computer(tmp_path, now=0.0), 1_700_000_000.0))

    assert found[0] == "wrong clock_behind -> clock"


@pytest.mark.parametrize(
    ("synchronised", "rtc", "expected"),
    [
        (True, True, ["ok clock", "ok clock_synchronised"]),
        (False, True, ["ok clock", "note clock_free -> clock_free"]),
        (None, False, ["ok clock", "note no_rtc -> no_rtc"]),
    ],
)
def test_a_clock_that_nobody_sets_or_that_stops_without_power(
    tmp_path: Path, synchronised: bool | None, rtc: bool, expected: list[str]
) -> None:
    """A time server, and a battery clock."""
    machine = computer(tmp_path, {"sys/class/rtc/rtc0/name": "rtc"} if rtc else {}, synchronised=synchronised)

    assert told(clock.clock(machine, 1_700_000_000.0)) == expected


# --- console ---------------------------------------------------------------------------------------------


def test_a_terminal_too_small_and_a_locale_without_polish_letters(tmp_path: Path) -> None:
    """40x15 is the least."""
    small = computer(tmp_path, environment={"TERM": "xterm", "LANG": "C"}, size=(39, 15))

    assert told(console.terminal(small)) == ["wrong terminal_small -> terminal_small", "note locale -> locale"]
    assert told(console.terminal(computer(tmp_path))) == ["ok terminal"]


def test_the_font_of_a_console_is_asked(tmp_path: Path) -> None:
    """Lat2-Terminus16 has all; the kernel's own font lacks Polish letters; where it cannot be asked, it says so."""
    polish = frozenset(map(ord, repertoire()))
    kernel = frozenset({*range(32, 127), 0x2500, 0x2502, 0x250C, 0x2510, 0x2514, 0x2518, 0x2588})
    bare = {"TERM": "linux", "LANG": "pl_PL.UTF-8"}

    assert told(console.terminal(computer(tmp_path, environment=bare, glyphs=polish)))[1:] == ["ok font"]
    assert told(console.terminal(computer(tmp_path, environment=bare, glyphs=kernel)))[1:] == [
        "wrong font_lacks -> font"
    ]
    assert told(console.terminal(computer(tmp_path, environment=bare)))[1:] == ["note font_unknown -> font"]


@pytest.mark.parametrize(
    ("state", "file", "key", "expected"),
    [
        ("off", b"", None, []),
        ("off", b"SQLite format 3\0", None, []),
        ("off", b"\x01" * 16, 0o600, ["wrong encrypted_off -> encrypted_off"]),
        ("on", b"SQLite format 3\0", 0o600, ["wrong encrypted_plain -> encrypted_plain"]),
        ("on", b"\x01" * 16, 0o644, ["wrong encrypted_not -> encrypted_not"]),
        ("on", b"\x01" * 16, None, ["wrong key_missing -> key_missing"]),
        ("on", b"\x01" * 16, 0o600, ["note key_file -> key_file"]),
    ],
)
def test_an_encrypted_journal_and_its_key_are_looked_at(
    tmp_path: Path, state: str, file: bytes, key: int | None, expected: list[str]
) -> None:
    """As the configuration says, with a key that is there and kept to itself."""
    pytest.importorskip("sqlcipher3", reason="no wheel of sqlcipher3 for this machine")
    (tmp_path / "journal.sqlite").write_bytes(file)
    if key is not None:
        (tmp_path / "database-key").write_text("ab" * 32)
        (tmp_path / "database-key").chmod(key)

    assert told(storage.encryption(tmp_path, state)) == expected


@pytest.mark.failure(45)
@pytest.mark.parametrize(
    ("unsent", "seconds", "room", "expected"),
    [
        (0, 0, None, []),
        (0, 86_400, 4000, ["ok room_days"]),
        (3, 86_399, 45, ["ok room_days"]),
        (3, 31 * 86_400, 44, ["note queue_old -> queue_old", "wrong room_days -> room_days"]),
    ],
)
def test_a_station_left_alone_says_how_long_it_can_go_on(
    unsent: int, seconds: int, room: int | None, expected: list[str]
) -> None:
    """Since when the oldest event waits, and for how long there is room."""
    found = {"unsent": unsent, "oldest_unsent_seconds": seconds, "room_days": room, "room_mb_a_day": 3}

    assert told(storage.alone(found)) == expected
