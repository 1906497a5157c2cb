"""What the benches were told: the book the auditor counts from. Nothing of it comes from the product's own tables."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shot:
    """A photo a worker was told is kept."""

    sha256: str
    bench: str


@dataclass
class Promises:
    """Events by id, as they were when "saved" was said."""

    lines: dict[str, bytes] = field(default_factory=dict)
    """Event id to the journal's line."""
    by: dict[str, str] = field(default_factory=dict)
    """Event id to the bench."""
    on_disk: dict[str, set[str]] = field(default_factory=dict)
    """Bench to the ids its disk has to have: all it said, as long as nobody put the disk back."""
    lost_with_a_disk: set[str] = field(default_factory=set)
    """Events of which no living disk had a copy any more: nobody can have them, and nobody may say they do."""
    letters: dict[str, str] = field(default_factory=dict)
    """Event id to what has to become of it where it cannot be taken: ``dead_letter`` or ``parked``."""
    decisions: list[tuple[str, str, str, str]] = field(default_factory=list)
    """``(refund key or case, verdict, by, token)`` that supervisors were told are taken."""
    decisions_lost: set[str] = field(default_factory=set)
    """Tokens of those that were made on a copy of the hub that is no more."""
    pictures: dict[str, bytes] = field(default_factory=dict)
    """SHA-256 to the bytes of every picture a bench has kept."""
    shots: dict[str, Shot] = field(default_factory=dict)
    """Photos by the event that said them, as they were when "saved" was said."""
    pictures_lost: set[str] = field(default_factory=set)
    """Pictures of which no disk had a whole copy after something happened to one."""
    at_hub: dict[str, set[str]] = field(default_factory=dict)
    """Picture to the epochs of the hub in which it had the whole file, and said so to somebody."""
    spoiled_unseen: dict[str, str] = field(default_factory=dict)
    """Picture to the epoch in which the hub's file of it was harmed, when its disk was replaced without a word. While
    that epoch lasts nobody could notice."""
    unseen_epoch: str = ""
    """Of the database that was put in the hub's place without a word last: while it lasts, what it says of files may be
    of another disk, and nobody could notice."""
    evicted_early: list[str] = field(default_factory=list)
    """Pictures a station removed that the hub, as the station last heard of it, had not said it has."""
    paid_early: list[str] = field(default_factory=list)
    """Refunds that left before a photo they rest on had ever been at the hub."""
    put_back: int = 0
    """How often the hub was put back to an older state without saying so."""

    def saved(self, bench: str, event_id: str, line: bytes) -> None:
        """The worker was told."""
        self.lines[event_id] = line
        self.by[event_id] = bench
        self.on_disk.setdefault(bench, set()).add(event_id)

    def elsewhere(self, bench: str = "") -> set[str]:
        """Ids on the disks of all other benches."""
        return set().union(*(ids for name, ids in self.on_disk.items() if name != bench))
