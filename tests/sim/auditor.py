"""What must be true when the faults have stopped, counted anew from what was promised at the benches."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from hub import ledger, projection
from hub.shares import line_subject
from hub.tables import dead_letters, events, logs, parked
from hub.tables import feed as feed_table
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.rma import line_counters
from tests.sim import shop
from tests.sim.world import World, chain


def complaints(world: World) -> list[str]:
    """Everything that is wrong, in words; empty when all is well."""
    found = [
        f"{station.name} did not come to rest: {station.state}" for station in world.stations if not station.at_rest
    ]
    with world.hub.database.transaction() as connection:
        if connection.execute(select(dead_letters)).all() or connection.execute(select(parked)).all():
            found.append("dead letters or parked events")
        here = {row.log_id: row for row in connection.execute(select(logs))}
        for station in world.stations:
            log = station.journal.log_id
            query = select(events.c.line).where(events.c.log_id == log).order_by(events.c.seq)
            lines = [bytes(line) for line in connection.scalars(query)]
            if lines != station.promised:
                found.append(f"{station.name}: {len(station.promised)} events promised, the hub has others")
            elif not chain(lines) == bytes(here[log].hash) == station.journal.head_hash:
                found.append(f"{station.name}: the chain does not verify")
        bodies = connection.scalars(select(feed_table.c.body).where(feed_table.c.kind == "fact"))
        said = [codec.from_bytes(body.encode())["event_id"] for body in bodies]
        cases = projection.load(connection, [rma.rma_id for rma in shop.rmas()]).cases
        intents = list(connection.execute(select(ledger.refund_intents)))
    if len(said) != len(set(said)):
        found.append("a fact was said twice")
    for station in world.stations:
        with station.journal.database.reading() as database:
            seen = {row[0] for row in database.execute("SELECT event_id FROM facts")}
        if seen != set(said):
            found.append(
                f"{station.name} saw {len(seen & set(said))} of {len(said)} facts, and {len(seen - set(said))} more"
            )
    found += counters(world, cases)
    found += money(world, cases, intents)
    return found


def counters(world: World, cases: dict) -> list[str]:
    """Slots and counters of the hub, and of the stations for their own units, against a count by hand."""
    where: dict[str, tuple[str, str]] = {}
    for line in (line for station in world.stations for line in station.promised):
        entry = en.open_line(line, en.GENESIS)
        if entry.envelope.type == "unit.identified":
            where[entry.payload["unit_id"]] = entry.payload["rma_id"], entry.payload["line_id"]
        elif entry.envelope.type == "undo.applied":
            del where[entry.payload["unit_id"]]
    identified = Counter(where.values())
    found = []
    for rma in shop.rmas():
        case = cases[rma.rma_id]
        for line in rma.lines:
            filled = min(line.quantity, identified[rma.rma_id, line.line_id])
            slots = sorted(slot for unit in case.live_units if unit.line_id == line.line_id for slot in unit.slots)
            count = line_counters(case, line)
            if slots != list(range(1, filled + 1)) or (count.received, count.graded) != (filled, filled):
                found.append(f"{rma.rma_id} {line.line_id}: {filled} pieces are here, slots {slots}, counters {count}")
        for station in world.stations:
            for unit in station.journal.projection.case(rma.rma_id).units.values():
                there = case.units.get(unit.unit_id)
                if there is None or unit.slots != there.slots:
                    found.append(f"{station.name}: {unit.unit_id} has slots {unit.slots}, at the hub {there}")
    return found


def money(world: World, cases: dict, intents: list) -> list[str]:
    """Every filled slot of a finished parcel was paid back once, and nothing else was."""
    booked = Counter(key for key, _, _ in world.hub.provider.booked)
    found = [f"{key} was booked {count} times" for key, count in booked.items() if count > 1]
    paid = {row.refund_key: row for row in intents if row.state == "succeeded"}
    if set(paid) != set(booked):
        found.append(f"succeeded at the hub: {sorted(paid)}, booked: {sorted(booked)}")
    for rma in shop.rmas():
        for line in rma.lines:
            subject = line_subject(rma.rma_id, line.line_id)
            back = [row.amount_minor for row in paid.values() if row.subject == subject]
            filled = sum(len(unit.slots) for unit in cases[rma.rma_id].live_units if unit.line_id == line.line_id)
            share = filled * line.paid_minor // line.quantity
            if sum(back) != share or len(back) != filled:
                found.append(
                    f"{rma.rma_id} {line.line_id}: {filled} of {line.quantity} are back, paid back {back}, due {share}"
                )
    return found
