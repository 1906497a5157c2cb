"""``rma-station hub acts``: what people did to the hub itself."""

from __future__ import annotations

from collections.abc import Sequence

from hub.command_line import ask, folder, parser, tell


def execute(arguments: Sequence[str]) -> int:
    """Show it, the newest first."""
    for row in ask(folder(parser("acts").parse_args(arguments)), "acts")["acts"]:
        line = f"{row['at']}  {row['by']:<16} {row['what']:<12} {row['subject']}  {row['result']}"
        tell(line)
    return 0
