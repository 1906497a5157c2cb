"""The hub's early warning comes beside the work: it never holds a scan up, and is shown only while it still matters."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from rma_station.domain.flows.inputs import Chosen, Pressed
from rma_station.domain.flows.stages import ScanBack
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Message, say
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.services.bench import Update
from rma_station.services.claims import Claims, Piece
from rma_station.services.room import Room
from rma_station.services.running import Late, RunningStation
from tests.flows.bench import PHONE, SHIRT, line, rma
from tests.services.bench import ServiceBench
from tests.sync.tiny_hub import StationThread, wait_for

UNIT = Piece("u1", "RMA-2026-000001", "L1", "", "A7K3Q00012")
OTHER = Piece("u2", serial="SN-2")
WARNING = say("flow.also_at", station="bench-7")


class Hub:
    """What is in hand, what is asked, and what is shown of it; the hub answers when it may."""

    def __init__(self, *says: Sequence[str] | Exception) -> None:
        self.says = list(says)
        self.hand: Piece | None = UNIT
        self.asked: list[Piece | None] = []
        self.shown: list[tuple[Piece, Sequence[str]]] = []
        self.looks = 0
        self.may = threading.Event()
        self.may.set()
        self.claims = Claims(self.ask, self.look, StationThread(), lambda *shown: self.shown.append(shown))
        self.claims.start()

    def look(self) -> Piece | None:
        """What is in hand."""
        self.looks += 1
        return self.hand

    def ask(self, piece: Piece | None) -> Sequence[str]:
        """Answer, in time or late."""
        self.asked.append(piece)
        self.may.wait(10)
        said = self.says.pop(0) if self.says else ()
        if isinstance(said, Exception):
            raise said
        return said

    def happens(self) -> None:
        """Something happens at the bench, and was looked at."""
        before = self.looks
        self.claims.look()
        wait_for(lambda: self.looks > before)


def test_a_piece_is_asked_for_once_and_what_the_hub_says_is_handed_on() -> None:
    """However many answers the worker gives while it is in hand; and again when it comes back."""
    hub = Hub(("bench-7",))
    hub.happens()
    wait_for(lambda: hub.shown)
    hub.happens()
    hub.hand = None
    hub.happens()
    hub.hand = UNIT
    hub.happens()
    wait_for(lambda: len(hub.asked) == 3)
    hub.claims.stop()

    assert hub.shown == [(UNIT, ("bench-7",))]
    assert hub.asked == [UNIT, None, UNIT]


def test_that_nothing_is_in_hand_any_more_is_said_once_and_not_before_something_was() -> None:
    """The next piece says it by itself; whatever the hub answers to nothing is not shown."""
    hub = Hub((), (), ("bench-7",))
    for hand in (None, UNIT, OTHER, None, None):
        hub.hand = hand
        hub.happens()
        wait_for(lambda hand=hand: hand is None or hand in hub.asked)
    wait_for(lambda: hub.asked[-1] is None)
    hub.happens()
    hub.claims.stop()

    assert hub.asked == [UNIT, OTHER, None]
    assert hub.shown == []


def test_while_the_hub_is_slow_one_question_waits_and_it_is_for_what_is_in_hand_then() -> None:
    """Pieces that came and went meanwhile are not asked for any more."""
    hub = Hub()
    hub.may.clear()
    hub.claims.look()
    wait_for(lambda: hub.asked)
    for hand in (Piece("u8"), Piece("u9"), OTHER):
        hub.hand = hand
        hub.claims.look()
    hub.may.set()
    wait_for(lambda: len(hub.asked) == 2)
    hub.claims.stop()

    assert hub.asked == [UNIT, OTHER]
    assert hub.shown == []


def test_an_error_is_silence_and_the_next_look_asks_again() -> None:
    """The thread lives on."""
    hub = Hub(OSError("no route"), ("bench-7",))
    hub.happens()
    wait_for(lambda: hub.asked)
    hub.happens()
    wait_for(lambda: hub.shown)
    hub.claims.stop()

    assert hub.shown == [(UNIT, ("bench-7",))]


def facts(update: Update | None) -> Sequence[object]:
    """What stands beside the question."""
    return update.view.facts if update else ()


def test_the_warning_stands_beside_the_question_while_the_piece_is_in_hand(tmp_path: Path) -> None:
    """The question and its answers stay as they are, nothing is recorded, and it goes with the piece."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT)),))
    bench.badge()
    bench.scan("TRACK10")
    assert bench.station.piece_in_hand() is None
    bench.scan("5901234123457")
    piece = bench.station.piece_in_hand()
    before, events = bench.station.opening(), bench.types()
    assert piece is not None
    warned = bench.station.also_at(piece, ("bench-7",))

    assert (piece.rma_id, piece.line_id, piece.serial) == ("RMA-2026-000001", "L1", "")
    assert warned is not None
    assert warned.outcome is None
    assert (warned.view.prompt, warned.view.choices) == (before.view.prompt, before.view.choices)
    assert list(facts(warned)) == [WARNING, *facts(before)]
    assert bench.types() == events
    assert WARNING in facts(bench.station.refresh().update)

    bench.station.handle(Pressed(Command.UNDO))
    gone = bench.station.refresh().update
    bench.scan("5901234123457")
    assert [WARNING in facts(update) for update in (gone, bench.station.refresh().update)] == [False, False]


def test_a_late_answer_is_not_shown(tmp_path: Path) -> None:
    """The piece is not in hand any more, or another one is."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT)),))
    nobody = bench.station.also_at(UNIT, ("bench-7",))
    bench.badge()
    bench.scan("TRACK10")
    between = bench.station.also_at(UNIT, ("bench-7",))
    bench.scan("5901234123457")
    another = bench.station.also_at(UNIT, ("bench-7",))

    assert (nobody, between, another) == (None, None, None)
    assert WARNING not in facts(bench.station.refresh().update)


def test_of_a_line_with_several_pieces_each_bench_may_have_one(tmp_path: Path) -> None:
    """Then the line names no piece, and only the LPN is said."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT, 2)),))
    bench.badge()
    bench.scan("TRACK10")
    bench.scan("5901234123457")
    piece = bench.station.piece_in_hand()

    assert piece is not None
    assert (piece.rma_id, piece.line_id, piece.serial, bool(piece.lpn)) == ("", "", "", True)


def test_a_serial_number_is_said_and_a_stations_name_is_cleaned(tmp_path: Path) -> None:
    """What the hub sends is outside text."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", PHONE)),))
    bench.badge()
    bench.scan("TRACK10")
    bench.scan("]d2010590987654321321SN77")
    piece = bench.station.piece_in_hand()
    assert piece is not None
    warned = bench.station.also_at(piece, ("bench-7\x1b[2J", "bench-8"))

    (said,) = [fact for fact in facts(warned) if isinstance(fact, Message) and fact.key == "flow.also_at"]
    assert "\x1b" not in str(said.values)
    assert "bench-8" in str(said.values)


def test_the_running_station_asks_beside_the_work_and_only_online(tmp_path: Path) -> None:
    """Without the hub nothing is asked; with it the warning comes without anybody waiting for it."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT)),))
    bench.badge()
    bench.scan("TRACK10")
    bench.scan("5901234123457")
    bench.journal.database.close()
    asked: list[Piece | None] = []
    updates: list[Update] = []

    def ask(piece: Piece | None) -> Sequence[str]:
        asked.append(piece)
        return ("bench-7",)

    def room() -> Room:
        bench.open()
        return Room(bench.station, bench.journal, bench.book, bench.reader)

    running = RunningStation(room)
    running.subscribe(updates.append)
    running.start()
    running.wait_open()
    running.start_late(Late(others=ask))
    running.uplink_says(UplinkStatus(UplinkState.OFFLINE))
    wait_for(lambda: any(update.status.uplink for update in updates))
    offline = list(asked)
    running.uplink_says(UplinkStatus(UplinkState.ONLINE))
    wait_for(lambda: WARNING in facts(updates[-1]))
    running.submit(Pressed(Command.SET_ASIDE))
    wait_for(lambda: len(asked) == 2)
    running.stop()

    assert (offline, [piece and piece.rma_id for piece in asked]) == ([], ["RMA-2026-000001", None])


@pytest.mark.parametrize("way", ["set aside", "put away", "undone"])
def test_a_piece_is_out_of_hand_when_it_is_put_away_or_its_parcel_is(tmp_path: Path, way: str) -> None:
    """Other benches are told nothing of it from then on."""
    bench = ServiceBench(tmp_path / "data", (rma(1, line("L1", SHIRT)),))
    bench.badge()
    bench.scan("TRACK10")
    bench.scan("5901234123457")
    if way == "set aside":
        bench.station.handle(Pressed(Command.SET_ASIDE))
    elif way == "undone":
        bench.station.handle(Pressed(Command.UNDO))
    else:
        while not isinstance(bench.station.bench.stage, ScanBack):
            bench.station.handle(Chosen(1))
        in_hand = bench.station.piece_in_hand()
        assert in_hand is not None
        bench.scan(in_hand.lpn)

    assert bench.station.piece_in_hand() is None
