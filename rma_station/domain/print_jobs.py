"""Life of a print job: pure states and steps, so that a label is never printed twice unmarked and none is forgotten.

::

    queued --start--> sending --sent--> sent --seen--> confirmed
       ^                 |  |             \\--missed--> failed (owed)
       |---- not_sent ---|  |--unknown--> unknown --seen--> confirmed
       |                                       \\--missed--> failed (owed)
       \\--give_up--> failed (owed)

``sending`` is committed before the first byte leaves; whoever finds a job there after a restart cannot know what came
out, so it becomes ``unknown`` and is never sent again by itself. A reprint is a new job with the next attempt number,
which is printed on it. (The states live in the domain, because services and store use them and may not know labels.)
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from rma_station.domain.record import dataclass


class JobState(enum.Enum):
    """What is known of one print job."""

    QUEUED = "queued"
    """Committed; not one byte has left."""
    SENDING = "sending"
    """Committed before the first byte; may have left."""
    SENT = "sent"
    """All bytes left; nobody has seen the label yet."""
    CONFIRMED = "confirmed"
    """The label exists: scanned back, counted by the printer, or a person said so."""
    UNKNOWN = "unknown"
    """Something broke after the first byte; a person says whether a label came out."""
    FAILED = "failed"
    """No label came out of this job: it is owed."""


class Step(enum.Enum):
    """What can happen to a print job."""

    START = "start"
    """The first byte is about to leave."""
    NOT_SENT = "not_sent"
    """The printer took not one byte; it may be tried again."""
    GIVE_UP = "give_up"
    """Not one byte was taken for as long as we wait; work goes on without the label."""
    SENT = "sent"
    UNKNOWN = "unknown"
    RESTARTED = "restarted"
    """The program was started again while the job was open."""
    SEEN = "seen"
    """Scanned back, counted by the printer, or a person has it in hand: it exists."""
    MISSED = "missed"
    """A person looked and no label came out."""


@dataclass(frozen=True)
class Moved:
    """The step was possible; the job is in this state now, perhaps the one it was in."""

    state: JobState


@dataclass(frozen=True)
class Impossible:
    """The step cannot happen in this state; nothing changed."""

    state: JobState
    step: Step

    @property
    def reason(self) -> str:
        """For a log: what was tried."""
        return f"a print job that is {self.state.value} cannot take the step {self.step.value}"


Transition: TypeAlias = Moved | Impossible

_S = JobState
_TABLE: dict[tuple[JobState, Step], JobState] = {
    (_S.QUEUED, Step.START): _S.SENDING,
    (_S.QUEUED, Step.GIVE_UP): _S.FAILED,
    (_S.QUEUED, Step.RESTARTED): _S.QUEUED,
    (_S.SENDING, Step.NOT_SENT): _S.QUEUED,
    (_S.SENDING, Step.GIVE_UP): _S.FAILED,
    (_S.SENDING, Step.SENT): _S.SENT,
    (_S.SENDING, Step.UNKNOWN): _S.UNKNOWN,
    (_S.SENDING, Step.RESTARTED): _S.UNKNOWN,
    (_S.SENDING, Step.SEEN): _S.CONFIRMED,
    (_S.SENT, Step.UNKNOWN): _S.UNKNOWN,
    (_S.SENT, Step.RESTARTED): _S.SENT,
    (_S.SENT, Step.SEEN): _S.CONFIRMED,
    (_S.SENT, Step.MISSED): _S.FAILED,
    (_S.UNKNOWN, Step.RESTARTED): _S.UNKNOWN,
    (_S.UNKNOWN, Step.SEEN): _S.CONFIRMED,
    (_S.UNKNOWN, Step.MISSED): _S.FAILED,
    (_S.FAILED, Step.RESTARTED): _S.FAILED,
    # A label thought lost turns up: what a scanner reads beats what a person remembers.
    (_S.FAILED, Step.SEEN): _S.CONFIRMED,
    # A label can be scanned back before its printer has reported: the late report adds nothing.
    (_S.CONFIRMED, Step.SENT): _S.CONFIRMED,
    (_S.CONFIRMED, Step.UNKNOWN): _S.CONFIRMED,
    (_S.CONFIRMED, Step.SEEN): _S.CONFIRMED,
    (_S.CONFIRMED, Step.RESTARTED): _S.CONFIRMED,
}

_STEP_OF_RESULT = {
    "sent": Step.SENT,
    "confirmed": Step.SEEN,
    "unknown": Step.UNKNOWN,
    "not_sent": Step.GIVE_UP,
}


def take(state: JobState, step: Step) -> Transition:
    """The state after a step, or why there is none."""
    after = _TABLE.get((state, step))
    return Impossible(state, step) if after is None else Moved(after)


def step_of(result: str) -> Step:
    """The step a settled job took.

    Args:
        result: ``sent``, ``confirmed``, ``unknown`` or ``not_sent``, as in ``LabelSettled``; anything else is taken
            for ``unknown``, because a label may exist.
    """
    return _STEP_OF_RESULT.get(result, Step.UNKNOWN)


def settle(state: JobState, result: str) -> Transition:
    """The state after the printing service settled a job with this result."""
    return take(state, step_of(result))
