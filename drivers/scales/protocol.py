"""What every scale protocol says of itself, so that one shell can talk all of them and a wizard can tell them apart.

::

    bytes of the line --framer--> frames --parse--> domain.weight.Reading
    a question        --ask-----> command bytes, or nothing where the scale streams by itself

Everything is pure. A protocol is a value: ``PROTOCOL`` in its own module of this package.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

from rma_station.domain.record import dataclass
from rma_station.domain.weight import Reading

ACK = "ack"
"""``Reading.flag`` of a frame that only says "I have heard": the answer itself follows, or the next command may go."""
NAK = "nak"
"""``Reading.flag`` of a frame that only says "no"; ``ScaleProtocol.why`` asks for the reason."""
UNRECOGNISED = "unrecognised"
"""``Reading.flag`` of a frame that does not belong to this protocol."""
INCOMPLETE = "incomplete"
"""``Reading.flag`` of a frame without its ending."""
UNIT_UNKNOWN = "unit_unknown"
"""``Reading.flag`` of a frame whose unit we do not know."""


class Framer(Protocol):
    """Cuts a byte stream into frames; any chunking of the stream gives the same frames, and memory is bounded."""

    def feed(self, data: bytes) -> list[bytes]:
        """Frames that ended in ``data``, with their delimiters; noise comes out as frames that mean nothing, or not
        at all."""

    def clear(self) -> None:
        """Forget the beginning of a frame."""


class Certainty(enum.IntEnum):
    """How surely a frame is of a protocol; the wizard takes the highest and asks a person when two are equal."""

    NONE = 0
    """It is not."""
    WEAK = 1
    """It could be, and could be another's too: a bare number with a unit, a refusal that several protocols share."""
    LIKELY = 2
    """Its shape is this protocol's own."""
    SURE = 3
    """It carries a checksum that is right, or the name of the protocol or maker."""


@dataclass(frozen=True)
class LineSettings:
    """How a serial line is set; the defaults are what most instruments leave the factory with."""

    baud: int = 9600
    bits: int = 8
    parity: str = "N"
    """``N``, ``E`` or ``O``."""

    @property
    def query(self) -> str:
        """As it stands in a device URL: ``baud=9600&bits=7&parity=E``."""
        frame = "" if (self.bits, self.parity) == (8, "N") else f"&bits={self.bits}&parity={self.parity}"
        return f"baud={self.baud}{frame}"


@dataclass(frozen=True)
class Order:
    """A command that changes the scale (zero, tare); sent only when a person said so, never as a probe."""

    command: bytes
    """As sent, with its terminator."""
    told: Callable[[bytes], str | None] | None = None
    """What an answer means: ``set``, ``refused: in motion`` and so on; ``None`` for a frame that is no answer to it.
    Without it the protocol answers nothing, and only that it was sent is known."""


@dataclass(frozen=True)
class Identity:
    """A question for what the scale is; asked once after opening, for the service screen."""

    command: bytes
    read: Callable[[bytes], str | None]
    """The serial number or model in an answer, ``None`` when the frame is not that answer."""


@dataclass(frozen=True)
class ScaleProtocol:
    """What one protocol says of itself: frames, readings, questions, and how surely it is recognised."""

    name: str
    """As it stands in the configuration."""
    title: str
    """For people: the name and who makes such scales."""
    framer: Callable[[], Framer]
    """Makes a framer for one connection."""
    parse: Callable[[bytes, float], Reading]
    """A frame and the monotonic second it came -> a reading; ``value`` is ``None`` and ``flag`` says why for whatever
    is not a whole weight. Never raises."""
    recognise: Callable[[bytes], Certainty]
    """How surely a frame is this protocol's; also for answers to probes that carry no weight."""
    lines: tuple[LineSettings, ...] = (LineSettings(),)
    """Usual settings of the line, the likeliest first."""
    ask: tuple[bytes, ...] = ()
    """Commands of one question, with terminators. The next goes out when the one before was answered with ``ACK``;
    an ``ACK`` to the last means that the weight follows. Nothing where the scale streams by itself."""
    why: bytes = b""
    """Asks for the reason after a ``NAK``, where that is possible."""
    answers: Callable[[bytes], bool] | None = None
    """Whether a frame can be the answer to ``ask``; without it every frame that ``parse`` recognises can."""
    probes: tuple[bytes, ...] = ()
    """Harmless commands, which the manuals call read-only, for finding out whether a scale speaks this protocol."""
    identity: Identity | None = None
    zero: Order | None = None
    tare: Order | None = None
    exact: bool = False
    """A frame that has lost a byte is never a weight: it has a checksum, or one width only."""
    patience: float = 2.0
    """Seconds without a frame after which a scale that streams counts as silent."""
    advice: str = "is it switched on, are speed and protocol right?"
    """What to look at when the scale is silent."""
    says_unit: bool = True
    """False when the unit is not in the frame and has to be configured."""

    @property
    def short(self) -> str:
        """The title without the makers."""
        return self.title.partition(" (")[0]

    def is_answer(self, frame: bytes) -> bool:
        """Whether a frame answers the question."""
        if self.answers is not None:
            return self.answers(frame)
        return self.parse(frame, 0.0).flag != UNRECOGNISED


def nothing(flag: str, frame: bytes, at: float, stable: bool | None = None) -> Reading:
    """A reading without a weight.

    Args:
        flag: why.
        frame: the bytes.
        at: monotonic seconds when they came.
        stable: what the frame says of motion all the same.
    """
    return Reading(None, None, stable, frame, at, flag=flag)
