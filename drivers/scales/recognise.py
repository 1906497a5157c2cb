"""Which protocol a scale speaks, from the bytes that were heard of it (pure): the knowledge of the device wizard.

::

    listen for a while without a word           -> guesses(heard, protocols)
    nothing came: one probe after the other     -> guesses(answer, protocols)        probes(protocols)
    the first guess alone has the most certainty, or a person chooses among those that have

Several protocols share short answers (``S I`` is MT-SICS and Radwag), so an answer of that kind decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drivers.scales.protocol import Certainty, LineSettings, ScaleProtocol
from rma_station.domain.record import dataclass
from rma_station.domain.weight import Reading

_HALF = 0.5


@dataclass(frozen=True)
class Guess:
    """A protocol that fits what was heard."""

    protocol: ScaleProtocol
    certainty: Certainty
    share: float
    """Share of all bytes heard that lie in frames of this protocol, 0 to 1."""
    reading: Reading | None
    """The last reading with a weight: to be shown, and compared with a known weight."""


def guesses(heard: bytes, protocols: Iterable[ScaleProtocol], at: float = 0.0) -> tuple[Guess, ...]:
    """Protocols that fit, the surest first. Empty for silence and for noise, such as a line at the wrong speed.

    Args:
        heard: all bytes of a while, or of the answer to a probe.
        protocols: those to think of.
        at: monotonic seconds, for the readings.
    """
    found = (guess for protocol in protocols if (guess := _guess(heard, protocol, at)) is not None)
    return tuple(sorted(found, key=lambda guess: (guess.certainty, guess.share), reverse=True))


def _guess(heard: bytes, protocol: ScaleProtocol, at: float) -> Guess | None:
    certainty, covered, weight = Certainty.NONE, 0, None
    for frame in protocol.framer().feed(heard):
        known = protocol.recognise(frame)
        if known is not Certainty.NONE:
            certainty = max(certainty, known)
            covered += len(frame)
            reading = protocol.parse(frame, at)
            weight = reading if reading.value is not None else weight
    share = covered / len(heard) if heard else 0.0
    if certainty is Certainty.NONE or (certainty is Certainty.WEAK and share < _HALF):
        return None  # a byte of noise can look like a short answer
    return Guess(protocol, certainty, share, weight)


def decided(found: Sequence[Guess]) -> Guess | None:
    """The one guess that is surer than all others and more than weak, or ``None``: then a person has to choose."""
    if not found or found[0].certainty <= Certainty.WEAK:
        return None
    return found[0] if len(found) == 1 or found[1].certainty < found[0].certainty else None


def probes(protocols: Iterable[ScaleProtocol]) -> tuple[bytes, ...]:
    """All harmless questions, each once. Only for a port the administrator has chosen."""
    return tuple(dict.fromkeys(probe for protocol in protocols for probe in protocol.probes))


def line_settings(protocols: Iterable[ScaleProtocol]) -> tuple[LineSettings, ...]:
    """All usual settings of a line, each once, those of most protocols first."""
    settings = [setting for protocol in protocols for setting in protocol.lines]
    return tuple(sorted(dict.fromkeys(settings), key=settings.count, reverse=True))
