"""A ZPL label printer at TCP port 9100: one connection a label, opened late and closed promptly.

Many printers serve one connection at a time, so nothing is held open between labels. Each label goes: connect, ask
whether it is ready, count its labels, send, watch until the buffer is empty and the counter has moved. Only a failed
connect is ``offline``; silence is ``unknown``. A printer that has never answered anything (a look-alike, a one-way
print server) is used all the same, and its labels are ``sent``, never ``confirmed``.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from labels import status, zpl
from labels.label import unit_label
from rma_station.domain.clean import clean
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import Refused
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult

T = TypeVar("T")

LABEL_COUNTER = "odometer.total_label_count"
_CANCEL_PARTIAL = b"~JX"
"""Cancels a label that began to arrive and never ended, so that ours is not glued to it."""
_REPLY_LIMIT = 65536
_SILENCES = 3
"""After so many vain tries a question is no longer asked, to save everybody's time."""


@dataclass(frozen=True)
class Waits:
    """Time-outs in seconds."""

    connect: float = 3.0
    reply: float = 1.0
    """For one answer; three silent questions make a printer ``unknown``."""
    send: float = 5.0
    """For the printer to take more bytes; a printer without paper may stop taking any."""
    confirm: float = 5.0
    """For the label to come out before it is only ``sent``."""
    watch: float = 0.2
    """Between two looks while it comes out."""


@dataclass(frozen=True)
class _Seen:
    """What a printer said of itself just now."""

    state: DeviceState
    problems: tuple[str, ...]
    partial: bool = False
    """Half a label of somebody lies in its buffer."""
    idle: bool = True


class ZplPrinter:
    """``ports.LabelPrinter`` for Zebra and look-alikes.

    Args:
        name: name of its section in the configuration.
        host: name or address.
        port: usually 9100.
        dpi: 203 or 300.
        media: a name of ``layouts.MEDIA``.
        mode: ``sample`` marks every label.
        waits: time-outs.
    """

    language = "zpl"

    def __init__(
        self, name: str, host: str, port: int = 9100, *, dpi: int, media: str, mode: str, waits: Waits | None = None
    ) -> None:
        self.name, self.dpi = name, dpi
        self._address = (host, port)
        self._media, self._mode = media, mode
        self._waits = waits or Waits()
        self._has_answered = False
        self._uncounted = 0
        """Questions for its label counter in a row without a number."""
        self._silences = 0
        """Rounds of questions without any answer, ever."""
        self._model = ""

    def print(self, label: PrintUnitLabel, language: str) -> PrintReport:
        """One label; ``UNKNOWN`` for everything that breaks after its first byte, never sent again from here."""
        try:
            data = zpl.render(unit_label(label, language, self._mode, self._media, self.dpi))
        except Refused as error:
            return PrintReport(PrintResult.NOT_SENT, ("refused",), str(error))
        try:
            connection = self._connect()
        except OSError as error:
            return PrintReport(PrintResult.NOT_SENT, ("offline",), _said(error))
        with closing(connection):
            try:
                found = self._ready(connection)
                if found.state is not DeviceState.READY:
                    return PrintReport(PrintResult.NOT_SENT, found.problems)
                if found.partial:
                    connection.sendall(_CANCEL_PARTIAL)
                before = self._counter(connection) if found.idle or found.partial else None
            except OSError as error:
                return PrintReport(PrintResult.NOT_SENT, ("unknown",), _said(error))
            broken = self._send(connection, data)
            if broken is not None:
                return broken
            return self._confirm(connection, before)

    def status(self) -> DeviceStatus:
        """Ask over a connection of its own; waits at most its time-outs."""
        try:
            connection = self._connect()
        except OSError as error:
            return DeviceStatus(self.name, "printer", DeviceState.OFFLINE, _said(error), ("offline",))
        with closing(connection):
            try:
                seen = self._ready(connection)
                if self._has_answered and not self._model:
                    found = self._ask(connection, b"~HI", status.identity)
                    self._model = clean(f"{found.model} {found.firmware}", 60) if found else "ZPL"
            except OSError as error:
                return DeviceStatus(self.name, "printer", DeviceState.ERROR, _said(error), ("unknown",))
        return DeviceStatus(self.name, "printer", seen.state, self._model, seen.problems)

    def close(self) -> None:
        """Nothing is held between two calls."""

    # --- one connection ----------------------------------------------------------------------------------------

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=self._waits.connect)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _ready(self, connection: socket.socket) -> _Seen:
        """What it says of itself. ``~HS`` may be silent on errors, then ``~HQES`` tells them; some answer only SGD."""
        few = self._silences >= _SILENCES
        questions = _QUESTIONS[:1] if few else _QUESTIONS
        for question in questions:
            # An answer to an earlier question may come late, so each is read wherever it comes.
            answer = self._ask(connection, question, _any_status)
            if isinstance(answer, status.HostStatus):
                return _Seen(_state(answer.problems), answer.problems, answer.partial, answer.idle)
            if isinstance(answer, status.ErrorStatus):
                warnings = tuple(code for code in answer.warnings if code in status.WARNINGS)
                return _Seen(_state(answer.problems), answer.problems + warnings)
        if self._has_answered:
            return _Seen(DeviceState.ERROR, ("unknown",))
        self._silences += 1
        return _Seen(DeviceState.READY, ("unknown",))

    def _counter(self, connection: socket.socket) -> int | None:
        """The printer's own count of labels, ``None`` when it has none."""
        if not self._has_answered or self._uncounted >= _SILENCES:
            return None
        answer = self._ask(connection, _getvar(LABEL_COUNTER), status.setting)
        number = answer.number if answer is not None and answer.known else None
        if number is not None:
            self._uncounted = 0
        else:
            self._uncounted += _SILENCES if answer is not None else 1
        return number

    def _send(self, connection: socket.socket, data: bytes) -> PrintReport | None:
        """Hand over all bytes; a report when it broke, told apart by whether one byte was taken."""
        taken = 0
        connection.settimeout(self._waits.send)
        try:
            while taken < len(data):
                taken += connection.send(data[taken:])
        except OSError as error:
            result = PrintResult.UNKNOWN if taken else PrintResult.NOT_SENT
            return PrintReport(result, ("unknown",), f"{_said(error)} after {taken} of {len(data)} bytes")
        return None

    def _confirm(self, connection: socket.socket, before: int | None) -> PrintReport:
        """Watch the label come out: empty buffer and a counter that moved are proof, an empty buffer alone is not."""
        if not self._has_answered:
            return PrintReport(PrintResult.SENT, ("unknown",))
        deadline = time.monotonic() + self._waits.confirm
        try:
            while True:
                seen = self._ready(connection)
                if seen.state is not DeviceState.READY:
                    return PrintReport(PrintResult.UNKNOWN, seen.problems)
                if before is not None and seen.idle:
                    after = self._counter(connection)
                    if after is not None and after > before:
                        return PrintReport(PrintResult.CONFIRMED, seen.problems)
                if before is None or time.monotonic() >= deadline:
                    return PrintReport(PrintResult.SENT, seen.problems)
                time.sleep(self._waits.watch)
        except OSError as error:
            return PrintReport(PrintResult.UNKNOWN, ("unknown",), _said(error))

    def _ask(self, connection: socket.socket, query: bytes, read: Callable[[bytes], T | None]) -> T | None:
        """Send a question and read until its answer is complete; ``None`` when none came in time.

        Raises:
            OSError: the connection broke, or the printer closed it.
        """
        connection.settimeout(self._waits.reply)
        connection.sendall(query)
        deadline = time.monotonic() + self._waits.reply
        received = b""
        while len(received) < _REPLY_LIMIT:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            connection.settimeout(left)
            try:
                more = connection.recv(4096)
            except TimeoutError:
                return None
            if not more:
                raise ConnectionResetError("the printer closed the connection")
            received += more
            answer = read(received)
            if answer is not None:
                self._has_answered = True
                return answer
        return None


def _state(problems: tuple[str, ...]) -> DeviceState:
    return DeviceState.ERROR if problems else DeviceState.READY


def _getvar(variable: str) -> bytes:
    return f'! U1 getvar "{variable}"\r\n'.encode()


_QUESTIONS = (b"~HS", b"~HQES", _getvar("device.host_status"))


def _any_status(data: bytes) -> status.HostStatus | status.ErrorStatus | None:
    return status.host_status(data) or status.error_status(data) or status.host_status_setting(data)


def _said(error: OSError) -> str:
    return clean(str(error) or type(error).__name__)
