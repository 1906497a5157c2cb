"""What the virtual scale and printer answer, without a process."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.errors import Malformed
from virtual_bench.printer_zpl import ZplModel
from virtual_bench.scale import PROTOCOLS, SETTLING, Answer, ScaleModel

LABEL = b"^XA^FO50,50^FDA^FS^XZ"


def test_a_weight_moves_and_then_is_stable() -> None:
    """``SI`` answers at once, dynamic first, then the weight that was put on."""
    scale = ScaleModel()
    scale.platform.put(1240, 10.0)

    assert scale.answers(b"SI\r\n", 10.1)[0].data.startswith(b"S D ")
    assert scale.answers(b"SI\r\n", 10.0 + SETTLING) == [Answer(b"S S      1.240 kg\r\n")]


def test_waiting_for_a_stable_weight() -> None:
    """``S`` answers when the weight has settled; never, when it does not."""
    scale = ScaleModel()
    scale.platform.put(500, 10.0)

    [answer] = scale.answers(b"S\r\n", 10.2)
    assert (answer.data, round(answer.after, 3)) == (b"S S      0.500 kg\r\n", 0.4)
    scale.platform.switch("motion", 20.0)
    assert scale.answers(b"S\r\n", 20.0) == [Answer(b"S I\r\n", 3.0)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("over", b"S +\r\n"), ("under", b"S -\r\n"), ("busy", b"S I\r\n"), ("stuck", b"S S      0.000 kg\r\n")],
)
def test_faults_of_the_scale(mode: str, expected: bytes) -> None:
    """Overload, underload, busy, and a scale that shows what it showed."""
    scale = ScaleModel()
    scale.platform.switch(mode, 1.0)
    scale.platform.put(777, 2.0)

    assert scale.answers(b"SI\r\n", 9.0) == [Answer(expected)]


def test_a_mute_scale_and_identity_and_nonsense() -> None:
    """Silence, serial number, syntax error; commands may come in pieces."""
    scale = ScaleModel()

    assert scale.answers(b"I4\r\n@\r\n", 1.0) == [Answer(b'I4 A "VB00000001"\r\n')] * 2
    assert scale.answers(b"HELLO\r\n", 1.0) == [Answer(b"ES\r\n")]
    assert scale.answers(b"S", 1.0) == scale.answers(b"I\r", 1.0) == []
    assert len(scale.answers(b"\n", 1.0)) == 1
    scale.platform.switch("mute", 2.0)
    assert scale.answers(b"SI\r\n", 3.0) == []


def test_zero_only_when_stable_and_near_zero() -> None:
    """``Z A`` sets it, ``Z I`` in motion, ``Z +`` with a load."""
    scale = ScaleModel()
    scale.platform.put(12, 1.0)

    assert scale.answers(b"Z\r\n", 1.1) == [Answer(b"Z I\r\n")]
    assert scale.answers(b"Z\r\n", 5.0) == [Answer(b"Z A\r\n")]
    assert scale.answers(b"SI\r\n", 5.0) == [Answer(b"S S      0.000 kg\r\n")]
    scale.platform.put(9000, 6.0)
    assert scale.answers(b"Z\r\n", 9.0) == [Answer(b"Z +\r\n")]


def test_tare_takes_the_container_off() -> None:
    """Not in motion, and not below zero; zero forgets it."""
    scale = ScaleModel()
    scale.platform.put(200, 1.0)

    assert scale.answers(b"T\r\n", 1.1) == [Answer(b"T I\r\n")]
    assert scale.answers(b"T\r\n", 5.0) == [Answer(b"T S      0.200 kg\r\n")]
    scale.platform.put(700, 6.0)
    assert scale.answers(b"SI\r\n", 9.0) == [Answer(b"S S      0.500 kg\r\n")]


def test_a_scale_can_become_one_of_another_protocol() -> None:
    """What lies on it stays; a protocol that streams needs no question."""
    scale = ScaleModel("radwag")
    scale.platform.put(1250, 1.0)

    assert scale.answers(b"SI\r\n", 5.0) == [Answer(b"SI        1.250 kg \r\n")]
    assert scale.answers(b"Z\r\n", 5.0) == [Answer(b"Z A\r\n"), Answer(b"Z ^\r\n")]
    assert (scale.streams, scale.streamed(5.0)) == (False, b"")
    scale.speak("t-scale")
    assert (scale.streams, scale.streamed(5.0)) == (True, b"ST,GS,   1.250 kg\r\n")
    with pytest.raises(Malformed, match="allowed: mt-sics radwag"):
        scale.speak("morse")


def test_a_label_is_printed_and_counted() -> None:
    """The odometer is the evidence; ``^PQ`` prints copies; a format without marks prints nothing."""
    printer = ZplModel(odometer=7)
    printer.receive(LABEL + b"^XA^FO1,1^FDB^PQ2^FS^XZ^XA^JUS^XZ")

    assert printer.printed == [LABEL, b"^XA^FO1,1^FDB^PQ2^FS^XZ", b"^XA^FO1,1^FDB^PQ2^FS^XZ"]
    assert printer.receive(b'! U1 getvar "odometer.total_label_count"\r\n') == b'"10"'
    assert printer.receive(b'! U1 getvar "no.such"\r\n') == b'"?"'


READY = b"\x02030,0,0,0256,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"


def test_host_status_of_a_ready_printer() -> None:
    """Three strings, twelve, eleven and two fields."""
    assert ZplModel().receive(b"~HS") == READY


@pytest.mark.parametrize(
    ("problem", "bits"), [("media_out", b"00000001"), ("ribbon_out", b"00000002"), ("head_open", b"00000004")]
)
def test_a_stopped_printer_is_silent_on_hs_and_answers_hqes(problem: str, bits: bytes) -> None:
    """As Zebra documents; the label waits and comes out when the cause is gone."""
    printer = ZplModel()
    printer.set_problems(frozenset({problem}))
    printer.receive(LABEL)

    assert printer.receive(b"~HS") == b""
    assert b"ERRORS:         1 00000000 " + bits in printer.receive(b"~HQES")
    assert printer.printed == []
    printer.set_problems(frozenset())
    assert printer.printed == [LABEL]


def test_a_paused_printer_says_so_and_keeps_the_label() -> None:
    """The label comes out after ``~PS``."""
    printer = ZplModel()
    printer.receive(b"~PP" + LABEL)

    assert printer.receive(b"~HS").startswith(b"\x02030,0,1,0256,001,")
    printer.receive(b"~PS")
    assert printer.printed == [LABEL]


def test_a_cut_format_glues_the_next_one_until_it_is_cancelled() -> None:
    """``~HS`` says partial; ``~JX`` throws the half away."""
    printer = ZplModel()
    printer.receive(b"^XA^FO1,1^FDhalf")
    assert printer.receive(b"~HS").startswith(b"\x02030,0,0,0256,000,0,0,1,")
    printer.receive(LABEL)
    assert printer.printed == [b"^XA^FO1,1^FDhalf" + LABEL]

    printer.receive(b"^XA^FO1,1^FDhalf~JX" + LABEL)
    assert printer.printed[1:] == [LABEL]


def test_a_silent_printer_prints_and_says_nothing() -> None:
    """Bytes are taken, nothing is answered."""
    printer = ZplModel()
    printer.silent = True

    assert printer.receive(b"~HS~HI~HQES" + LABEL) == b""
    assert printer.printed == [LABEL]


PIECES = st.lists(
    st.sampled_from([LABEL, b"^XA", b"^XZ", b"~HS", b"~HQES", b"~H", b"~JX", b"~", b"^", b"! U1 ", b"\r\n", b"!", b"x"])
).map(b"".join)


@given(PIECES | st.binary(), st.lists(st.integers(0, 100)))
def test_any_chunking_prints_the_same(stream: bytes, cuts: list[int]) -> None:
    """Neither answers nor labels depend on how the network cut the bytes."""
    whole, cut = ZplModel(), ZplModel()
    places = [0, *sorted(place for place in cuts if place < len(stream)), len(stream)]
    answers = b"".join(cut.receive(stream[a:b]) for a, b in itertools.pairwise(places))

    assert (answers, cut.printed) == (whole.receive(stream), whole.printed)


@given(st.binary())
def test_random_commands_never_raise(data: bytes) -> None:
    """Neither device minds what it is sent."""
    for protocol in PROTOCOLS:
        ScaleModel(protocol).answers(data, 1.0)
    ZplModel().receive(data)
