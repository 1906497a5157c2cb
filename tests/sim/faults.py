"""What can go wrong in a simulated world, by name: the names are those of the coverage counter.

A world has only some of them (its seed decides which, and how often): many small kinds of bad luck beside one another
hide what one of them alone would show.
"""

from __future__ import annotations

from typing import Final

CALLS: Final = {
    "call lost": 0.3,
    "reply lost": 0.3,
    "call late": 0.1,
    "call doubled": 0.3,
    "call cut": 0.05,
    "reply cut": 0.05,
    "a web page for a reply": 0.05,
}
"""Faults of the network, with the most of calls they strike."""
DEATHS: Final = {
    "station died before commit": 0.03,
    "station died after commit": 0.03,
    "station died talking": 0.01,
    "station died between slices": 0.05,
    "hub died before commit": 0.05,
    "hub died after commit": 0.05,
    "worker died before a transaction": 0.04,
    "worker died after a transaction": 0.04,
    "worker died before the call": 0.1,
    "worker died after the call": 0.1,
    "worker slept": 0.15,
}
"""Processes that end, or stand still beyond their lease, between any two steps."""
PROVIDERS: Final = {
    "provider failed before booking": 0.15,
    "provider failed after booking": 0.15,
    "provider silent after booking": 0.15,
    "provider refused": 0.05,
    "look-up failed": 0.2,
}
"""What a provider does, with the most of its calls."""
EVENTS: Final = {
    "event of a newer version": 0.04,
    "poison event": 0.03,
    "flood of poison events": 0.01,
    "undone": 0.1,
    "amended": 0.1,
    "contradicted late": 0.15,
    "reopened after done": 0.1,
}
"""What a bench does, with the most of its steps."""
PHOTOS: Final = {
    "chunk lost": 0.2,
    "chunk's reply lost": 0.2,
    "chunk cut": 0.1,
    "chunk damaged": 0.05,
    "hub died between chunk and note": 0.15,
    "hub's disk full": 0.1,
    "station's disk full": 0.03,
    "no room for a picture": 0.2,
    "hub's photos put back": 0.7,
    "hub's photo lost": 0.7,
    "hub's photo damaged": 0.7,
}
"""What happens to photos: on their way, on a full disk, and when the hub's disk is replaced."""
MISTAKES: Final = {"hub refuses good events": 0.1}
"""Of a version of the hub, until it is mended, with the most of events it is wrong about."""
DISASTERS: Final = {
    "card cloned": 1,
    "card in another bench": 1,
    "station put back": 2,
    "WAL lost": 1,
    "clock jumped": 3,
    "hub silently put back": 1,
    "hub restored": 1,
    "policy changed": 1,
    "photo gone at a station": 2,
    "photo damaged at a station": 2,
}
"""What happens at most so often in a world."""
SEEN: Final = (
    "photo made room",
    "call overtaken",
    "decision on old evidence",
    "grade changed in the review",
    "lease over",
    "letter driven again",
    "orphan matched",
    "replaced past noticed",
)
"""What is not struck but comes of the rest, and has to be seen too."""
ALL: Final = (*CALLS, *DEATHS, *PROVIDERS, *EVENTS, *PHOTOS, *MISTAKES, *DISASTERS, *SEEN)
RATES: Final = CALLS | DEATHS | PROVIDERS | EVENTS | PHOTOS | MISTAKES
