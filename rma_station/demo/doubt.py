"""``DoesNotAddUp``: something came out otherwise than it had to; the demo stops there and says where."""

from __future__ import annotations

from rma_station.errors import StationError


class DoesNotAddUp(StationError):
    """Expected one thing, found another."""

    title = "Does not add up"

    def __init__(self, where: str, expected: object, found: object) -> None:
        super().__init__(f"{where}: expected {expected}, found {found}")


def must_equal(where: str, expected: object, found: object) -> None:
    """Raise ``DoesNotAddUp`` unless both are the same."""
    if expected != found:
        raise DoesNotAddUp(where, expected, found)
