"""A print job's life: no step that would print a label twice unmarked, or forget one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain.print_jobs import (
    Impossible,
    JobState,
    Moved,
    Step,
    settle,
    take,
)

MAY_HAVE_LEFT = {JobState.SENDING, JobState.SENT, JobState.UNKNOWN, JobState.CONFIRMED}


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([Step.START, Step.SENT], JobState.SENT),
        ([Step.START, Step.SENT, Step.SEEN], JobState.CONFIRMED),
        ([Step.START, Step.UNKNOWN], JobState.UNKNOWN),
        ([Step.START, Step.UNKNOWN, Step.MISSED], JobState.FAILED),
        ([Step.START, Step.NOT_SENT, Step.START, Step.SENT], JobState.SENT),
        ([Step.GIVE_UP], JobState.FAILED),
        ([Step.RESTARTED, Step.START], JobState.SENDING),
        ([Step.START, Step.RESTARTED], JobState.UNKNOWN),
        ([Step.START, Step.SEEN, Step.UNKNOWN], JobState.CONFIRMED),
        ([Step.START, Step.UNKNOWN, Step.MISSED, Step.SEEN], JobState.CONFIRMED),
    ],
)
def test_every_way_through_a_jobs_life_ends_where_it_should(steps: list[Step], state: JobState) -> None:
    """Every way a job can go, from queued."""
    reached = JobState.QUEUED
    for step in steps:
        moved = take(reached, step)
        assert isinstance(moved, Moved), moved
        reached = moved.state

    assert reached is state


@pytest.mark.parametrize("state", [JobState.SENT, JobState.UNKNOWN, JobState.CONFIRMED, JobState.FAILED])
@pytest.mark.parametrize("step", [Step.START, Step.NOT_SENT])
def test_a_job_that_left_never_starts_again(state: JobState, step: Step) -> None:
    """A reprint is a new job with the next attempt number."""
    assert take(state, step) == Impossible(state, step)


def test_an_impossible_step_says_what_was_tried() -> None:
    """The reason for the log names the step and the state."""
    refused = take(JobState.FAILED, Step.SENT)

    assert isinstance(refused, Impossible)
    assert refused.reason == "a print job that is failed cannot take the step sent"


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_once_bytes_may_have_left_a_job_is_queued_again_only_when_none_was_taken(steps: list[Step]) -> None:
    """Whatever the order of steps: back to queued only by ``not_sent``, and confirmed stays confirmed."""
    state = JobState.QUEUED
    for step in steps:
        moved = take(state, step)
        if isinstance(moved, Impossible):
            continue
        if state in MAY_HAVE_LEFT and moved.state is JobState.QUEUED:
            assert step is Step.NOT_SENT
        if state is JobState.CONFIRMED:
            assert moved.state is JobState.CONFIRMED
        state = moved.state


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("sent", JobState.SENT),
        ("confirmed", JobState.CONFIRMED),
        ("unknown", JobState.UNKNOWN),
        ("not_sent", JobState.FAILED),
        ("what is this", JobState.UNKNOWN),
    ],
)
def test_results_of_the_printing_service(result: str, state: JobState) -> None:
    """Each moves a job that is being sent; an odd one is never taken for "not printed"."""
    assert settle(JobState.SENDING, result) == Moved(state)


def test_a_job_that_never_started_can_only_fail_by_not_being_sent() -> None:
    """Waiting for paper ends as owed."""
    assert settle(JobState.QUEUED, "not_sent") == Moved(JobState.FAILED)
    assert isinstance(settle(JobState.QUEUED, "sent"), Impossible)
