"""A worker's telephone as a camera: the hub shows it a page for one unit, this station shows it the way there.

Offered only while the hub has said that it can (it needs an address phones trust): asked whenever the hub comes
online. Asking blocks, so it happens beside the station thread; photos come down the feed as the hub's own events.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeAlias, TypeVar

from rma_station.domain.outcome import say
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus
from rma_station.services.bench import NoPhone, PhoneAsked, PhonePage

AskPage: TypeAlias = Callable[[PhoneAsked], PhonePage | NoPhone]
"""Asks the hub and blocks; never raises for its answers."""
T = TypeVar("T")
PROBE = PhoneAsked("", (), None, "other")
"""A question about no unit: a hub that can serve phones answers that it knows no such unit."""
_log = logging.getLogger(__name__)


class Call(Protocol):
    """Runs a function in the station thread, between two inputs."""

    def __call__(self, function: Callable[[], T], /) -> Future[T]:
        """The future of its result."""


class Phones:
    """Asks the hub about phones, on threads of its own.

    Args:
        name: of the phones in the configuration; empty where they are in none: then a hub that cannot is no problem.
        ask: asks the hub for a page.
        call: runs a function in the station thread.
        says: told of their state, as of a camera's.
        offer: told, in the station thread, whether phones can be used.
    """

    def __init__(
        self,
        name: str,
        ask: AskPage,
        call: Call,
        says: Callable[[DeviceMessage], None],
        offer: Callable[[bool], None],
    ) -> None:
        self._name, self._ask, self._call, self._says, self._offer = name, ask, call, says, offer
        self.refused = ""
        """Why the hub said that phones cannot be used; empty while it has not."""

    def hub_is_there(self) -> None:
        """The hub came online: ask whether it can. Returns at once."""
        threading.Thread(target=self._probe, name="phones", daemon=True).start()

    def page(self, asked: Callable[[], PhoneAsked | None]) -> Future[PhonePage | NoPhone]:
        """A page for what is in hand; returns at once.

        Args:
            asked: says what that is; called in the station thread.
        """
        future: Future[PhonePage | NoPhone] = Future()

        def work() -> None:
            try:
                of = self._call(asked).result(10.0)
                future.set_result(self._ask(of) if of else NoPhone("nothing", say("flow.photo_nothing")))
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=work, name="phone page", daemon=True).start()
        return future

    def _probe(self) -> None:
        try:
            answer = self._ask(PROBE)
        except Exception:
            _log.exception("the hub could not be asked about phones")
            return
        code = answer.code if isinstance(answer, NoPhone) else ""
        if code == "offline":
            return
        can = code in ("", "unit_not_here", "busy", "malformed")
        self.refused = "" if can or not self._name else code
        state = DeviceState.READY if can else DeviceState.ERROR
        known = code == "no_public_url"
        detail, problems = ("", (code,)) if known else ("" if can else code, ())
        if self._name:
            self._says(DeviceStatus(self._name, "camera", state, detail, problems))
        self._call(lambda: self._offer(can))
