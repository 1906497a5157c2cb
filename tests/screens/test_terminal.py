"""The app in a real terminal: bytes in, bytes out, and how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rma_station.screens.terminal import EXIT_TERMINAL_GONE
from rma_station.services.texts import word
from tests.screens.fakes import SCENES
from tests.screens.pty_child import EVIL

F9 = b"\x1b[20~"

OWN_SEQUENCES = re.compile(
    rb"\x1b\[\d*(?:;\d+)*[mH]|\x1b\[\?\d+[hl]|\x1b\[\?20(?:26|48)\$p|\x1b\[<u|\x1b\[>\d+u"
    rb"|\x1b\[\d+ q|\x1b\]22;[a-z]+\x07"
)
"""What Textual itself writes."""


class Terminal:
    """A child on a pseudo terminal."""

    def __init__(self, scenario: str, folder: Path, term: str = "xterm-256color") -> None:
        self.result = folder / f"{scenario}.txt"
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.output = b""
        environment = {**os.environ, "TERM": term, "COLORTERM": "", "NO_COLOR": ""}
        environment.pop("NO_COLOR")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.screens.pty_child", scenario, str(self.result)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        self.until(self.result.exists)

    def read(self, seconds: float = 0.02) -> None:
        """Take what the child has written."""
        while select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.output += data

    def until(self, holds: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait for a condition, reading meanwhile."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.output[-2000:]
            self.read()

    def send(self, data: bytes) -> None:
        """Type."""
        os.write(self.master, data)

    def given(self) -> list[str]:
        """What the bench was given so far."""
        return self.result.read_text(encoding="utf-8").splitlines()

    def press(self, key: bytes) -> None:
        """One key that goes to the bench; returns when it was given."""
        count = len(self.given())
        self.send(key)
        self.until(lambda: len(self.given()) > count)

    def close(self) -> None:
        """End whatever is left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self.master, self.slave):
            try:
                os.close(descriptor)
            except OSError:
                continue


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts children and ends them."""
    started: list[Terminal] = []

    def start(scenario: str, term: str = "xterm-256color") -> Terminal:
        started.append(Terminal(scenario, tmp_path, term))
        return started[-1]

    yield start
    for child in started:
        child.close()


def test_a_bare_linux_console_gets_no_bright_colours(terminal: Callable[..., Terminal]) -> None:
    """TERM=linux: SGR 30 to 49 only, on every scene; bright ones (90 to 107) do not show there."""
    child = terminal("scenes", "linux")
    for _ in SCENES:
        child.press(F9)
    child.read(0.2)

    codes = {int(code) for found in re.findall(rb"\x1b\[([\d;]+)m", child.output) for code in found.split(b";")}
    assert codes & {30, 31, 32, 33, 34, 35, 36, 37}
    assert [code for code in codes if 90 <= code <= 107 or code == 38 or code == 48] == []


@pytest.mark.failure(47)
def test_outside_text_cannot_command_the_terminal(terminal: Callable[..., Terminal]) -> None:
    """OSC 52, screen clearing, C1 controls and markup in every place: no escape of theirs, no action, no error."""
    child = terminal("evil")
    child.until(lambda: "␛]52;c;".encode() in child.output)
    for key in (b"\x1b[23~", b"\x1b", b"\x1bOQ", b"\x1b", b"s", b"\x1b", b"\x1bOP", b"\x1b"):
        child.send(key)
        child.read(0.3)

    left = OWN_SEQUENCES.sub(b"", child.output)
    assert child.process.poll() is None
    assert b"\x1b" not in left, left[left.index(b"\x1b") - 20 :][:80]
    assert [c for c in left.decode() if (ord(c) < 32 and c not in "\r\n") or 127 <= ord(c) < 160] == []
    assert "[@click=app.exit]" in EVIL[3]


ESCAPE, DOWN, LISTS, HELP, BENCH = b"\x1b", b"\x1b[B", b"\x1b[23~", b"\x1bOP", b"\x1bOQ"
SHEETS = (LISTS, BENCH, HELP, b"s", b"v")
"""Every screen over the worker's: lists, bench panel, help, service, review."""


@pytest.mark.failure(47)
@pytest.mark.parametrize("seed", range(3))
def test_noise_in_every_text_of_every_screen_commands_nothing(terminal: Callable[..., Terminal], seed: int) -> None:
    """Scenes, sheets, queue and case full of sequences, markup, controls and broken characters: the output has no
    sequence but Textual's own, no control character, and the program works on."""
    child = terminal(f"noise-{seed}")
    for number in range(len(SCENES) + 5):
        child.press(F9)
        sheet = SHEETS[number % len(SHEETS)]
        child.send(sheet)
        child.read(0.25)
        if sheet == b"v":
            child.send(DOWN)
            child.read(0.25)
            child.send(b"\r")
            child.read(0.25)
            child.send(ESCAPE)
            child.read(0.25)
        child.send(ESCAPE)
        child.read(0.25)

    left = OWN_SEQUENCES.sub(b"", child.output)
    assert child.process.poll() is None, child.output[-3000:]
    assert b"\x1b" not in left, left[left.index(b"\x1b") - 20 :][:80]
    assert [c for c in left.decode() if (ord(c) < 32 and c not in "\r\n") or 127 <= ord(c) < 160] == []
    assert [c for c in left.decode() if c in "\u202e\u2066\u200b\u00ad\ufeff"] == []
    opened = ["bench.title", "service.title", "service.uplink", "review.title", "review.case"]
    assert [key for key in opened if word(key, "pl").rstrip("?") not in left.decode()] == []


def test_bytes_of_a_wedge_scanner_arrive_as_one_scan(terminal: Callable[..., Terminal]) -> None:
    """AIM identifier and GS included; ctrl+c and ctrl+q of a person end nothing."""
    child = terminal("typing")
    child.press(b"]C10105901234123457\x1d10AB\r")
    child.send(b"\x03")
    child.read(0.3)
    child.send(b"\x11")
    child.read(0.3)
    child.press(F9)

    assert child.process.poll() is None
    scan, undo = child.given()
    assert r"data=b']C10105901234123457\x1d10AB'" in scan
    assert "damaged=None" in scan
    assert undo == "Pressed(command=<Command.UNDO: 'undo'>)"


def test_a_crash_restores_the_terminal_and_speaks_the_workers_language(terminal: Callable[..., Terminal]) -> None:
    """Exit code 70, the terminal as it was, four lines instead of a page of traceback."""
    child = terminal("crash")
    child.send(b"1")
    child.until(lambda: child.process.poll() is not None)
    child.read(0.2)

    assert child.process.returncode == 70
    assert termios.tcgetattr(child.slave) == child.before
    last = child.output[child.output.rindex(b"\x1b[?1049l") :].decode()
    assert "Wszystko, co było OK, jest zapisane." in last
    assert "Traceback" not in last


def test_the_app_ends_when_its_terminal_is_gone(terminal: Callable[..., Terminal]) -> None:
    """No spinning, no hanging: the process is gone within seconds."""
    child = terminal("typing")
    child.read(0.2)
    os.close(child.slave)
    os.close(child.master)

    assert child.process.wait(10) in (EXIT_TERMINAL_GONE, -1)
