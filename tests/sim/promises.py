"""What the benches were told: the book the auditor counts from. Nothing of it comes from the product's own tables."""

from __future__ import annotations

from dataclasses import dataclass, field


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
