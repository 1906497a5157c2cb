"""The review's first page: what the hub wants supervisors to know, and the queue with its days and amounts.

Pure: values in, rows out. A row of the queue carries its item, so that Enter opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Message
from rma_station.domain.review import QueueCopy, ReviewItem
from rma_station.screens import picture
from rma_station.screens.picture import Span
from rma_station.screens.review_words import WIDE, Reader
from rma_station.screens.sheet import Row, text_row
from rma_station.services.texts import catalogue, render, word


def rows(
    queue: QueueCopy, alerts: Sequence[Message], reader: Reader, *, at: float, loading: bool, wanted: str = ""
) -> list[Row]:
    """How old the queue is, the hub's alerts, then each item.

    Args:
        queue: the last one the hub gave.
        alerts: what the hub wants supervisors to know.
        reader: who reads, and where.
        at: monotonic seconds of now.
        loading: the hub was asked and has not answered yet.
        wanted: words that an item has to have, to be shown; empty shows all.
    """
    made = [_age(queue, reader, at)]
    for alert in alerts:
        parts = picture.wrap(render(alert, reader.language), reader.width - 4, 3)
        made += [text_row(f"▲ {part}", "warn") for part in parts]
    if loading and queue.taken_at is None and not queue.problem:
        return [text_row(reader.say("screen.sheet_loading"), "muted")]
    if not queue.items and queue.current:
        made.append(text_row(reader.say("review.empty")))
    shown = [item for item in queue.items if _has(item, wanted, reader)]
    if wanted.strip():
        made.append(
            text_row(reader.say("review.filtered", text=wanted, shown=len(shown), all=len(queue.items)), "accent")
        )
    return made + [row for item in shown for row in _item(item, reader)]


def _has(item: ReviewItem, wanted: str, reader: Reader) -> bool:
    """Whether every word stands somewhere in what a supervisor reads of it, whatever its case."""
    kind = f"rma_kind.{item.kind}"
    kind = word(kind, reader.language) if kind in catalogue(reader.language) else item.kind
    held, late = reader.say("review.held_short", reason=item.reason), item.late_contradiction
    said = (name(item), item.case_id, item.title, kind, held, item.reason, reader.amount(item))
    text = " ".join((*said, reader.say("review.late") if late else "")).casefold()
    return all(part in text for part in wanted.casefold().split())


def name(item: ReviewItem) -> str:
    """The RMA's number; of a parcel without one what was scanned of it, for nobody can read its id."""
    return clean(item.title, 40) if item.kind == "orphan" and item.title else item.case_id


def _age(queue: QueueCopy, reader: Reader, at: float) -> Row:
    if queue.current:
        return text_row(reader.say("review.live"), "muted")
    age = queue.age_seconds(at)
    if age is None:
        return text_row(reader.say("review.failed", reason=queue.problem), "warn")
    return text_row(reader.say("review.copy", count=age // 60), "warn")


def _days(item: ReviewItem, reader: Reader) -> Span:
    days = item.days_left
    if days is None:
        return reader.say("review.no_deadline"), "muted"
    if days == 0:
        return f"▲ {reader.say('review.today')}", "warn"
    if days < 0:
        return f"▲ {reader.say('review.days_over', count=-days)}", "warn"
    return reader.say("review.days_left", count=days), "warn" if days <= 3 else "muted"


def _item(item: ReviewItem, reader: Reader) -> list[Row]:
    """One row on 80 columns or more, two on fewer."""
    days, role = _days(item, reader)
    amount = reader.amount(item)
    held = reader.say("review.held_short", reason=item.reason)
    if reader.narrow:
        first = ((" ", "base"), (picture.fit(days, 13), role), (f" {name(item)} ", "strong"))
        return [Row(first, item), text_row(f"  {amount}  {held}" if amount else f"  {held}", "muted")]
    late: tuple[Span, ...] = (
        ((f" {reader.say('review.late')} ", "attention_strong"),) if item.late_contradiction else ()
    )
    by_id = name(item) == item.case_id
    named: tuple[Span, ...] = ((f" {picture.fit(name(item), 32)} ", "strong"),)
    if by_id:
        named = (f" {picture.fit(item.case_id, 16)} ", "strong"), (f"{amount:>14}  ", "base")
    spans = (
        ("  ", "base"),
        (picture.fit(days, 14), role),
        *named,
        (f"{held} ", "base"),
        *late,
        (f" {clean(item.title)}" if reader.width >= WIDE and by_id else "", "muted"),
    )
    return [Row(spans, item)]
