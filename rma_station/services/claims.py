"""An early warning that another bench has the same piece in hand: asked of the hub beside the flow, never waited for.

Whatever happens at the bench only sets a flag here. A thread of its own then looks what is in hand, asks the hub once
for each piece, and hands on what it says; the station shows it if the piece is still there. When it is put away, the
hub is told so. No hub, an old one, or an error is silence: nothing depends on it, the hub forgets a claim by itself,
and two gradings of one piece are compared at the hub in any case.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from rma_station.domain.record import dataclass
from rma_station.services.phones import Call

LOOK_SECONDS = 10.0
"""How long the station thread may take to say what is in hand."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Piece:
    """A unit by its names; empty is not known."""

    unit_id: str
    rma_id: str = ""
    line_id: str = ""
    """With ``rma_id``, where the line is this one piece."""
    serial: str = ""
    lpn: str = ""


AskOthers: TypeAlias = Callable[[Piece | None], Sequence[str]]
"""Tells the hub what is in hand and asks which other stations have it; blocks. Empty: nobody has, or nobody knows.

``None``: nothing is in hand any more.
"""


class Claims:
    """Asks the hub about what is in hand, on a thread of its own; what was not asked in time is not asked any more.

    Args:
        ask: tells and asks the hub.
        look: says what is in hand; called in the station thread.
        call: runs a function in the station thread.
        show: told, in the station thread, which other stations have a piece.
    """

    def __init__(
        self,
        ask: AskOthers,
        look: Callable[[], Piece | None],
        call: Call,
        show: Callable[[Piece, Sequence[str]], None],
    ) -> None:
        self._ask, self._look, self._call, self._show = ask, look, call, show
        self._flag = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="claims", daemon=True)

    def start(self) -> None:
        """Start the thread that asks; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the question that is under way; waits for nothing."""
        self._stopped = True
        self._flag.set()

    def look(self) -> None:
        """Something happened at the bench. Returns at once."""
        self._flag.set()

    def _run(self) -> None:
        asked: Piece | None = None
        while True:
            self._flag.wait()
            self._flag.clear()
            if self._stopped:
                return
            try:
                asked = self._turn(asked)
            except Exception:
                if self._stopped:  # the station thread ends, and with it what was asked of it
                    return
                _log.exception("the hub could not be asked who else has the piece in hand")

    def _turn(self, asked: Piece | None) -> Piece | None:
        piece = self._call(self._look).result(LOOK_SECONDS)
        if piece != asked:
            others = self._ask(piece)
            if others and piece is not None:
                self._call(partial(self._show, piece, others))
        return piece
