"""However two stations' batches are cut, mixed, repeated and lost on the way: the case comes out the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub import cases, ingest
from hub.intake import projection
from rma_station.domain.rma import Counters, line_counters
from sync import wire
from tests.hub.build import RMA, Log, an_rma, announce, case_of, new_hub, plain_line, send

QUANTITY = 3
STATIONS = ("bench-1", "bench-2")

actions = st.lists(st.tuples(st.sampled_from(["identify", "grade", "undo"]), st.integers(0, 3)), max_size=8)
deliveries = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(1, 6)), max_size=12)


def a_log(name: str, done: list[tuple[str, int]]) -> tuple[Log, int, int]:
    """A station's work; also how many units it leaves, and how many of them graded."""
    log = Log(name)
    log.parcel(f"p-{name}", RMA)
    live: dict[int, tuple[str, bool]] = {}
    seen: set[int] = set()
    for what, unit in done:
        unit_id = f"{name}-{unit}"
        if what == "identify" and unit not in seen:
            live[unit] = (log.unit(unit_id, f"p-{name}"), False)
            seen.add(unit)
        elif what == "grade" and unit in live and not live[unit][1]:
            log.grade(unit_id)
            live[unit] = (live[unit][0], True)
        elif what == "undo" and unit in live and not live[unit][1]:
            log.undo_unit(unit_id, live.pop(unit)[0])
    log.done(f"p-{name}")
    return log, len(live), sum(graded for _, graded in live.values())


@settings(max_examples=40, deadline=None)
@given(actions, actions, deliveries)
def test_any_delivery_gives_the_same_counters(
    first: list[tuple[str, int]], second: list[tuple[str, int]], sent: list[tuple[int, int, int]]
) -> None:
    """Duplicates, overlaps and gaps on the way; at the end every log is there in full."""
    hub = new_hub()
    rma = an_rma(plain_line(quantity=QUANTITY))
    announce(hub, rma)
    logs = (a_log("log-a", first), a_log("log-b", second))

    for which, start, size in sent:
        log = logs[which][0]
        begin = min(start, len(log.lines) - 1) + 1
        send(hub, log, begin, min(begin + size - 1, len(log.lines)), station=STATIONS[which])
    for which, (log, _, _) in enumerate(logs):
        reply = send(hub, log, station=STATIONS[which])
        assert isinstance(reply, wire.EventsReply)
        assert reply.accepted_through == len(log.lines)

    case = case_of(hub)
    counters = line_counters(case, rma.lines[0])
    units = sum(log[1] for log in logs)
    slots = sorted(slot for unit in case.live_units for slot in unit.slots)
    assert (counters.advised, counters.received) == (QUANTITY, min(units, QUANTITY))
    assert (len(slots), len(set(slots)), set(slots) <= {1, 2, 3}) == (counters.received, counters.received, True)
    assert counters.received >= counters.graded
    if units <= QUANTITY:
        assert counters == Counters(QUANTITY, units, sum(log[2] for log in logs))
    with hub.transaction() as connection:
        assert cases.rebuilt(connection, RMA) == case
        row = projection.load(connection, [RMA]).rows[RMA]
        assert (row.received, row.graded, row.parcels_done) == (counters.received, counters.graded, 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=80), min_size=1, max_size=6))
def test_any_bytes_are_taken_and_never_raise(lines: list[bytes]) -> None:
    """Each is a dead letter; what follows them is accepted."""
    hub, log = new_hub(), Log()
    for line in lines:
        log.put(line)
    log.parcel("p-1", RMA)

    reply = send(hub, log, propose=ingest.propose_nothing)

    assert isinstance(reply, wire.EventsReply)
    assert (reply.accepted_through, reply.accepted) == (len(lines) + 1, 1)
