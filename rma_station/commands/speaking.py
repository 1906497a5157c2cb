"""What a command says, and what stops it, in the language of the station it was called for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from rma_station.config import Config
from rma_station.domain.outcome import say
from rma_station.domain.record import replace
from rma_station.errors import StationError
from rma_station.services.texts import LANGUAGES, administrator, render, word

TITLE = "stopped.title."


def which_language() -> argparse.ArgumentParser:
    """The argument that says in which language, as a parent of a command's parser."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--language", choices=LANGUAGES, help="default: the station's")
    return made


def in_language(config: Config, language: Literal["pl", "en"] | None) -> Config:
    """The configuration with the language that was asked for, or its own where none was."""
    return replace(config, station=replace(config.station, language=language)) if language else config


@contextmanager
def speaking(config: Config) -> Iterator[None]:
    """Whatever stops what is done inside is said in the station's language."""
    try:
        yield
    except StationError as error:
        error.language = config.station.language
        raise


def stopped(error: StationError) -> str:
    """What stopped a command, with its heading."""
    kinds = (kind.__name__ for kind in type(error).__mro__)
    key = next((TITLE + kind for kind in kinds if TITLE + kind in administrator(error.language)), "")
    return f"{word(key, error.language) if key else error.title}: {in_words(error, error.language)}"


def in_words(error: StationError, language: str) -> str:
    """What stopped something, as a sentence; in English where no other has been found for it."""
    return str(error) if error.said is None else render(error.said, language)


def tell(config: Config, key: str, **values: str | int) -> None:
    """A line on standard output."""
    sys.stdout.write(render(say(key, **values), config.station.language) + "\n")
    sys.stdout.flush()
