"""Outcomes can be told apart with closed eyes."""

from __future__ import annotations

import pytest

from rma_station.domain.outcome import Kind
from rma_station.screens.sounds import rings


@pytest.mark.parametrize("console", [True, False])
def test_every_outcome_but_ready_has_a_sound_of_its_own(console: bool) -> None:
    """Different in rhythm or in tone; READY is silent."""
    sounds = [rings(kind, console=console) for kind in (Kind.OK, Kind.ATTENTION, Kind.STOP)]

    assert None not in sounds
    assert len(set(sounds)) == 3
    assert rings(Kind.READY, console=console) is None


def test_a_plain_terminal_is_sent_nothing_but_bells() -> None:
    """No escape sequence a terminal might show."""
    assert {rings(kind, console=False).text for kind in (Kind.OK, Kind.ATTENTION, Kind.STOP)} == {"\a"}  # type: ignore[union-attr]


def test_the_console_is_left_with_its_own_bell() -> None:
    """Pitch and length are set back behind every tone."""
    assert rings(Kind.STOP, console=True).text.endswith("\x1b[10]\x1b[11]")  # type: ignore[union-attr]
