"""Whatever a scanner reads or the feed says: every text that reaches a screen is harmless, in both languages."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rma_station.domain import codec
from rma_station.domain.book import Person
from rma_station.domain.clean import clean
from rma_station.domain.flows.inputs import Chosen, Pressed, Typed
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Text
from rma_station.ports import RawScan
from rma_station.services.bench import Update
from rma_station.services.texts import LANGUAGES, render
from tests.fakes import take_feed
from tests.flows.bench import SHIRT, line, rma
from tests.screens.noise import noise
from tests.services.bench import Row, ServiceBench


def texts(update: Update) -> list[Text]:
    """All the worker screen may show."""
    view, said = update.view, update.outcome
    shown = [view.title, view.prompt, view.accepts, *view.facts, *(choice.text for choice in view.choices)]
    shown += [view.undo] if view.undo else []
    shown += [one for one in (said.message, said.detail) if one] if said else []
    return shown


def harmless(update: Update) -> None:
    """Nothing is left to clean. Names on the status line are cleaned where they are drawn (``test_terminal.py``)."""
    for text in texts(update):
        for language in LANGUAGES:
            shown = render(text, language)
            assert clean(shown, 1000) == shown, ascii(shown)


@pytest.mark.failure(47)
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.binary(min_size=1, max_size=60), max_size=6))
def test_no_scan_and_no_feed_reaches_a_screen_as_it_came(seed: int, scans: list[bytes]) -> None:
    """People, products and lines named by an enemy, a return of theirs received, and bytes of any kind scanned."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        shirt = replace(SHIRT, name=_storable(noise(dice)))
        evil = rma(1, line("L1", shirt))
        evil = replace(evil, lines=tuple(replace(one, name=_storable(noise(dice))) for one in evil.lines))
        b = ServiceBench(Path(folder), (evil,))
        anna = Person("000001", _storable(noise(dice)) or "x", "worker")
        rows = [
            Row(1, "p", "person", "000001", codec.encode(anna)),
            Row(2, "s", "product", shirt.sku, codec.encode(shirt)),
        ]
        take_feed(b.reader, rows, "c2")
        given_in = [b.badge, lambda: b.scan("RMA-2026-000001"), lambda: b.scan("5901234123457")]
        for step in given_in:
            step()
            harmless(b.station.refresh().update or b.station.opening())
        for data in [*scans, noise(dice).encode("utf-8", "surrogatepass")]:
            b.clock.forward(1)
            update = b.station.handle(RawScan("scanner", data, b.clock.monotonic())).update
            assert update is not None
            harmless(update)
        for press in (Chosen(1), Pressed(Command.FIND), Typed(noise(dice)), Pressed(Command.UNDO)):
            update = b.station.handle(press).update
            assert update is not None
            harmless(update)
        b.journal.close()


def _storable(text: str) -> str:
    """JSON of the feed has no half surrogates: the codec refuses them."""
    return text.replace("\ud800", "")
