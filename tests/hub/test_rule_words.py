"""A supervisor reads a site's own rule in their language; stations and hubs that know nothing of it go on as ever."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub import policy_file as rules
from hub import refunds
from hub.ledger import refund_intents
from rma_station.domain import codec
from sync import review_wire, wire
from tests.hub.benches import AS_NEW, RMA, At, House

OWN = """
version = 7
[breaker]
refunds_per_hour = 10
amount_minor_per_hour = { PLN = 100000 }
[[rule]]
id = "big-shop"
action = "hold"
reason = "ask_ewa"
say = { pl = "Duży klient: pytaj Ewę", en = "Big customer: ask Ewa" }
"""
POLISH, ENGLISH = "Duży klient: pytaj Ewę (big-shop, policy 7)", "Big customer: ask Ewa (big-shop, policy 7)"


def held(folder: Path, own: str) -> tuple[House, At]:
    """A house under its own policy, with a return that it holds."""
    house = House(folder)
    house.hub.policy = rules.read(tomllib.loads(own), "policy.toml")
    house.hub.propose = refunds.proposing(house.hub.policy)
    bench = house.station("bench-1", "000001")
    bench.receive(AS_NEW)
    bench.sync()
    return house, bench


def rule(house: House, bench: At, accepted: str | None, protocol: int = wire.PROTOCOL) -> str:
    """The rule as a station reads it that says what its person reads; ``None``: it says nothing."""
    headers = {"Authorization": f"Bearer {bench.token}", wire.PROTOCOL_HEADER: str(protocol)}
    headers |= {} if accepted is None else {"Accept-Language": accepted}
    reply = house.client.get(review_wire.review_path(review_wire.REVIEW_CASE, RMA), headers=headers)
    return codec.decode(review_wire.ReviewCase, reply.json()).rule


@pytest.mark.parametrize("accepted", [None, "en", "de"])
@pytest.mark.parametrize("protocol", range(wire.PROTOCOL_MIN, wire.PROTOCOL + 1))
def test_a_station_that_does_not_say_what_is_read_there_reads_english(
    tmp_path: Path, accepted: str | None, protocol: int
) -> None:
    """As every station before: it says nothing."""
    assert rule(*held(tmp_path, OWN), accepted, protocol) == ENGLISH


@pytest.mark.parametrize("protocol", range(wire.PROTOCOL_MIN, wire.PROTOCOL + 1))
def test_a_sites_own_rule_is_read_in_polish(tmp_path: Path, protocol: int) -> None:
    """With its id and version, as in English."""
    assert rule(*held(tmp_path, OWN), "pl", protocol) == POLISH


def test_a_rule_in_one_language_is_read_in_it_everywhere(tmp_path: Path) -> None:
    """Better than the code of its reason."""
    house, bench = held(tmp_path, OWN.replace(', en = "Big customer: ask Ewa"', ""))

    assert {rule(house, bench, accepted) for accepted in ("pl", "en")} == {POLISH}


def test_a_row_with_a_long_name_holds_like_any_other(tmp_path: Path) -> None:
    """Names are free text; PostgreSQL refuses what is longer than its column, and with it a station's whole batch."""
    long_id, long_reason = "big-shop-" * 20, "ask_ewa_" * 20
    house, _ = held(tmp_path, OWN.replace("big-shop", long_id).replace("ask_ewa", long_reason))

    with house.database.transaction() as connection:
        (row,) = connection.execute(select(refund_intents)).mappings()
    assert (row["state"], row["reason"], row["rule_id"]) == ("held", long_reason[:40], long_id[:60])


def test_a_later_policy_does_not_put_other_words_into_an_earlier_decision(tmp_path: Path) -> None:
    """The words are kept with what was decided by them."""
    house, bench = held(tmp_path, OWN)
    house.hub.policy = rules.shipped()

    assert rule(house, bench, "pl") == POLISH


def test_what_was_decided_before_words_were_kept_has_its_explanation(tmp_path: Path) -> None:
    """An upgraded hub has refunds that wait; their English is all there is."""
    house, bench = held(tmp_path, OWN)
    with house.database.transaction() as connection:
        connection.execute(update(refund_intents).values(rule_words={}))

    assert rule(house, bench, "pl") == ENGLISH
