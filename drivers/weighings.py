"""Which readings of a scale are posted, and what is said of the scale beside them.

* An unchanged reading is posted again every ``REFRESH`` seconds, so that the newest is never old while the scale works.
* A byte lost in a number leaves a shorter frame and a lighter weight. Where the protocol does not notice that itself,
  a stable frame shorter than another of this connection has no weight (flag ``length``), until the very same one has
  come many times. The first of all is believed when it has come a few times.
* A unit that is not the expected one is a problem that everybody can see. Its weights count: the unit stands in the
  frame and its factor is exact.
"""

from __future__ import annotations

import logging

from drivers.scales.protocol import ScaleProtocol
from drivers.thread import Session
from rma_station.domain.clean import clean_bytes
from rma_station.domain.record import replace
from rma_station.domain.weight import Reading
from rma_station.ports import Weighing

log = logging.getLogger(__name__)

REFRESH = 0.3
"""Seconds after which an unchanged reading is posted again."""
MISSES = 3
"""Questions without an answer until the scale counts as silent."""
FIRST = 3
"""Times a frame has to come until the first weight of a connection is believed."""
MOST_SEEN = 20
"""Different frames remembered until then."""
CONFIRMED = 10
"""Equal frames in a row that are believed though a longer one came before: the scale's format has changed."""
SHOWN = 30
"""Characters of what came and was not understood that are shown."""
UNIT_CHANGED = "unit_changed"
"""``DeviceStatus.problems``: the scale answers in another unit than expected."""
UNIT_MISSING = "unit_missing"
"""``DeviceStatus.problems``: the scale does not say its unit and none is configured; its weights cannot be used."""


class Weighings:
    """One scale's readings, over all its connections: a scale that comes back in another unit is noticed.

    Args:
        name: of the scale in the configuration.
        protocol: what it speaks.
        unit: the unit it was proved with; empty when the first one it says shall count. A protocol that carries no unit
            takes it for every weight.
    """

    def __init__(self, name: str, protocol: ScaleProtocol, unit: str = "") -> None:
        self._name, self._protocol, self._unit = name, protocol, unit
        self._detail = self._order = self._problem = ""
        self._answers_in = ""  # the unit, when it is not the expected one
        self._last: Reading | None = None
        self._longest, self._repeated, self._frame = 0, 0, b""
        self._seen: dict[bytes, int] = {}
        self._session: Session | None = None
        self.misses = 0
        """Questions in a row without an answer."""

    def begin(self, session: Session, detail: str) -> None:
        """A connection was made; ``detail`` is shown while the scale answers on it."""
        self._session, self._detail, self._order = session, detail, ""
        self._last, self.misses = None, 0
        self._longest, self._repeated, self._frame = 0, 0, b""
        self._seen = {}

    def took(self, reading: Reading) -> None:
        """A frame of the protocol came."""
        self.misses = 0
        whole = self._whole(reading) if reading.value is not None else reading
        if whole is not None and whole.value is not None:
            whole = self._with_unit(whole)
        self._say_ready()
        if whole is not None:
            self._post(whole)

    def told(self, what: str) -> None:
        """Show what came of an order beside the state, such as ``zero: set``."""
        self._order = what
        self._say_ready()

    def missed(self, at: float, instead: bytes) -> None:
        """A question was not answered; ``instead`` is what came in its place."""
        self.misses += 1
        if self.misses >= MISSES:
            self._opened.silent(self._reason(instead, "does not answer"))
        else:
            self._post(_silence(at))

    def stopped(self, at: float, instead: bytes) -> None:
        """A scale that streams sends nothing any more; ``instead`` is what comes in its place."""
        if self._last is None or self._last.flag != "silent":
            self._post(_silence(at))
        self._opened.silent(self._reason(instead, "sends nothing"))

    @property
    def _opened(self) -> Session:
        assert self._session is not None, "begin() comes first"
        return self._session

    def _with_unit(self, reading: Reading) -> Reading:
        if not self._protocol.says_unit:
            self._problem = "" if self._unit else UNIT_MISSING
            return replace(reading, unit=self._unit or None)
        if reading.unit is None:
            return reading
        self._unit = self._unit or reading.unit
        other = reading.unit if reading.unit != self._unit else ""
        if other != self._answers_in:
            if other:
                log.warning("scale %s answers in %s; expected is %s", self._name, other, self._unit)
            else:
                log.info("scale %s answers in %s again", self._name, self._unit)
        self._answers_in, self._problem = other, UNIT_CHANGED if other else ""
        return reading

    def _whole(self, reading: Reading) -> Reading | None:
        """The reading, without its weight when its frame may have lost a byte; ``None`` for the first ones."""
        if self._protocol.exact:
            return reading
        self._repeated = self._repeated + 1 if reading.raw == self._frame else 1
        self._frame = reading.raw
        length = len(reading.raw)
        if reading.stable is False:  # never captured
            return reading
        if self._longest == 0:
            self._seen[reading.raw] = self._seen.get(reading.raw, 0) + 1
            if len(self._seen) > MOST_SEEN:
                self._seen = {reading.raw: 1}
            if self._seen[reading.raw] < FIRST or length < max(map(len, self._seen)):
                return None
            self._seen = {}
        if length < self._longest and self._repeated < CONFIRMED:
            return replace(reading, value=None, unit=None, stable=None, flag="length")
        self._longest = length
        return reading

    def _say_ready(self) -> None:
        unit = f"answers in {self._answers_in}, expected is {self._unit}" if self._answers_in else ""
        detail = "; ".join(part for part in (self._detail, unit, self._order) if part)
        self._opened.ready(detail, (self._problem,) if self._problem else ())

    def _post(self, reading: Reading) -> None:
        if _news(reading, self._last):
            self._opened.post(Weighing(self._name, reading))
            self._last = reading

    def _reason(self, instead: bytes, otherwise: str) -> str:
        if instead.strip():
            return f"does not speak {self._protocol.short}: {clean_bytes(instead.strip(), SHOWN)}"
        return f"{otherwise}; {self._protocol.advice}"


def _silence(at: float) -> Reading:
    return Reading(None, None, None, b"", at, flag="silent")


def _news(reading: Reading, last: Reading | None) -> bool:
    if last is None or reading.at - last.at >= REFRESH:
        return True
    shown, before = [(each.value, each.unit, each.stable, each.flag) for each in (reading, last)]
    return shown != before
