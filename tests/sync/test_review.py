"""The supervisor's desk: answers are values, and only our own hub is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rma_station.domain.review import Answer, Offline, Ok, Refused
from rma_station.ports import ReviewDesk as ReviewDeskPort
from sync import review_wire, wire
from sync.review import ReviewDesk
from sync.transport import HubLine
from tests.sync.messages import HUB, ITEM, REPLIES, REQUESTS
from tests.sync.tiny_hub import TinyHub

DECISION = REQUESTS["decision"]
assert isinstance(DECISION, review_wire.Decision)


def desk(hub: TinyHub, folder: Path, *, hub_id: str = HUB.hub_id, mode: str = "sample") -> ReviewDeskPort:
    """A desk with a good token."""
    token = folder / "token"
    token.write_text("t")
    token.chmod(0o600)
    line = HubLine(lambda: hub.url, token, "0.1.0", lambda: 0.0)
    return ReviewDesk(line, mode, lambda: hub_id)


def test_the_queue_the_case_and_the_hubs_no(tmp_path: Path) -> None:
    """All three calls; a decision that is not accepted is a refusal with its code."""
    with TinyHub().serving() as hub:
        at = desk(hub, tmp_path)
        queue, case, decided = at.queue(), at.case(ITEM.case_id, "en"), at.decide(ITEM.case_id, DECISION)

    assert queue == Ok((ITEM,))
    assert isinstance(case, Ok)
    assert (case.value.intents, case.value.graded_by) == ((ITEM,), ("000001",))
    assert decided == Refused("own_grading", "You graded this unit.")
    assert hub.calls[-1][0] == "/v1/review/RMA-2026-000001/decisions"


@pytest.mark.parametrize(("language", "said"), [("pl", "pl"), ("", None)])
def test_the_hub_is_told_what_the_supervisor_reads(tmp_path: Path, language: str, said: str | None) -> None:
    """With the case they look at; the library says nothing of its own."""
    with TinyHub().serving() as hub:
        desk(hub, tmp_path).case(ITEM.case_id, language)

    assert {name.lower(): value for name, value in hub.calls[-1][1].items()}.get("accept-language") == said


def test_an_accepted_decision_brings_the_hubs_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the hub says of it is cleaned before a person sees it."""
    monkeypatch.setitem(REPLIES, "decision_reply", review_wire.DecisionReply(HUB, True, message="done\x07"))
    with TinyHub().serving() as hub:
        assert desk(hub, tmp_path).decide(ITEM.case_id, DECISION) == Ok("done·")


def test_the_hub_vouches_for_a_supervisor_or_says_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PIN is in the call and in nothing that is shown."""
    with TinyHub().serving() as hub:
        at = desk(hub, tmp_path)
        monkeypatch.setitem(
            REPLIES, "decision_reply", review_wire.DecisionReply(HUB, False, "pin", "number or PIN is wrong")
        )
        wrong = at.vouch("000201", "1")
        monkeypatch.setitem(REPLIES, "decision_reply", review_wire.DecisionReply(HUB, True))
        right = at.vouch("000201", "201201")

    assert (wrong, right) == (Refused("pin", "number or PIN is wrong"), Ok(""))
    assert "201201" not in repr(review_wire.Vouch("000201", "201201"))


@pytest.mark.parametrize(
    ("minutes", "here", "expected"),
    [
        (30, True, Refused("locked_here", "too many", 30)),
        (120, False, Refused("locked_everywhere", "too many", 120)),
        (0, False, Refused("locked", "too many")),
    ],
)
def test_a_lock_is_read_with_its_place_where_the_hub_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, here: bool, expected: Refused
) -> None:
    """An older hub says only that there is one."""
    reply = review_wire.DecisionReply(HUB, False, "locked", "too many", minutes, here)
    monkeypatch.setitem(REPLIES, "decision_reply", reply)
    with TinyHub().serving() as hub:
        at = desk(hub, tmp_path)
        assert (at.vouch("000201", "1"), at.decide(ITEM.case_id, DECISION)) == (expected, expected)


def test_a_claim_brings_the_other_stations_and_from_an_old_hub_nothing(tmp_path: Path) -> None:
    """A hub that does not know the call answers with its framework's 404: as if it were not there."""
    claim = REQUESTS["claim"]
    assert isinstance(claim, wire.Claim)
    with TinyHub(["ok", "404"]).serving() as hub:
        at = desk(hub, tmp_path)
        told, old = at.claim(claim), at.claim(claim)

    assert told == Ok(("bench-7",))
    assert isinstance(old, Offline)


def test_nothing_in_hand_is_a_claim_every_hub_reads() -> None:
    """It names nothing: a hub of any version takes it, and one that does not end claims by it waits for the lease."""
    assert wire.encode(wire.Claim()) == b"{}"


@pytest.mark.parametrize("fault", ["500", "html", "close", "cut"])
def test_no_answer_is_offline(tmp_path: Path, fault: str) -> None:
    """Never an exception, never an empty queue."""
    with TinyHub([fault]).serving() as hub:
        assert isinstance(desk(hub, tmp_path).queue(), Offline)


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        (wire.Problem(HUB, "unauthorised", "who?"), Refused("unauthorised", "who?")),
        (wire.Problem(HUB, "busy", "later"), Offline("later")),
        (
            wire.Problem(replace(HUB, hub_id="other"), "unauthorised", "who?"),
            Offline("other answers, which is not this station's hub (hub-7f3a)"),
        ),
        (
            wire.Problem(replace(HUB, mode="live"), "mode", ""),
            Refused("mode", "this station is in mode sample, the hub in mode live"),
        ),
    ],
)
def test_a_refusal_is_a_value(tmp_path: Path, problem: wire.Problem, answer: Answer[object]) -> None:
    """With the hub's own word, if it is our hub."""
    hub = TinyHub()
    hub.problem = problem
    with hub.serving():
        assert desk(hub, tmp_path).queue() == answer


def test_before_first_contact_nobody_is_believed(tmp_path: Path) -> None:
    """The uplink pins the hub; the desk does not."""
    with TinyHub().serving() as hub:
        assert desk(hub, tmp_path, hub_id="").queue() == Offline(
            "hub-7f3a answers, which is not this station's hub (none yet)"
        )


def test_a_missing_token_is_a_refusal_with_its_remedy(tmp_path: Path) -> None:
    """Nothing was sent."""
    with TinyHub().serving() as hub:
        answer = ReviewDesk(HubLine(lambda: hub.url, tmp_path / "none", "0.1.0", lambda: 0.0), "sample", str).queue()

    assert (hub.calls, isinstance(answer, Refused) and "rma-station enrol" in answer.message) == ([], True)


def test_a_station_that_does_not_answer_is_no_exception(tmp_path: Path) -> None:
    """The hub's id comes from the station thread, which may be busy or ending."""

    def busy() -> str:
        raise TimeoutError

    with TinyHub().serving() as hub:
        (tmp_path / "token").write_text("t")
        (tmp_path / "token").chmod(0o600)
        line = HubLine(lambda: hub.url, tmp_path / "token", "0.1.0", lambda: 0.0)
        answer = ReviewDesk(line, "sample", busy).queue()

    assert answer == Offline("this station does not say which hub is its own (TimeoutError: )")
