"""The kept copy of the review queue tells its age and that it is only to be read."""

from __future__ import annotations

from rma_station.domain.review import Offline, Ok, QueueCopy, Refused, ReviewItem

ITEM = ReviewItem("RMA-1", "k", "policy", "withdrawal", "RMA-1")


def test_an_answer_replaces_the_copy() -> None:
    """It is current and has no age yet."""
    assert QueueCopy().after(Ok((ITEM,)), 100.0) == QueueCopy((ITEM,), 100.0, True)


def test_without_the_hub_the_last_copy_stays_with_its_age() -> None:
    """Old items stand, nothing may be decided, the reason is there."""
    copy = QueueCopy((ITEM,), 100.0, True).after(Offline("no route to host"), 160.0)

    assert (copy, copy.age_seconds(160.0)) == (QueueCopy((ITEM,), 100.0, False, "no route to host"), 60)


def test_a_refusal_is_shown_by_its_message_or_else_its_code() -> None:
    """Never an empty reason."""
    assert [QueueCopy().after(Refused("role", text), 1.0).problem for text in ("Not a supervisor.", "")] == [
        "Not a supervisor.",
        "role",
    ]


def test_a_copy_that_never_came_has_no_age_and_a_clock_that_jumps_gives_none_below_zero() -> None:
    """Unknown is None; a wrong wall clock is no news from the future."""
    assert [QueueCopy().age_seconds(5.0), QueueCopy(taken_at=100.0).age_seconds(5.0)] == [None, 0]
