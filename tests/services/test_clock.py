"""Whatever a station's wall clock does: order, durations and locks hold, and what is shown says how sure it is.

Real services over a real journal; the clock is ours. Source: sync reference R9, failure rows 21 and 23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.flows.inputs import PinChecked, Pressed, Typed
from rma_station.domain.flows.state import Rules
from rma_station.domain.local_time import local
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Message
from rma_station.ports import Chunk, RawScan
from rma_station.store.clock_state import FIRST_POSSIBLE
from rma_station.store.export import export
from tests.fakes import NOON, StandingClock, take_feed
from tests.flows.bench import SHIRT, line, rma
from tests.services.bench import PEOPLE, Row, ServiceBench, answer

DAY = 86400.0
WARSAW = ZoneInfo("Europe/Warsaw")
jumps = st.one_of(
    st.sampled_from([-NOON, 400 * DAY, -400 * DAY, -3600.0, 3600.0, 7 * 3600.0, -2.0, NOON * 1000]),
    st.floats(-NOON, 400 * DAY),
)


def entries(bench: ServiceBench) -> list[en.Entry]:
    """Everything in the journal, its chain checked."""
    _, lines = bench.reader.lines_after(bench.journal.log_id, 0, bench.journal.last_seq, 10_000_000)
    found, previous = [], en.GENESIS
    for one in lines:
        found.append(en.open_line(one, previous))
        previous = found[-1].hash
    return found


def facts(bench: ServiceBench) -> dict[str, Mapping[str, object]]:
    """What the worker's screen says, by key."""
    update = bench.station.refresh().update
    said = update.view.facts if update else ()
    return {fact.key: fact.values for fact in said if isinstance(fact, Message)}


def a_bench(folder: Path, **more: object) -> ServiceBench:
    """One return of three shirts, due on 4 December."""
    return ServiceBench(folder, (rma(1, line("L1", SHIRT, 3)),), **more)  # type: ignore[arg-type]


def work(bench: ServiceBench, moved: list[float]) -> list[str]:
    """A parcel of shirts, the wall clock set to something else between any two inputs."""
    said = [bench.badge()]
    for code in ("RMA-2026-000001", SHIRT.gtins[0][1:], SHIRT.gtins[0][1:]):
        bench.clock.wall += moved[len(said) % len(moved)] if moved else 0.0
        said.append(bench.scan(code))
    said.append(answer(bench.station.handle(Pressed(Command.SET_ASIDE))))
    bench.clock.wall += sum(moved)
    said.append(answer(bench.station.handle(Pressed(Command.SIGN_OUT))))
    said.append(answer(bench.station.handle(Pressed(Command.YES))))
    return said


@pytest.mark.failure(21)
@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, NOON + 400 * DAY), st.lists(jumps, min_size=1, max_size=5))
def test_no_clock_changes_what_a_bench_does(wall: float, moved: list[float]) -> None:
    """From 1970 to 400 days ahead, set forwards and backwards in mid-shift: the same answers, the same events in the
    same order, ids all different, no duration below nothing, and a shift that adds up."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        right = a_bench(Path(first))
        wrong = a_bench(Path(second), clock=StandingClock(wall=wall))

        answers = work(right, [0.0]), work(wrong, moved)
        told = [[one for one in bench.types() if one != "clock.adjusted"] for bench in (right, wrong)]
        born = entries(wrong)
        mono = [entry.envelope.mono_ms for entry in born]
        shift = [bench.book.shift(entries(bench)[-1].envelope.session_id or "") for bench in (right, wrong)]
        for bench in (right, wrong):
            bench.journal.close()

    assert answers[0] == answers[1]
    assert told[0] == told[1]
    assert [entry.envelope.seq for entry in born] == list(range(1, len(born) + 1))
    assert len({entry.envelope.event_id for entry in born}) == len(born)
    assert mono == sorted(mono)
    assert {(entry.envelope.boot_id, entry.envelope.tz) for entry in born} == {(wrong.journal.boot_id, "UTC")}
    assert shift[0] == shift[1]


@pytest.mark.failure(21)
def test_a_jump_is_on_record_before_what_was_said_after_it(tmp_path: Path) -> None:
    """Once, with its size; the events behind it are suspect until the hub has spoken."""
    bench = a_bench(tmp_path)
    bench.badge()
    bench.clock.wall += 400 * DAY
    bench.scan("RMA-2026-000001")
    bench.scan(SHIRT.gtins[0][1:])

    found = [(entry.envelope.type, entry.envelope.clock_state, entry.payload) for entry in entries(bench)][2:]
    assert [(kind, state) for kind, state, _ in found] == [
        ("clock.adjusted", "suspect"),
        ("parcel.opened", "suspect"),
        ("parcel.inspected", "suspect"),
        ("unit.identified", "suspect"),
    ]
    assert found[0][2] == {"cause": "jumped", "seconds": int(400 * DAY)}


@pytest.mark.failure(21)
def test_a_jump_is_in_the_export_and_on_the_service_screen(tmp_path: Path) -> None:
    """For whoever has to explain the times of an afternoon."""
    bench = a_bench(tmp_path)
    bench.clock.wall -= DAY
    bench.badge()

    rows = "".join(step.text for step in export(bench.journal.database, "events", "csv") if isinstance(step, Chunk))
    assert [row.split(",")[4] for row in rows.splitlines()[1:]] == ["log.opened", "clock.adjusted", "worker.signed_in"]
    assert bench.journal.time().word == "suspect"


@pytest.mark.failure(21)
def test_what_the_hub_says_of_the_clock_is_on_record(tmp_path: Path) -> None:
    """When it is beyond the tolerance, and when it agrees again; an hour of small differences says nothing."""
    bench = a_bench(tmp_path)
    for offset in (1.5, -90.0, 200.0, -86400.0, -86401.0, 0.5):
        bench.clock.forward(60)
        bench.journal.heard_from_hub(offset)

    found = [entry.payload for entry in entries(bench) if entry.envelope.type == "clock.adjusted"]
    assert found == [{"cause": "hub", "seconds": -86400}, {"cause": "hub", "seconds": 0}]


@pytest.mark.failure(21)
@pytest.mark.parametrize(
    ("wall", "seconds", "word"),
    [
        (5.0, 5 - int(NOON) - 1, "unset"),
        (NOON - 3 * DAY, -3 * int(DAY) - 1, "suspect"),
        (NOON + 400 * DAY, 400 * int(DAY) - 1, "suspect"),
    ],
)
def test_a_start_with_a_wrong_clock_is_on_record(tmp_path: Path, wall: float, seconds: int, word: str) -> None:
    """Never set, behind the journal's own events, or a year after them with no word of the hub."""
    bench = a_bench(tmp_path)
    bench.badge()
    bench.journal.close()

    bench.clock = StandingClock(wall=wall, mono=5.0)
    bench.open()
    bench.scan("RMA-2026-000001")
    adjusted, opened = entries(bench)[-2:]

    assert adjusted.payload == {"cause": "started", "seconds": seconds}
    assert (opened.envelope.type, opened.envelope.clock_state) == ("parcel.opened", word)


@pytest.mark.failure(21, 23)
def test_days_to_a_deadline_are_the_hubs_days(tmp_path: Path) -> None:
    """A right clock counts them, a doubtful one shows the date and says so, the hub's word makes them right."""
    bench = a_bench(tmp_path)
    bench.badge()
    bench.scan("RMA-2026-000001")
    own = facts(bench)
    bench.clock.wall += 400 * DAY
    unsure = facts(bench)
    bench.journal.heard_from_hub(-400 * DAY)
    hubs = facts(bench)
    bench.clock.wall -= 400 * DAY
    repaired = facts(bench)
    bench.journal.heard_from_hub(0.0)

    assert own["flow.fact_deadline"] == {"count": 10}
    assert unsure["flow.fact_deadline_unsure"] == {"date": "2026-12-04"}
    assert hubs == own
    assert "flow.fact_deadline_unsure" in repaired
    assert facts(bench) == own


@pytest.mark.failure(21)
def test_a_clock_of_1970_shows_the_date_alone(tmp_path: Path) -> None:
    """20000 days to go would help nobody."""
    bench = a_bench(tmp_path, clock=StandingClock(wall=0.0))
    bench.badge()
    bench.scan("RMA-2026-000001")

    assert facts(bench)["flow.fact_deadline_unsure"] == {"date": "2026-12-04"}


@pytest.mark.failure(21)
@pytest.mark.parametrize("jump", [-NOON, -400 * DAY, -3600.0, 3600.0, 400 * DAY])
def test_a_locked_badge_is_locked_as_long_as_it_was_said(tmp_path: Path, jump: float) -> None:
    """Five minutes of the running clock, whatever the wall clock is set to meanwhile."""
    bench = a_bench(tmp_path, rules=Rules(badge_pin=True))
    hashed = replace(PEOPLE[0], pin_hash="scrypt$2$8$1$00$00")
    take_feed(bench.reader, [Row(0, "p", "person", "000001", codec.encode(hashed))], "c2")
    bench.badge()
    for _ in range(5):
        bench.badge()
        bench.station.handle(Typed("0000"))
        wrong = answer(bench.station.handle(PinChecked("000001", "wrong")))

    bench.clock.wall += jump
    bench.clock.forward(4 * 60)
    early = bench.badge()
    bench.clock.forward(60)

    assert (wrong, early, bench.badge()) == ("stop:badge_locked", "stop:badge_locked", "ready:enter_pin")


@pytest.mark.failure(21, 45)
@pytest.mark.parametrize("jump", [-NOON, -400 * DAY, 400 * DAY])
def test_days_without_the_hub_are_days_of_the_running_clock(tmp_path: Path, jump: float) -> None:
    """Nobody is shut out, or let in, because the clock was set."""
    bench = a_bench(tmp_path)
    bench.clock.forward(3 * DAY)
    before = bench.station.offline_days
    bench.clock.wall += jump

    assert (before, bench.station.offline_days) == (3, 3)


@pytest.mark.failure(21)
def test_a_clock_that_was_ahead_locks_no_badge_for_a_year(tmp_path: Path) -> None:
    """Locked under a clock 400 days ahead, which was set right while the station was down: at most the longest lock."""
    bench = a_bench(tmp_path, rules=Rules(badge_pin=True), clock=StandingClock(wall=NOON + 400 * DAY))
    hashed = replace(PEOPLE[0], pin_hash="scrypt$2$8$1$00$00")
    take_feed(bench.reader, [Row(0, "p", "person", "000001", codec.encode(hashed))], "c2")
    for _ in range(5):
        bench.badge()
        bench.station.handle(Typed("0000"))
        bench.station.handle(PinChecked("000001", "wrong"))
    bench.clock = StandingClock(mono=3.0)
    bench.reopen()
    bench.clock.forward(3601)

    assert bench.badge() == "ready:enter_pin"


@pytest.mark.failure(21)
def test_a_held_trigger_is_one_scan_whatever_the_wall_clock_does(tmp_path: Path) -> None:
    """The window is monotonic."""
    bench = a_bench(tmp_path)
    first = bench.badge()
    bench.clock.wall -= 400 * DAY
    scan = RawScan("scanner", b"RMA-2026-000001", bench.clock.monotonic())
    said = [answer(bench.station.handle(replace(scan, at=scan.at + after))) for after in (2.0, 2.3, 2.6, 3.5)]

    assert first == "ok:signed_in"
    assert said[1:3] == ["attention:duplicate"] * 2
    assert said[3] != "attention:duplicate"


@pytest.mark.failure(21)
@settings(max_examples=30, deadline=None)
@given(jumps, st.integers(0, 7 * 86400))
def test_the_age_of_what_is_unsent_is_never_negative_nor_a_year(jump: float, seconds: int) -> None:
    """Of this start's events by the running clock, to the second."""
    with TemporaryDirectory() as folder:
        bench = a_bench(Path(folder))
        bench.clock.wall += jump
        bench.clock.forward(seconds)
        unsent = bench.reader.unsent()
        bench.journal.close()

    assert unsent.oldest_seconds == seconds


@pytest.mark.failure(21)
@settings(max_examples=20, deadline=None)
@given(st.lists(jumps, min_size=1, max_size=8))
def test_ids_drawn_under_any_clock_are_version_7_and_unique(moved: list[float]) -> None:
    """Also when the clock stands, goes back, or was before 1970."""
    with TemporaryDirectory() as folder:
        bench = a_bench(Path(folder))
        drawn = []
        for jump in moved:
            bench.clock.wall += jump
            drawn += [bench.journal.draw_uuid() for _ in range(50)]
        bench.journal.close()

    assert len(set(drawn)) == len(drawn)
    assert {one[14] for one in drawn} == {"7"}


# --- time zones ------------------------------------------------------------------------------------------


@pytest.mark.failure(23)
@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-10-25T00:30:00.000Z", "2026-10-25 02:30 CEST"),
        ("2026-10-25T01:30:00.000Z", "2026-10-25 02:30 CET"),
        ("2026-03-29T00:59:00.000Z", "2026-03-29 01:59"),
        ("2026-03-29T01:00:00.000Z", "2026-03-29 03:00"),
        ("2026-12-31T23:30:00+00:00", "2027-01-01 00:30"),
        ("2026-11-30T10:00:00", "2026-11-30 11:00"),
        ("yesterday\x1b[2J at noon, or so", "yesterday␛[2J at"),
    ],
)
def test_times_are_shown_in_the_stations_zone(moment: str, shown: str) -> None:
    """In autumn an hour comes twice and the letters tell which, in spring one does not come at all."""
    assert local(moment, WARSAW) == shown


@pytest.mark.failure(23)
@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), 41),
        (datetime(2026, 10, 24, 22, 1, tzinfo=UTC), 40),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), 40),
        (datetime(2026, 10, 25, 23, 1, tzinfo=UTC), 39),
        (datetime(2026, 12, 4, 22, 59, tzinfo=UTC), 0),
    ],
)
def test_a_day_ends_at_midnight_of_the_stations_zone(tmp_path: Path, moment: datetime, days: int) -> None:
    """The day of the autumn change has 25 hours: it is still one day to the deadline."""
    bench = a_bench(tmp_path, clock=StandingClock(wall=moment.timestamp()), tz="Europe/Warsaw")
    bench.badge()
    bench.scan("RMA-2026-000001")

    assert facts(bench)["flow.fact_deadline"] == {"count": days}
    assert {entry.envelope.tz for entry in entries(bench)} == {"Europe/Warsaw"}
    assert entries(bench)[-1].envelope.occurred_at[:10] == moment.date().isoformat()


@pytest.mark.failure(23)
def test_a_station_that_moves_to_another_zone_goes_on(tmp_path: Path) -> None:
    """Its record is in UTC: no event is suspect, only the day that is shown follows the place."""
    bench = a_bench(tmp_path, tz="Europe/Warsaw")
    bench.badge()
    bench.journal.close()
    bench.tz = "Pacific/Kiritimati"
    bench.open()
    bench.scan("RMA-2026-000001")

    born = entries(bench)
    assert {entry.envelope.clock_state for entry in born} == {"ok"}
    assert [entry.envelope.tz for entry in born][-2:] == ["Europe/Warsaw", "Pacific/Kiritimati"]
    assert "clock.adjusted" not in bench.types()
    assert facts(bench)["flow.fact_deadline"] == {"count": 9}


def test_the_first_possible_moment_is_of_this_product() -> None:
    """No clock before it can be right."""
    assert datetime.fromtimestamp(FIRST_POSSIBLE, UTC) == datetime(2026, 1, 1, tzinfo=UTC)
