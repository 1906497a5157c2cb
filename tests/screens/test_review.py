"""A supervisor decides online, with a reason and a PIN, on what was shown, and never on their own grading."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hub.policy_file import shipped
from rma_station.domain.outcome import say
from rma_station.domain.review import (
    Answer,
    CaseFile,
    CasePhoto,
    Decision,
    EvidenceLine,
    Offline,
    Ok,
    Refused,
    ReviewItem,
)
from rma_station.screens import picture, review_words
from rma_station.screens.app import StationApp
from rma_station.screens.keys import Burst, Ignored, Key
from rma_station.screens.review import ReviewSheet
from rma_station.screens.review_case import evidence_value
from rma_station.screens.review_help import ReviewHelp
from rma_station.services.texts import LANGUAGES, word
from tests.screens.fakes import CONFLICT, HELD, OK, QUESTION, TRACKING, FakeBench, FakeDesk, FakeDriver, config
from tests.screens.test_app import until

Steps = Callable[[ReviewSheet, FakeDesk, Callable[[], Awaitable[None]]], Awaitable[None]]


def review(steps: Steps, size: tuple[int, int] = (80, 24)) -> FakeDesk:
    """Open the review sheet and go through the steps."""
    desk = FakeDesk()
    app = StationApp(FakeBench(), config(), review=desk, driver=FakeDriver(), environment={"TERM": "xterm"})

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.open_sheet("review")

            async def settle() -> None:
                await settled(pilot)

            await settle()
            assert isinstance(app.screen, ReviewSheet)
            await steps(app.screen, desk, settle)

    asyncio.run(run())
    return desk


async def settled(pilot: Pilot[None]) -> None:
    """What was asked on a thread has come back."""
    for _ in range(4):
        await pilot.pause(0.03)


def type_in(sheet: ReviewSheet, *keys: str) -> None:
    """Keys one by one."""
    for key in keys:
        sheet.take(Key(key, key if len(key) == 1 else None))


def shown(sheet: ReviewSheet) -> str:
    """The sheet as text."""
    return picture.plain(sheet.draw(80, 24))


def test_a_deduction_goes_to_the_hub_with_all_it_is_based_on() -> None:
    """Amount in minor units, reason, number, PIN, and the events that were shown."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, *"3", *"25,50", "enter", *"rysa", "enter", *"000009", "enter", *"9182")
        assert "9182" not in shown(sheet)
        type_in(sheet, "enter")
        await settle()
        assert "Zapisane: potrącenie" in shown(sheet)

    desk = review(steps)

    expected = Decision("k1", "adjust", "000009", "9182", ("e1", "e2"), "rysa", 2550)
    assert desk.decisions == [("RMA-2026-000123", expected)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("2", "enter"), "Powód jest potrzebny"),
        (("3", *"999", "enter"), "To nie jest kwota: 999"),
        (("3", *"1.999", "enter"), "To nie jest kwota"),
        (("1", "enter", *"000001", "enter"), "własnej ocenie"),
        (("1", "enter", *"12", "enter"), "6 cyfr"),
        (("5",), "tu nie pasuje"),
    ],
)
def test_what_will_not_do_is_said_before_the_hub_is_asked(typed: tuple[str, ...], said: str) -> None:
    """No reason, too much money, one's own grading."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, *typed)
        assert said in shown(sheet)

    assert review(steps).decisions == []


def test_help_is_of_the_review_and_escape_goes_back_to_it() -> None:
    """The worker's help says nothing of decisions; whoever leaves it is still in the case."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        await settle()
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "f1")
        await settle()
        help_sheet = sheet.app.screen
        assert isinstance(help_sheet, ReviewHelp)
        assert picture.plain(help_sheet.draw(80, 24)).count(word("review.choice.approve", sheet.language)) == 1
        help_sheet.take(Key("escape"))
        await settle()
        assert sheet.app.screen is sheet
        assert "RMA-2026-000123" in sheet.heading()

    review(steps)


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ("The parcel is too light (too-light, policy 3)", "Paczka za lekka (too-light, 3)"),
        ("Paczka za lekka (too-light, policy 3)", "Paczka za lekka (too-light, 3)"),
        ("Stały klient; pytaj Ewę (regular, policy 4)", "Stały klient; pytaj Ewę (regular, 4)"),
        ("Ask Ewa (too-light, policy 4)", "Ask Ewa (too-light, 4)"),
        (
            "Ask Ewa (too-light, policy 4); No rule fits (rest, policy 4)",
            "Ask Ewa (too-light, 4); Żadna reguła nie pasuje (rest, 4)",
        ),
        ("as the desk says", "as the desk says"),
    ],
)
def test_the_rule_is_in_the_readers_language_where_it_is_known(came: str, read: str) -> None:
    """The hub answers in it; of an older one the shipped rules are known, and a site's own stand as they came."""
    assert review_words.rule(came, "pl") == read


def test_the_shipped_rules_have_the_words_of_the_shipped_policy() -> None:
    """Else the rule would silently be shown in English."""
    words = {(rule.id, lang): rule.say[lang] for rule in shipped().rules for lang in LANGUAGES}

    assert {key: word(f"review.policy.{key[0]}", key[1]) for key in words} == words


def test_people_are_named_where_the_book_knows_them() -> None:
    """Who graded and who did each thing: name and number."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        lines = shown(sheet).splitlines()
        assert len([line for line in lines if "Zażółć Nowak 000001" in line]) == 3

    review(steps)


def test_a_scan_at_the_bench_is_never_answered_unseen() -> None:
    """It brings the worker screen back; while a decision is typed, the answer stands below it."""
    desk, bench = FakeDesk(), FakeBench()
    app = StationApp(bench, config(), review=desk, driver=FakeDriver(), environment={"TERM": "xterm"})

    async def run() -> tuple[bool, bool, bool]:
        async with app.run_test(size=(80, 24)) as pilot:
            app.open_sheet("review")
            await settled(pilot)
            sheet = app.screen
            assert isinstance(sheet, ReviewSheet)
            type_in(sheet, "enter")
            await settled(pilot)
            type_in(sheet, "1")
            bench.show(QUESTION, OK, scan_at=1.0)
            await settled(pilot)
            stays = app.screen is sheet and "Przy stanowisku: Zapisane" in shown(sheet)
            type_in(sheet, "escape")
            bench.show(QUESTION, OK)
            await settled(pilot)
            late_label = app.screen is sheet
            bench.show(QUESTION, OK, scan_at=2.0)
            await settled(pilot)
            return stays, late_label, app.screen is app.worker_screen

    assert asyncio.run(run()) == (True, True, True)


def test_a_burst_is_never_a_pin() -> None:
    """A scanned or pasted PIN is refused; the reason may be scanned."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1")
        sheet.take(Burst("as agreed", 1.0))
        type_in(sheet, *"000009", "enter")
        sheet.take(Burst("1234", 2.0))
        assert "Wpisz PIN" in shown(sheet)

    assert review(steps).decisions == []


def test_a_no_of_the_hub_is_shown_in_words_and_keeps_the_case_open() -> None:
    """The basis has changed."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        replies = (
            (Refused("basis_changed"), "sprawa się zmieniła"),
            (Refused("locked_here", "", 30), "na tym stanowisku na 30 minut"),
            (Refused("locked_everywhere", "", 120), "na wszystkich stanowiskach na 120 minut"),
            (Offline("no route"), "no route"),
        )
        for reply, said in replies:
            desk.reply = reply
            if "Sprawa" not in shown(sheet):
                type_in(sheet, "enter")
                await settle()
            type_in(sheet, "1", "enter", *"000009", "enter", *"1234", "enter")
            await settle()
            assert said in shown(sheet)
            assert "Sprawa RMA-2026-000123" in shown(sheet)

    assert len(review(steps).decisions) == 4


def test_without_the_hub_the_queue_can_only_be_read() -> None:
    """The last copy with its age; a number key decides nothing."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        desk.online = False
        type_in(sheet, "escape")
        await settle()
        assert "tylko do czytania" in shown(sheet)
        type_in(sheet, "enter")
        await settle()
        assert "no route" in shown(sheet)

    assert review(steps).decisions == []


def test_a_number_that_will_not_do_is_typed_anew() -> None:
    """The supervisor types again, and is not left to delete what was wrong."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1", "enter", *"12", "enter", *"000009", "enter", *"9182", "enter")
        await settle()

    assert [decision.worker_id for _, decision in review(steps).decisions] == ["000009"]


def test_a_pin_typed_too_fast_begins_anew() -> None:
    """Half of a PIN that was taken for a scan is forgotten."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1", "enter", *"000009", "enter", *"91")
        sheet.take(Burst("82", 1.0, damaged="incomplete"))
        assert "powoli" in shown(sheet)
        type_in(sheet, *"9182", "enter")
        await settle()

    assert [decision.pin for _, decision in review(steps).decisions] == ["9182"]


def test_a_pin_typed_too_fast_is_said_until_it_is_typed_anew() -> None:
    """The Enter that follows half a PIN wipes neither the word about it nor sends anything."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1", "enter", *"000009", "enter")
        sheet.take(Burst("9182", 1.0, damaged="incomplete"))
        sheet.take(Ignored("enter"))
        assert "powoli" in shown(sheet)

    assert review(steps).decisions == []


def test_enter_ends_a_reason_whose_last_letters_came_fast() -> None:
    """Whoever types well hits two keys at once now and then; the Enter after them is no end of a scan."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "2", *"rys")
        sheet.take(Burst("ka", 1.0, damaged="incomplete"))
        sheet.take(Ignored("enter"))
        type_in(sheet, *"000009", "enter", *"9182", "enter")
        await settle()

    assert [decision.reason for _, decision in review(steps).decisions] == ["ryska"]


def test_after_a_wrong_pin_the_pin_alone_is_typed_again() -> None:
    """Reason and number stay; Esc gives the decision up."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        desk.reply = Refused("pin")
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, *"2", *"rysa", "enter", *"000009", "enter", *"1111", "enter")
        await settle()
        assert "zły PIN" in shown(sheet)
        desk.reply = Ok("")
        type_in(sheet, *"9182", "enter")
        await settle()
        assert "Zapisane: odmowa" in shown(sheet)

    assert [(one.reason, one.pin) for _, one in review(steps).decisions] == [("rysa", "1111"), ("rysa", "9182")]


@pytest.mark.parametrize(("role", "offered"), [("supervisor", "000009"), ("worker", "")])
def test_a_supervisor_who_is_signed_in_finds_the_number_filled_in(role: str, offered: str) -> None:
    """One field less; the PIN is asked for all the same."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        sheet.station.status = replace(sheet.station.status, role=role, worker_id="000009")
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1", "enter")
        assert f" {offered}_" in shown(sheet)

    review(steps)


def test_a_decision_that_needs_a_second_supervisor_does_not_say_it_is_done() -> None:
    """The first of two has been heard; nothing is sent yet."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        desk.reply = Ok("second")
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1", "enter", *"000009", "enter", *"9182", "enter")
        await settle()
        assert "drugi kierownik" in shown(sheet)
        assert "zatwierdzony" not in shown(sheet)

    review(steps)


def test_a_parcel_without_an_rma_is_called_by_its_number() -> None:
    """In the queue and above its case: nobody can read the id of an event."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        assert TRACKING in shown(sheet)
        type_in(sheet, "end", "enter")
        await settle()
        assert f"Sprawa {TRACKING}" in shown(sheet)

    review(steps)


def test_a_parcel_without_an_rma_can_only_be_matched() -> None:
    """Nothing is typed that the hub would refuse; the keys say what there is."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "end", "enter")
        await settle()
        assert "5 przypisz do zgłoszenia" in shown(sheet)
        type_in(sheet, "1")
        assert "tu nie pasuje" in shown(sheet)
        type_in(sheet, "5", "enter")
        assert "Podaj numer zgłoszenia" in shown(sheet)

    assert review(steps).decisions == []


def test_evidence_is_told_in_words() -> None:
    """Codes of ours have words; what came from outside is shown as it came."""
    assert [
        evidence_value("packaging", "damaged", "pl"),
        evidence_value("disposition", "hold", "en"),
        evidence_value("verdict", "light", "pl"),
        evidence_value("sku", "hold", "pl"),
    ] == ["Uszkodzony", "supervisor's shelf", "za lekka", "hold"]


def test_what_the_hub_wants_supervisors_to_know_stands_above_the_queue() -> None:
    """Also without the hub: it is a copy on this station."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        sheet._alerted([say("alert.fork_seen", station="bench-7", at="2026-11-22 10:00")])
        assert "▲ bench-7 ma od 2026-11-22 10:00 inną historię" in shown(sheet)

    review(steps)


@pytest.mark.parametrize("size", [(40, 15), (80, 24)])
def test_all_evidence_can_be_read_and_a_decision_shows_what_it_is_about(size: tuple[int, int]) -> None:
    """Arrows go on where no more is to be marked, and back; a number key brings the marked line back to the eye."""
    found: list[tuple[bool, bool]] = []

    def mark_and_last(sheet: ReviewSheet) -> tuple[bool, bool]:
        text = picture.plain(sheet.draw(*size))
        return "▶ ■" in text, "kubek-39" in text

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        desk.evidence = tuple(
            EvidenceLine("2026-11-22T10:00:00Z", "000001", "event.unit.graded", {"sku": f"kubek-{number}"})
            for number in range(40)
        )
        type_in(sheet, "enter")
        await settle()
        found.append(mark_and_last(sheet))
        for keys in (["end"], ["home"], ["down"] * 100, ["up"] * 100, ["pagedown"] * 20, ["pageup"] * 20, ["end", "1"]):
            for key in keys:
                type_in(sheet, key)
                sheet.draw(*size)
            found.append(mark_and_last(sheet))

    review(steps, size)

    there, here = (True, False), (False, True)
    assert found == [there, here, there, here, there, here, there, there]


@pytest.mark.parametrize("size", [(40, 15), (80, 24)])
def test_photos_are_listed_with_whose_they_are_and_where(size: tuple[int, int]) -> None:
    """A photo that is still at the station cannot be looked at yet: a word says so, not a colour alone."""
    found: list[str] = []

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        desk.photos = (
            CasePhoto("5f" * 32, "image/jpeg", "damage", "camera", "000001", "A7K3Q00012", here=True),
            CasePhoto("6a" * 32, "image/jpeg", "packaging", "phone", "", "", here=False),
        )
        type_in(sheet, "enter")
        await settle()
        for _ in range(6):
            found.append(picture.plain(sheet.draw(*size)))
            type_in(sheet, "pagedown")

    review(steps, size)

    text = " ".join(" ".join(found).split())
    for words in ("uszkodzenie,", "sztuka A7K3Q00012", "w centrali, 5f5f5f5f5f5f", "opakowanie,", "paczka, z telefonu"):
        assert words in text
    assert "jeszcze na stanowisku, 6a6a6a6a6a6a" in text


def test_a_hub_that_says_nothing_is_told_and_left() -> None:
    """ "Loading" for as long as a call lasts said nothing; Esc leads back to work, and a late answer is still taken."""
    silent = threading.Event()

    class SilentDesk(FakeDesk):
        def queue(self) -> Answer[tuple[ReviewItem, ...]]:
            silent.wait(10)
            return super().queue()

    app = StationApp(FakeBench(), config(), driver=FakeDriver(), environment={"TERM": "xterm"})
    said: list[str] = []

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            for answered in (False, True):
                sheet = ReviewSheet(SilentDesk(), patience=0.05)
                app.push_screen(sheet)
                await until(pilot, lambda shown_by=sheet: "Centrala jeszcze milczy" in shown(shown_by))
                if answered:
                    silent.set()
                    await until(pilot, lambda shown_by=sheet: "RMA-2026-000123" in shown(shown_by))
                    said.append("milczy" if "milczy" in shown(sheet) else "queue")
                sheet.take(Key("escape"))
                await pilot.pause()
                said.append(type(app.screen).__name__)

    asyncio.run(run())

    assert said == ["StationScreen", "queue", "StationScreen"]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_case_is_asked_for_in_the_language_that_is_shown(language: str) -> None:
    """A supervisor's badge, or the key that switches it, may have made it another one than the station's."""

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        sheet.station.status = replace(sheet.station.status, language=language)
        type_in(sheet, "enter")
        await settle()

    assert review(steps).read_in == language


def test_a_case_that_comes_late_does_not_take_the_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub was slow with the first; the supervisor went on to the second, and decides about that."""
    gate, prompt = threading.Event(), FakeDesk.case

    def case(self: FakeDesk, case_id: str, language: str = "") -> Answer[CaseFile]:
        if case_id == HELD[0].case_id:
            gate.wait(10)
        return prompt(self, case_id, language)

    monkeypatch.setattr(FakeDesk, "case", case)

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        sheet.chosen(HELD[0])
        sheet.chosen(CONFLICT)
        await settle()
        gate.set()
        await settle()
        assert sheet.heading() == f"Sprawa {CONFLICT.case_id}"

    review(steps)


def test_a_decision_that_is_taken_late_leaves_the_case_that_is_open_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is being typed about it; that the first was taken is said."""
    gate, prompt = threading.Event(), FakeDesk.decide

    def decide(self: FakeDesk, case_id: str, decision: Decision) -> Answer[str]:
        gate.wait(10)
        return prompt(self, case_id, decision)

    monkeypatch.setattr(FakeDesk, "decide", decide)

    async def steps(sheet: ReviewSheet, desk: FakeDesk, settle: Callable[[], Awaitable[None]]) -> None:
        type_in(sheet, "enter")
        await settle()
        type_in(sheet, "1", "enter", *"000009", "enter", *"9182", "enter", "escape")
        sheet.chosen(CONFLICT)
        await settle()
        type_in(sheet, "7")
        gate.set()
        await settle()
        assert sheet.heading() == f"Sprawa {CONFLICT.case_id}"
        assert "Zapisane: zwrot zatwierdzony" in shown(sheet)

    review(steps)
