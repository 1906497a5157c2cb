"""What the arguments of many commands share: which station is meant, and help that is shown as it is written."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def which_station() -> argparse.ArgumentParser:
    """The arguments that say which station is meant, as a parent of other parsers."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--config", type=Path, metavar="FILE", help="configuration; default: the shipped one")
    made.add_argument("--data", type=Path, metavar="DIR", help="another data folder than the configured one")
    return made


def parser_of(
    command: str, about: str, examples: str = "", parents: Sequence[argparse.ArgumentParser] = ()
) -> argparse.ArgumentParser:
    """The parser of ``rma-station COMMAND``.

    Args:
        command: its name, such as ``backup``.
        about: text above the options, with its own line breaks.
        examples: text below the options.
        parents: as of ``argparse``, usually ``which_station()``. A command with second words (``hub person put``) gives
            them to each of its second words instead.
    """
    return argparse.ArgumentParser(
        f"rma-station {command}",
        description=about,
        epilog=examples,
        parents=parents,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
