"""The app as a worker meets it: what is typed reaches the station as the right thing, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future

import pytest
from textual import events
from textual.pilot import Pilot

from rma_station.domain.flows.inputs import Chosen, Pressed, Typed
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Kind, Localized, Message, Outcome
from rma_station.errors import HubUnreachable
from rma_station.ports import RawScan
from rma_station.screens import app as app_module
from rma_station.screens import picture
from rma_station.screens.app import StationApp
from rma_station.services.bench import ScreenInput
from tests.screens.fakes import (
    ATTENTION,
    FIND,
    IDLE,
    OK,
    PIN,
    QUESTION,
    SCENES,
    FakeBench,
    FakeDesk,
    FakeDriver,
    config,
)

Script = Callable[[StationApp, FakeBench, Pilot[None]], Awaitable[None]]


def play(script: Script, *, size: tuple[int, int] = (80, 24), mode: str = "sample") -> tuple[StationApp, FakeBench]:
    """Run a script against the app without a terminal."""
    bench, desk = FakeBench(), FakeDesk()
    app = StationApp(bench, config(mode=mode), review=desk, driver=FakeDriver(), environment={"TERM": "xterm"})

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await script(app, bench, pilot)

    asyncio.run(run())
    return app, bench


async def until(pilot: Pilot[None], holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition, with a deadline."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await pilot.pause(0.02)
    raise AssertionError("did not come true")


async def keys(app: StationApp, pilot: Pilot[None], *names: str) -> None:
    """Press keys one by one, each followed by the silence that lets it act, however long that takes here."""
    for name in names:
        app.post_message(events.Key(name, name if len(name) == 1 else None))
        await pilot.pause(0.16)
        await until(pilot, lambda: app._reader.due is None)
        await pilot.pause()


def burst(app: StationApp, text: str) -> None:
    """Type as a scanner does: all at once."""
    for character in text:
        app.post_message(events.Key({"\r": "enter", "\x1b": "escape"}.get(character, character), character))


def shown(app: StationApp) -> str:
    """The screen on top, as text."""
    return picture.plain(app.screen.draw(*app.size))  # type: ignore[attr-defined]


def test_keys_choose_and_command_and_what_means_nothing_is_answered() -> None:
    """Digits, function keys, an unbound key, ctrl+c."""
    notices: list[bool] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION)
        await keys(app, pilot, "2", "f9", "plus", "b")
        notices.append("Ten klawisz nic tu nie robi" in shown(app))
        await keys(app, pilot, "ctrl+c", "ctrl+q", "ctrl+p")
        notices.append(app.is_running)

    _, bench = play(script)

    assert bench.given == [Chosen(2), Pressed(Command.UNDO), Pressed(Command.YES)]
    assert notices == [True, True]


def test_a_fast_row_of_keys_is_a_scan_and_nothing_else() -> None:
    """A barcode of digits, of function words, of one digit: no key acts."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION)
        for code in ("5901234123457\r", "5\r", "+-\r", "\x1b9\r"):
            burst(app, code)
            await pilot.pause(0.25)

    _, bench = play(script)

    scans = [given for given in bench.given if isinstance(given, RawScan)]
    assert [(scan.data, scan.damaged) for scan in scans] == [
        (b"5901234123457", None),
        (b"5", None),
        (b"+-", None),
        (b"9", "characters"),
    ]
    assert len(scans) == len(bench.given)


def test_a_paste_is_one_scan() -> None:
    """Also in front of numbered answers."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION)
        app.post_message(events.Paste("12\n"))
        await until(pilot, lambda: bool(bench.given))

    _, bench = play(script)

    assert [given.data for given in bench.given if isinstance(given, RawScan)] == [b"12"]


def test_slowly_typed_characters_become_a_line_where_text_is_expected() -> None:
    """Digits and letters are text there, function keys still command."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(FIND)
        await keys(app, pilot, "1", "r", "x", "backspace", "2", "f9")
        assert " 1r2_" in shown(app)
        await keys(app, pilot, "enter")

    _, bench = play(script)

    assert bench.given == [Pressed(Command.UNDO), Typed("1r2")]


def test_a_pin_is_typed_hidden_and_never_scanned() -> None:
    """A barcode with somebody's PIN opens nothing."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(PIN)
        burst(app, "1234\r")
        app.post_message(events.Paste("1234"))
        await pilot.pause(0.2)
        assert "Wpisz PIN" in shown(app)
        await keys(app, pilot, "7", "8")
        assert "**" in shown(app)
        assert "78" not in shown(app)
        await keys(app, pilot, "enter")
        app.open_sheet("help")
        await pilot.pause()
        burst(app, "1234\r")
        await pilot.pause(0.2)

    _, bench = play(script)

    assert bench.given == [Typed("78")]


def test_an_answer_closes_a_sheet_and_a_command_opens_one() -> None:
    """A scan while help is open goes back to work."""
    seen: list[str] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        for sheet in ("help", "lists", "sign_out"):
            bench.show(IDLE, sheet=sheet)
            await until(pilot, lambda: app.screen is not app.worker_screen)
            seen.append(type(app.screen).__name__)
            bench.show(QUESTION, OK)
            await until(pilot, lambda: app.screen is app.worker_screen)
        await keys(app, pilot, "f1")
        seen.append(type(app.screen).__name__)

    play(script)

    assert seen == ["HelpSheet", "ListsSheet", "ShiftSheet", "HelpSheet"]


def test_a_scanned_back_leaves_a_sheet_as_esc_does_and_says_nothing_else() -> None:
    """One step: from the case to the queue, from the queue to the question, whose last answer still stands."""
    seen: list[str] = []

    async def back(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION, Outcome(Kind.READY, Message("flow.sheet_left")), back=True, scan_at=1.0)
        await pilot.pause()
        seen.append(f"{type(app.screen).__name__} {bench.over[-1]}")

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION, OK)
        await keys(app, pilot, "f1")
        await back(app, bench, pilot)
        await keys(app, pilot, "v", "enter")
        await until(pilot, lambda: "RMA-2026-000123" in shown(app))
        await back(app, bench, pilot)
        await back(app, bench, pilot)
        seen.append("Zapisane: ocena B" if "Zapisane: ocena B" in shown(app) else shown(app))

    play(script)

    assert seen == ["StationScreen False", "ReviewSheet True", "StationScreen False", "Zapisane: ocena B"]


@pytest.mark.parametrize(("sheet", "over"), [("lists", True), ("help", True), ("sign_out", False), ("bench", False)])
def test_the_station_is_told_of_a_sheet_that_back_leaves(sheet: str, over: bool) -> None:
    """Not of one that stands beside a question of the flow, nor of the panel that scans."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        await pilot.pause()
        app.open_sheet(sheet)
        await pilot.pause()
        assert bench.over == [False, over]

    play(script)


def test_the_last_answer_still_stands_when_a_list_was_looked_at() -> None:
    """ "READY Lists" was no answer to anything once the list was closed."""
    seen: list[str] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION, ATTENTION)
        bench.show(QUESTION, Outcome(Kind.READY, Message("flow.sheet_lists")), sheet="lists")
        await until(pilot, lambda: app.screen is not app.worker_screen)
        await keys(app, pilot, "escape")
        seen.append(shown(app))

    play(script)

    assert "Tej sztuki nie ma w zgłoszeniu" in seen[0]


def test_esc_on_the_sign_out_sheet_goes_on_working() -> None:
    """The question whether to sign out does not stay behind it, to be answered once more."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION, sheet="sign_out")
        await until(pilot, lambda: app.screen is not app.worker_screen)
        await keys(app, pilot, "escape")
        assert app.screen is app.worker_screen

    _, bench = play(script)

    assert bench.given == [Pressed(Command.CANCEL)]


def test_keys_work_on_sheets_as_well() -> None:
    """From one sheet to another, and a yes to what the sign-out sheet asks; deciding screens take no commands."""
    seen: list[str] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION, sheet="sign_out")
        await until(pilot, lambda: app.screen is not app.worker_screen)
        await keys(app, pilot, "plus", "2", "S")
        seen.append(type(app.screen).__name__)
        await keys(app, pilot, "f9", "3", "v")
        seen.append(type(app.screen).__name__)

    _, bench = play(script)

    assert seen == ["ServiceSheet", "ReviewSheet"]
    assert bench.given == [Pressed(Command.YES), Chosen(2)]


def test_the_worker_screen_keeps_its_place_for_every_outcome_but_stop() -> None:
    """OK and ATTENTION change their banner and their facts, not the layout."""
    lines: dict[str, list[str]] = {}

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        for name, outcome in (("ok", OK), ("attention", ATTENTION), ("stop", SCENES["stop"][1])):
            bench.show(QUESTION, outcome)
            await pilot.pause()
            lines[name] = shown(app).splitlines()

    play(script)

    different = [y for y, (a, b) in enumerate(zip(lines["ok"], lines["attention"], strict=True)) if a != b]
    assert set(different) <= {18, 19, 20}
    assert "╔" in lines["stop"][1]


def test_live_mode_has_no_bench_panel_and_no_mark() -> None:
    """The virtual bench is for sample mode only."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(QUESTION, OK, mode="live")
        await pilot.pause()
        await keys(app, pilot, "f2")
        assert app.screen is app.worker_screen
        assert "PRÓBA" not in shown(app)

    play(script, mode="live")


def test_the_bench_panel_scans_through_the_virtual_bench() -> None:
    """Enter scans what is marked; the panel stays and shows the answer."""
    driver = FakeDriver()
    bench = FakeBench()
    app = StationApp(bench, config(), driver=driver, environment={"TERM": "xterm"})

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await keys(app, pilot, "f2", "enter", "down", "enter")
            await until(pilot, lambda: len(driver.told) == 2)
            bench.show(QUESTION, OK)
            await pilot.pause()
            assert "● OK  Zapisane" in shown(app)
            assert "2 Lekkie" in shown(app)
            await keys(app, pilot, "2")

    asyncio.run(run())

    assert bench.given == [Chosen(2)]
    assert driver.told == [("scan", "B-000001-AAAA"), ("scan", "627777012345678901234567")]


def test_the_station_is_stopped_from_the_service_screen_only() -> None:
    """``q`` twice; a first ``q`` asks."""
    running: list[bool] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        await pilot.pause()
        await keys(app, pilot, "s", "q")
        running.append("Na pewno" in shown(app))
        await keys(app, pilot, "q")

    app, _ = play(script)

    assert running == [True]
    assert app.return_code == 0


@pytest.mark.parametrize(("role", "code"), [("worker", None), ("supervisor", 0), ("administrator", 0), ("", 0)])
def test_a_worker_in_the_middle_of_the_work_does_not_stop_the_station(role: str, code: int | None) -> None:
    """It says what to do; a supervisor may, and so may anybody when nobody is signed in."""
    seen: list[str] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(IDLE, role=role)
        await pilot.pause()
        await keys(app, pilot, "s", "q")
        seen.append(shown(app))
        await keys(app, pilot, "q")
        seen.append("stopped" if app._exit else "runs")

    play(script)

    told = "Najpierw X: wyloguj" in seen[0]
    assert (told, seen[1]) == ((True, "runs") if code is None else (False, "stopped"))


def test_a_crash_says_what_to_do_and_exits_with_70(capsys: pytest.CaptureFixture[str]) -> None:
    """The worker is told that all is saved, in their language, with a number to tell."""
    bench = FakeBench()
    app = StationApp(bench, config(), environment={"TERM": "xterm"})
    error = ZeroDivisionError("secret detail")

    async def run() -> None:
        async with app.run_test() as pilot:
            await pilot.pause()
            app._handle_exception(error)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())

    said = app_module.crash_lines(app_module.crash_number(error), "pl")
    assert app.return_code == app_module.EXIT_DEFECT
    assert "Wszystko, co było OK, jest zapisane." in said
    assert "secret detail" not in capsys.readouterr().err


def test_what_reaches_a_screen_too_late_is_dropped() -> None:
    """An answer to a sheet that is gone breaks nothing."""
    outcomes: list[ScreenInput] = []

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        bench.show(IDLE, sheet="sign_out")
        bench.show(IDLE, Outcome(Kind.OK, Localized("a", "a")))
        bench.show(IDLE, sheet="lists")
        await until(pilot, lambda: type(app.screen).__name__ == "ListsSheet")
        outcomes.extend(bench.given)

    play(script)

    assert outcomes == []


def test_a_failed_question_is_shown_and_ends_nothing() -> None:
    """A bench or hub that cannot answer costs a line, not the program."""

    async def script(app: StationApp, bench: FakeBench, pilot: Pilot[None]) -> None:
        failed: Future[Sequence[Message]] = Future()
        failed.set_exception(HubUnreachable("no route to the hub"))
        bench.shift = lambda: failed  # type: ignore[method-assign]
        bench.show(IDLE, sheet="sign_out")
        await until(pilot, lambda: app.screen is not app.worker_screen)
        await until(pilot, lambda: "Nie udało się: no route to the hub" in shown(app))

    play(script)


def test_a_device_is_told_without_the_path_of_its_file() -> None:
    """Nobody at a bench reads the path of a socket; what follows it is kept."""
    from rma_station.screens.service import short

    assert [short("/run/bench/scale 9600 8N1"), short("ZD421 V93"), short("10.0.0.7:9100")] == [
        "scale 9600 8N1",
        "ZD421 V93",
        "10.0.0.7:9100",
    ]
