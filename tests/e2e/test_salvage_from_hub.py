"""A journal rots after its work was sent: ``salvage`` brings it back from the hub, and the bench knows its units."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import command_line
from rma_station import config
from rma_station.__main__ import main
from tests.e2e.test_bundle_to_hub import EnrolledBench, enrolled
from tests.e2e.test_enrolment import tls_hub
from tests.sync.tiny_hub import wait_for

pytestmark = [pytest.mark.failure(4), pytest.mark.timeout(120)]


def test_what_rotted_comes_back_over_the_stations_own_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Signed with its key, under the authority it pinned; afterwards hub and station agree."""
    data = tmp_path / "hub"
    with tls_hub(data) as url:
        file = enrolled(tmp_path, url, data, "off", capsys)
        bench = EnrolledBench(config.load(file))
        bench.url = url
        bench.uplink.start()
        wait_for(bench.withdrawals, 30)
        rma = bench.withdrawals()[0]
        for unit in ("unit-1", "unit-2"):
            bench.receive(rma, unit)
        bench.uplink.nudge()
        before = bench.lines()
        wait_for(lambda: command_line.ask(data, "status")["stations"][0]["events"] == len(before), 30)
        bench.uplink.stop()
        bench.close()
        journal = tmp_path / "sample" / "journal.sqlite"
        rotten = bytearray(journal.read_bytes())
        for line in before[3:5]:
            rotten[rotten.index(line) + 200] ^= 1
        journal.write_bytes(rotten)

        code = main(["salvage", "--config", str(file), "--language", "en"])
        said = capsys.readouterr().out
        again = EnrolledBench(config.load(file))
        again.url = url
        again.uplink.start()
        wait_for(lambda: again.shown.state.value == "online" and again.all_sent(), 30)
        again.uplink.stop()
        after = again.lines()
        units = again.thread(lambda: set(again.journal.projection.case(rma.rma_id).units)).result(10)
        again.close()

    assert code == 0
    assert "2 of them were lost here and came back from the hub" in said
    assert ("not saved" in said, "could not be asked" in said) == (False, False)
    assert after[: len(before)] == before
    assert units == {"unit-1", "unit-2"}
