"""One run of the demo, from the first process to the closing table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rma_station.demo import afternoon, audit, morning, table
from rma_station.demo.doubt import DoesNotAddUp
from rma_station.demo.faults import Faults
from rma_station.demo.shop import Shop
from rma_station.demo.stage import Stage
from rma_station.demo.stories import Story
from rma_station.demo.transcript import Transcript
from rma_station.demo.worker import Worker
from rma_station.errors import StationError

DAY = (*morning.STORIES, *afternoon.STORIES)
ALL = 40
"""Sample returns in the whole form."""


@dataclass(frozen=True)
class Wanted:
    """What to run.

    ``meddle`` is called before the audit: tests spoil something there and see that it is found.
    """

    returns: int = ALL
    language: str = "pl"
    kept: bool = False
    """The folder is kept when the run is over."""
    meddle: Callable[[Worker], object] = lambda _worker: None


def chosen(stories: Sequence[Story], returns: int) -> list[Story]:
    """So many returns, in the order of the day: first the core stories, then the others as they come."""
    ordered = [*(one for one in stories if one.core), *(one for one in stories if not one.core)]
    picked: list[Story] = []
    for one in ordered:
        if sum(len(each.returns) for each in picked) + len(one.returns) <= returns:
            picked.append(one)
    return [one for one in stories if one in picked]


def run(folder: Path, wanted: Wanted, transcript: Transcript) -> bool:
    """Run it all in a folder; whether everything adds up. What does not is in the transcript."""
    stories = chosen(DAY, wanted.returns)
    with ExitStack() as ends:
        try:
            stage = Stage(folder, wanted.language)
            ends.callback(stage.close)
            _all(stage, stories, wanted, transcript)
        except DoesNotAddUp as problem:
            transcript.plain(f"\n{transcript.either('NIE ZGADZA SIĘ', 'DOES NOT ADD UP')}: {problem}")
            return False
        except StationError as problem:
            transcript.plain(f"\n{problem.title}: {problem}")
            return False
    return True


def _all(stage: Stage, stories: Sequence[Story], wanted: Wanted, transcript: Transcript) -> None:
    stage.start_hub()
    worker = Worker(stage, Shop.of(datetime.now(UTC).date()), transcript)
    worker.patient = wanted.returns == ALL
    _day(worker, stories, Faults(worker, stories))
    wanted.meddle(worker)
    found = audit.everything(worker)
    table.write(worker, stories, found, stage.folder if wanted.kept else None)


def _day(worker: Worker, stories: Sequence[Story], faults: Faults) -> None:
    say = worker.transcript.either
    worker.start_station()
    worker.fetch_codes()
    begun = worker.transcript.seconds
    worker.transcript.heading(say("Początek zmiany", "The shift begins"))
    worker.scan(worker.shop.tracking(1), "attention:badge_first")
    worker.badge("Ola" if worker.language == "pl" else "Mary")
    for number, one in enumerate(stories, 1):
        faults.before(one)
        names = ", ".join(worker.shop.rma_id(each) for each in one.returns) or "-"
        worker.transcript.heading(f"{number:>2}. {names}  {say(one.pl, one.en)}")
        one.tell(worker)
        faults.after(one)
    worker.transcript.heading(say("Koniec zmiany", "The shift ends"))
    faults.end()
    worker.command("sign_out", "ready:sign_out_question")
    worker.command("yes", "ok:signed_out")
    worker.worked_seconds = worker.transcript.seconds - begun
