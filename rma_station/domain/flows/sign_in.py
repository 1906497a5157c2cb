"""Signing in and out, and taking a parcel over: who works at the bench.

Where a PIN is asked for, a worker's is checked at this station, a supervisor's by the hub, which alone knows it; both
beside the bench, since checking is slow, and the answer comes back as an input. Wrong PINs of a worker lock the badge
at this station for a growing time; a supervisor who signs in with badge and PIN unlocks it.

People and PINs are the hub's, and this station has a copy. When it has not heard from the hub for too long, somebody
who was removed meanwhile would still be let in: then each sign-in is marked and put on record, or a supervisor's badge
is asked for. Work never stops because a line is down.
"""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.effects import CheckPin, Effect, OpenSheet, SwitchLanguage
from rma_station.domain.flows import label, photo
from rma_station.domain.flows.inputs import PinChecked
from rma_station.domain.flows.stages import AskSupervisor, ConfirmSignOut, EnterPin, SignedOut
from rma_station.domain.flows.state import Bench, Context, Step, WrongPins, attention, ok, ready, stated, stop
from rma_station.domain.flows.subjects import about
from rma_station.domain.outcome import Message, say

SUPERVISING = frozenset({"supervisor", "administrator"})
"""Roles whose PIN only the hub can check."""
TRIES = 5
FIRST_LOCK = 5 * 60
"""Seconds; every further lock takes twice as long, up to ``LONGEST_LOCK``, until a right PIN."""
LONGEST_LOCK = 60 * 60
WARN_DAYS = 7
"""So many days before the list of people is too old, everybody who signs in is told."""


def badge(bench: Bench, worker_id: str, context: Context) -> Step:
    """A genuine badge: sign in, take the open parcel over, or say why not."""
    person = context.book.person(worker_id)
    if person is None:
        return stop(bench, say("flow.badge_unknown"))
    if not person.active:
        return stop(bench, say("flow.badge_inactive", name=person.name))
    if isinstance(bench.stage, AskSupervisor) and person.role in SUPERVISING:
        return _let_in(bench, bench.stage, person, context)
    if worker_id == bench.worker_id:
        return ok(bench, say("flow.already_signed_in", name=person.name))
    if context.rules.badge_pin:
        left = bench.wrong_pins.get(worker_id, WrongPins()).until - context.now
        if left > 0:
            return _locked(bench, left)
        if person.pin_hash is None and person.role not in SUPERVISING:
            return stop(bench, say("flow.pin_not_set", name=person.name))
        return ready(bench.asking(EnterPin(worker_id)), say("flow.enter_pin", name=person.name))
    return _admit(bench, person, context)


def pin(bench: Bench, stage: EnterPin, typed: str, context: Context) -> Step:
    """The typed PIN of the worker whose badge was scanned."""
    person = context.book.person(stage.worker_id)
    if person is None or not person.active:
        return stop(bench.back(), say("flow.badge_unknown"))
    if person.pin_hash is not None:
        check = CheckPin(person.worker_id, typed, person.pin_hash)
        return ready(bench, say("flow.pin_checking"), effects=(check,))
    if person.role in SUPERVISING:
        return ready(bench, say("flow.pin_asking"), effects=(CheckPin(person.worker_id, typed),))
    return stop(bench.back(), say("flow.pin_not_set", name=person.name))


def pin_checked(bench: Bench, given: PinChecked, context: Context) -> Step:
    """What came of a PIN. Nobody is let in who has left the question meanwhile, but a wrong PIN counts all the same."""
    person = context.book.person(given.worker_id)
    if given.result == "wrong":
        counted = _wrong(bench, given.worker_id, context)
        return counted if bench.stage == EnterPin(given.worker_id) else _unheard(bench, counted)
    if bench.stage != EnterPin(given.worker_id):
        return Step(bench, None)
    if person is None or not person.active:
        return stop(bench.back(), say("flow.badge_unknown"))
    if given.result == "ok":
        left = bench.wrong_pins.get(given.worker_id, WrongPins()).until - context.now
        if left > 0:  # typed in a hurry behind the one that locked the badge
            return _locked(bench.back(), left)
        return _admit(bench.back(), person, context, unlocks=person.role in SUPERVISING and person.pin_hash is None)
    if given.result == "locked_here":
        words = say("flow.pin_hub_locked_here", count=given.minutes)
        return stop(bench, words, detail=say("flow.pin_hub_locked_here_detail"))
    if given.result == "locked_everywhere":
        return stop(bench, say("flow.pin_hub_locked_everywhere", count=given.minutes))
    key = given.result if given.result in ("pin", "locked", "role", "offline") else "refused"
    return stop(bench, say(f"flow.pin_hub_{key}"))


def people_changed(bench: Bench, context: Context) -> Step:
    """The hub has sent something new: whoever may no longer work here is signed out, the parcel in hand set aside."""
    person = context.book.person(bench.worker_id) if bench.worker_id else None
    if bench.worker_id is None or (person is not None and person.active):
        return Step(bench, None)
    out = sign_out(bench, context)
    return stop(out.bench, say("flow.badge_withdrawn"), *out.events, detail=say("flow.badge_withdrawn_detail"))


def _unheard(bench: Bench, counted: Step) -> Step:
    """Keep count of the PIN and say nothing: the worker has gone on to another question meanwhile."""
    return Step(replace(bench, wrong_pins=counted.bench.wrong_pins), None, counted.events)


def _wrong(bench: Bench, worker_id: str, context: Context) -> Step:
    known = bench.wrong_pins.get(worker_id, WrongPins())
    count = known.count + 1
    seconds = 0 if count < TRIES else min(FIRST_LOCK * 2**known.locks, LONGEST_LOCK)
    fact = stated(context, ev.WorkerPinRefused(worker_id, count, seconds), ev.Subject())
    if not seconds:
        tried = replace(bench, wrong_pins={**bench.wrong_pins, worker_id: replace(known, count=count)})
        return stop(tried, say("flow.pin_wrong"), fact, detail=say("flow.pin_left", count=TRIES - count))
    locked = {**bench.wrong_pins, worker_id: WrongPins(0, known.locks + 1, context.now + seconds)}
    return _locked(replace(bench.back(), wrong_pins=locked), seconds, fact)


def _locked(bench: Bench, seconds: int, *facts: ev.Stated) -> Step:
    minutes = -(-seconds // 60)
    return stop(bench, say("flow.badge_locked", count=minutes), *facts, detail=say("flow.badge_locked_detail"))


def cancel_pin(bench: Bench) -> Step:
    """No PIN after all: whoever was signed in before goes on."""
    return ready(bench.back(), say("flow.cancelled"))


def ask_sign_out(bench: Bench) -> Step:
    """Show the shift before it ends."""
    return ready(bench.asking(ConfirmSignOut()), say("flow.sign_out_question"), effects=(OpenSheet("sign_out"),))


def sign_out(bench: Bench, context: Context) -> Step:
    """The shift ends; an open parcel is set aside first."""
    events = [*photo.left(bench, context), *label.left(bench, context)]
    if bench.parcel_id:
        events.append(stated(context, ev.ParcelSetAside(bench.parcel_id), about(context, bench.parcel_id)))
    events.append(stated(context, ev.WorkerSignedOut(bench.worker_id or ""), ev.Subject()))
    return ok(Bench(stage=SignedOut(), wrong_pins=bench.wrong_pins), say("flow.signed_out"), *events)


def _too_old(context: Context) -> bool:
    return 0 < context.rules.offline_days < context.offline_days


def _let_in(bench: Bench, stage: AskSupervisor, supervisor: Person, context: Context) -> Step:
    """A supervisor's badge for a worker whose entry on the list is too old; their PIN could not be checked either."""
    worker = context.book.person(stage.worker_id)
    if worker is None or not worker.active:
        return stop(bench.back(), say("flow.badge_unknown"))
    return _admit(bench.back(), worker, context, by=supervisor.worker_id)


def _admit(bench: Bench, person: Person, context: Context, *, unlocks: bool = False, by: str | None = None) -> Step:
    too_old = _too_old(context)
    if too_old and context.rules.ask_supervisor and by is None and person.role not in SUPERVISING:
        asked = bench.asking(AskSupervisor(person.worker_id))
        return attention(asked, say("flow.ask_supervisor"), detail=_days(context, "flow.people_too_old"))
    events = [stated(context, ev.WorkerSignedIn(person.worker_id), ev.Subject())]
    if too_old:
        events.append(
            stated(context, ev.WorkerAdmittedOffline(person.worker_id, context.offline_days, by), ev.Subject())
        )
    effects: tuple[Effect, ...] = (SwitchLanguage(person.language),)
    message = say("flow.signed_in", name=person.name)
    if bench.parcel_id and bench.worker_id:
        handed = ev.ParcelHandedOver(bench.parcel_id, bench.worker_id, person.worker_id)
        events.append(stated(context, handed, about(context, bench.parcel_id)))
        message = say("flow.parcel_taken_over", name=person.name)
    locked = [one for one, wrong in bench.wrong_pins.items() if wrong.until > context.now] if unlocks else []
    events += [stated(context, ev.WorkerUnlocked(one, person.worker_id), ev.Subject()) for one in locked]
    kept = {one: wrong for one, wrong in bench.wrong_pins.items() if one not in (person.worker_id, *locked)}
    session_id = context.fresh.uuid()
    admitted = replace(bench, worker_id=person.worker_id, session_id=session_id, last=None, wrong_pins=kept)
    # Another worker's badge in the middle of a unit takes over the question too: nothing is lost.
    after = admitted.at(bench.behind or bench.stage) if bench.worker_id else admitted.resting()
    detail = say("flow.badges_unlocked", count=len(locked)) if locked else _age(context)
    answer = attention if too_old else ok
    return answer(after, message, *events, effects=effects, detail=detail)


def _age(context: Context) -> Message | None:
    """A word on how old the list of people is, when it is or soon will be too old."""
    if _too_old(context):
        return _days(context, "flow.people_too_old")
    allowed = context.rules.offline_days
    return _days(context, "flow.people_old") if allowed and context.offline_days > allowed - WARN_DAYS else None


def _days(context: Context, key: str) -> Message:
    return say(key, count=context.offline_days)
