"""What goes wrong besides: the network, the paper, the power. Each ends again before the shift does."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.demo.stories import Story
from rma_station.demo.worker import Worker


class Faults:
    """Cuts the network during the second quarter of the day and runs out of paper in the third.

    Args:
        worker: whose bench it is.
        stories: of this day.
    """

    def __init__(self, worker: Worker, stories: Sequence[Story]) -> None:
        self._worker = worker
        count = len(stories)
        self._cut, self._mended = stories[count // 4], stories[count // 2]
        self._is_cut = False

    def before(self, one: Story) -> None:
        """A story is about to begin."""
        if one is self._cut:
            self._cut_network()

    def after(self, one: Story) -> None:
        """A story has ended."""
        if one is self._mended:
            self._mend_network()

    def end(self) -> None:
        """Mend what is still broken: the network, when its story did not come."""
        self._mend_network()

    def _cut_network(self) -> None:
        transcript = self._worker.transcript
        transcript.heading(transcript.either("Sieć przecięta: praca idzie dalej", "Network cut: work goes on"))
        self._worker.stage.cable.cut()
        self._is_cut = True
        transcript.step("fault", transcript.either("brak połączenia z centralą", "no connection to the hub"))

    def _mend_network(self) -> None:
        if not self._is_cut:
            return
        worker, transcript = self._worker, self._worker.transcript
        unsent = worker.stage.ask_station("status")["unsent"]
        worker.stage.cable.mend()
        self._is_cut = False
        found = transcript.either(f"sieć wraca, {unsent} zdarzeń czeka", f"network back, {unsent} events wait")
        transcript.step("repair", found)
