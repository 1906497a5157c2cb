"""Signing in and out, and taking a parcel over: who works at the bench."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.effects import Effect, OpenSheet, SwitchLanguage
from rma_station.domain.flows import label
from rma_station.domain.flows.state import (
    Bench,
    ConfirmSignOut,
    Context,
    EnterPin,
    SignedOut,
    Step,
    about,
    ok,
    ready,
    stated,
    stop,
)
from rma_station.domain.outcome import say
from rma_station.domain.pins import verify_pin


def badge(bench: Bench, worker_id: str, context: Context) -> Step:
    """A genuine badge: sign in, take the open parcel over, or say why not."""
    person = context.book.person(worker_id)
    if person is None:
        return stop(bench, say("flow.badge_unknown"))
    if not person.active:
        return stop(bench, say("flow.badge_inactive", name=person.name))
    if worker_id == bench.worker_id:
        return ok(bench, say("flow.already_signed_in", name=person.name))
    if context.rules.badge_pin:
        if person.pin_hash is None:
            return stop(bench, say("flow.pin_not_set", name=person.name))
        return ready(bench.asking(EnterPin(worker_id)), say("flow.enter_pin", name=person.name))
    return _admit(bench, person, context)


def pin(bench: Bench, stage: EnterPin, typed: str, context: Context) -> Step:
    """The typed PIN of the worker whose badge was scanned."""
    person = context.book.person(stage.worker_id)
    if person is None or not person.active or person.pin_hash is None:
        return stop(bench.back(), say("flow.badge_unknown"))
    if not verify_pin(typed, person.pin_hash):
        return stop(bench, say("flow.pin_wrong"))
    return _admit(bench.back(), person, context)


def cancel_pin(bench: Bench) -> Step:
    """No PIN after all: whoever was signed in before goes on."""
    return ready(bench.back(), say("flow.cancelled"))


def ask_sign_out(bench: Bench) -> Step:
    """Show the shift before it ends."""
    return ready(bench.asking(ConfirmSignOut()), say("flow.sign_out_question"), effects=(OpenSheet("sign_out"),))


def sign_out(bench: Bench, context: Context) -> Step:
    """The shift ends; an open parcel is set aside first."""
    events = list(label.left(bench, context))
    if bench.parcel_id:
        events.append(stated(context, ev.ParcelSetAside(bench.parcel_id), about(context, bench.parcel_id)))
    events.append(stated(context, ev.WorkerSignedOut(bench.worker_id or ""), ev.Subject()))
    return ok(Bench(stage=SignedOut()), say("flow.signed_out"), *events)


def _admit(bench: Bench, person: Person, context: Context) -> Step:
    events = [stated(context, ev.WorkerSignedIn(person.worker_id), ev.Subject())]
    effects: tuple[Effect, ...] = (SwitchLanguage(person.language),)
    message = say("flow.signed_in", name=person.name)
    if bench.parcel_id and bench.worker_id:
        handed = ev.ParcelHandedOver(bench.parcel_id, bench.worker_id, person.worker_id)
        events.append(stated(context, handed, about(context, bench.parcel_id)))
        message = say("flow.parcel_taken_over", name=person.name)
    admitted = replace(bench, worker_id=person.worker_id, session_id=context.fresh.uuid(), last=None)
    # Another worker's badge in the middle of a unit takes over the question too: nothing is lost.
    after = admitted.at(bench.behind or bench.stage) if bench.worker_id else admitted.resting()
    return ok(after, message, *events, effects=effects)
