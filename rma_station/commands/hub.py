"""``rma-station hub``: hands over to the hub's own command line, which is loaded only now."""

from __future__ import annotations


def execute(arguments: list[str]) -> int:
    """Run a ``hub`` command."""
    from hub import command_line

    return command_line.execute(arguments)
