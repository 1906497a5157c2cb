"""Queue, printer and a Zebra that breaks at any byte: no label twice, none forgotten, none invented."""

from __future__ import annotations

import threading
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.printers.stream import Waits
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.print_jobs import JobState, Moved, Step, settle, take
from rma_station.services.printing import Patience, PrintQueue
from rma_station.system import SystemClock
from tests.labels.tcp import tcp_printer
from tests.labels.virtual_zebra import Faults, VirtualZebra

WAITS = Waits(connect=2.0, reply=2.0, send=2.0, confirm=2.0, watch=0.002)
PATIENCE = Patience(job=30.0, poll=0.005, idle=0.05)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.none() | st.integers(0, 420), min_size=1, max_size=5), st.booleans())
def test_every_label_comes_out_at_most_once_and_is_accounted_for(breaks: list[int | None], odometer: bool) -> None:
    """The connection breaks after so many bytes of each label; every job ends once, and truthfully."""
    zebra = VirtualZebra(Faults(odometer=odometer))
    printer = tcp_printer(zebra.port, WAITS)
    states: dict[str, JobState] = {}
    ended: list[LabelSettled] = []
    all_ended = threading.Event()

    def mark(job_id: str) -> None:
        moved = take(states[job_id], Step.START)
        assert isinstance(moved, Moved)
        states[job_id] = moved.state
        zebra.faults.break_after = breaks[int(job_id)]

    def end(settled: LabelSettled) -> None:
        zebra.faults.break_after = None
        moved = settle(states[settled.job_id], settled.result)
        assert isinstance(moved, Moved)
        states[settled.job_id] = moved.state
        ended.append(settled)
        if len(ended) == len(breaks):
            all_ended.set()

    queue = PrintQueue(
        [printer],
        mark_sending=mark,
        settled=end,
        statuses=lambda _: None,
        clock=SystemClock(),
        patience=PATIENCE,
    )
    queue.start()
    try:
        for number in range(len(breaks)):
            states[str(number)] = JobState.QUEUED
            queue.submit(PrintUnitLabel(str(number), f"u{number}", f"R{number:05}", "A", "restock", "R1"), "en")
        assert all_ended.wait(30)
    finally:
        queue.stop()
        zebra.close()

    out = Counter(label[label.rindex(b"^FD") + 3 : label.rindex(b"^FS")].decode() for label in zebra.labels)
    assert [settled.job_id for settled in ended] == [str(number) for number in range(len(breaks))]
    for settled in ended:
        printed = out[settled.lpn]
        assert printed <= 1
        if settled.result == "confirmed":
            assert printed == 1
        if settled.result == "not_sent":
            assert printed == 0
        if breaks[int(settled.job_id)] is None:
            assert settled.result == ("confirmed" if odometer else "sent")
            assert printed == 1
