"""Around the station: its log cannot be forged, and a part that does not start leaves the others working."""

from __future__ import annotations

import dataclasses
import logging
import sys
from pathlib import Path

from rma_station.commands.run import HarmlessFormatter, Started
from rma_station.config import load
from rma_station.services.control import FILE


def test_outside_text_can_forge_no_line_of_the_log() -> None:
    """Neither in the message nor in the trace-back."""
    try:
        raise ValueError("first\n2026-01-01 ERROR forged \x1b[2J")
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("sync", logging.ERROR, __file__, 1, "said %s", ("a\nb\x1b[1m",), raised)

    first, *rest = HarmlessFormatter("%(name)s: %(message)s").format(record).split("\n")

    assert first == "sync: said a␊b␛[1m"
    assert all(line.startswith("  | ") for line in rest)
    assert rest[-1] == "  | 2026-01-01 ERROR forged ␛[2J"


def test_a_station_works_without_its_control_socket(tmp_path: Path) -> None:
    """Its place is taken: the service screen says so, printing and sending go on."""
    base = load(None)
    config = dataclasses.replace(
        base,
        station=dataclasses.replace(base.station, data=tmp_path),
        hub=dataclasses.replace(base.hub, embedded=False),
    )
    (config.data_folder / FILE).mkdir(parents=True)
    started = Started(config, own_bench=False)

    started.start()
    report = started.running.service_report().result(10)
    printing = started.running._late.printing
    started.stop()

    assert (printing is not None, len(report.errors)) == (True, 1)
