"""A barcode scanner on a serial line (RS-232, USB CDC) or behind a socket.

The thread drains the line at once and frames by terminator; see ``framing.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.framing import Framer
from drivers.stream_scanner import Answers, Signals, StreamScanner
from drivers.thread import Backoff
from drivers.transport import Stream
from rma_station.domain.outcome import Kind
from rma_station.ports import Clock

BEEPS: Mapping[str, Signals] = {
    "none": {},
    # Honeywell "Host ACK" (Xenon and Granit user guide, 2020 user guide): ESC 1 green light for a moment, ESC 7 good
    # read, ESC 5 medium beep, ESC 8 error tone; the comma ends each. With Host ACK on the scanner reads nothing until
    # it has an answer, or for ten seconds: so READY is answered too, without a sound.
    "honeywell": {
        Kind.READY: (b"\x1b1,",),
        Kind.OK: (b"\x1b7,",),
        Kind.ATTENTION: (b"\x1b5,\x1b5,",),
        Kind.STOP: (b"\x1b8,",),
    },
    # Zebra with "beep on BEL" switched on: one tone, so outcomes differ by number.
    "zebra": {Kind.OK: (b"\x07",), Kind.ATTENTION: (b"\x07\x07",), Kind.STOP: (b"\x07\x07\x07",)},
    # Datalogic host commands (PowerScan product reference guide, appendix E): SOH good read whatever its beeper is set
    # to, 34 CR low tone. F, "not on file", would switch the scanner off.
    "datalogic": {Kind.OK: (b"\x01",), Kind.ATTENTION: (b"34\r34\r",), Kind.STOP: (b"34\r34\r34\r",)},
}
"""Bytes that make a scanner's own beeper and light say an outcome, by the URL's ``beep``; READY makes no sound."""
ANSWERS: Mapping[str, Answers | None] = {"none": None, "ack": Answers(b"\x06", b"\x15")}
"""What is answered to each scan, by the URL's ``answer``: with ``ack`` ACK, or NAK so that it is sent again. Honeywell
and others wait for it when their ACK/NAK is switched on."""


class SerialScanner(StreamScanner[Stream]):
    """``ports.Scanner`` over a byte stream.

    Args:
        name: name in the configuration.
        connect: opens the stream.
        clock: time.
        suffix: what ends a scan, one of ``framing.SUFFIXES``.
        beep: one of ``BEEPS``.
        answer: one of ``ANSWERS``.
        backoff: pauses between attempts to open.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Stream],
        clock: Clock,
        suffix: str = "auto",
        beep: str = "none",
        answer: str = "none",
        *,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(
            name,
            connect,
            lambda stream: Framer(name, suffix),
            clock,
            signals=BEEPS[beep],
            answers=ANSWERS[answer],
            backoff=backoff,
        )
