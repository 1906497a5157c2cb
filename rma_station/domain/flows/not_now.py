"""The answer to what fits no question that stands: what is expected, and what to do so that it goes on."""

from __future__ import annotations

from rma_station.domain.flows.stages import (
    AskSupervisor,
    ConfirmDone,
    ConfirmGrade,
    ConfirmOrphan,
    ConfirmReopen,
    ConfirmSignOut,
    ConfirmUndeclared,
    Danger,
    EnterPin,
    Find,
    Grading,
    Idle,
    OverrideReason,
    Packaging,
    Photos,
    PickLine,
    PickRma,
    ScanBack,
    SignedOut,
    Stage,
    UnitMenu,
    Units,
)
from rma_station.domain.flows.state import Bench, Step, attention
from rma_station.domain.meaning import (
    AmbiguousScan,
    Command,
    LpnScan,
    ProductScan,
    RmaScan,
    Simple,
    TextScan,
    TrackingScan,
)
from rma_station.domain.outcome import Message, say

_EXPECTED: dict[type[Stage], str] = {
    SignedOut: "badge",
    EnterPin: "pin",
    AskSupervisor: "supervisor",
    Idle: "parcel",
    Packaging: "packaging",
    Units: "unit",
    PickLine: "line",
    Grading: "answer",
    ConfirmGrade: "grade",
    OverrideReason: "reason",
    Danger: "danger",
    Photos: "photo",
    ScanBack: "label",
}

_FIRST: dict[type[Stage], str] = {
    Idle: "parcel",
    Find: "number",
    Packaging: "packaging",
    Units: "unit",
    PickRma: "choice",
    PickLine: "choice",
    UnitMenu: "choice",
    OverrideReason: "choice",
    ConfirmOrphan: "yes_no",
    ConfirmReopen: "yes_no",
    ConfirmUndeclared: "yes_no",
    ConfirmDone: "yes_no",
    ConfirmSignOut: "yes_no",
    Grading: "answer",
    ConfirmGrade: "grade",
    Danger: "danger",
    Photos: "photo",
    ScanBack: "label",
}

_NAMES = {
    TrackingScan: "a_parcel",
    ProductScan: "a_product",
    RmaScan: "an_rma",
    LpnScan: "a_label",
    TextScan: "text",
    AmbiguousScan: "text",
}


def expected(stage: Stage) -> Message:
    """What a stage waits for."""
    return say(f"flow.expected_{_EXPECTED.get(type(stage), 'answer')}")


def that_is(meaning: Simple | AmbiguousScan) -> Message:
    """What was scanned instead."""
    return say(f"flow.that_is_{_NAMES[type(meaning)]}")


def command_not_now(bench: Bench, command: Command) -> Step:
    """A command the stage has no use for: said with the keys that lead on from here."""
    first = _FIRST.get(type(bench.stage))
    detail = say(f"flow.first_{first}") if first else expected(bench.stage)
    return attention(bench, say("flow.command_not_now", command=command.value), detail=detail)


def nobody_signed_in(bench: Bench) -> Step:
    """Somebody has to sign in first, or to end what was begun."""
    if isinstance(bench.stage, (EnterPin, AskSupervisor)):
        return attention(bench, expected(bench.stage), detail=say("flow.first_sign_in"))
    return attention(bench, say("flow.badge_first"))
