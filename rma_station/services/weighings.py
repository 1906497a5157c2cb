"""Readings of scales until one is a weight: each scale's readings are watched for themselves."""

from __future__ import annotations

from rma_station.domain.flows.inputs import StableWeight
from rma_station.domain.weight import CapturePolicy, CaptureState, captured, observe, ready
from rma_station.ports import Weighing


class Weighings:
    """What each scale has shown of late."""

    def __init__(self) -> None:
        self._policy = CapturePolicy()
        self._states: dict[str, CaptureState] = {}

    def observe(self, given: Weighing, now: float) -> StableWeight | None:
        """The weight that lies on the scale, when this reading makes it one.

        Args:
            given: a reading.
            now: monotonic time.
        """
        state = observe(self._states.get(given.device, CaptureState()), given.reading)
        weight = ready(state, now, self._policy)
        self._states[given.device] = state
        return StableWeight(weight.grams, weight.raw, given.device) if weight else None

    def used(self, device: str) -> None:
        """The weight was taken: what lies there is not weighed again."""
        self._states[device] = captured(self._states[device], self._policy)
