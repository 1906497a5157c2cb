"""Hub and journal tell different stories of a log: find how far they are the same, and go on under a new log.

::

    hello or batch shows it ─> ReadIds ─> AskMissing ─> … until the hub lacks one, or has all ─> BeginLog ─> hello
                               └─────────────────┘

This is a copied card, or an older image of one, or a log whose labels look like another's (sync reference R5, failure
rows 5 to 7). Everything the hub does not have is sent again under the new log, with the ids it was born with; nothing
is overwritten on either side. A hub that cannot be asked (protocol 1) gets all of it: it knows a duplicate by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from sync import versions, wire
from sync.state import Moment, Next, Parting, State, do, refused
from sync.turns import AskMissing, BeginLog, ReadHeads, ReadIds, Then

HOUR = 3600.0
NEW_LOGS_AN_HOUR = 3
"""More than this is a hub or a machine gone wrong: people have to look, and nothing is sent until they did."""


def part(state: State, at: Moment, log_id: str, reason: str) -> Next:
    """Begin: the hub has another story of this log, or will not have it (``letters``)."""
    parted = tuple(moment for moment in state.parted if at.now - moment < HOUR)
    if len(parted) >= NEW_LOGS_AN_HOUR:
        return refused(state, at, say("service.hub.forked", log=clean(log_id, 40)))
    state = replace(state, parting=Parting(log_id, reason), parted=parted)
    if reason == "letters" or state.hub_protocol < versions.FORKS:
        return do(state, BeginLog(log_id, 0, reason))
    return do(state, ReadIds(log_id, 0, wire.MISSING_IDS))


def ids_read(state: State, parting: Parting, event_ids: Sequence[str]) -> Next:
    """Ask the hub for the next ids; when there are none, it has all."""
    if not event_ids:
        return _found(state, parting)
    asked = tuple(event_ids[: wire.MISSING_IDS])
    return do(replace(state, parting=replace(parting, asked=asked)), AskMissing(asked))


def missing_told(state: State, parting: Parting, missing: Sequence[str]) -> Next:
    """The histories part before the first event the hub lacks."""
    gone = frozenset(missing)
    first = next((place for place, event_id in enumerate(parting.asked) if event_id in gone), None)
    here = len(parting.asked) if first is None else first
    parting = replace(parting, common=parting.common + here, asked=())
    if first is not None or here < wire.MISSING_IDS:
        return _found(state, parting, lacks=first is not None)
    return do(replace(state, parting=parting), ReadIds(parting.log_id, parting.common, wire.MISSING_IDS))


def begun(state: State, at: Moment, parting: Parting) -> Next:
    """The new log is the present one: greet the hub with it."""
    note = say("service.hub.gone_on", reason=parting.reason, log=clean(parting.log_id, 40))
    return do(replace(state, parting=None, parted=(*state.parted, at.now), gone_on=note), ReadHeads(Then.HELLO))


def _found(state: State, parting: Parting, *, lacks: bool = False) -> Next:
    if state.head(parting.log_id).closed and not lacks:
        # Its events are all here, wherever the hub has them.
        return do(replace(state, parting=None, sound=state.sound | {parting.log_id}), ReadHeads(Then.HELLO))
    return do(replace(state, parting=parting), BeginLog(parting.log_id, parting.common, parting.reason))
