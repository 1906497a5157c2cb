"""Everything that can be commanded, in one table: keys, the help screen and the key line all come from it.

Printed command sheets use the same words (text ``key.<name>``). What is not in the table cannot be commanded.
"""

from __future__ import annotations

import enum

from rma_station.domain.command import Command
from rma_station.domain.record import dataclass


class Where(enum.Enum):
    """Who is meant to use an action; it only sorts the help screen, roles are checked where it matters."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"
    SAMPLE = "sample"
    """Only in sample mode."""


@dataclass(frozen=True)
class Action:
    """One thing that can be done by a key.

    Args:
        name: its text is ``key.<name>``; a name of its own for screens that are no command.
        keys: Textual key names, the one to show first.
        command: what the station is told; ``None`` for what only the screen does.
        where: who it is for.
    """

    name: str
    keys: tuple[str, ...]
    command: Command | None = None
    where: Where = Where.WORKER


def _command(command: Command, *keys: str) -> Action:
    return Action(command.value, keys, command)


ACTIONS: tuple[Action, ...] = (
    _command(Command.HELP, "f1", "question_mark"),
    _command(Command.YES, "plus"),
    _command(Command.NO, "minus"),
    _command(Command.UNDO, "f9"),
    _command(Command.CANCEL, "escape"),
    _command(Command.FIND, "f3", "slash"),
    _command(Command.SAME_AGAIN, "f4"),
    _command(Command.NO_BARCODE, "f5"),
    _command(Command.OVERRIDE, "f6"),
    _command(Command.SET_ASIDE, "f7"),
    _command(Command.PARCEL_DONE, "f8"),
    _command(Command.REPRINT, "f10"),
    _command(Command.LABEL_OWED, "f12"),
    _command(Command.RELABEL, "r"),
    _command(Command.PHOTO, "p"),
    _command(Command.LISTS, "f11", "l"),
    _command(Command.LANGUAGE, "j"),
    _command(Command.SIGN_OUT, "x"),
    Action("bench", ("f2",), where=Where.SAMPLE),
    Action("review", ("v",), where=Where.SUPERVISOR),
    Action("service", ("s",), where=Where.SUPERVISOR),
)

BY_KEY: dict[str, Action] = {key: action for action in ACTIONS for key in action.keys}
BY_NAME: dict[str, Action] = {action.name: action for action in ACTIONS}

_LABELS = {"plus": "+", "minus": "-", "escape": "Esc", "question_mark": "?", "slash": "/"}


def label(key: str) -> str:
    """A key as it is written on keyboards: ``F9``, ``Esc``, ``+``."""
    return _LABELS.get(key) or key.upper()


def key_of(name: str) -> str:
    """The key shown for an action.

    Raises:
        KeyError: no action has this name.
    """
    return label(BY_NAME[name].keys[0])


def number_of(key: str) -> int | None:
    """The choice a digit key stands for: 1 to 9."""
    return int(key) if len(key) == 1 and key in "123456789" else None
