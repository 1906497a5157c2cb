"""Every screen looks as it was agreed, in both languages and all sizes, and a Linux console can show all of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rma_station.domain.outcome import Choice, Kind, Localized, Outcome, View, say
from rma_station.screens import blocks, picture
from rma_station.screens.draw_station import Scene, draw, in_one_line
from rma_station.services import texts
from tests.screens import goldens
from tests.screens.fakes import SCENES, status

REPERTOIRE = Path(__file__).with_name("data") / "lat2-terminus16.txt"


def repertoire() -> set[str]:
    """Characters of the font that Polish Linux consoles use."""
    found: set[str] = set("\n")
    for row in REPERTOIRE.read_text(encoding="ascii").splitlines():
        if not row.startswith("#"):
            first, _, last = row.partition("-")
            found |= {chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)}
    return found


@pytest.mark.parametrize("size", goldens.SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", goldens.LANGUAGES)
def test_every_screen_looks_as_agreed(language: str, size: tuple[int, int]) -> None:
    """A change that is meant: ``python -m tests.screens.goldens``, and read the difference."""
    expected = goldens.file(language, size).read_text(encoding="utf-8")

    assert goldens.text(goldens.pictures(language, size)) == expected


def test_a_linux_console_has_every_character_we_draw() -> None:
    """Lat2-Terminus16 is asked, not remembered. Of a phone's code a console gets no halves (``test_phone.py``)."""
    drawn = "".join(path.read_text(encoding="utf-8") for path in goldens.FOLDER.glob("golden-*.txt"))

    assert sorted(set(drawn) - repertoire() - set("▀▄")) == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_linux_console_has_every_character_we_say(language: str) -> None:
    """All of the catalogue, also what no golden shows, and the administrator's commands."""
    entries = [*texts.catalogue(language).values(), *texts.administrator(language).values()]
    said = "".join(entry if isinstance(entry, str) else "".join(entry.values()) for entry in entries)

    assert sorted(set(said) - repertoire()) == []


def test_an_answer_in_one_line_says_what_was_taken_back() -> None:
    """Among the last answers a line that ends in a colon would say nothing."""
    undone = Outcome(Kind.OK, say("flow.undone"), say("flow.undo_done"))
    refused = Outcome(Kind.ATTENTION, say("flow.expected_unit"), say("flow.that_is_text"))

    assert in_one_line(undone, "en") == "Taken back, on record: parcel done"
    assert in_one_line(refused, "en") == "A unit is expected"


def test_what_is_wrong_stands_out_among_the_facts() -> None:
    """A unit nobody announced and a printer that wants paper are no fact like the others."""
    facts = (say("flow.fact_undeclared"), say("flow.remedy", problem="media_out"), say("flow.fact_kind_withdrawal"))
    view = replace(SCENES["idle"][0], facts=facts)

    rows = draw(Scene(view, status("en")), 80, 24)[3:6]

    assert [row[0][1] for row in rows] == ["warn", "warn", "base"]


@given(st.integers(0, 140), st.integers(0, 50), st.sampled_from(sorted(SCENES)), st.sampled_from(texts.LANGUAGES))
def test_whatever_the_size_a_picture_fills_it_exactly(width: int, height: int, name: str, language: str) -> None:
    """Never a crash; below 40x15 it says that the window is too small."""
    view, outcome = SCENES[name]

    drawn = draw(Scene(view, status(language), outcome), width, height)

    assert [sum(picture.cells(text) for text, _ in spans) for spans in drawn] == [width] * height


outside = st.text(max_size=60)
localized = st.builds(Localized, outside, outside)
views = st.builds(
    View,
    title=localized,
    prompt=localized,
    accepts=localized,
    choices=st.lists(st.builds(Choice, st.integers(1, 9), localized, st.booleans()), max_size=9).map(tuple),
    big=outside,
    facts=st.lists(localized, max_size=8).map(tuple),
    undo=st.none() | localized,
    expects_text=st.booleans(),
    secret=st.booleans(),
)
outcomes = st.none() | st.builds(Outcome, st.sampled_from(Kind), localized, st.none() | localized)


@settings(max_examples=150, deadline=None)
@given(views, outcomes, outside, st.sampled_from([(40, 15), (57, 19), (80, 24), (99, 40), (120, 30)]))
def test_whatever_outside_text_says_it_is_only_text(
    view: View, outcome: Outcome | None, name: str, size: tuple[int, int]
) -> None:
    """Any characters anywhere: lines keep their width, and no control character is left."""
    scene = Scene(view, status("pl", worker=name, station=name, problems=(name,)), outcome, typed=name)

    drawn = draw(scene, *size)

    assert [sum(picture.cells(text) for text, _ in spans) for spans in drawn] == [size[0]] * size[1]
    shown = picture.plain(drawn).replace("\n", "")
    assert [c for c in shown if ord(c) < 32 or 127 <= ord(c) < 160] == []


def test_big_letters_are_as_wide_as_they_look() -> None:
    """Five rows of equal width, capital and small letters alike, plain text when it does not fit."""
    drawn = blocks.letters("rk3f20000017", 80)

    assert drawn is not None
    assert [len(row) for row in drawn] == [len(drawn[0])] * blocks.HEIGHT
    assert blocks.letters("RK3F20000017", 40) is None
    assert blocks.letters("Ż", 80) is None


def test_every_letter_has_five_rows_of_one_width() -> None:
    """The font's table has no slips."""
    shapes = {character: shape.split("|") for character, shape in blocks._ROWS.items()}

    assert [c for c, rows in shapes.items() if len(rows) != blocks.HEIGHT or len({len(row) for row in rows}) != 1] == []
