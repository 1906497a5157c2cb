"""What the virtual TSPL and EPL printers answer and print, without a process."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.errors import Malformed
from virtual_bench.printer_lines import EplModel, LinesModel, TsplModel
from virtual_bench.printers import CablePrinter, NetworkPrinter, make_printer

TSPL = b'SIZE 57 mm,32 mm\r\nCLS\r\nTEXT 10,10,"0",0,12,12,"A"\r\nPRINT 1,1\r\n'
EPL = b'q456\r\nN\r\nA10,10,0,3,1,1,N,"A"\r\nP1\r\n'
BITMAP = b"CLS\r\nBITMAP 0,0,2,3,0,\x1b!?\r\n~\r\nPRINT 1\r\n"
"""Its six bytes of picture look like a question and a line end."""


@pytest.mark.parametrize(("model", "label"), [(TsplModel(), TSPL), (EplModel(), EPL), (TsplModel(), BITMAP)])
def test_a_label_is_printed_whole(model: LinesModel, label: bytes) -> None:
    """In any pieces; copies are copies."""
    for byte in label * 2:
        model.receive(bytes([byte]))

    assert (model.printed, model.odometer, model.partial) == ([label, label], 2, False)


def test_as_many_copies_come_out_as_the_printing_line_says() -> None:
    """As many as the printing line says."""
    tspl, epl = TsplModel(), EplModel()
    tspl.receive(b"CLS\r\nPRINT 3,1\r\n")
    epl.receive(b"N\r\nP2\r\n")

    assert (tspl.odometer, epl.odometer) == (3, 2)


@pytest.mark.parametrize(
    ("problems", "tspl", "epl"),
    [
        ((), b"\x00", b"00\r\n"),
        (("media_out",), b"\x04", b"07\r\n"),
        (("head_open", "ribbon_out"), b"\x09", b"11,17\r\n"),
        (("paused",), b"\x10", b"92\r\n"),
    ],
)
def test_problems_are_told_and_stop_the_paper(problems: tuple[str, ...], tspl: bytes, epl: bytes) -> None:
    """What waits comes out when they are gone."""
    for model, question, answer, label in (
        (TsplModel(), b"\x1b!?", tspl, TSPL),
        (EplModel(), b"\r\n^ee\r\n", epl, EPL),
    ):
        model.set_problems(frozenset(problems))
        assert model.receive(question + label + question) == answer * 2
        assert model.formats_waiting == bool(problems)
        model.set_problems(frozenset())
        assert model.printed == [label]


def test_models_are_told_only_when_ready() -> None:
    """And nothing at all by a silent printer."""
    tspl, epl = TsplModel(), EplModel()
    assert tspl.receive(b"~!T") == b"TE210\r\n"
    assert epl.receive(b"\r\nUQ\r\n").startswith(b"UKQ1935HLU      V4.42\r\n")
    for model in (tspl, epl):
        model.set_problems(frozenset({"media_out"}))
        assert model.receive(b"\r\n~!T\r\nUQ\r\n") == b""
        model.set_problems(frozenset())
        model.silent = True
        assert model.receive(b"\r\n^ee\r\n\x1b!?") == b""


@pytest.mark.parametrize(("make", "label", "cut"), [(TsplModel, TSPL, 45), (EplModel, EPL, 20)])
def test_half_a_label_is_cleared_by_the_next_one(make: type[LinesModel], label: bytes, cut: int) -> None:
    """After an empty line that ends the half one; without it the next label's first line would be lost."""
    model = make()
    model.receive(label[:cut])
    assert model.partial

    model.receive(b"\r\n" + label)

    (printed,) = model.printed
    assert printed.endswith(label[label.index(b"CLS" if make is TsplModel else b"N") :])
    assert printed.count(b'"A') == 1


@given(st.lists(st.sampled_from([TSPL, EPL, BITMAP, b"\x1b!?", b"~!T", b"\r\n^ee\r\n", b"junk\x00\r\n"]), max_size=6))
def test_pieces_change_nothing(parts: list[bytes]) -> None:
    """The same answers and labels, however the bytes arrive."""
    for make in (TsplModel, EplModel):
        data = b"".join(parts)
        whole, cut = make(), make()
        answers = b"".join(cut.receive(bytes([byte])) for byte in data)

        assert (whole.receive(data), whole.printed, whole.partial) == (answers, cut.printed, cut.partial)


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data: bytes) -> None:
    """A printer takes anything."""
    for model, chunk in itertools.product((TsplModel(), EplModel()), (data, data[::-1])):
        model.receive(chunk)


def test_printers_by_their_names(tmp_path: Path) -> None:
    """ZPL over TCP when nothing else is said."""
    made = [make_printer(wanted, tmp_path) for wanted in ("a", "b:tspl", "c:epl:usb")]

    assert [(type(one), one.name, one.model.language) for one in made] == [
        (NetworkPrinter, "a", "zpl"),
        (NetworkPrinter, "b", "tspl"),
        (CablePrinter, "c", "epl"),
    ]


@pytest.mark.parametrize("wanted", ["", "a:pcl", "a:zpl:lpt", "a:zpl:usb:x", ":zpl"])
def test_no_such_printer(wanted: str, tmp_path: Path) -> None:
    """A model that does not exist is refused with the names of those that do."""
    with pytest.raises(Malformed, match="LANGUAGE one of zpl, tspl, epl"):
        make_printer(wanted, tmp_path)
