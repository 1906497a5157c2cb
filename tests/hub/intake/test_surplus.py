"""Units that fill no slot are held, whatever cases their events name."""

from __future__ import annotations

from alembic import command
from sqlalchemy import create_engine, text

from hub import migrate, store
from hub.intake import surplus
from rma_station.domain import events as ev
from tests.hub.build import RMA, Log, accepted, an_rma, announce, new_hub, send

OTHER = "RMA-2026-09999"


def held(database: store.Database) -> list[tuple[str, str]]:
    """Case and unit of what nobody has noted."""
    with database.transaction() as connection:
        return sorted((row["case_id"], row["unit_id"]) for row in surplus.waiting(connection))


def test_a_unit_that_names_two_returns_fails_no_later_batch() -> None:
    """A station says of one undeclared piece that it belongs to two returns; then only one of them goes on."""
    database, log = new_hub(), Log()
    announce(database, an_rma(), an_rma(rma_id=OTHER))
    log.parcel("p-1", RMA, OTHER)
    stray = ev.UnitIdentified("u1", "p-1", "Ru1", "5901234123457", "gtin", None, None, "SHIRT", issue="undeclared")
    said = log.say(stray, RMA, OTHER, parcel_id="p-1", unit_id="u1").envelope.event_id
    taken = [accepted(send(database, log))]
    for case_id in (RMA, OTHER):
        log.unit(f"of-{case_id}"[:12], "p-1", case_id)
        taken.append(accepted(send(database, log, len(log.lines))))
    both = held(database)
    log.say(ev.UndoApplied(said, "unit.identified", unit_id="u1"), RMA, parcel_id="p-1", unit_id="u1")
    taken.append(accepted(send(database, log, len(log.lines))))

    assert taken == [2, 1, 1, 1]
    assert both == sorted([(RMA, "u1"), (OTHER, "u1")])
    assert held(database) == [(OTHER, "u1")]


def test_what_was_held_before_the_upgrade_is_held_after_it() -> None:
    """With who noted it."""
    engine = create_engine("sqlite://")
    row = f"'u1', '{RMA}', 'surplus', 'R1', 'SHIRT', '2026-11-22T10:00:00.000000+00:00', NULL, 'anna'"
    with engine.begin() as connection:
        command.upgrade(migrate.configuration(connection), "0014_claims")
        connection.execute(text(f"INSERT INTO surplus_units VALUES ({row})"))
        migrate.upgrade(connection)
        (found,) = connection.execute(text("SELECT case_id, unit_id, at, noted_by FROM surplus_units")).all()

    assert tuple(found) == (RMA, "u1", "2026-11-22T10:00:00.000000+00:00", "anna")
