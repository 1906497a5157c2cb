"""The catalogue is complete in both languages, short enough for a worker's screen, and harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import events as ev
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Kind, Localized, Message, say
from rma_station.services import texts

LONG = ("help.", "review.", "service.", "event.", "hold.", "alert.")
"""Tables that are not read at the bench, or not at 40 columns."""
TYPICAL = {"lpn": "RK3F20000017", "rma": "RMA-2026-000123", "grade": "B", "count": "12", "digits": "1234"}
"""What a value of that name looks like; others count eight characters."""


def forms(entry: texts.Entry) -> tuple[str, ...]:
    """The texts of an entry."""
    return (entry,) if isinstance(entry, str) else tuple(entry.values())


def filled(pattern: str) -> str:
    """A text with typical values."""
    return texts._PLACE.sub(lambda match: TYPICAL.get(match[1], "x" * 8), pattern)


def test_both_languages_have_the_same_keys() -> None:
    """No text is missing in either language."""
    assert set(texts.catalogue("pl")) == set(texts.catalogue("en"))


def test_both_languages_need_the_same_values() -> None:
    """A value shown in one language is shown in the other."""
    polish, english = texts.catalogue("pl"), texts.catalogue("en")

    assert {key: texts.places(polish[key]) for key in polish} == {key: texts.places(english[key]) for key in english}


def test_the_administrators_texts_are_the_same_in_both_languages() -> None:
    """Keys, values and plural forms."""
    polish, english = texts.administrator("pl"), texts.administrator("en")

    assert {key: texts.places(polish[key]) for key in polish} == {key: texts.places(english[key]) for key in english}
    for language in texts.LANGUAGES:
        counted = [entry for entry in texts.administrator(language).values() if not isinstance(entry, str)]
        assert [tuple(entry) for entry in counted] == [texts.FORMS[language]] * len(counted)


def test_every_administrators_text_is_found_by_its_table() -> None:
    """Only tables of ``ADMINISTRATOR`` are looked for, and no key hides one of the bench's."""
    keys = set(texts.administrator("en"))

    assert {key for key in keys if not key.startswith(texts.ADMINISTRATOR)} == set()
    assert keys & set(texts.catalogue("en")) == set()


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_workers_text_fits_into_40_columns(language: str) -> None:
    """Also with the values it usually carries."""
    too_long = [
        f"{key}: {filled(text)} ({len(filled(text))})"
        for key, entry in texts.catalogue(language).items()
        if not key.startswith(LONG)
        for text in forms(entry)
        if len(filled(text)) > 40
    ]

    assert too_long == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_counted_text_has_every_form_of_its_language(language: str) -> None:
    """Polish counts in three forms, English in two."""
    counted = [entry for entry in texts.catalogue(language).values() if not isinstance(entry, str)]

    assert [tuple(entry) for entry in counted] == [texts.FORMS[language]] * len(counted)


@pytest.mark.parametrize(
    ("count", "polish", "english"),
    [
        (0, "many", "many"),
        (1, "one", "one"),
        (2, "few", "many"),
        (5, "many", "many"),
        (12, "many", "many"),
        (21, "many", "many"),
        (22, "few", "many"),
        (112, "many", "many"),
        (-1, "one", "one"),
    ],
)
def test_plural_forms_are_those_of_cldr(count: int, polish: str, english: str) -> None:
    """As CLDR has them."""
    assert (texts.plural("pl", count), texts.plural("en", count)) == (polish, english)


def test_every_command_outcome_and_event_has_words() -> None:
    """What the domain can say can be read."""
    keys = [f"key.{command.value}" for command in Command]
    keys += [f"kind.{kind.value}" for kind in Kind]
    keys += [f"event.{name}" for name in ev.BY_TYPE]

    assert [key for key in keys if key not in texts.catalogue("pl")] == []


def test_a_code_is_shown_by_its_word_and_an_unknown_one_as_itself() -> None:
    """``{reason:hold}`` looks the value up; outside codes stay readable."""
    assert texts.render(say("review.held", reason="orphan"), "en") == "Held because: parcel without an RMA"
    assert texts.render(say("review.held", reason="new_rule"), "pl") == "Powód wstrzymania: new_rule"


def test_an_unknown_key_or_value_is_shown_and_does_not_stop_the_bench() -> None:
    """A missing text is a defect, never a crash."""
    assert texts.render(Message("no.such\x1bkey"), "pl") == "no.such␛key"
    assert texts.render(say("review.case"), "en") == "Case ?"


@given(st.text(), st.sampled_from(texts.LANGUAGES))
def test_no_value_commands_the_terminal_or_is_read_as_a_pattern(value: str, language: str) -> None:
    """Control characters become signs, and braces stay braces."""
    shown = texts.render(say("review.case", case=value), language) + texts.render(Localized(value, value), language)

    assert [character for character in shown if ord(character) < 32 or 127 <= ord(character) < 160] == []
    assert texts.render(say("review.case", case="{case}"), "en") == "Case {case}"


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_what_a_question_accepts_is_never_cut_off(language: str) -> None:
    """It stands three columns in, in one line of 40."""
    found = {key: text for key, text in texts.catalogue(language).items() if key.startswith("flow.accepts_")}

    assert [key for key, text in found.items() if len(str(text)) > 37] == []
