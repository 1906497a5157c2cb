"""The breaker says what it stopped for in the amounts of each currency, not all of them in hundredths."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from hub import ledger
from hub.commands import refunds
from hub.money import breaker
from hub.policy import Breaker
from hub.policy_file import shipped
from tests.hub.build import NOW, new_hub


@pytest.mark.parametrize(("currency", "said"), [("PLN", "20.00 PLN"), ("JPY", "2000 JPY"), ("KWD", "2.000 KWD")])
def test_the_reason_names_the_amount_as_people_write_it(currency: str, said: str) -> None:
    """For the supervisor who closes it again."""
    with new_hub().transaction() as connection:
        rows = [{"currency": currency, "amount_minor": 2000}]
        tripped = breaker.breaker(connection, rows, NOW, replace(shipped(), breaker=Breaker(99, {})))  # type: ignore[arg-type]
        reason = connection.scalar(select(ledger.switches.c.reason).where(ledger.switches.c.is_on))

    assert tripped == "breaker"
    assert str(reason).startswith(f"would be sent within an hour: {said};")


def test_the_list_of_refunds_does_too() -> None:
    """In a column."""
    assert refunds._money({"amount_minor": 2000, "currency": "JPY"}) == "         2000 JPY"
    assert refunds._money({"amount_minor": 2000, "currency": "PLN"}) == "        20.00 PLN"
