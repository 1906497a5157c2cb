"""What must be true when the faults have stopped, counted anew from what was promised. Start reading in ``complaints``.

Three books are believed: what the benches were told (``promises.py``), the providers' own bookings, and the raw lines
of the hub as far as they are the promised ones (``recount.py``). Everything the product made of them is compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select

from hub import alerts, feed, hub_identity, ledger
from hub.evidence import photos
from hub.intake import doubted, letters, projection, quarantine
from hub.review import desk
from hub.tables import dead_letters, events, logs, parked, places
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.rma import Unit, line_counters
from tests.sim import operator, pictures, recount
from tests.sim.shop import Order, refunds_of

if TYPE_CHECKING:
    from tests.sim.bench import Bench
    from tests.sim.world import World


@dataclass(frozen=True)
class Complaint:
    """Something that is wrong, with a code for tests and words for people."""

    code: str
    words: str

    def __str__(self) -> str:
        return f"{self.code}: {self.words}"


Found = Iterator[Complaint]


def complaints(world: World) -> list[Complaint]:
    """Everything that is wrong; empty when all is well."""
    unrest = list(at_rest(world))
    with world.hub.database.transaction() as connection:
        counted = recount.count(connection)
        return [
            *unrest,
            *nothing_lost(world, connection),
            *chains_verify(world, connection),
            *letters_seen(world, connection),
            *photos_kept(world, connection, counted),
            *everybody_knows(world, connection),
            *counters_right(world, connection, counted),
            *never_twice(world),
            *money_right(world, connection, counted),
            *decisions_kept(world, connection, counted),
        ]


# --- liveness ---------------------------------------------------------------------------------------------------------


def at_rest(world: World) -> Found:
    """Once the faults stopped, all was sent, all of the feed came, and no refund is on its way any more."""
    for station in world.stations:
        if not station.at_rest:
            yield Complaint("not_at_rest", f"{station.label}: {station.state.uplink}, {station.state.doing}")
    if world.hub.money_moves():
        yield Complaint("money_not_at_rest", "two days later a refund is still on its way")


# --- events -----------------------------------------------------------------------------------------------------------


def nothing_lost(world: World, connection: Connection) -> Found:
    """What was told to be saved is at the hub with the same bytes, under whatever log; nothing else is."""
    book = world.promises
    here = {row.event_id: bytes(row.line) for row in connection.execute(select(events.c.event_id, events.c.line))}
    for row in connection.execute(select(parked.c.event_id, parked.c.raw)):
        here.setdefault(row.event_id, bytes(row.raw))
    for row in connection.execute(select(dead_letters.c.event_id, dead_letters.c.raw)):
        here.setdefault(row.event_id or _id_of(bytes(row.raw)), bytes(row.raw))
    for event_id, line in book.lines.items():
        if event_id not in here and event_id not in book.lost_with_a_disk:
            yield Complaint("event_lost", f"{event_id} of {book.by[event_id]} is not at the hub: {line[:300]!r}")
        elif event_id in here and here[event_id] != line:
            yield Complaint("event_changed", f"{event_id} of {book.by[event_id]} has other bytes at the hub")
    own = hub_identity.identity(connection).log_id
    query = select(events.c.event_id).where(events.c.log_id != own)
    for event_id in set(connection.scalars(query)) - set(book.lines):
        yield Complaint("event_invented", f"{event_id} is at the hub and no bench said it")


def _id_of(line: bytes) -> str:
    try:
        return en.open_line(line, en.GENESIS).envelope.event_id
    except Exception:
        return ""


def chains_verify(world: World, connection: Connection) -> Found:
    """Every log's chain adds up over the bytes the hub has, without a gap, and is the station's own."""
    raws: dict[str, bytes] = {}
    of_log: dict[str, dict[int, tuple[bytes, bytes | None, str | None]]] = defaultdict(dict)
    for row in connection.execute(select(events)):
        raws[row.event_id] = bytes(row.line)
        of_log[row.log_id][row.seq] = bytes(row.hash), bytes(row.line), row.event_id
    for table in (parked, dead_letters):
        for row in connection.execute(select(table)):
            raws.setdefault(row.event_id, bytes(row.raw))
            of_log[row.log_id].setdefault(row.seq, (b"", bytes(row.raw), row.event_id))
    for row in connection.execute(select(places)):
        known = of_log[row.log_id].get(row.seq, (b"", raws.get(row.event_id), row.event_id))
        of_log[row.log_id][row.seq] = bytes(row.hash), known[1], row.event_id
    for log in connection.execute(select(logs)):
        previous = en.GENESIS
        for seq in range(1, log.have_through + 1):
            digest, raw, _ = of_log[log.log_id].get(seq, (b"", None, None))
            previous = en.chain_hash(previous, en.counted(raw)) if raw is not None else b"?"
            if previous != digest:
                yield Complaint("chain", f"log {log.log_id} does not add up at {seq}")
                break
        else:
            if previous != bytes(log.hash):
                yield Complaint("chain", f"log {log.log_id} ends in another hash")
    for station in world.stations:
        for head in station.reader.log_heads() if station.up else ():
            there = of_log[head.log_id].get(head.seq)
            if head.seq and not head.closed and (there is None or there[0] != head.hash):
                yield Complaint("chain", f"{station.label}: log {head.log_id} ends otherwise at the hub")


def letters_seen(world: World, connection: Connection) -> Found:
    """What the hub could not take is where it has to be, and people at hub and stations are told how much."""
    rows = connection.execute(select(dead_letters)).all()
    dead = {row.event_id or _id_of(bytes(row.raw)) for row in rows}
    waiting = set(connection.scalars(select(parked.c.event_id).where(parked.c.replayed_at.is_(None))))
    taken = set(connection.scalars(select(events.c.event_id)))
    for event_id, fate in world.promises.letters.items():
        if event_id in world.promises.lost_with_a_disk:
            continue
        where = dead if fate == "dead_letter" else taken if world.hub.sharp else waiting
        if event_id not in where:
            yield Complaint("letter_misplaced", f"{event_id} is a {fate} and not where it belongs")
    left = [row for row in rows if row.redriven_result not in operator.TAKEN]
    open_ones: Counter[str] = Counter(row.log_id for row in left)
    for row in left:
        event_id = row.event_id or _id_of(bytes(row.raw))
        if event_id not in world.promises.letters:
            yield Complaint("letter_left", f"{event_id} is good, was driven again, and is still a letter: {row.code}")
    open_ones.update(connection.scalars(select(parked.c.log_id).where(parked.c.replayed_at.is_(None))))
    told = {alert.log_id: alert.count for _, alert in alerts.listed(connection) if alert.code == "letters"}
    if told != dict(open_ones):
        yield Complaint("letters_untold", f"alerts say {told}, there are {dict(open_ones)}")
    if len(letters.listed(connection, 10_000)) != len(connection.execute(select(dead_letters)).all()):
        yield Complaint("letters_untold", "the list of dead letters is not complete")


# --- photos -----------------------------------------------------------------------------------------------------------


def photos_kept(world: World, connection: Connection, counted: recount.Counted) -> Found:
    """What was told to be kept is whole at the hub; where no disk has it any more, people can see that it is gone."""
    book, folder = world.promises, world.hub.kept.folder.path
    epoch, folders = hub_identity.identity(connection).epoch, list(pictures.folders(world))
    recorded = set(connection.scalars(select(photos.blobs.c.sha256)))
    shown = {one for piece in counted.pieces.values() for one in piece.pictures}.union(*counted.of_parcels.values())
    for sha256 in sorted({shot.sha256 for key, shot in book.shots.items() if key not in book.lost_with_a_disk}):
        whole = pictures.is_whole(folder, sha256)
        if whole and sha256 in recorded:
            continue
        if book.spoiled_unseen.get(sha256) == epoch:
            continue
        name = sha256[:8]
        holders = [one for one in world.stations if one.up and one.has_picture(sha256)]
        if whole:
            yield Complaint("photo_unrecorded", f"{name} is whole at the hub, and the hub does not know it")
        elif sha256 in recorded:
            if epoch != book.unseen_epoch:
                yield Complaint("photo_untold", f"{name} is not whole at the hub, and the hub says it is there")
        elif holders:
            yield Complaint("photo_not_sent", f"{name} is on the disk of {holders[0].label}, and not at the hub")
        elif sha256 not in book.pictures_lost and not any(pictures.is_whole(one, sha256) for one in folders):
            yield Complaint("photo_lost", f"{name} is nowhere, and nothing happened to a disk that had it")
        elif sha256 not in shown and not _is_marked(world, sha256):
            yield Complaint("photo_untold", f"{name} is lost, and nobody is told")
    for words in book.evicted_early:
        yield Complaint("photo_evicted", words)
    for words in book.paid_early:
        yield Complaint("paid_without_photo", words)


def _is_marked(world: World, sha256: str) -> bool:
    stations = (one for one in world.stations if one.up)
    return any(sha256 in dict(station.journal.photos.counts().refused) for station in stations)


# --- what stations know -----------------------------------------------------------------------------------------------


def everybody_knows(world: World, connection: Connection) -> Found:
    """Every fact, notice and row of the feed is on every station, and nothing else."""
    facts, notices, rows = set(), set(), {}
    for row in connection.execute(select(feed.feed).where(~feed.feed.c.superseded)):
        body = None if row.body is None else codec.from_bytes(row.body.encode())
        if row.kind == "fact":
            facts.add(body["event_id"])
        elif row.kind == "notice":
            notices.add(row.entry_id)
        elif body is not None:
            rows[row.kind, row.key] = body
    said = list(
        connection.scalars(select(events.c.event_id).where(events.c.log_id == hub_identity.identity(connection).log_id))
    )
    if facts != set(said):
        yield Complaint("fact_untold", f"{len(said)} facts are in the hub's log, {len(facts)} on the feed")
    for station in world.stations:
        if station.up:
            yield from _knows(station, facts, notices, rows)


def _knows(station: Bench, facts: set[str], notices: set[str], rows: dict[tuple[str, str], object]) -> Found:
    with station.journal.database.reading() as database:
        seen = {row[0] for row in database.execute("SELECT event_id FROM facts")}
        heard = {row[0] for row in database.execute("SELECT entry_id FROM notices")}
        known = {
            (kind, key): codec.from_bytes(body.encode())
            for kind, key, body in database.execute("SELECT kind, key, body FROM reference")
        }
        refused = database.execute("SELECT kind, key, reason FROM feed_refused").fetchall()
    for code, there, here in (("fact_missed", facts, seen), ("decision_missed", notices, heard)):
        if there != here:
            words = f"{station.label} lacks {len(there - here)} of {len(there)}, and has {len(here - there)} more"
            yield Complaint(code, words)
    if set(known) != set(rows) or any(known[key] != rows[key] for key in rows):
        other = sorted(f"{key}" for key in {*known, *rows} if known.get(key) != rows.get(key))
        yield Complaint("reference_differs", f"{station.label}: {other[:5]}")
    if refused:
        yield Complaint("feed_refused", f"{station.label}: {refused[:3]}")


# --- counters ---------------------------------------------------------------------------------------------------------


def counters_right(world: World, connection: Connection, counted: recount.Counted) -> Found:
    """Slots and counters of the hub, and of stations for their own units, against a count by hand."""
    cases = projection.load(connection, [rma.rma_id for rma in world.goods.rmas]).cases
    for rma in world.goods.rmas:
        case = cases[rma.rma_id]
        for line in rma.lines:
            of_line = [p for p in counted.pieces.values() if (p.rma_id, p.line_id) == (rma.rma_id, line.line_id)]
            here = [piece for piece in of_line if piece.counts]
            filled = min(line.quantity, len(here))
            slots = sorted(slot for piece in here for slot in piece.slots)
            shown = line_counters(case, line)
            right = len(set(slots)) == len(slots) == filled and set(slots) <= set(range(1, line.quantity + 1))
            if not right or shown.received != filled:
                words = f"{rma.rma_id} {line.line_id}: {len(here)} pieces of {line.quantity} are here, slots {slots}"
                yield Complaint("counters", f"{words}, the hub counts {shown}")
        yield from _same_units(world, case, counted)


def _same_units(world: World, case: projection.Case, counted: recount.Counted) -> Found:
    for unit in case.units.values():
        piece = counted.pieces[unit.unit_id]
        if piece.rma_id != case.case_id:
            continue
        if (unit.slots, unit.taken_back) != (piece.slots, piece.undone):
            yield Complaint("unit_differs", f"{case.case_id} {unit.unit_id}: hub {unit.slots}, by hand {piece.slots}")
        if [g.event_id for g in unit.gradings] != [event_id for event_id, _, _ in piece.grades]:
            yield Complaint("unit_differs", f"{case.case_id} {unit.unit_id}: other gradings than by hand")
    for station in world.stations:
        for unit in station.journal.projection.case(case.case_id).units.values() if station.up else ():
            there = case.units.get(unit.unit_id)
            if there is None or unit.slots != there.slots:
                yield Complaint("slots_differ", f"{station.label}: {unit.unit_id} {unit.slots}, at the hub {there}")
            elif _of_review(unit, unit) != _of_review(there, unit):
                words = f"{_of_review(unit, unit)}, at the hub {_of_review(there, unit)}"
                yield Complaint("grade_differs", f"{station.label}: {unit.unit_id} was changed to {words}")


def _of_review(unit: Unit, here: Unit) -> list[tuple[str, str]]:
    """Grades of the review, each with the grading it stands behind, as far as that one is at the station."""
    known = {one.event_id for one in here.gradings}
    pairs = zip(unit.gradings, unit.gradings[1:], strict=False)
    return [(before.event_id, one.event_id) for before, one in pairs if one.changes and one.changes in known]


# --- money ------------------------------------------------------------------------------------------------------------


def never_twice(world: World) -> Found:
    """No key is booked twice, and no order, payment or line gets back more than was paid."""
    bookings = [booking for provider in world.providers.values() for booking in provider.booked]
    for key, count in Counter(booking.key for booking in bookings).items():
        if count > 1:
            yield Complaint("refunded_twice", f"{key} was booked {count} times")
    back: Counter[tuple[str, str]] = Counter()
    for booking in bookings:
        back[booking.order_id, booking.payment_id] += booking.amount_minor
    for order in world.goods.orders:
        for payment in order.payments:
            paid_back = back[order.rma.order_id, payment.payment_id]
            if paid_back > payment.paid_minor:
                words = f"{order.rma.order_id} {payment.payment_id}: {paid_back} of {payment.paid_minor} went back"
                yield Complaint("refunded_twice", words)


def money_right(world: World, connection: Connection, counted: recount.Counted) -> Found:
    """Every clean piece was refunded in full; what was not is with a person, with a reason; nothing else was."""
    intents = {row["refund_key"]: row for row in connection.execute(select(ledger.refund_intents)).mappings()}
    booked = {one.key: one for provider in world.providers.values() for one in provider.booked}
    header = hub_identity.identity(connection).header(world.time)
    queue = {item.intent_key for item in desk.queue(connection, header, world.time).items}
    decided = set(connection.scalars(select(ledger.decisions.c.refund_key).where(ledger.decisions.c.by.like("9%"))))
    for key, row in intents.items():
        if row["state"] == "succeeded" and key not in booked:
            yield Complaint("never_paid", f"{_named(row)} is said to be paid back, and no provider booked it")
        if row["state"] in ("held", "needs_human") and (not row["reason"] or key not in queue):
            yield Complaint("nobody_asked", f"{_named(row)} waits for a person, and nobody is told why")
        if row["state"] == "declined" and key not in decided:
            yield Complaint("nobody_asked", f"{_named(row)} is declined, and nobody decided it")
        if key in booked and row["state"] != "succeeded" and not world.promises.put_back:
            yield Complaint("booked_unknown", f"{_named(row)} is booked, and the hub does not know")
    for key in booked.keys() - intents.keys():
        if not world.promises.put_back:
            yield Complaint("booked_unknown", f"{key} is booked, and the hub never asked for it")
    doubted = counted.contested() | _of_flooding_stations(connection, counted)
    for order in world.goods.orders:
        for line in order.rma.lines:
            for slot in range(1, line.quantity + 1):
                of_slot = _Slot(world, counted, order, line.line_id, slot, order.rma.rma_id in doubted)
                yield from _slot_right(of_slot, intents, set(booked), decided)


def _of_flooding_stations(connection: Connection, counted: recount.Counted) -> set[str]:
    """Cases that a station has touched which sends rubbish, or that an orphan of its was matched to."""
    sent = Counter(connection.scalars(select(dead_letters.c.station)))
    flooding = {station for station, count in sent.items() if count >= quarantine.LETTERS}
    theirs = set(connection.scalars(select(logs.c.log_id).where(logs.c.station.in_(flooding))))
    found = {case_id for case_id, touched in counted.cases.items() if touched & theirs}
    return found | {rma_id for orphan, rma_id in counted.joined if orphan in found}


def _named(row: RowMapping) -> str:
    return f"{row['subject']} slot {row['slot']} {row['payment_id']} {row['purpose']} ({row['state']}, {row['reason']})"


@dataclass(frozen=True)
class _Slot:
    world: World
    counted: recount.Counted
    order: Order
    line_id: str
    slot: int
    doubted: bool
    """Two histories touched its case, or a station that sends rubbish did: a person has to look."""

    @property
    def pieces(self) -> list[recount.Piece]:
        """Those that fill it now."""
        wanted = self.order.rma.rma_id, self.line_id
        return [p for p in self.counted.pieces.values() if (p.rma_id, p.line_id) == wanted and self.slot in p.slots]

    def pictured(self, piece: recount.Piece) -> bool:
        """Whether every photo of it and of its parcel is at the hub."""
        folder = self.world.hub.kept.folder.path
        return all(pictures.is_whole(folder, one) for one in self.counted.pictures_of(piece))

    def contradicted(self, piece: recount.Piece) -> bool:
        """Whether a piece that got no slot may be this very one, and was graded otherwise."""
        wanted = self.order.rma.rma_id, self.line_id
        others = (p for p in self.counted.pieces.values() if (p.rma_id, p.line_id) == wanted and p.counts)
        return any(
            not other.slots and other.log_id != piece.log_id and other.serial == piece.serial and other.grades
            and other.grades[-1][1] != piece.grades[-1][1]
            for other in others
        )  # fmt: skip

    @property
    def was_clean(self) -> bool:
        """Some piece filled it once and could be refunded then."""
        wanted = self.order.rma.rma_id, self.line_id
        found = (p for p in self.counted.pieces.values() if (p.rma_id, p.line_id) == wanted)
        return any(self.slot in piece.once_clean for piece in found)


def _slot_right(of: _Slot, intents: dict[str, RowMapping], booked: set[str], decided: set[str]) -> Found:
    where = f"{of.order.rma.rma_id} {of.line_id} slot {of.slot}"
    must = may = doubtful = False
    for piece in of.pieces:
        grade = piece.grades[-1][1] if piece.grades else ""
        may = piece.clean(of.counted.done) and of.order.rma.kind.value == "withdrawal"
        doubtful = may and of.contradicted(piece)
        must = (
            may
            and not of.doubted
            and not doubtful
            and of.pictured(piece)
            and not of.counted.serial_doubtful(piece)
            and (grade == "A" or not of.world.struck["policy changed"])
        )
    for key, amount in refunds_of(of.order, of.line_id, of.slot).items():
        row = intents.get(key)
        if must and key not in decided:
            waits = row is not None and row["reason"] in (quarantine.MARK, doubted.HELD)
            refused = waits or (row is not None and row["state"] == "needs_human")
            if row is None or (row["state"] != "succeeded" and not refused):
                state = f"{row['state']} {row['reason']}" if row else "not asked for"
                yield Complaint("not_refunded", f"{where} is clean, and its refund is {state}")
            elif row["amount_minor"] != amount:
                yield Complaint("wrong_amount", f"{where}: {row['amount_minor']} instead of {amount}")
        if key in booked and not of.was_clean and key not in decided and not of.world.promises.put_back:
            yield Complaint("refunded_wrongly", f"{where} was refunded, was never clean, and nobody decided so")
        open_ = row is not None and row["state"] != "held" and row["late_at"] is None
        if doubtful and piece.serial and key not in decided and open_:
            yield Complaint(
                "conflict_unseen", f"{where} was refunded, two benches disagree about it, and nobody is told"
            )
        late = row is not None and (row["late_at"] is not None or key in decided)
        if key in booked and not may and not late and not of.world.promises.put_back:
            yield Complaint("late_unseen", f"{where} was refunded and is not clean any more, and nobody is told")


def decisions_kept(world: World, connection: Connection, counted: recount.Counted) -> Found:
    """Every decision a supervisor was told is taken is at the hub, and nobody decided about their own grading."""
    known = set(connection.scalars(select(ledger.decisions.c.reason)))
    for subject, verdict, by, token in world.promises.decisions:
        if token not in known and token not in world.promises.decisions_lost:
            yield Complaint("decision_lost", f"{verdict} of {subject} by {by} ({token}) is not at the hub")
    rows = connection.execute(select(ledger.decisions).where(ledger.decisions.c.by.like("9%"))).mappings()
    for row in rows:
        basis = set(row["basis"])
        for piece in counted.pieces.values():
            if any(by == row["by"] for event_id, by in piece.graders.items() if event_id in basis):
                yield Complaint("own_grading", f"{row['by']} decided about {piece.unit_id}, which they graded")
