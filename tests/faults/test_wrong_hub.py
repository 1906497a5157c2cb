"""The hub's address leads elsewhere: to a portal that answers all with a page, to somebody else's hub, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync import wire
from tests.faults.processes import Hub, adds_up, finished, journal_lines, lead, lines_at, log_id_of, station
from tests.sync.tiny_hub import TinyHub, wait_for


class Portal(TinyHub):
    """Answers every call with a page to sign in, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(["html"] * 10_000)


def shown_now(folder: Path) -> dict[str, object]:
    """What the station shows of the hub at this moment."""
    last: dict[str, object] = json.loads((folder / "shown").read_text().splitlines()[-1])
    return last


@pytest.mark.failure(9)
@pytest.mark.timeout(180)
def test_work_goes_on_and_no_event_goes_to_a_stranger(hub: Hub, tmp_path: Path) -> None:
    """A portal, a hub that knows the station's key but is another, and the own one again: only the own one gets
    events, all of them, once; the station says what it met."""
    bench = station(tmp_path)
    told = [bench.line() for _ in range(20)]
    hub.kill()

    with Portal().serving() as portal:
        lead(tmp_path, portal.url)
        wait_for(lambda: shown_now(tmp_path)["words"] == ["service.hub.portal"] and len(portal.calls) >= 3, 30)
        told += [bench.line() for _ in range(20)]
        lead(tmp_path, "")
        asked = {path for path, _ in portal.calls}

    other = Hub(tmp_path, "other")
    try:
        wait_for(lambda: shown_now(tmp_path)["words"] == ["service.hub.other"], 30)
        told += [bench.line() for _ in range(20)]
        state = shown_now(tmp_path)["state"]
    finally:
        other.kill()

    hub.start()
    told += finished(bench)
    hub.kill()
    assert asked == {wire.HELLO}
    assert state == "offline"
    assert lines_at(other.data, log_id_of(journal_lines(tmp_path)[0])) == []
    adds_up(tmp_path, hub.data, told)
