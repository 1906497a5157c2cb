"""A scale is asked, never told: fresh readings, silence named, back by itself."""

from __future__ import annotations

import itertools
import os
import select
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.catalogue import open_scale, scale_protocol
from drivers.scales.protocol import ACK, nothing
from drivers.serial_scale import SerialScale
from drivers.transport import open_url
from rma_station.errors import Malformed
from rma_station.ports import DeviceState, DeviceStatus
from rma_station.system import SystemClock
from tests.drivers.support import QUICK, Inbox, Line, wait_until

MT_SICS = scale_protocol("mt-sics")
OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR


class Peer:
    """A scale at the far end of a line: answers commands from a table that tests change."""

    def __init__(self, folder: Path) -> None:
        self.line = Line(folder)
        self.asked: list[bytes] = []
        self.answers: dict[bytes, bytes] = {b"SI": b"S S      1.250 kg\r\n", b"I4": b'I4 A "B1"\r\n', b"Z": b"Z A\r\n"}
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve, args=(self.line.near,), daemon=True)
        self._thread.start()

    def _serve(self, near: int) -> None:
        held = b""
        while self._stop not in select.select([near, self._stop], [], [])[0]:
            *commands, held = (held + os.read(near, 100)).split(b"\r\n")
            for command in commands:
                self.asked.append(command)
                if self.answers.get(command):
                    self.line.send(self.answers[command])

    def gone(self) -> None:
        """Unplug; the thread ends first, because a reader would keep the line alive."""
        if self._thread.is_alive():
            os.write(self._stopped, b"x")
            self._thread.join()
        self.line.unplug()


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    peer = Peer(tmp_path)
    yield peer
    peer.gone()


@pytest.fixture
def scale(peer: Peer, inbox: Inbox) -> Iterator[SerialScale]:
    scale = SerialScale("scale", lambda: open_url(peer.line.url), SystemClock(), MT_SICS, backoff=QUICK)
    scale.start(inbox)
    yield scale
    scale.stop()


def values(inbox: Inbox) -> list[tuple[Decimal | None, bool | None, str]]:
    """Value, stability and flag of what was posted, repetitions left out."""
    shown = [(w.reading.value, w.reading.stable, w.reading.flag) for w in inbox.weighings]
    return [item for at, item in enumerate(shown) if at == 0 or shown[at - 1] != item]


def details(inbox: Inbox, state: DeviceState) -> list[str]:
    return [item.detail for item in inbox.messages if isinstance(item, DeviceStatus) and item.state is state]


def test_readings_come_by_themselves(scale: SerialScale, peer: Peer, inbox: Inbox) -> None:
    """The scale names itself, and a fresh reading is there at least every half second though nothing changes."""
    inbox.until(lambda: len(inbox.weighings) >= 4)

    assert values(inbox) == [(Decimal("1.250"), True, "")]
    times = [weighing.reading.at for weighing in inbox.weighings]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 1.0
    assert details(inbox, READY)[0].endswith("MT-SICS B1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"S D      0.900 kg\r\n", (Decimal("0.900"), False, "")),
        (b"S +\r\n", (None, None, "over")),
        (b"S I\r\n", (None, None, "not_ready")),
        (b"ES\r\n", (None, None, "syntax")),
        (b"T S      9.000 kg\r\nS S      0.100 kg\r\n", (Decimal("0.100"), True, "")),
        (b"0.900 kg\r\nZ A\r\nS S      0.200 kg\r\n", (Decimal("0.200"), True, "")),
    ],
)
def test_answers_become_readings_and_unasked_lines_do_not(
    scale: SerialScale, peer: Peer, inbox: Inbox, answer: bytes, expected: tuple[Decimal | None, bool | None, str]
) -> None:
    """Errors are ``None`` with a flag; a tare or half a line in between is skipped."""
    inbox.until(lambda: bool(inbox.weighings))
    peer.answers[b"SI"] = answer
    inbox.until(lambda: values(inbox)[-1] == expected)

    assert values(inbox) == [(Decimal("1.250"), True, ""), expected]


def test_a_scale_switched_off_says_so_and_posts_nothing_more(scale: SerialScale, peer: Peer, inbox: Inbox) -> None:
    """The line stays open; it is ERROR with the remedy, and READY when it answers again."""
    inbox.until(lambda: bool(inbox.weighings))
    peer.answers[b"SI"] = b""
    inbox.until(lambda: inbox.states[-1] is ERROR)
    count = len(inbox.weighings)
    asked = len(peer.asked)
    wait_until(lambda: len(peer.asked) >= asked + 1)

    assert values(inbox) == [(Decimal("1.250"), True, ""), (None, None, "silent")]
    assert len(inbox.weighings) == count
    assert "switched on" in details(inbox, ERROR)[0]
    peer.answers[b"SI"] = b"S S      0.500 kg\r\n"
    inbox.until(lambda: inbox.states[-1] is READY and values(inbox)[-1] == (Decimal("0.500"), True, ""))


def test_a_scale_of_another_protocol_is_named(scale: SerialScale, peer: Peer, inbox: Inbox) -> None:
    """What it sends is shown, cleaned."""
    peer.answers[b"SI"] = b"ST,GS,\x1b[2J 1.000kg\r\n"
    inbox.until(lambda: ERROR in inbox.states)

    assert details(inbox, ERROR) == ["does not speak MT-SICS: ST,GS,␛[2J 1.000kg"]


@pytest.mark.parametrize(("order", "command"), [("zero", b"Z"), ("tare", b"T")])
def test_nothing_but_questions_is_sent_by_itself(
    scale: SerialScale, peer: Peer, inbox: Inbox, order: str, command: bytes
) -> None:
    """Zero and tare are set only when a worker says so, and once."""
    inbox.until(lambda: len(inbox.weighings) >= 2)
    assert set(peer.asked) == {b"I4", b"SI"}
    getattr(scale, order)()
    wait_until(lambda: command in peer.asked)
    asked = len(peer.asked)
    wait_until(lambda: len(peer.asked) > asked + 2)

    assert [peer.asked.count(b"Z"), peer.asked.count(b"T"), peer.asked.count(command)].count(1) == 2


def test_a_zero_asked_of_an_absent_scale_is_forgotten(tmp_path: Path, inbox: Inbox) -> None:
    """It would surprise the one who plugs it in."""
    peer = Peer(tmp_path)
    peer.gone()
    scale = SerialScale("scale", lambda: open_url(peer.line.url), SystemClock(), MT_SICS, backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: ERROR in inbox.states)
    scale.zero()
    back = Peer(tmp_path)
    inbox.until(lambda: len(inbox.weighings) >= 2)
    scale.stop()
    back.gone()

    assert b"Z" not in back.asked


def test_unplugged_and_back(peer: Peer, scale: SerialScale, inbox: Inbox, tmp_path: Path) -> None:
    """Quiet while it is gone, readings again when it is back."""
    inbox.until(lambda: bool(inbox.weighings))
    peer.gone()
    inbox.until(lambda: inbox.states[-1] is ERROR)
    count = len(inbox.weighings)
    back = Peer(tmp_path)
    back.answers[b"SI"] = b"S S      7.000 kg\r\n"
    inbox.until(lambda: values(inbox)[-1][0] == Decimal("7.000"))

    assert len(inbox.weighings) > count
    assert inbox.states[-1] is READY
    back.gone()


def test_a_scale_that_streams_by_itself_is_read_too(peer: Peer, inbox: Inbox) -> None:
    """What came unasked before the question is stale and thrown away."""
    peer.line.send(b"S S      9.999 kg\r\n" * 50)
    scale = open_scale("scale", peer.line.url + "?baud=9600", "mt-sics", SystemClock())
    scale.start(inbox)
    peer.line.send(b"S S      9.999 kg\r\n" * 3)
    inbox.until(lambda: bool(inbox.weighings) and values(inbox)[-1] == (Decimal("1.250"), True, ""))
    scale.stop()


TWO_STEPS = replace(
    MT_SICS,
    identity=None,
    ask=(b"ready?\r\n", b"weight\r\n"),
    parse=lambda frame, at: nothing(ACK, frame, at) if frame == b"yes\r\n" else MT_SICS.parse(frame, at),
    answers=None,
)
STREAMING = replace(MT_SICS, identity=None, ask=(), patience=0.2, exact=True)


def test_a_question_of_two_steps_and_an_answer_of_two_lines(peer: Peer, inbox: Inbox) -> None:
    """The second command goes out when the first was heard; an acknowledgement before the weight is no answer."""
    peer.answers = {b"ready?": b"yes\r\n", b"weight": b"yes\r\nS S      2.000 kg\r\n"}
    scale = SerialScale("scale", lambda: open_url(peer.line.url), SystemClock(), TWO_STEPS, backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: len(inbox.weighings) >= 2)
    scale.stop()

    assert values(inbox) == [(Decimal("2.000"), True, "")]
    assert peer.asked[:4] == [b"ready?", b"weight"] * 2


def test_a_scale_that_streams_is_listened_to(peer: Peer, inbox: Inbox) -> None:
    """Of what came at once the newest counts; when it stops it is ERROR, and READY when it goes on."""
    scale = SerialScale("scale", lambda: open_url(peer.line.url), SystemClock(), STREAMING, backoff=QUICK)
    scale.start(inbox)
    inbox.until(lambda: ERROR in inbox.states)
    peer.line.send(b"noise\r\nS D      1.000 kg\r\nS S      1.100 kg\r\nhalf")
    inbox.until(lambda: inbox.states[-1] is READY)
    inbox.until(lambda: inbox.states[-1] is ERROR)
    peer.line.send(b"\r\nS S      1.200 kg\r\n")
    inbox.until(lambda: inbox.states[-1] is READY)
    scale.stop()

    silent = (None, None, "silent")
    assert values(inbox) == [silent, (Decimal("1.100"), True, ""), silent, (Decimal("1.200"), True, "")]
    assert peer.asked == []


@pytest.mark.parametrize(("url", "protocol"), [("serial:/dev/x", "morse"), ("tcp:x", "mt-sics")])
def test_a_scale_that_cannot_be_configured_is_refused_at_once(url: str, protocol: str) -> None:
    """Before anything is opened."""
    with pytest.raises(Malformed):
        open_scale("scale", url, protocol, SystemClock())
