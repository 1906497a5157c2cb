"""How a bench comes back after a stop: the state that was committed last, and what is said of it."""

from __future__ import annotations

from rma_station.domain import codec
from rma_station.domain.flows.sign_in import LONGEST_LOCK
from rma_station.domain.flows.stages import Idle, SignedOut
from rma_station.domain.flows.state import Bench
from rma_station.domain.outcome import Kind, Outcome, say
from rma_station.domain.record import replace
from rma_station.errors import Malformed


def restored(saved: bytes, now: int) -> tuple[Bench, bool]:
    """The bench as it was, and whether it stood in the middle of something.

    A state an older or newer version wrote and this one cannot read is no loss: all facts are in the journal, the
    open parcel is resumed by scanning it.
    """
    if not saved:
        return Bench(), False
    try:
        bench = codec.decode(Bench, codec.from_bytes(saved))
    except Malformed:
        return Bench(), False
    # The clock may have been set back while the station was down: no badge is locked longer than a lock can last.
    locks = {who: replace(pins, until=min(pins.until, now + LONGEST_LOCK)) for who, pins in bench.wrong_pins.items()}
    return replace(bench, wrong_pins=locks), not isinstance(bench.stage, (SignedOut, Idle))


def opening(*, resumed: bool, unclean: bool) -> Outcome | None:
    """What is said at the start, when there is something to say."""
    checked = say("flow.checked_after_stop") if unclean else None
    if resumed:
        return Outcome(Kind.ATTENTION, say("flow.resumed_after_crash"), checked)
    return Outcome(Kind.READY, checked) if checked else None
