"""A label printer at the end of a line of bytes: TCP or USB, ZPL, TSPL or EPL; opened late and closed promptly.

Many printers serve one connection at a time, so nothing is held open between labels. Each label goes: open, ask
whether it is ready, count its labels, send, watch until the buffer is empty and the counter has moved. Only a line
that cannot be opened is ``offline``; silence is ``unknown``. A printer that has never answered anything (a look-alike,
a one-way print server) is used all the same, and its labels are ``sent``, never ``confirmed``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from labels.printers.channel import Channel, OpenChannel, ask, problem_of, said, send_all
from labels.printers.job import Stock, bytes_for
from labels.printers.talk import Seen, Talk
from rma_station.domain.effects import Printable
from rma_station.errors import Refused
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult

T = TypeVar("T")
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


class StreamPrinter:
    """``ports.LabelPrinter`` for label printers.

    Args:
        name: name of its section in the configuration.
        talk: its language.
        open_channel: opens the line to it.
        stock: what is loaded.
        waits: time-outs.
    """

    def __init__(
        self, name: str, talk: Talk, open_channel: OpenChannel, stock: Stock, waits: Waits | None = None
    ) -> None:
        self.name, self.language, self.dpi = name, talk.language, stock.dpi
        self._talk, self._open, self._stock = talk, open_channel, stock
        self._waits = waits or Waits()
        self._has_answered = False
        self._uncounted = 0
        """Questions for its label counter in a row without a number."""
        self._silences = 0
        """Rounds of questions without any answer, ever."""
        self._model = ""

    def print(self, job: Printable, language: str) -> PrintReport:
        """One label; ``UNKNOWN`` for everything that breaks after its first byte, never sent again from here."""
        try:
            data = bytes_for(job, language, self.language, self._stock)
        except Refused as error:
            return PrintReport(PrintResult.NOT_SENT, ("refused",), str(error))
        try:
            channel = self._open()
        except OSError as error:
            return PrintReport(PrintResult.NOT_SENT, (problem_of(error),), said(error))
        with closing(channel):
            try:
                seen = self._look(channel)
                if seen.problems and not self._taken_on_trust(seen):
                    return PrintReport(PrintResult.NOT_SENT, seen.problems)
                if seen.partial:
                    send_all(channel, self._talk.cancel_partial, self._waits.send)
                before = self._counter(channel) if seen.idle or seen.partial else None
                send_all(channel, self._talk.lead, self._waits.send)
            except OSError as error:
                return PrintReport(PrintResult.NOT_SENT, channel.problems() or ("unknown",), said(error))
            return self._send(channel, data) or self._confirm(channel, before)

    def status(self) -> DeviceStatus:
        """Ask over a line of its own; waits at most its time-outs."""
        try:
            channel = self._open()
        except OSError as error:
            problem = problem_of(error)
            state = DeviceState.OFFLINE if problem == "offline" else DeviceState.ERROR
            return DeviceStatus(self.name, "printer", state, said(error), (problem,))
        with closing(channel):
            try:
                seen = self._look(channel)
                if self._has_answered and not self._model:
                    found = self._ask(channel, self._talk.model_question, self._talk.read_model)
                    self._model = found or self.language.upper()
            except OSError as error:
                problems = channel.problems() or ("unknown",)
                return DeviceStatus(self.name, "printer", DeviceState.ERROR, said(error), problems)
        ready = not seen.problems or self._taken_on_trust(seen)
        state = DeviceState.READY if ready else DeviceState.ERROR
        return DeviceStatus(self.name, "printer", state, self._model, seen.problems + seen.warnings)

    def close(self) -> None:
        """Nothing is held between two calls."""

    # --- one line ----------------------------------------------------------------------------------------------

    def _look(self, channel: Channel) -> Seen:
        """What it says of itself; silence is the problem ``unknown``."""
        few = self._silences >= _SILENCES
        for question in self._talk.questions[:1] if few else self._talk.questions:
            answer = self._ask(channel, question, self._talk.read)
            if answer is not None:
                return answer
        known = channel.problems()
        if known:
            return Seen(known)
        if not self._has_answered:
            self._silences += 1
        return Seen(("unknown",))

    def _taken_on_trust(self, seen: Seen) -> bool:
        """A printer that never answered is used all the same: it may have no way to answer."""
        return seen.problems == ("unknown",) and not self._has_answered

    def _counter(self, channel: Channel) -> int | None:
        """The printer's own count of labels, ``None`` when it has none."""
        if not self._talk.count_question or not self._has_answered or self._uncounted >= _SILENCES:
            return None
        answer = self._ask(channel, self._talk.count_question, self._talk.read_count)
        number = answer.labels if answer is not None else None
        if number is not None:
            self._uncounted = 0
        else:
            self._uncounted += _SILENCES if answer is not None else 1
        return number

    def _send(self, channel: Channel, data: bytes) -> PrintReport | None:
        """Hand over all bytes; a report when it broke, told apart by whether one byte was taken."""
        taken = 0
        try:
            while taken < len(data):
                taken += channel.send(data[taken:], self._waits.send)
            channel.flush(self._waits.send)
        except OSError as error:
            result = PrintResult.UNKNOWN if taken else PrintResult.NOT_SENT
            problems = channel.problems() or ("unknown",)
            return PrintReport(result, problems, f"{said(error)} after {taken} of {len(data)} bytes")
        return None

    def _confirm(self, channel: Channel, before: int | None) -> PrintReport:
        """Watch the label come out: empty buffer and a counter that moved are proof, an empty buffer alone is not."""
        if not self._has_answered:
            return PrintReport(PrintResult.SENT, ("unknown",))
        deadline = time.monotonic() + self._waits.confirm
        try:
            while True:
                seen = self._look(channel)
                if seen.problems:
                    return PrintReport(PrintResult.UNKNOWN, seen.problems)
                if before is not None and seen.idle:
                    after = self._counter(channel)
                    if after is not None and after > before:
                        return PrintReport(PrintResult.CONFIRMED, seen.warnings)
                if before is None or time.monotonic() >= deadline:
                    return PrintReport(PrintResult.SENT, seen.warnings)
                time.sleep(self._waits.watch)
        except OSError as error:
            return PrintReport(PrintResult.UNKNOWN, ("unknown",), said(error))

    def _ask(self, channel: Channel, question: bytes, read: Callable[[bytes], T | None]) -> T | None:
        answer = ask(channel, question, read, self._waits.reply)
        self._has_answered = self._has_answered or answer is not None
        return answer
