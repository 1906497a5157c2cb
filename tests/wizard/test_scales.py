"""A scale is found by listening and by harmless questions, and proved with a known weight."""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.catalogue import PROTOCOLS, scale_protocol
from drivers.scales.peer import STREAMING
from rma_station.wizard import scales
from rma_station.wizard.hearing import Times
from tests.drivers.machine import Machine
from tests.drivers.scales.test_usb_hid import USUAL
from tests.drivers.test_hidraw import message_pipe
from tests.wizard.peers import ScalePeer
from tests.wizard.person import Person

QUICK = Times(scan=2.0, pause=0.05, listen=0.3, answer=0.15, stable=3.0)
BY_HAND = ("sartorius", "kern", "adam", "dibal", "dialog06")
"""No harmless question is known; a person chooses."""
UNDECIDED = ("cas-ap",)
"""Whose answer could be another's too: a person chooses among those that fit."""


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_scale_of_every_protocol_is_proved(name: str) -> None:
    """By listening, by asking, or by choosing from what fits; and what is written can be opened again."""
    with ScalePeer(name) as peer:
        protocol, url = scales.find(Person(*_answers(name)).talk(), peer.url, QUICK) or (None, "")

    assert protocol is not None
    assert (protocol.name, url) == (name, peer.url)


def _answers(name: str) -> list[tuple[str, str]]:
    """What a person answers until the protocol is known."""
    answers = [("Enter when done", "")]
    if name in STREAMING:
        return answers
    answers.append(("Ask it?", "yes"))
    if name in BY_HAND:
        answers += [("by hand?", "yes"), ("Which protocol", str(PROTOCOLS.index(name) + 1))]
    elif name in UNDECIDED:
        answers.append(("Which protocol", "1"))
    return answers


def test_no_probe_zeroes_or_tares_a_scale() -> None:
    """Of all protocols, everything that is ever sent while looking; words of the manuals (hardware reference 0, 7)."""
    sent = [probe for name in PROTOCOLS for probe in scale_protocol(name).probes]
    forbidden = re.compile(rb"^(Z|T|C|TI|ZI|TA|TAC|OT|UT.*|\x1bT.*|\x1bV.*|\x1bU.*|\x1bf.*|@|t)\r?\n?$")

    assert [probe for probe in sent if forbidden.match(probe)] == []


def test_a_scale_is_not_asked_before_it_was_agreed_to() -> None:
    """Listening sends nothing."""
    with ScalePeer("mt-sics") as peer:
        person = Person(("Enter when done", ""), ("Ask it?", "no"), ("by hand?", "no"))
        assert scales.prove(person.talk(), peer.url, Path("/"), QUICK) is None

    assert peer.told == b""


def test_a_scale_is_proved_with_a_known_weight() -> None:
    """Its unit is remembered; while it is proved it is never zeroed."""
    with ScalePeer("mt-sics") as peer:
        person = Person(
            ("Enter when done", ""),
            ("Ask it?", "yes"),
            ("Enter when done", ""),
            ("How much is it", "much"),
            ("How much is it", "1,25 kg"),
            does={"The scale says 0.000 kg": lambda: peer.put(1250)},
        )
        section = scales.prove(person.talk(), peer.url, Path("/"), QUICK)

    assert section == {"url": peer.url, "protocol": "mt-sics", "unit": "kg"}
    assert "Right: 1.250 kg for 1,25 kg" in person.text
    assert "A number with g, kg, lb or oz" in person.text
    assert b"Z" not in peer.told


def test_a_protocol_without_a_unit_gets_it_from_the_weight() -> None:
    """Toledo 8217 does not say its unit: the known weight tells which one is written into the section."""
    with ScalePeer("toledo-8217") as peer:
        person = Person(
            ("Enter when done", ""),
            ("Ask it?", "yes"),
            ("Enter when done", ""),
            ("How much is it", "2 kg"),
            does={"Put something": lambda: peer.put(2000)},
        )
        section = scales.prove(person.talk(), peer.url, Path("/"), QUICK)

    assert section == {"url": peer.url, "protocol": "toledo-8217", "unit": "kg"}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("1.25 g", "1000 times as much"),
        ("2.75 lb", None),
        ("5 kg", "Was it that weight?"),
        ("1.25 lb", "the number fits lb"),
    ],
)
def test_a_weight_that_does_not_fit_is_explained_and_not_written(known: str, said: str | None) -> None:
    """Shifted decimals, another unit, or not that weight."""
    with ScalePeer("mt-sics") as peer:
        answers = [("Enter when done", ""), ("Ask it?", "yes"), ("Enter when done", ""), ("How much is it", known)]
        person = Person(*answers, ("Again?", "no"), does={"Put something": lambda: peer.put(1250)})
        section = scales.prove(person.talk(), peer.url, Path("/"), QUICK)

    assert (section is None) is (said is not None)
    assert said is None or said in person.text


def test_without_a_weight_at_hand_the_unit_it_says_is_remembered() -> None:
    """And the person is told that it was not proved."""
    with ScalePeer("a-and-d") as peer:
        person = Person(("Enter when done", ""), ("Ask it?", "yes"), ("Enter when done", ""), ("How much is it", "-"))
        section = scales.prove(person.talk(), peer.url, Path("/"), QUICK)

    assert section is not None
    assert section["unit"] in ("g", "kg")
    assert "Not proved with a weight" in person.text


def test_a_weight_in_motion_is_waited_for_and_a_scale_that_says_nothing_is_told() -> None:
    """Nothing is written without a weight that stands still."""
    with ScalePeer("mt-sics") as peer:
        person = Person(
            ("Enter when done", ""),
            ("Ask it?", "yes"),
            ("Enter when done", ""),
            ("How much is it", "1.25 kg"),
            ("Again?", "no"),
            does={"Put something": lambda: peer.platform.switch("motion", 0.0)},
        )
        assert scales.prove(person.talk(), peer.url, Path("/"), Times(listen=0.05, answer=0.05, stable=0.5)) is None

    assert "No stable weight came" in person.text


def test_noise_and_a_port_that_cannot_be_opened_are_told(tmp_path: Path) -> None:
    """Neither is a scale; no trace-back."""
    with ScalePeer("mt-sics", says=bytes(range(128, 200))) as peer:
        peer.platform.switch("mute", 0.0)
        person = Person(("Enter when done", ""), ("Ask it?", "yes"), ("by hand?", "no"))
        assert scales.prove(person.talk(), peer.url, Path("/"), QUICK) is None
    assert "No answer that we know" in person.text

    person = Person(("Enter when done", ""), ("Ask it?", "no"), ("by hand?", "no"))
    assert scales.prove(person.talk(), f"serial:{tmp_path}/nothing", Path("/"), QUICK) is None
    assert "The device cannot be used" in person.text


def test_a_usb_scale_is_proved_with_a_known_weight(tmp_path: Path) -> None:
    """No protocol to find: its report descriptor says what it is."""
    machine = Machine(tmp_path)
    node = machine.hidraw(machine.usb("1-2", "0922", "8003", "DYMO", "M10", "D1"), "hidraw3", USUAL, "DYMO M10")
    ended = threading.Event()
    with message_pipe(node) as peer:

        def weigh() -> None:
            while not ended.wait(0.02):
                with suppress(BlockingIOError):
                    os.write(peer, bytes.fromhex("030402006e03"))  # 878 g, stable

        sending = threading.Thread(target=weigh)
        sending.start()
        person = Person(("Enter when done", ""), ("How much is it", "880 g"))
        section = scales.prove(person.talk(), "hid-scale:0922:8003?serial=D1", tmp_path, QUICK)
        ended.set()
        sending.join()

    assert section == {"url": "hid-scale:0922:8003?serial=D1", "unit": "g"}
    assert "Right: 878 g for 880 g" in person.text
