"""PINs are checked on threads of their own: a worker's here (slow on purpose), a supervisor's by the hub.

No scan waits for either. PINs that are checked here take turns on one thread, so that their answers come in the order
they were typed: tries beyond the last one meet a badge that is locked already.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded by the first PIN, not by the first paint
    from rma_station.domain.effects import CheckPin
    from rma_station.domain.flows.inputs import PinChecked
    from rma_station.domain.review import Answer

Vouch = Callable[[str, str], "Answer[str]"]
_OURS = frozenset({"ok", "wrong"})
"""Results of ``PinChecked`` that no word of a hub that refuses may stand for."""
END_SECONDS = 2.0
"""How long ``stop`` waits for a PIN that is being checked; it takes a tenth of that."""
_log = logging.getLogger(__name__)


class PinChecks:
    """Checks PINs on threads of its own.

    Args:
        answer: told what came of each, from those threads.
    """

    def __init__(self, answer: Callable[[PinChecked], None]) -> None:
        self._answer = answer
        self._here: queue.SimpleQueue[tuple[CheckPin, bytes] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def submit(self, check: CheckPin, pepper: bytes, vouch: Vouch | None) -> None:
        """Check one PIN; returns at once. On the station thread.

        Args:
            check: what to check.
            pepper: of this station.
            vouch: asks the hub and blocks; ``None`` without a hub.
        """
        if check.verifier is None:
            threading.Thread(target=self._ask_hub, args=(check, vouch), name="vouch", daemon=True).start()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._check_here, name="pins", daemon=True)
            self._thread.start()
        self._here.put((check, pepper))

    def stop(self) -> None:
        """End; what was not checked yet is not checked any more. After the station thread, whose answers these are.

        Questions to the hub end by themselves, with the call.
        """
        self._stopped = True
        self._here.put(None)
        if self._thread is not None:
            self._thread.join(END_SECONDS)

    def _check_here(self) -> None:
        from rma_station.derivation import verify_pin
        from rma_station.domain.flows.inputs import PinChecked

        while (waiting := self._here.get()) is not None and not self._stopped:
            check, pepper = waiting
            try:
                result = "ok" if verify_pin(check.pin, check.verifier or "", pepper) else "wrong"
            except Exception:
                _log.exception("a PIN could not be checked")
                result = "refused"
            self._answer(PinChecked(check.worker_id, result))

    def _ask_hub(self, check: CheckPin, vouch: Vouch | None) -> None:
        from rma_station.domain.flows.inputs import PinChecked
        from rma_station.domain.review import Offline, Refused

        try:
            answer = vouch(check.worker_id, check.pin) if vouch else Offline("no hub")
        except Exception:
            _log.exception("the hub could not be asked about a PIN")
            answer = Offline("")
        result, minutes = "ok", 0
        if isinstance(answer, Offline):
            result = "offline"
        elif isinstance(answer, Refused):
            result, minutes = "refused" if answer.code in _OURS else answer.code, answer.minutes
        self._answer(PinChecked(check.worker_id, result, minutes))
