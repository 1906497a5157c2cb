"""Where the journal lies: rights, room, and whether what was saved survives a power cut."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rma_station import device_secrets
from rma_station.doctor.finding import Finding, good, note, wrong
from rma_station.doctor.machine import Machine
from rma_station.errors import StationError
from rma_station.store import database, driver

MINIMUM_FREE_MB = 500
ROOM_DAYS = 45
"""Room for so many days is enough: a month without the hub, and time to notice."""
HONEST_FSYNC_MS = 0.05
"""An fsync that is faster than this has not reached a card or a disk."""
FIXED_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""First versions without the WAL-reset defect: the line itself, then the back-ports (sqlite.org/wal.html)."""
MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"})
_MAKERS = ("qemu", "vmware", "virtualbox", "innotek", "xen", "microsoft corporation", "amazon ec2", "google")


def data_folder(folder: Path) -> Iterator[Finding]:
    """Whether the data folder is there, is the station's alone, and has room."""
    if not folder.exists():
        yield note("folder_missing", "folder_missing", folder=str(folder))
        return
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        yield wrong("folder_open", "folder_open", folder=str(folder), mode=f"{mode:04o}")
    else:
        yield good("folder", folder=str(folder))
    yield free(shutil.disk_usage(folder).free // 1_000_000)


def free(megabytes: int) -> Finding:
    """Room for events; a full disk stops the bench."""
    if megabytes >= MINIMUM_FREE_MB:
        return good("free", megabytes=megabytes)
    return wrong("free", "free", megabytes=megabytes, needed=MINIMUM_FREE_MB)


def measure_fsync(folder: Path, rounds: int = 20) -> float:
    """Median milliseconds that a write waits for the disk; raises ``OSError``. Leaves nothing behind."""
    probe = folder / "doctor.probe"
    times = []
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
    return statistics.median(times)


def fsync_honesty(machine: Machine, folder: Path, milliseconds: float) -> Finding:
    """Whether a power cut may take back what the worker was told is saved."""
    kind = filesystem(machine, folder)
    shown = f"{milliseconds:.2f}"
    if kind in MEMORY:
        return note("memory_disk", "memory_disk", folder=str(folder), kind=kind)
    if kind in REMOTE:
        return wrong("remote_disk", "remote_disk", folder=str(folder), kind=kind)
    if milliseconds < HONEST_FSYNC_MS:
        return note("fsync_fast", "fsync_fast", milliseconds=f"{milliseconds:.3f}")
    if virtual(machine):
        return note("fsync_virtual", "fsync_virtual", milliseconds=shown)
    return good("fsync", milliseconds=shown)


def filesystem(machine: Machine, folder: Path) -> str:
    """Type of the file system a folder is on, such as ``ext4``; empty when unknown."""
    place, found = str(folder.resolve()), ("", "")
    for line in machine.text("proc/mounts").splitlines():
        parts = line.split()
        if len(parts) > 2:
            point = parts[1].encode().decode("unicode_escape")
            if (place + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(found[0]):
                found = point, parts[2]
    return found[1]


def virtual(machine: Machine) -> bool:
    """Whether this is a virtual machine, whose disk is a file on another one."""
    maker = machine.text("sys/class/dmi/id/sys_vendor").strip().lower()
    return maker.startswith(_MAKERS) or " hypervisor" in machine.text("proc/cpuinfo")


def encryption(folder: Path, state: str) -> Iterator[Finding]:
    """Whether the journal is encrypted as the configuration says, and the key is there and kept to itself."""
    try:
        plain = driver.is_plain(folder / database.FILE)
    except OSError:
        return
    if state == "off":
        if plain is False and (folder / device_secrets.DATABASE_KEY).exists():
            yield wrong("encrypted_off", "encrypted_off")
        return
    if plain:
        yield wrong("encrypted_plain", "encrypted_plain")
        return
    try:
        found = device_secrets.find(folder, device_secrets.DATABASE_KEY)
        version = driver.version(b"")
    except StationError as error:
        yield wrong("encrypted_not", "encrypted_not", reason=str(error))
        return
    if found is None and plain is not None:
        yield wrong("key_missing", "key_missing", file=str(folder / device_secrets.DATABASE_KEY))
    elif found is not None and (folder / device_secrets.DATABASE_KEY).exists():
        yield note("key_file", "key_file", version=version)
    else:
        yield good("encrypted", version=version)


def alone(found: Mapping[str, Any]) -> Iterator[Finding]:
    """A station without its hub keeps everything: since when, and for how long there is room."""
    waiting = found.get("oldest_unsent_seconds", 0) // 86_400
    if found["unsent"] and waiting:
        yield note("queue_old", "queue_old", count=waiting)
    days = found.get("room_days")
    if days is not None:
        values = {"count": days, "megabytes": found.get("room_mb_a_day", 0)}
        yield good("room_days", **values) if days >= ROOM_DAYS else wrong("room_days", "room_days", **values)


def sqlite_version(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """SQLite 3.7.0 to 3.51.2 can lose commits with two connections in WAL mode; we use one."""
    shown = ".".join(map(str, version))
    fixed = version >= FIXED_SQLITE[0] or any(version[:2] == line[:2] and version >= line for line in FIXED_SQLITE)
    return good("sqlite", version=shown) if fixed else note("sqlite_defect", "sqlite_defect", version=shown)
