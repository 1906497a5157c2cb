"""``Machine``: all that a check may see of this computer, as values and files below one folder; nothing is changed."""

from __future__ import annotations

import ctypes
import fcntl
import grp
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rma_station.domain.record import dataclass, field

ANSWER_WITHIN = 3.0
"""Seconds another program may take to answer."""


def _nothing(_command: tuple[str, ...]) -> str | None:
    return None


def _allowed(path: str) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


@dataclass(frozen=True)
class Machine:
    """One computer with one user at it."""

    root: Path = Path("/")
    """Folder that has ``etc``, ``proc``, ``sys``, ``dev`` and ``run``."""
    user: str = ""
    groups: frozenset[str] = frozenset()
    """Groups this process has now; those of ``/etc/group`` hold after the next sign-in."""
    environment: Mapping[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (80, 24)
    """Columns and lines of the terminal."""
    now: float = 0.0
    """Wall clock, Unix seconds."""
    synchronised: bool | None = None
    """Whether the kernel's clock follows a time server; ``None`` when it cannot be asked."""
    glyphs: frozenset[int] | None = None
    """Characters of the Linux console's font; ``None`` anywhere else."""
    usable: Callable[[str], bool] = _allowed
    """Whether this user may read and write a path."""
    answer: Callable[[tuple[str, ...]], str | None] = _nothing
    """What a program prints; ``None`` when it is not there or fails."""

    def text(self, path: str) -> str:
        """A file's text; empty when it cannot be read."""
        try:
            return (self.root / path).read_text("utf-8", "replace")
        except OSError:
            return ""

    def processes(self) -> Iterator[tuple[str, str]]:
        """Name and command line of every process."""
        for folder in sorted((self.root / "proc").glob("[0-9]*")):
            name = self.text(f"proc/{folder.name}/comm").strip()
            if name:
                yield name, self.text(f"proc/{folder.name}/cmdline").replace("\0", " ").strip()

    def members(self, group: str) -> frozenset[str] | None:
        """Users of a group in ``/etc/group``; ``None`` when there is no such group."""
        for line in self.text("etc/group").splitlines():
            name, _, rest = line.partition(":")
            if name == group:
                return frozenset(user for user in rest.rpartition(":")[2].split(",") if user)
        return None

    def group_of(self, path: str) -> str:
        """Name of the group a file belongs to; its number when it has no name, empty when there is no file."""
        try:
            number = os.stat(path).st_gid
        except OSError:
            return ""
        for line in self.text("etc/group").splitlines():
            parts = line.split(":")
            if len(parts) > 2 and parts[2] == str(number):
                return parts[0]
        return str(number)


def this_machine() -> Machine:
    """The computer we run on."""
    size = shutil.get_terminal_size()
    return Machine(
        user=_user(),
        groups=frozenset(_groups()),
        environment=dict(os.environ),
        size=(size.columns, size.lines),
        now=time.time(),
        synchronised=_synchronised(),
        glyphs=_console_glyphs(),
        answer=_answer,
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _groups() -> Iterator[str]:
    for number in {os.getgid(), *os.getgroups()}:
        try:
            yield grp.getgrgid(number).gr_name
        except KeyError:
            yield str(number)


def _answer(command: tuple[str, ...]) -> str | None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=ANSWER_WITHIN,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout if done.returncode == 0 else None


def _synchronised() -> bool | None:
    """``adjtimex(2)`` with ``modes`` 0 changes nothing and answers ``TIME_ERROR`` (5) for a clock nobody sets."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != 5


class _Pair(ctypes.Structure):
    _fields_ = (("unicode", ctypes.c_ushort), ("place", ctypes.c_ushort))


class _Map(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("pairs", ctypes.POINTER(_Pair)))


def _console_glyphs() -> frozenset[int] | None:
    """The characters the console's font has, by the ioctl ``GIO_UNIMAP`` (linux/kd.h); other terminals refuse it."""
    pairs = (_Pair * 65_535)()
    table = _Map(65_535, pairs)
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    try:
        fcntl.ioctl(terminal, 0x4B66, table)
    except OSError:
        return None
    finally:
        os.close(terminal)
    return frozenset(pair.unicode for pair in pairs[: table.count])
