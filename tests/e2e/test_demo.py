"""The demo itself: the whole job over real processes, and that it notices when something does not add up."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rma_station.commands import demo
from rma_station.demo.answers import until
from rma_station.demo.run import Wanted, run
from rma_station.demo.transcript import Transcript
from rma_station.demo.worker import Worker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a run keeps what it makes."""
    return tmp_path / "kept"


def test_the_short_form_adds_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed, cut off and out of paper on the way; every label, event, unit and grosz is where it must be."""
    code = demo.execute(["--returns", "8", "--language", "en", "--keep", str(folder)])

    said = capsys.readouterr().out
    rows = dict(re.findall(r"^  (\S.*?)\s{2,}(\S.*)$", said[said.find("It adds up.") :], re.MULTILINE))
    assert code == 0, said
    assert (rows["returns"], rows["parcels"], rows["labels"]) == ("8", "9", "17 from the printer")
    assert rows["events"].endswith("(station = hub)")
    assert rows["paid back PLN"].endswith("2 262.91 PLN")
    assert [file.suffix for file in (folder / "bank").iterdir()] == [".xml"]


def test_one_label_too_many_is_found(folder: Path) -> None:
    """Somebody printed an extra label behind our back: exit 1, and the transcript says what and where."""
    written: list[str] = []

    def print_another(worker: Worker) -> None:
        address = urlsplit(worker.stage.bench.url("labels").replace("tcp:", "tcp://"))
        data = worker.stage.bench.printed()[0].data
        with socket.create_connection((address.hostname, address.port), 5) as line:
            line.sendall(data)
            until("it comes out", lambda: worker.stage.bench.printer_counters().odometer == 18, 30)

    good = run(folder, Wanted(returns=8, meddle=print_another), Transcript("pl", written.append))

    said = "".join(written)
    assert "NIE ZGADZA SIĘ: printer: labels that came out: expected 17, found 18" in said, said
    assert not good


@pytest.mark.parametrize("arguments", [["--returns", "7"], ["--returns", "41"]])
def test_a_number_of_returns_there_is_no_day_for_is_refused(arguments: list[str]) -> None:
    """Exit 2, with what is allowed."""
    assert demo.execute(arguments) == 2
