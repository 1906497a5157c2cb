"""The top line on the hub: what does not pass by itself has a word of its own."""

from __future__ import annotations

import pytest

from rma_station.domain.outcome import say
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.screens.bars import status_line
from tests.screens import fakes


def shown(language: str, key: str, width: int = 80, state: UplinkState = UplinkState.OFFLINE) -> str:
    """The top line."""
    uplink = UplinkStatus(state, (say(f"service.hub.{key}"),))
    spans = status_line(fakes.status(language, uplink=uplink, owed=0, set_aside=0), width)
    return "".join(text for text, _ in spans)


@pytest.mark.failure(9)
@pytest.mark.parametrize(("language", "words"), [("pl", "▲ centrala ?"), ("en", "▲ hub ?")])
@pytest.mark.parametrize("key", ["intercepted", "other", "other_key"])
def test_row_9_somebody_else_in_the_hubs_place_is_not_just_offline(language: str, words: str, key: str) -> None:
    """Its own word where there is room, its shape where there is not."""
    assert words in shown(language, key)
    assert ("▲" in shown(language, key, 40), "▲" in shown(language, "silent", 40)) == (True, False)


@pytest.mark.failure(22)
@pytest.mark.parametrize(("language", "words"), [("pl", "▲ zegar ?"), ("en", "▲ clock ?")])
def test_row_22_a_wrong_clock_is_not_just_offline(language: str, words: str) -> None:
    """Nothing is sent until somebody sets it."""
    assert words in shown(language, "clock_wrong")


@pytest.mark.parametrize(("language", "words"), [("pl", "- centrala milczy"), ("en", "- hub silent")])
def test_a_hub_that_answers_nothing_yet_is_not_said_to_be_there(language: str, words: str) -> None:
    """A call goes on; the dot that says "connected" is gone, on 40 columns, too."""
    assert words in shown(language, "waiting", state=UplinkState.SILENT)
    assert "●" not in shown(language, "waiting", 40, UplinkState.SILENT)


def test_a_hub_that_is_silent_is_offline() -> None:
    """It comes back by itself."""
    assert "- offline" in shown("en", "silent")
