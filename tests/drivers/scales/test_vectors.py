"""Frames of every protocol become readings: the vectors of the hardware reference 7.1 and our own from the manuals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.catalogue import scale_protocol
from rma_station.domain.weight import Reading

KG, G, LB = "kg", "g", "lb"

# protocol, frame, value, unit, stable, net, id
WEIGHTS = [
    ("radwag", b"S    -      8.5 g  \r\n", "-8.5", G, True, None, "R1"),
    ("radwag", b"SU   -  172.135 N  \r\n", "-172.135", "N", True, None, "R3 newtons are no weight"),
    ("radwag", b"SI ?      1.250 kg \r\n", "1.250", KG, False, None, "in motion"),
    ("radwag", b"SUI       0.000 kg \r\n", "0.000", KG, True, None, "zero is a weight"),
    ("toledo-8217", b"\x0200.000\r", "0.000", None, True, False, "T1"),
    ("toledo-8217", b"\x0212.34N\r", "12.34", None, True, True, "net, pounds by custom"),
    ("toledo-8217", b"\x0201234\r", "1234", None, True, False, "Baxtran: grams without a point"),
    ("toledo-continuous", b"\x021     200      \rN", "200", LB, True, False, "C1 fixed zeros"),
    ("toledo-continuous", b"\x02-;    250  1500\rl", "-0.250", KG, False, True, "C3"),
    ("toledo-continuous", b"\x02,0   1234     0\r", "12.34", KG, True, False, "without a check byte"),
    ("toledo-continuous", b"\x02-0!  1250     0\r", "1.250", G, True, False, "the unit of the third status byte"),
    ("a-and-d", b"ST,+001234.5  g\r\n", "1234.5", G, True, None, "A1"),
    ("a-and-d", b"ST,+000123.4  %\r\n", "123.4", "%", True, None, "A3"),
    ("a-and-d", b"US,+0001.234 kg\r\n", "1.234", KG, False, None, "A7"),
    ("a-and-d", b"QT,+00000012 PC\r\n", "12", "pcs", True, None, "stable count"),
    ("a-and-d", b"WT,+0001.234 kg\r\n", "1.234", KG, None, None, "weighing: it does not say whether stable"),
    ("a-and-d", b"ST,OK,-0001.234 kg\r\n", "-1.234", KG, True, None, "comparator"),
    ("a-and-d", b"ST,GS,   245.6 g\r\n", "245.6", G, True, False, "A9"),
    ("t-scale", b"ST,GS,   245.6 g\r\n", "245.6", G, True, False, "QHW"),
    ("t-scale", b"US,GS,    92.6 g\r\n", "92.6", G, False, False, "QHW in motion"),
    ("t-scale", b"ST,GS    20.7g  \r\n", "20.7", G, True, False, "NHB"),
    ("t-scale", b"ST,NT,-   1.250 kg\r\n", "-1.250", KG, True, True, "net below zero"),
    ("t-scale", b"US,GS 1.342KG\r\n", "1.342", KG, False, False, "KFN in motion"),
    ("kern", b"ST,GS 1.000KG\r\n", "1.000", KG, True, False, "K1"),
    ("kern", b"   1.234 kg\r\n", "1.234", KG, True, None, "FKB"),
    ("kern", b"-  12.34  g\r\n", "-12.34", G, True, None, "negative"),
    ("kern", b"   1.234   \r\n", "1.234", None, False, None, "no unit: in motion"),
    ("cas-22", b"ST,GS,\x01\x44,   1.234 kg\r\n", "1.234", KG, True, False, "gross"),
    ("cas-22", b"ST,NT,\x0a\x42,  -0.500 kg\r\n", "-0.500", KG, True, True, "the device number is a line feed"),
    ("cas-22", b"US,GS,\x2c\x0d,   1.234 kg\r\n", "1.234", KG, False, False, "a comma and a carriage return"),
    ("cas-22", b"ST,GS,\x81\xff,  12.345 lb\r\n", "12.345", LB, True, False, "eighth bits"),
    ("cas-ap", b"\x01\x02S 01.234kge\x03\x04", "1.234", KG, True, None, "CA1"),
    ("cas-ap", b"\x01\x02U-00.250kg\x6d\x03\x04", "-0.250", KG, False, None, "motion"),
    ("nci", b"\n0000.26LB\r\n00\r\x03", "0.26", LB, True, None, "N1"),
    ("nci", b"\n  1.250KG\r\nS10\r\x03", "1.250", KG, False, None, "in motion"),
    ("nci", b"\n- 1.250kg\r\nS0p4\r\x03", "-1.250", KG, True, True, "third status byte: net"),
    ("ohaus", b"    20.0 kg    G\r\n", "20.0", KG, True, False, "O1"),
    ("ohaus", b"-  1.640 kg    N\r\n", "-1.640", KG, True, True, "O3"),
    ("ohaus", b"    19.8 kg   ?G\r\n", "19.8", KG, False, False, "in motion"),
    ("ohaus", b"-   1.640 kg      \r\n", "-1.640", KG, True, None, "with a space behind the sign, without legend"),
    ("sartorius", b"N     +   123.56 g  \r\n", "123.56", G, True, True, "SB1"),
    ("sartorius", b"+   123.5     \r\n", "123.5", None, False, None, "SB3 in motion"),
    ("sartorius", b"G#    -     0.50 kg \r\n", "-0.50", KG, True, False, "gross"),
    ("adam", b"G+   2.00 kg\r\n", "2.00", KG, None, False, "CPWplus gross"),
    ("adam", b"N-   0.05 kg\r\n", "-0.05", KG, None, True, "net"),
    ("adam", b"    0.500kg\r\n", "0.500", KG, None, None, "AZExtra"),
    ("dibal", b"9900031600000004\r\n", "0.316", KG, True, None, "D1"),
    ("dialog06", b"\x0202\x1b3\x1b01234\x1b000100\x1b000123\x03", "1.234", KG, True, None, "kilograms"),
    ("dialog06", b"\x0202\x1b3\x1b01.234\x1b000100\x1b000123\x03", "1.234", KG, True, None, "with a point"),
    (
        "dialog06",
        b"\x0202\x1b1\x1b00275\x1b00100\x1b000123\x04",
        "2.75",
        LB,
        True,
        None,
        "pounds, five digits of price",
    ),
]

NO_WEIGHTS = [
    ("radwag", b"S A\r\n", "ack", None, "R5"),
    ("radwag", b"S I\r\n", "not_ready", None, "R7"),
    ("radwag", b"SU E\r\n", "not_ready", None, "not stable in time"),
    ("radwag", b"ES\r\n", "syntax", None, "not understood"),
    ("radwag", b"SI ^      9.999 kg \r\n", "over", None, "over"),
    ("radwag", b"SI v  --------- kg \r\n", "under", None, "under"),
    ("radwag", b"SI        1.250 xx \r\n", "unit_unknown", None, "unit"),
    ("radwag", b"SI       1.250 kg \r\n", "unrecognised", None, "a byte is missing"),
    ("radwag", b"SI        1.25  kg \r\n", "unrecognised", None, "not at the right"),
    ("radwag", b"SI        1.250 kg ", "incomplete", None, "no ending"),
    ("toledo-8217", b"\x02?Q\r", "motion+centre_zero", False, "T3"),
    ("toledo-8217", b"\x02?B\r", "over", True, "T5"),
    ("toledo-8217", b"\x02?D\r", "under", True, "under zero"),
    ("toledo-8217", b"\x02?P\r", "centre_zero", True, "empty, and no more is said"),
    ("toledo-8217", b"\x02?@\r", "not_ready", True, "no reason"),
    ("toledo-8217", b"\x02E\rhello", "unrecognised", None, "T7 echo"),
    ("toledo-8217", b"\x02?\x11\r", "unrecognised", None, "bit 6 is always set"),
    ("toledo-8217", b"\x020.0000\x02\r", "unrecognised", None, "begins again"),
    ("toledo-continuous", b"\x02,0   1234     0\r\x1c", "checksum", None, "C5"),
    ("toledo-continuous", b"\x02,4   1234     0\r", "over", True, "out of range"),
    ("toledo-continuous", b"\x02,>   1234     0\r", "under", False, "out of range below"),
    ("toledo-continuous", b"\x02,p   1234     0\r", "not_zeroed", True, "no zero since power-up"),
    ("toledo-continuous", b"\x02,00  1234     0\r", "expanded", True, "ten times finer, or not"),
    ("toledo-continuous", b"\x02,0'  1234     0\r", "unit_unknown", True, "custom unit"),
    ("toledo-continuous", b"\x02,0       12   0\r", "unrecognised", None, "no digits"),
    ("a-and-d", b"OL,-99999999 PC\r\n", "under", None, "A5"),
    ("a-and-d", b"OL,+999999.9  g\r\n", "over", None, "over"),
    ("a-and-d", b"EC,E01\r\n", "syntax", None, "error"),
    ("a-and-d", b"\x06", "ack", None, "heard"),
    ("a-and-d", b"ST,+00123.5  g\r\n", "unrecognised", None, "a digit is missing"),
    ("a-and-d", b"ST,+001234.5 xx\r\n", "unit_unknown", None, "unit"),
    ("a-and-d", b"ST,+00123-.5  g\r\n", "unrecognised", None, "a sign inside"),
    ("a-and-d", b"ST,+001234.5  g\r", "incomplete", None, "no line feed"),
    ("t-scale", b"OL,GS,  ------ kg\r\n", "over", None, "over"),
    ("t-scale", b"OL,GS,  -99999 kg\r\n", "under", None, "under"),
    ("t-scale", b"ST,TR,   1.250 kg\r\n", "unrecognised", None, "a tare is no weight"),
    ("t-scale", b"ST,GS,   1.250\r\n", "unit_unknown", None, "no unit"),
    ("t-scale", b"ST,GS,   1.2.0 kg\r\n", "unrecognised", None, "two points"),
    ("kern", b"       Error\r\n", "fault", None, "error"),
    ("kern", b"12345678\r\n", "unrecognised", None, "a barcode is no weight"),
    ("kern", b" 1 kg\r\n", "unrecognised", None, "too short"),
    ("kern", b"   1.234 ml\r\n", "unit_unknown", None, "unit"),
    ("cas-22", b"OL,GS,\x01\x04,  99.999 kg\r\n", "over", None, "over"),
    ("cas-22", b"OL,GS,\x01\x04, -99.999 kg\r\n", "under", None, "under"),
    ("cas-22", b"ST,GS,\x01\x44,  1.234 kg\r\n", "unrecognised", None, "a byte is missing"),
    ("cas-22", b"ST,GS,\x01\x44,   1.234 ml\r\n", "unit_unknown", None, "unit"),
    ("cas-22", b"ST,GS,\x01\x44,   1 234 kg\r\n", "unrecognised", None, "a gap in the number"),
    ("cas-ap", b"\x01\x02SFFFFFFFkg\x19\x03\x04", "over", None, "CA3"),
    ("cas-ap", b"\x06", "ack", None, "heard"),
    ("cas-ap", b"\x15", "not_ready", None, "refused"),
    ("cas-ap", b"\x01\x02S 01.234kgd\x03\x04", "checksum", None, "check byte"),
    ("cas-ap", b"\x01\x02S 01.234", "unrecognised", None, "half"),
    ("nci", b"\nS10\r\x03", "motion", False, "N3"),
    ("nci", b"\n?\r\x03", "syntax", None, "not understood"),
    ("nci", b"\n02\r\x03", "over", True, "over"),
    ("nci", b"\nS01\r\x03", "under", True, "under"),
    ("nci", b"\nS20\r\x03", "centre_zero", True, "empty"),
    ("nci", b"\nS00\r\x03", "not_ready", True, "no reason"),
    ("nci", b"\nS40\r\x03", "fault", True, "memory"),
    ("nci", b"\n^^^^^^KG\r\n02\r\x03", "over", True, "over in place of digits"),
    ("nci", b"\n______KG\r\n01\r\x03", "under", True, "under in place of digits"),
    ("nci", b"\n------KG\r\n00\r\x03", "not_zeroed", True, "zero error in place of digits"),
    ("nci", b"\n  1.250KG\r\nS0p8\r\x03", "not_zeroed", True, "no zero at power-up"),
    ("nci", b"\n  1.250KG\r\nS0p\r\x03", "unrecognised", None, "the third byte is announced and missing"),
    ("nci", b"\n  1.250XX\r\n00\r\x03", "unit_unknown", None, "unit"),
    ("ohaus", b"OVER\r\n", "over", None, "over"),
    ("ohaus", b"    --OF-- kg   G\r\n", "over", None, "over with dashes"),
    ("ohaus", b"  UNDER  \r\n", "under", None, "under"),
    ("ohaus", b"ES\r\n", "syntax", None, "not understood"),
    ("ohaus", b"    20.0 kg    T\r\n", "unrecognised", None, "a tare is no weight"),
    ("ohaus", b"   20.0 kg    G\r\n", "unrecognised", None, "a byte is missing"),
    ("ohaus", b"    20.0 ml    G\r\n", "unit_unknown", None, "unit"),
    ("sartorius", b"      High    \r\n", "over", None, "high"),
    ("sartorius", b"Stat        L       \r\n", "under", None, "low"),
    ("sartorius", b"    Err 54    \r\n", "fault", None, "error"),
    ("sartorius", b"T1    +   123.56 g  \r\n", "unrecognised", None, "a tare is no weight"),
    ("sartorius", b"+   123.56 xx \r\n", "unit_unknown", None, "unit"),
    ("sartorius", b"+  123.56 g  \r\n", "unrecognised", None, "a byte is missing"),
    ("adam", b"G  ------ kg\r\n", "not_ready", None, "dashes"),
    ("adam", b"T+   2.00 kg\r\n", "unrecognised", None, "a tare is no weight"),
    ("adam", b"N+   2.00 xx\r\n", "unit_unknown", None, "unit"),
    ("dibal", b"9910031600000005\r\n", "not_ready", None, "status"),
    ("dibal", b"9900031600000005\r\n", "checksum", None, "check character"),
    ("dibal", b"990003160000004\r\n", "unrecognised", None, "a digit is missing"),
    ("dialog06", b"\x06", "ack", None, "heard"),
    ("dialog06", b"\x15", "nak", None, "refused"),
    ("dialog06", b"\x0209\x1b20\x03", "motion", False, "why: motion"),
    ("dialog06", b"\x0209\x1b30\x03", "empty", None, "why: less than its smallest weight"),
    ("dialog06", b"\x0209\x1b31\x03", "under", None, "why: under"),
    ("dialog06", b"\x0209\x1b32\x03", "over", None, "why: over"),
    ("dialog06", b"\x0209\x1b11\x03", "fault", None, "why: price"),
    ("dialog06", b"\x0202\x1b3\x1b     \x1b000100\x1b000000\x03", "motion", False, "blank"),
    (
        "dialog06",
        b"\x0202\x1b3\x1b00000\x1b000100\x1b000000\x03",
        "zero_or_over",
        None,
        "an overload looks like this too",
    ),
    ("dialog06", b"\x0202\x1b3\x1b-00.000\x1b000100\x1b000000\x03", "under", None, "negative"),
    ("dialog06", b"\x0202\x1b3\x1b0.1234\x1b000100\x1b000000\x03", "unrecognised", None, "the point is elsewhere"),
    ("dialog06", b"\x0202\x1b0\x1b00275\x1b000100\x1b000000\x03", "unit_unknown", None, "eighths of ounces"),
]


@pytest.mark.parametrize(
    ("protocol", "frame", "value", "unit", "stable", "net"),
    [pytest.param(*row[:-1], id=f"{row[0]} {row[-1]}") for row in WEIGHTS],
)
def test_a_weight_is_read_as_the_frame_says_it(
    protocol: str, frame: bytes, value: str, unit: str | None, stable: bool | None, net: bool | None
) -> None:
    """Value with its trailing zeros, unit, stability and net as the frame says them; the frame stays as evidence."""
    reading = scale_protocol(protocol).parse(frame, 5.0)

    assert (str(reading.value), reading.unit, reading.stable, reading.net) == (value, unit, stable, net)
    assert (reading.raw, reading.at, reading.flag) == (frame, 5.0, "")


@pytest.mark.parametrize(
    ("protocol", "frame", "flag", "stable"),
    [pytest.param(*row[:-1], id=f"{row[0]} {row[-1]}") for row in NO_WEIGHTS],
)
def test_everything_else_is_no_weight(protocol: str, frame: bytes, flag: str, stable: bool | None) -> None:
    """The flag says why; the value is unknown, never 0."""
    reading = scale_protocol(protocol).parse(frame, 5.0)

    assert reading == Reading(None, None, stable, frame, 5.0, flag=flag)


def test_the_tare_of_the_continuous_output_is_read() -> None:
    """C3: with the decimals of the weight."""
    assert scale_protocol("toledo-continuous").parse(b"\x02-;    250  1500\rl", 0.0).tare == Decimal("1.500")
