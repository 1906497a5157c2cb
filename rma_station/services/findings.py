"""What ``doctor`` looks at: each check says what it found and, when something is wrong, the remedy.

A check takes what it looks at as arguments, so that tests can show it any machine; nothing is changed.
"""

from __future__ import annotations

import enum
import os
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from rma_station.domain.record import dataclass

MINIMUM_FREE_MB = 500
HONEST_FSYNC_MS = 0.05
"""An fsync that is faster than this on a card or a disk has not reached it."""
FIXED_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""First versions without the WAL-reset defect: the line itself, then the back-ports (sqlite.org/wal.html)."""


class Level(enum.Enum):
    """How bad a finding is."""

    GOOD = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    what: str
    remedy: str = ""


def data_folder(folder: Path) -> Iterator[Finding]:
    """Access, room and honesty of the disk under the data folder."""
    if not folder.exists():
        yield Finding(Level.NOTE, f"data folder {folder} does not exist yet", "it is made at the first start")
        return
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding(Level.WRONG, f"others can read {folder} (mode {mode:04o})", f"chmod 700 {folder}")
    else:
        yield Finding(Level.GOOD, f"data folder {folder}, for this user only")
    free = shutil.disk_usage(folder).free // 1_000_000
    level = Level.GOOD if free >= MINIMUM_FREE_MB else Level.WRONG
    yield Finding(level, f"{free} MB free", "" if level is Level.GOOD else f"make room: {MINIMUM_FREE_MB} MB at least")


def fsync_honesty(folder: Path, rounds: int = 20) -> Finding:
    """Whether a write really waits for the disk: a power cut takes back what it did not."""
    probe = folder / "doctor.probe"
    times = []
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            for number in range(rounds):
                os.pwrite(handle, number.to_bytes(4, "big") * 1024, 0)
                begun = time.perf_counter()
                os.fsync(handle)
                times.append((time.perf_counter() - begun) * 1000)
        finally:
            os.close(handle)
            probe.unlink()
    except OSError as error:
        return Finding(Level.WRONG, f"cannot write in {folder}: {error.strerror}", "check the disk and the owner")
    median = statistics.median(times)
    if median < HONEST_FSYNC_MS:
        what = f"fsync takes {median:.3f} ms: this disk may not keep what it says it keeps"
        return Finding(Level.NOTE, what, "fine on a memory disk for trying out; use an SSD or industrial card for work")
    return Finding(Level.GOOD, f"fsync waits for the disk ({median:.2f} ms)")


def sqlite_version(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """SQLite 3.7.0 to 3.51.2 can lose commits with two connections in WAL mode; we use one."""
    shown = ".".join(map(str, version))
    fixed = version >= FIXED_SQLITE[0] or any(version[:2] == line[:2] and version >= line for line in FIXED_SQLITE)
    if fixed:
        return Finding(Level.GOOD, f"SQLite {shown}")
    return Finding(Level.NOTE, f"SQLite {shown} has the WAL-reset defect; the station is safe: it uses one connection")


def terminal(environment: Mapping[str, str], size: tuple[int, int]) -> Iterator[Finding]:
    """Size, character set and colours of this terminal."""
    columns, lines = size
    if columns < 40 or lines < 15:
        yield Finding(Level.WRONG, f"the terminal is {columns}x{lines}", "make it 40x15 at least")
    else:
        yield Finding(Level.GOOD, f"terminal {environment.get('TERM', '?')} {columns}x{lines}")
    locale = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    if "utf" not in locale.lower():
        yield Finding(Level.NOTE, f"the locale is {locale or 'not set'}", "export LANG=C.UTF-8 for Polish letters")
    if environment.get("TERM") == "linux":
        remedy = "setfont Lat2-Terminus16 (package console-setup-linux), or CODESET=Lat2 in /etc/default/console-setup"
        yield Finding(Level.NOTE, "a Linux console: its default font has no Polish letters", remedy)


def serial_access(ports: Iterable[Path], access: Callable[[Path], bool] | None = None) -> Iterator[Finding]:
    """Whether this user may open the serial ports."""
    allowed = access or (lambda path: os.access(path, os.R_OK | os.W_OK))
    found = False
    for port in ports:
        found = True
        if allowed(port):
            yield Finding(Level.GOOD, f"serial port {port}")
        else:
            yield Finding(Level.WRONG, f"no access to {port}", "sudo adduser $USER dialout, then sign in again")
    if not found:
        yield Finding(Level.NOTE, "no serial device under /dev/serial/by-id", "plug a scanner in USB-COM mode in")


def rivals(commands: Iterable[str]) -> Iterator[Finding]:
    """Programs known to grab or probe serial devices."""
    running = set(commands)
    if "ModemManager" in running:
        remedy = 'sudo systemctl disable --now ModemManager, or a udev rule with ENV{ID_MM_DEVICE_IGNORE}="1"'
        yield Finding(Level.WRONG, "ModemManager runs: it talks to serial devices", remedy)
    if "brltty" in running:
        yield Finding(Level.WRONG, "brltty runs: it takes some USB serial chips", "sudo apt remove brltty")


def running_commands(proc: Path = Path("/proc")) -> Iterator[str]:
    """Names of the processes of this machine."""
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            try:
                yield (folder / "comm").read_text().strip()
            except OSError:
                continue


def clock(now: float, newest_file: float) -> Finding:
    """A wall clock before the newest file of this program is wrong; order never depends on it, deadlines do."""
    if now < newest_file - 86_400:
        return Finding(Level.WRONG, "the clock is behind this program's own files", "set the time; install chrony")
    return Finding(Level.GOOD, f"clock {time.strftime('%Y-%m-%d %H:%M', time.gmtime(now))} UTC")
