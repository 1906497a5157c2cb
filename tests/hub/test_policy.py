"""The policy is a table: the first row that fits decides, and says why."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import ingest, policy_file
from hub import policy as po
from hub.intake import forks, projection, quarantine
from hub.money import planning
from rma_station.domain.fold import CONTRADICTIONS
from rma_station.errors import ConfigError
from rma_station.services.texts import LANGUAGES, catalogue

GOOD = po.Facts(
    kind="withdrawal",
    grade="A",
    disposition=frozenset({"restock"}),
    weight=frozenset({"match"}),
    packaging=frozenset({"intact"}),
    means="transfer",
    amount_minor=12999,
)


@pytest.mark.parametrize(
    ("changes", "action", "rule"),
    [
        ({}, "approve", "good"),
        ({"grade": "B", "disposition": frozenset({"outlet"})}, "approve", "good"),
        ({"grade": "C"}, "hold", "diminished"),
        ({"grade": "E", "dangerous": True}, "hold", "dangerous"),
        ({"kind": "complaint"}, "hold", "complaint"),
        ({"kind": "exchange"}, "hold", "exchange"),
        ({"kind": "undelivered"}, "hold", "undelivered"),
        ({"kind": "b2b"}, "hold", "b2b"),
        ({"mark": frozenset({"chain_break"})}, "hold", "chain-break"),
        ({"mark": frozenset({"serial_twice"})}, "hold", "marked"),
        ({"mark": frozenset({"something_new"})}, "approve", "good"),
        ({"issue": frozenset({"wrong_serial"})}, "hold", "issue"),
        ({"weight": frozenset({"match", "light"})}, "hold", "too-light"),
        ({"weight": frozenset({"heavy"})}, "approve", "good"),
        ({"packaging": frozenset({"opened"})}, "hold", "opened"),
        ({"packaging": frozenset({"damaged"})}, "approve", "good"),
        ({"override": True}, "hold", "override"),
        ({"amount_minor": 99999}, "approve", "good"),
        ({"amount_minor": 100000}, "hold", "large-pln"),
        ({"amount_minor": 25000, "currency": "EUR"}, "hold", "large-eur"),
        ({"amount_minor": None}, "hold", "amount-unknown"),
        ({"means": ""}, "hold", "no-payment"),
        ({"refundable": False}, "hold", "not-refundable"),
        ({"same_currency": False}, "hold", "other-currency"),
        ({"purpose": "delivery", "grade": ""}, "approve", "delivery"),
        ({"disposition": frozenset({"hold"})}, "hold", "rest"),
    ],
)
def test_the_shipped_table_decides(changes: dict[str, Any], action: str, rule: str) -> None:
    """One changed fact, one row."""
    decision = po.evaluate(policy_file.shipped(), replace(GOOD, **changes))

    assert (decision.action, decision.rule_id) == (action, rule)


def test_a_decision_carries_what_it_saw_and_the_version() -> None:
    """A later policy never has to explain an earlier one."""
    decision = po.evaluate(policy_file.shipped(), GOOD)

    assert decision.inputs["amount_minor"] == 12999
    assert decision.inputs["disposition"] == ["restock"]
    assert decision.explain("pl") == "Towar w dobrym stanie (good, policy 3)"


def test_a_row_with_words_in_one_language_is_explained_in_it() -> None:
    """A sentence somebody wrote says more than a code; without any the code has to do."""
    decision = po.evaluate(policy_file.shipped(), GOOD)
    polish, none = (replace(decision, say=say) for say in ({"pl": "Stały klient"}, {}))

    assert [polish.explain("en"), none.explain("pl")] == ["Stały klient (good, policy 3)", "approve (good, policy 3)"]


@given(
    st.builds(
        po.Facts,
        kind=st.sampled_from(["withdrawal", "complaint", "undelivered", "exchange", "b2b"]),
        grade=st.sampled_from(["", "A", "B", "C", "D", "E"]),
        amount_minor=st.none() | st.integers(0, 10**9),
        days_left=st.none() | st.integers(-100, 100),
        means=st.sampled_from(["", *po.MEANS]),
        dangerous=st.booleans(),
        override=st.booleans(),
    )
)
def test_every_combination_is_decided_and_only_withdrawals_without_a_person(facts: po.Facts) -> None:
    """The table is total; what is approved by itself is a withdrawal in good order."""
    decision = po.evaluate(policy_file.shipped(), facts)

    if decision.action == "approve":
        assert (facts.kind, facts.dangerous, facts.override) == ("withdrawal", False, False)
        assert facts.grade in ("A", "B")


def table(**changes: Any) -> dict[str, Any]:
    """A small valid file, changed."""
    data: dict[str, Any] = {
        "version": 1,
        "breaker": {"refunds_per_hour": 10, "amount_minor_per_hour": {"PLN": 1000}},
        "rule": [
            {"id": "late", "action": "hold", "reason": "late", "when": {"days_left": {"at_most": 2}}},
            {"id": "rest", "action": "approve"},
        ],
    }
    return {**copy.deepcopy(data), **changes}


def test_a_number_that_is_not_known_fulfils_no_bound() -> None:
    """Only ``known = false`` asks for it."""
    policy = policy_file.read(table(), "p.toml")

    assert [po.evaluate(policy, replace(GOOD, days_left=days)).rule_id for days in (None, 3, 2, -5)] == [
        "rest",
        "rest",
        "late",
        "late",
    ]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"id": "x", "action": "pay"}, r"p\.toml: rule\[1\]\.action = 'pay' cannot be used\. Allowed: 'approve' or"),
        ({"id": "x", "action": "hold"}, r"rule\[1\]\.reason = ''"),
        ({"id": "x", "action": "approve", "when": {"grade": "F"}}, r"rule\[1\]\.when\.grade = 'F'.*'A', 'B'"),
        ({"id": "x", "action": "approve", "when": {"mood": 1}}, r"rule\[1\]\.when\.mood = 1.*conditions kind"),
        ({"id": "x", "action": "approve", "when": {"amount_minor": 5}}, r"when\.amount_minor = 5.*at_least"),
        ({"id": "x", "action": "approve", "when": {"override": "yes"}}, r"when\.override = 'yes'.*true or false"),
        ({"id": "rest", "action": "approve", "when": {"grade": "A"}}, r"rule\[2\]\.id = 'rest'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"mark": []}}, r"when\.mark = \[\].*at least one"),
        ({"id": "x", "action": "approve", "when": {"currency": "zł"}}, r"when\.currency = 'zł'.*ISO 4217"),
        ({"id": "x", "action": "approve", "when": {"currency": ["PLN", "PNL"]}}, r"currency = 'PNL'.*ISO 4217"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"mark": "forks"}}, r"mark = 'forks'.*'fork'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"mark": ["fork", ""]}}, r"mark = ''.*'fork'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"issue": "wrong"}}, r"issue = 'wrong'.*'wrong_serial'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"weight": "lite"}}, r"weight = 'lite'.*'light'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"packaging": "torn"}}, r"packaging = 'torn'.*'opened'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"means": "cash"}}, r"means = 'cash'.*'transfer'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"kind": "b2c"}}, r"kind = 'b2c'.*'b2b'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"purpose": "goods"}}, r"purpose = 'goods'.*'refund'"),
        ({"id": "x", "action": "hold", "reason": "r", "when": {"disposition": "scrap"}}, r"= 'scrap'.*'dispose'"),
        (
            {"id": "x", "action": "approve", "when": {"days_left": {"at_least": 9, "at_most": 2}}},
            r"rule\[1\]\.when\.days_left = .*'at_least': 9.*at_least not above at_most",
        ),
        (
            {"id": "x", "action": "approve", "when": {"amount_minor": {"known": False, "at_least": 5}}},
            r"rule\[1\]\.when\.amount_minor = .*'known': False.*or \{ known = false \}",
        ),
        ({"id": "x", "action": "approve", "say": {"de": "Gut"}}, r"rule\[1\]\.say\.de = 'Gut'.*under pl or en"),
        ({"action": "approve"}, r"rule\[1\]\.id = None"),
        ({"id": "x", "action": "approve", "color": 1}, r"rule\[1\]\.color = 1.*one of the keys"),
    ],
)
def test_an_error_names_file_row_key_value_and_what_is_allowed(rule: dict[str, Any], message: str) -> None:
    """Whoever wrote the file finds the place at once."""
    with pytest.raises(ConfigError, match=message):
        policy_file.read(table(rule=[rule, {"id": "rest", "action": "approve"}]), "p.toml")


def test_every_mark_that_is_left_on_a_case_can_be_held_by() -> None:
    """What the fold and the hub leave there, by the names they have there; nothing else is a mark."""
    left = {ingest.CHAIN_BREAK, forks.MARK, quarantine.MARK, planning.CONFLICT, planning.CANCELLED}
    left |= {projection.UNKNOWN_CODE, *CONTRADICTIONS}

    assert left == set(po.MARKS)


@pytest.mark.parametrize("mark", po.MARKS)
def test_a_row_may_name_every_mark(mark: str) -> None:
    """Also those no shipped row names."""
    rows = [{"id": "x", "action": "hold", "reason": "r", "when": {"mark": mark}}, {"id": "rest", "action": "approve"}]
    policy = policy_file.read(table(rule=rows), "p.toml")

    assert po.evaluate(policy, replace(GOOD, mark=frozenset({mark}))).rule_id == "x"


@pytest.mark.parametrize("currency", ["PLN", "EUR", "BGN", "HRK", "XCG", "JPY", "KWD"])
def test_a_row_and_a_limit_may_name_every_currency(currency: str) -> None:
    """Those the euro took the place of too: what was valid stays valid."""
    rows = [{"id": "x", "action": "approve", "when": {"currency": currency}}, {"id": "rest", "action": "approve"}]
    limits = {"refunds_per_hour": 10, "amount_minor_per_hour": {currency: 1000}}
    policy = policy_file.read(table(rule=rows, breaker=limits), "p.toml")

    assert po.evaluate(policy, replace(GOOD, currency=currency)).rule_id == "x"


def test_the_last_row_takes_all() -> None:
    """A table that could leave a case undecided is refused when it is read."""
    with pytest.raises(ConfigError, match="the last row takes all"):
        policy_file.read(table(rule=[{"id": "x", "action": "approve", "when": {"grade": "A"}}]), "p.toml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 0}, "version = 0.*whole number from 1"),
        ({"version": 2**40}, "version = 1099511627776.*from 1 to 1000000000"),
        ({"settle_delay_minutes": -1}, "settle_delay_minutes = -1"),
        ({"settle_delay_minutes": 10**12}, "settle_delay_minutes = 1000000000000.*to 5256000"),
        ({"missing_after_days": 10**7}, "missing_after_days = 10000000.*to 3650"),
        ({"rule": []}, "at least one row"),
        ({"breaker": {"refunds_per_hour": 0, "amount_minor_per_hour": {}}}, r"breaker\.refunds_per_hour = 0"),
        (
            {"breaker": {"refunds_per_hour": 9, "amount_minor_per_hour": {"pln": 1}}},
            r"breaker\.amount_minor_per_hour\.pln = 1.*ISO 4217",
        ),
        ({"time_zone": "Mars/Base"}, "time_zone = 'Mars/Base'.*IANA"),
        ({"extra": 1}, "extra = 1.*one of the keys version"),
    ],
)
def test_the_head_of_the_file_is_checked_too(changes: dict[str, Any], message: str) -> None:
    """Delays and limits have a range."""
    with pytest.raises(ConfigError, match=message):
        policy_file.read(table(**changes), "p.toml")


@pytest.mark.failure(23)
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-10-24T21:59:59+00:00", "2026-10-24"),
        ("2026-10-24T22:00:00+00:00", "2026-10-25"),
        ("2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("2026-10-25T23:00:00+00:00", "2026-10-26"),
        ("2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", "2026-03-30"),
    ],
)
def test_legal_days_are_calendar_days_of_the_zone(moment: str, day: str) -> None:
    """Of 25 hours in autumn, of 23 in spring; in the night another one than in UTC."""
    assert policy_file.shipped().day(datetime.fromisoformat(moment)).isoformat() == day


def test_every_reason_to_hold_has_words_at_the_stations() -> None:
    """A supervisor reads why, in both languages; the reasons of the code are those the policy does not name."""
    coded = {"rejected", "no_answer", "amount_differs", "unclear", "no_connector", "objection", "in_a_file", "regrade"}
    reasons = {rule.reason for rule in policy_file.shipped().rules if rule.reason} | coded

    for language in LANGUAGES:
        assert [reason for reason in sorted(reasons) if f"hold.{reason}" not in catalogue(language)] == []
