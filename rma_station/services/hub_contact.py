"""How long this station has been without its hub, whatever its clock is set to meanwhile."""

from __future__ import annotations

from rma_station.ports import UplinkState, UplinkStatus

DAY = 86_400


class HubContact:
    """What the uplink said last, and when the hub was heard last.

    Args:
        heard_at: steady seconds of the journal's time at which the hub was heard before this start.
    """

    def __init__(self, heard_at: float) -> None:
        self._heard_at = heard_at
        self.uplink: UplinkStatus | None = None

    def hear(self, status: UplinkStatus, now: float) -> None:
        """The uplink says something; a hub that goes away was heard until now."""
        if UplinkState.ONLINE in (status.state, self.uplink and self.uplink.state):
            self._heard_at = now
        self.uplink = status

    def days_alone(self, now: float) -> int:
        """Whole days since the hub was heard; 0 while it is."""
        if self.uplink is not None and self.uplink.state is UplinkState.ONLINE:
            return 0
        return max(0, int((now - self._heard_at) // DAY))
