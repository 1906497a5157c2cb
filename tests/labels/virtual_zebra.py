"""A ZPL printer on a loopback port for tests: states, silence, odometer, and a connection that breaks at any byte."""

from __future__ import annotations

import re
import socket
import struct
import threading
from dataclasses import dataclass, field


@dataclass
class Faults:
    """How it behaves; may be changed while it runs."""

    problems: tuple[str, ...] = ()
    """Of ``media_out paused head_open ribbon_out``."""
    answers: frozenset[str] = frozenset({"~HS", "~HQES", "~HI", "sgd"})
    """What it answers at all."""
    odometer: bool = True
    break_after: int | None = None
    """Reset the connection, once, when so many bytes of a label have come."""
    stuck: bool = False
    """Takes labels and never prints them."""
    runs_out: bool = False
    """Is out of paper as soon as a label came."""


@dataclass
class VirtualZebra:
    """Listens until ``close``; ``labels`` are the ``^XA...^XZ`` it printed."""

    faults: Faults = field(default_factory=Faults)
    labels: list[bytes] = field(default_factory=list)
    connections: int = 0
    partial: bytes = b""

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._listener.join(2)
        for thread in self._threads:
            thread.join(2)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        received = 0
        with connection:
            while True:
                try:
                    data = connection.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                limit = self.faults.break_after
                if limit is not None and (self.partial or b"^XA" in data):
                    taken = data[: max(0, limit - received)]
                    self._take(connection, taken)
                    received += len(taken)
                    if received >= limit:
                        self.faults.break_after = None
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        return
                    continue
                self._take(connection, data)

    def _take(self, connection: socket.socket, data: bytes) -> None:
        self.partial += data
        pattern = rb'~HS|~HQES|~HI|~JX|! U1 getvar "([^"]*)"\r\n|\^XA(?:(?!~JX).)*?\^XZ'
        while found := re.search(pattern, self.partial, re.DOTALL):
            before, self.partial = self.partial[: found.start()], self.partial[found.end() :]
            if found[0] != b"~JX" and b"^XA" in before:
                self.partial = before + self.partial
            self._obey(connection, found[0], (found[1] or b"").decode())

    def _obey(self, connection: socket.socket, command: bytes, variable: str) -> None:
        if command.startswith(b"^XA"):
            if not self.faults.stuck:
                self.labels.append(command)
            if self.faults.runs_out:
                self.faults.problems = ("media_out",)
        elif command == b"~HS" and "~HS" in self.faults.answers:
            connection.sendall(self.host_status())
        elif command == b"~HQES" and "~HQES" in self.faults.answers:
            connection.sendall(self.error_status())
        elif command == b"~HI" and "~HI" in self.faults.answers:
            connection.sendall(b"\x02ZTC ZD420-203dpi ZPL,V84.20.21Z,8,262144\x03\r\n")
        elif variable and "sgd" in self.faults.answers:
            connection.sendall(self._variable(variable))

    def _variable(self, variable: str) -> bytes:
        if variable == "odometer.total_label_count" and self.faults.odometer:
            return f'"{1000 + len(self.labels)}"'.encode()
        if variable == "device.host_status":
            return b'"' + self.host_status() + b'"'
        return b'"?"'

    def host_status(self) -> bytes:
        """The three strings."""
        flags = {code: int(code in self.faults.problems) for code in ("media_out", "paused", "head_open", "ribbon_out")}
        formats = 1 if self.faults.stuck else 0
        partial = int(b"^XA" in self.partial)
        return (
            f"\x02030,{flags['media_out']},{flags['paused']},0256,{formats:03},0,0,{partial},000,0,0,0\x03\r\n"
            f"\x02001,0,{flags['head_open']},{flags['ribbon_out']},0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
        ).encode()

    def error_status(self) -> bytes:
        """The answer to ``~HQES``."""
        bits = {"media_out": 1, "ribbon_out": 2, "head_open": 4, "paused": 0x10000}
        word = sum(bits[problem] for problem in self.faults.problems)
        flag = int(bool(word))
        return (
            "\x02\r\n\r\n   PRINTER STATUS                      \r\n"
            f"   ERRORS:         {flag} 00000000 {word:08X}\r\n   WARNINGS:       0 00000000 00000000\r\n\x03"
        ).encode()
