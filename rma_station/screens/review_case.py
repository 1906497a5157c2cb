"""A case as a supervisor reads it: its deadline and rule, its photos, what waits for a decision, and all the evidence.

Pure: values in, rows out. A row of something that waits carries its item: the number keys are about the marked one.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.domain.grading import Profile
from rma_station.domain.local_time import local
from rma_station.domain.review import CaseFile, CasePhoto, EvidenceLine, ReviewItem
from rma_station.screens import picture, review_gradings, review_words
from rma_station.screens.review_words import Reader
from rma_station.screens.sheet import Row, head_row, text_row
from rma_station.services.texts import catalogue, render, word

_VALUES = {
    "disposition": "disposition.",
    "proposed_disposition": "disposition.",
    "packaging": "flow.packaging_",
    "verdict": "review.weight.",
    "issue": "hold.",
    "undone_type": "event.",
    "role": "review.photo_role.",
    "reason": "review.without_photo.",
}
"""Evidence whose values are codes of ours, and where their words are."""


def rows(case: CaseFile, reader: Reader) -> list[Row]:
    """All of the case, from what decides about it down to each event."""
    made = [
        text_row(reader.say("review.kind", kind=case.kind)),
        text_row(reader.say("review.deadline", date=case.deadline_on or reader.say("review.no_deadline"))),
    ]
    if case.graded_by:
        names = ", ".join(map(reader.name_and_number, case.graded_by))
        made.append(text_row(reader.say("review.graded_by", names=names)))
    if case.rule:
        rule = reader.say("review.rule", rule=review_words.rule(case.rule, reader.language))
        made += [text_row(part, "muted") for part in picture.wrap(rule, reader.width - 2, 3)]
    made += [*_photos(case, reader), text_row("")]
    if not case.intents:
        made.append(text_row(reader.say("review.none_waits"), "muted"))
    made += [_intent(item, reader) for item in case.intents]
    made += [text_row(""), *review_gradings.rows(case, reader), head_row(reader.say("review.evidence"))]
    return made + [row for fact in case.evidence for row in _fact(fact, reader)]


def _photos(case: CaseFile, reader: Reader) -> list[Row]:
    """Which photos there are, of what, and whether they can be looked at: their bytes follow the events."""
    made = [row for photo in case.photos for row in _photo(photo, reader)]
    if any(photo.here for photo in case.photos):
        made.append(text_row(f"  {reader.say('review.photo.look')}", "muted"))
    return made


def _photo(photo: CasePhoto, reader: Reader) -> list[Row]:
    of = reader.say("review.photo.of_unit", lpn=photo.lpn) if photo.lpn else reader.say("review.photo.of_parcel")
    by = reader.name_and_number(photo.who) if photo.who else reader.say("review.photo.by_phone")
    place = reader.say("review.photo.here" if photo.here else "review.photo.waits")
    role = evidence_value("role", photo.role, reader.language)
    head = f"  {reader.say('review.photo.title')} {role}, {of}, {by}"
    last = text_row(f"    {place} {photo.sha256[:12]}", "muted" if photo.here else "warn")
    return [*(text_row(part) for part in picture.wrap(head, reader.width - 2, 2)), last]


def _intent(item: ReviewItem, reader: Reader) -> Row:
    amount = reader.amount(item)
    held = reader.say("review.held_short" if reader.narrow else "review.held", reason=item.reason)
    return Row((("  ■ ", "warn"), (f"{amount}  " if amount else "", "strong"), (held, "base")), item)


def _fact(fact: EvidenceLine, reader: Reader) -> list[Row]:
    """When, what and who; then its values."""
    asked = review_words.asked_by(fact.values.get("profile", ""), reader.profiles)
    told = [f"{_field(name, reader)} {_value(name, value, reader, asked)}" for name, value in fact.values.items()]
    values = " · ".join(told)
    what = reader.say(fact.what if fact.what in catalogue(reader.language) else f"event.{fact.what}")
    head = ((f"  {local(fact.at, reader.zone)} ", "muted"), (what, "strong"), (f"  {reader.who(fact.who)}", "muted"))
    return [Row(head), *(text_row(f"    {part}") for part in picture.wrap(values, reader.width - 6, 3) if values)]


def _field(name: str, reader: Reader) -> str:
    key = f"review.field.{name}"
    return reader.say(key) if key in catalogue(reader.language) else clean(name, 30)


def _value(name: str, value: str, reader: Reader, asked: Sequence[Profile]) -> str:
    if name == "override_reason":
        return review_words.reason(value, asked, reader.language)
    if name == "profile" and asked:
        return render(asked[0].name, reader.language)
    return evidence_value(name, value, reader.language)


def evidence_value(name: str, value: object, language: str) -> str:
    """A value in words where it is a code of ours, else as it came."""
    key = f"{_VALUES[name]}{value}" if name in _VALUES else ""
    return word(key, language) if key in catalogue(language) else clean(str(value), 60)
