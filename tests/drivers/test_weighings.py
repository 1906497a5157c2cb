"""Which readings are posted, and which troubles of a scale can be seen."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal

import pytest

from drivers.catalogue import scale_protocol
from drivers.weighings import CONFIRMED, FIRST, UNIT_CHANGED, UNIT_MISSING, Weighings
from rma_station.domain.weight import Reading
from rma_station.ports import Weighing


class FakeSession:
    """Remembers what is posted and said."""

    def __init__(self) -> None:
        self.posted: list[Reading] = []
        self.said: list[tuple[str, tuple[str, ...]]] = []

    def post(self, message: Weighing) -> None:
        self.posted.append(message.reading)

    def ready(self, detail: str, problems: tuple[str, ...]) -> None:
        self.said.append((detail, problems))

    def silent(self, reason: str) -> None:
        self.said.append((reason, ("silent",)))


def begun(unit: str = "", protocol: str = "radwag") -> tuple[Weighings, FakeSession]:
    weighings, session = Weighings("scale", scale_protocol(protocol), unit), FakeSession()
    weighings.begin(session, "/dev/x 9600 8N1")  # type: ignore[arg-type]
    return weighings, session


def reading(value: str, unit: str | None = "kg", at: float = 0.0, raw: bytes = b"frame") -> Reading:
    return Reading(Decimal(value), unit, True, raw, at)


def test_an_unchanged_reading_is_posted_again_after_a_while_only() -> None:
    """The station is not flooded, and the newest reading is never old."""
    weighings, session = begun()
    for number in range(10):
        weighings.took(reading("1.250", at=number / 10))
    weighings.took(reading("1.251", at=0.91))

    assert [item.at for item in session.posted] == [0.0, 0.3, 0.6, 0.9, 0.91]


def test_a_scale_that_answers_in_another_unit_than_it_was_proved_with(caplog: pytest.LogCaptureFixture) -> None:
    """A problem on the service screen and a line in the log, once; its weights count, for the unit stands in them."""
    caplog.set_level(logging.INFO)
    weighings, session = begun(unit="kg")
    weighings.took(reading("2.756", "lb", at=0.0))
    weighings.took(reading("2.756", "lb", at=1.0))
    weighings.took(reading("1.250", "kg", at=2.0))

    assert session.said == [
        ("/dev/x 9600 8N1; answers in lb, expected is kg", (UNIT_CHANGED,)),
        ("/dev/x 9600 8N1; answers in lb, expected is kg", (UNIT_CHANGED,)),
        ("/dev/x 9600 8N1", ()),
    ]
    assert [item.unit for item in session.posted] == ["lb", "lb", "kg"]
    assert [record.message for record in caplog.records] == [
        "scale scale answers in lb; expected is kg",
        "scale scale answers in kg again",
    ]


def test_without_a_configured_unit_the_first_one_counts_also_after_replugging() -> None:
    """Somebody presses the unit key of a DYMO while it is unplugged."""
    weighings, session = begun()
    weighings.took(reading("1250", "g"))
    weighings.begin(session, "/dev/x")  # type: ignore[arg-type]
    weighings.took(reading("44.1", "oz", at=5.0))

    assert session.said == [("/dev/x 9600 8N1", ()), ("/dev/x; answers in oz, expected is g", (UNIT_CHANGED,))]


def test_a_unit_that_is_no_weight_is_another_unit() -> None:
    """A count of pieces is never taken for kilograms."""
    weighings, session = begun(unit="kg")
    weighings.took(reading("12", "pcs"))

    assert session.said[-1][1] == (UNIT_CHANGED,)


def test_a_blank_unit_says_nothing() -> None:
    """Some scales leave it out while they move."""
    weighings, session = begun(unit="kg")
    weighings.took(reading("1.250", None))

    assert (session.said[-1][1], session.posted[-1].unit) == ((), None)


@pytest.mark.parametrize(("unit", "shown", "problems"), [("lb", "lb", ()), ("", None, (UNIT_MISSING,))])
def test_a_protocol_without_a_unit_takes_the_configured_one(
    unit: str, shown: str | None, problems: tuple[str, ...]
) -> None:
    """Without one its weights cannot be used, and that can be seen."""
    weighings, session = begun(unit, "toledo-8217")
    for _ in range(FIRST):
        weighings.took(reading("2.75", None))

    assert (session.posted[-1].unit, session.said[-1][1]) == (shown, problems)


def test_a_weight_in_a_shorter_frame_is_not_believed() -> None:
    """A lost digit makes a shorter frame and a lighter parcel."""
    weighings, session = begun(protocol="mt-sics")
    whole, short, shorter = b"S S     11.250 kg\r\n", b"S S     1.250 kg\r\n", b"S S     1.50 kg\r\n"
    for number, raw in enumerate([short, *[whole] * FIRST, short, short, shorter, short, whole]):
        weighings.took(reading(raw[4:-5].strip().decode(), at=number, raw=raw))

    assert [(item.value, item.flag) for item in session.posted] == [
        (Decimal("11.250"), ""),
        *[(None, "length")] * 4,
        (Decimal("11.250"), ""),
    ]


def test_a_new_format_is_taken_when_the_same_frame_has_come_again_and_again() -> None:
    """Somebody has switched from kilograms to grams."""
    weighings, session = begun(protocol="mt-sics")
    for number, raw in enumerate([b"S S     11.250 kg\r\n"] * FIRST + [b"S S     11250 g\r\n"] * 11):
        weighings.took(reading("11.250", at=number, raw=raw))

    assert [item.flag for item in session.posted] == ["", *["length"] * (CONFIRMED - 1), "", ""]


def test_a_weight_in_motion_is_shown_as_it_comes() -> None:
    """It is never captured, and its width may be another."""
    weighings, session = begun(protocol="mt-sics")
    moving = [replace(reading("1.2"), stable=False, raw=b"S D 1.2 kg\r\n"), replace(reading("11.2"), stable=False)]
    for each in moving:
        weighings.took(each)

    assert session.posted == moving


def test_a_protocol_that_notices_lost_bytes_itself_is_believed_at_once() -> None:
    """It has a checksum or one width."""
    weighings, session = begun()
    weighings.took(reading("1.250"))

    assert [item.value for item in session.posted] == [Decimal("1.250")]


def test_what_came_of_an_order_stands_beside_the_state() -> None:
    """The worker who pressed zero sees whether it was set."""
    weighings, session = begun()
    weighings.told("zero: refused: in motion")
    weighings.took(reading("1.250"))
    weighings.told("zero: set")

    assert [detail for detail, _ in session.said] == [
        "/dev/x 9600 8N1; zero: refused: in motion",
        "/dev/x 9600 8N1; zero: refused: in motion",
        "/dev/x 9600 8N1; zero: set",
    ]


def test_silence_names_what_to_look_at() -> None:
    """A USB scale that sleeps has no speed to be set."""
    for protocol, reason in (
        ("radwag", "sends nothing; is it switched on, are speed and protocol right?"),
        ("usb-hid", "sends nothing; press its power key"),
    ):
        weighings, session = begun(protocol=protocol)
        weighings.stopped(1.0, b"")
        weighings.stopped(2.0, b"")

        assert session.said == [(reason, ("silent",))] * 2
        assert [item.flag for item in session.posted] == ["silent"]


def test_what_comes_instead_of_an_answer_is_shown_cleaned() -> None:
    """Three questions long it may be a coincidence."""
    weighings, session = begun()
    for number in range(3):
        weighings.missed(number, b"\x1b[2Jgarbage\r\n")

    assert session.said == [("does not speak Radwag: ␛[2Jgarbage", ("silent",))]
    assert [item.flag for item in session.posted] == ["silent", "silent"]
