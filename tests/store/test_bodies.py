"""What a row's body says is what is read back from it, with every field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.rma import Grading, Parcel, ParcelState, Unit
from rma_station.store.bodies import write_body, write_event

GRADING = Grading("e-2", "000101", "B", "outlet", "OUT-1", "apparel", 3, {"tag": "no"}, "A", "restock", "worn")
BODIES = [
    Unit("u-1", "p-1", "R7YBF0001U", "e-1"),
    Unit("u-1", "p-1", "R7YBF0001U", "e-1", rma_id="RMA-2026-000001", slots=(2, 3), gradings=(GRADING,)),
    Parcel("p-1", state=ParcelState.SET_ASIDE, code="Zażółć \u2028 \"gęślą\" \\ jaźń", rma_ids=("RMA-2026-000001",)),
    PrintUnitLabel("j-1", "u-1", "R7YBF0001U", "B", "outlet", "OUT-1", "RMA-2026-000001", "SHIRT-M", "Koszula"),
]  # fmt: skip


@pytest.mark.parametrize("value", BODIES, ids=lambda value: type(value).__name__)
def test_a_body_is_read_back_as_it_was(value: object) -> None:
    """Enums by their value, text as it is, and what has its default too."""
    assert value == codec.decode(type(value), codec.from_bytes(write_body(value).encode()))


def test_a_row_of_a_version_that_left_defaults_out_is_read() -> None:
    """Journals written before have only the fields that differ from their default."""
    unit = BODIES[1]

    assert unit == codec.decode(Unit, codec.from_bytes(codec.write(unit).encode()))


TEXT = st.text(st.characters() | st.sampled_from('\x00\x1f\x7f\n"\\/\u2028\ud800'), max_size=8)
"""Half a surrogate pair and what JSON escapes among it."""


@given(data=st.data(), kind=st.sampled_from(sorted(ev.BY_TYPE)))
def test_an_event_has_the_bytes_that_codec_decides(data: st.DataObject, kind: str) -> None:
    """Every type, with and without its defaults, any text and any number; what cannot be encoded is refused alike."""
    with_text = {str: TEXT, str | None: st.none() | TEXT}
    hints = codec._hints(ev.BY_TYPE[kind])
    given_as = {name: with_text[hint] for name, hint in hints.items() if hint in with_text and name != "TYPE"}
    event = data.draw(st.builds(ev.BY_TYPE[kind], **given_as))

    assert _bytes_or_error(write_event, event) == _bytes_or_error(lambda one: codec.write(one).encode(), event)


def test_what_orjson_would_write_otherwise_is_left_to_codec() -> None:
    """A dataclass in a field is written without its defaults, and a number of any length as it is."""
    for answers in (
        {"one": Parcel("p-1")},
        {"one": 1 << 80},
        {"one": ParcelState.OPEN},
        {3: "three"},
        {"one": b"\x01"},
    ):
        event = ev.UnitGraded("u-1", "apparel", 3, answers, "B", "B", "outlet", "outlet", "OUT-1")  # type: ignore[arg-type]

        assert write_event(event) == codec.write(event).encode()


def _bytes_or_error(write: Any, event: object) -> Any:
    try:
        return write(event)
    except UnicodeEncodeError as error:
        return type(error)
