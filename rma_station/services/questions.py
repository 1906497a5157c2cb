"""What screens and commands ask the running station: each question a function of the room, on the station thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rma_station.domain.outcome import Message, say
from rma_station.domain.record import dataclass
from rma_station.ports import DeviceStatus, UplinkState, UplinkStatus
from rma_station.services.bench import FoundDevice, ListRow, Scannable, ServiceReport

if TYPE_CHECKING:  # loaded by the first question that needs it, not by the first paint
    from rma_station.services.room import Room
    from rma_station.store.disk_budget import DiskBudget


@dataclass(frozen=True)
class Surroundings:
    """What the running station knows of what is around its room."""

    devices: tuple[DeviceStatus, ...]
    uplink: UplinkStatus
    errors: tuple[str, ...]
    found: tuple[FoundDevice, ...]
    """What is plugged in and not configured."""


def labels_owed(room: Room) -> Sequence[ListRow]:
    """The list to be worked off."""
    rows = []
    unsure = {job.unit_id for job in room.journal.jobs_open() if job.state == "unknown"}
    for unit in room.book.units_owing_label():
        product = room.book.product(unit.part_sku or unit.sku or "")
        name = product.name if product else unit.sku or unit.gtin or "?"
        grade = unit.grading.grade if unit.grading else ""
        key = "list.unsure" if unit.unit_id in unsure else "list.owed"
        key = "list.regraded" if unit.label_outdated else key
        rows.append(ListRow(unit.lpn, say(key, name=name, grade=grade)))
    return rows


def set_aside(room: Room) -> Sequence[ListRow]:
    """Parcels set aside here."""
    return [
        ListRow(parcel.tracking or parcel.code, say("list.aside", code=parcel.code, rma=" ".join(parcel.rma_ids)))
        for parcel in room.book.parcels_set_aside()
    ]


def shift(room: Room, uplink: UplinkStatus) -> Sequence[Message]:
    """The sign-out sheet."""
    counts = room.book.shift(room.station.bench.session_id)
    waiting = room.book.waiting()
    return [
        say("shift.parcels", number=counts.parcels),
        say("shift.units", number=counts.units),
        say("shift.held", number=counts.held),
        say("shift.owed", number=waiting.labels_owed),
        say("shift.aside", number=waiting.parcels_set_aside),
        say("shift.unsent", number=unsent_events(room, uplink)),
    ]


def unsent_events(room: Room, uplink: UplinkStatus) -> int:
    """The uplink has the hub's last word; the journal remembers it some seconds late."""
    if uplink.state in (UplinkState.OFF, UplinkState.CONNECTING):
        return room.reader.unsent().events
    return uplink.unsent


def service_report(room: Room, around: Surroundings) -> ServiceReport:
    """State of devices, uplink, journal and print jobs."""
    from rma_station.domain.effects import title_of
    from rma_station.services.journal_facts import journal_facts

    facts = journal_facts(room, unsent_events(room, around.uplink), disk_budget(room))
    jobs = tuple((title_of(job.label), job.state) for job in room.journal.jobs_open())
    alerts, clock = own_alerts(room), room.journal.time().word
    return ServiceReport(around.devices, around.uplink, facts, jobs, around.errors, around.found, alerts, clock)


def disk_budget(room: Room) -> DiskBudget:
    """For how long the disk lasts."""
    import shutil

    from rma_station.store import disk_budget as budget

    return budget.disk_budget(room.journal, shutil.disk_usage(room.journal.database.folder).free)


def alerts(room: Room) -> tuple[Message, ...]:
    """What the hub wants supervisors to know, of all stations."""
    return tuple(text for one in room.book.alerts() for text in one.messages())


def own_alerts(room: Room) -> tuple[Message, ...]:
    """What the hub says of this station's own logs."""
    own = frozenset(room.journal.log_ids())
    return tuple(text for one in room.book.alerts() if one.log_id in own for text in one.messages())


def names(room: Room) -> Mapping[str, str]:
    """Names of people by their number, as far as the hub has sent them."""
    return {person.worker_id: person.name for person in room.book.people()}


def scannables(room: Room) -> Sequence[Scannable]:
    """What the bench panel lists; empty in live mode."""
    if room.station.identity.mode != "sample":
        return []
    from rma_station.services import scannables as panel

    people, rmas = room.book.people(), room.book.rmas()
    return panel.scannables(room.station.bench, room.book, room.station.scan_rules, people=people, rmas=rmas)
