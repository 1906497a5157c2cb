"""What scans mean: published vectors, the traps of the hardware reference, and bytes nobody meant for us."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import codes, scan
from rma_station.domain.meaning import (
    AmbiguousScan,
    BadgeScan,
    Certainty,
    ChoiceScan,
    Command,
    CommandScan,
    DamagedScan,
    ForgedScan,
    GradeScan,
    LpnScan,
    Meaning,
    ProductScan,
    RmaScan,
    TextScan,
    TrackingScan,
)

RULES = scan.ScanRules(
    rma_pattern=re.compile(r"RMA-\d{4}-\d{6}"),
    order_pattern=re.compile(r"[A-Z]{1,4}-?\d{4,10}"),
    station="bench-1",
    badge_key=codes.badge_key(bytes(32)),
    command_key=codes.command_key(bytes(32), "bench-1"),
    generation=3,
    own_logs=frozenset({codes.log_letters("log-1")}),
)
CHECKED, SHAPE = Certainty.CHECKED, Certainty.SHAPE


def meaning(text: str, aim: str | None = None) -> Meaning:
    """``interpret`` for text as it stands in the vectors: with or without an identifier in front."""
    return scan.interpret(text.encode("latin-1"), aim, None, RULES)


def product(gtin: str, **more: str) -> ProductScan:
    """A GTIN padded to 14 digits."""
    return ProductScan(gtin.zfill(14), **more)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # hardware reference 7.2
        ("010703206980498815210526100329", product("7032069804988", lot="0329")),
        ("0107032069804988100329\x1d15210526", product("7032069804988", lot="0329")),
        ("15000000", TextScan("15000000")),
        ("00373400306809981733", TrackingScan("00373400306809981733", "sscc", CHECKED)),
        # a place, a weight and an amount alone name no goods and no parcel
        ("]C14101234567890128", TextScan("4101234567890128")),
        ("]C13105123456", TextScan("3105123456")),
        ("]C13901123", TextScan("3901123")),
        ("15200200", product("152000000020")),
        ("96385074", product("96385074")),
        ("5901234123458", DamagedScan("check_digit", "5901234123458")),
        ("157035381410375177", TrackingScan("00157035381410375177", "sscc", CHECKED)),
        (
            "]d201095060001343521726010121ABC123\x1d10L1",
            product("9506000134352", serial="ABC123", lot="L1", expires_on="2026-01-01"),
        ),
        ("]E496385074", product("96385074")),
        ("]E02112345678901", DamagedScan("check_digit", "2112345678901")),
        ("]E402345673", product("02345673")),
        ("]Q3011231231231233310ABC123\x1d99TESTING", product("12312312312333", lot="ABC123")),
        ("]C101123123123133^10ABC", DamagedScan("gs1", "01123123123133^10ABC")),
        ("]Q3", DamagedScan("incomplete", "]Q3")),
        ("]Q1https://id.gs1.org/01/00614141123452/10/ABC123", product("614141123452", lot="ABC123")),
        ("0194019097685457131701193017", product("94019097685457")),
        ("]C0RMA-2026-000123", RmaScan("RMA-2026-000123")),
        # derived: symbology identifiers
        ("]E05901234123457", product("5901234123457")),
        ("]E0042100005264", product("42100005264")),
        ("]E00042100005264", product("42100005264")),
        ("]E004252614", product("42100005264")),
        ("]E0425261", product("42100005264")),
        ("]E012345670", AmbiguousScan((product("123456000070"), product("12345670")))),
        ("]E412345670", product("12345670")),
        ("]E3590123412345712", product("5901234123457")),
        ("]E112", DamagedScan("incomplete", "12")),
        ("]E05901234", DamagedScan("incomplete", "5901234")),
        ("]E0590123412345A", DamagedScan("characters", "590123412345A")),
        ("]E00000000000000", DamagedScan("check_digit", "0000000000000")),
        ("]e00110012345678902", product("10012345678902")),
        ("]J1010950600013435210L1", product("9506000134352", lot="L1")),
        ("]XXRMA-2026-000123", RmaScan("RMA-2026-000123")),
        ("]I115400141288763", product("15400141288763")),
        ("]C0TSHIRT-42-BLUE", TextScan("TSHIRT-42-BLUE")),
        # derived: GS1
        ("]C100376130321109103421", DamagedScan("check_digit", "376130321109103421")),
        ("]C100373400306809981733", TrackingScan("00373400306809981733", "sscc", CHECKED)),
        ("]C100159007731234567806", TrackingScan("00159007731234567806", "poczta", CHECKED)),
        ("]d20109506000134353", DamagedScan("check_digit", "09506000134353")),
        ("]C1010950600013435217260200", product("9506000134352", expires_on="2026-02-28")),
        ("]C1010950600013435217261301", DamagedScan("gs1", "010950600013435217261301")),
        ("]C1400ORD-77", TextScan("ORD-77")),
        ("]C10037340030680998173301095060001343521", DamagedScan("gs1", "0037340030680998173301095060001343521")),
        ("]C1003734003068099817330109506000134352", TrackingScan("00373400306809981733", "sscc", CHECKED)),
        ("\x1d010950600013435210L1\x1d21S1\x1d", product("9506000134352", lot="L1", serial="S1")),
        ("(01)09506000134352(21)S1", product("9506000134352", serial="S1")),
        ("21ABC\x1d10L1", TextScan("21ABC␝10L1")),
        ("ABC\x1dDEF", DamagedScan("gs1", "ABC␝DEF")),
        # derived: carriers behind FNC1
        ("]C11Z5R89390357567127", TrackingScan("1Z5R89390357567127", "ups", CHECKED)),
        ("]C1520000014433330021832563", TrackingScan("520000014433330021832563", "inpost", SHAPE)),
        ("]C1920000014433330021832563", TrackingScan("920000014433330021832563", "inpost", SHAPE)),
        ("]C000373400306809981733", TrackingScan("00373400306809981733", "sscc", SHAPE)),
        ("]C000159007731234567806", TrackingScan("00159007731234567806", "poczta", CHECKED)),
        # derived: links
        (
            "https://shop.example/x/01/614141123452/21/S%2F1?17=260101",
            product("614141123452", serial="S/1", expires_on="2026-01-01"),
        ),
        ("https://shop.example/returns", TextScan("https://shop.example/returns")),
        # derived: ISO 15434
        ("[)>\x1e06\x1d1PAB-12\x1dSXYZ\x1e\x04", TextScan("AB-12")),
        ("[)>\x1e06\x1d3P5901234123457\x1dSXYZ\x1d1TL9\x1e\x04", product("5901234123457", serial="XYZ", lot="L9")),
        ("]d1[)>\x1e05\x1d010950600013435221S1\x1d10L1\x1e\x04", product("9506000134352", serial="S1", lot="L1")),
        ("[)>\x1e01\x1d0200001\x1d840\x1d01\x1d986578788855\x1e\x04", TrackingScan("986578788855", "fedex", CHECKED)),
        ("[)>\x1e05\x1dXX\x1e\x04", DamagedScan("gs1", "XX")),
        ("[)>\x1e99", TextScan("[)>␞99")),
        # hardware reference 7.4
        ("1Z410E7W0392751591", TrackingScan("1Z410E7W0392751591", "ups", CHECKED)),
        ("1Z1111111111111111", DamagedScan("check_digit", "1Z1111111111111111")),
        ("RB123456785GB", TrackingScan("RB123456785GB", "s10", CHECKED)),
        ("008182709980000020033350276C", TrackingScan("09980000020033", "dpd", CHECKED)),
        ("008182709980000020033350276A", DamagedScan("check_digit", "008182709980000020033350276A")),
        ("%008182709980000020033350276", TrackingScan("09980000020033", "dpd", SHAPE)),
        ("73891051146", TrackingScan("73891051146", "dhl", CHECKED)),
        ("3318810010", TextScan("3318810010")),
        ("520000014433330021832563", TrackingScan("520000014433330021832563", "inpost", SHAPE)),
        ("4006381333931", product("4006381333931")),
        ("RMA-2026-000123", RmaScan("RMA-2026-000123")),
        # derived: collisions
        ("09980000020033", TrackingScan("09980000020033", "dpd", SHAPE)),
        ("15400141288763", AmbiguousScan((product("15400141288763"), TrackingScan("15400141288763", "dpd", SHAPE)))),
        ("]C015400141288763", AmbiguousScan((TrackingScan("15400141288763", "dpd", SHAPE), product("15400141288763")))),
        ("042100005264", AmbiguousScan((product("42100005264"), TrackingScan("042100005264", "gls", SHAPE)))),
        ("12345670", AmbiguousScan((product("12345670"), product("123456000070")))),
        ("425261", TextScan("425261")),
        ("JJD0099999999", AmbiguousScan((TextScan("JJD0099999999"), TrackingScan("JJD0099999999", "dhl", SHAPE)))),
        ("ZAM-123456", TextScan("ZAM-123456")),
        ("RMA-2026-000123X", TextScan("RMA-2026-000123X")),
        ("]C05901234123458", TextScan("5901234123458")),
        ("  RMA-2026-000123 ", RmaScan("RMA-2026-000123")),
        ("RMA-2026-000123\r\n", RmaScan("RMA-2026-000123")),
        # derived: characters
        ("", DamagedScan("incomplete", "")),
        ("   ", DamagedScan("incomplete", "")),
        ("AB\x03C", DamagedScan("characters", "AB·C")),
        ("AB\x1b[2J", DamagedScan("characters", "AB␛[2J")),
        ("line\nline", DamagedScan("characters", "line␊line")),
        ("Za\xf3", TextScan("Zaó")),
        ("\xff\xfe\xf1\xf0A", DamagedScan("characters", "ÿþñðA")),
        ("x" * 201, DamagedScan("too_long", "x" * 199 + "…")),
        ("x" * 1025, DamagedScan("too_long", "x" * 199 + "…")),
    ],
)
def test_each_scan_means_exactly_this(text: str, expected: Meaning) -> None:
    """Bytes as a scanner sends them, and the one meaning each has."""
    assert meaning(text) == expected


@pytest.mark.parametrize("aim", ["]C0", "]Q1", None])
def test_our_own_keyed_codes_are_known_in_any_symbol(aim: str | None) -> None:
    """Sheets may be printed as Code 128 or QR."""
    sheet = [CommandScan(Command.UNDO), ChoiceScan(7), GradeScan("C")]
    texts = [codes.command(item, "bench-1", 3, RULES.command_key) for item in sheet]

    assert [meaning(text, aim) for text in texts] == sheet
    assert meaning(codes.badge("000042", RULES.badge_key), aim) == BadgeScan("000042")
    assert meaning(codes.lpn("log-1", 5), aim) == LpnScan(codes.lpn("log-1", 5))


def test_what_only_looks_like_our_codes_is_forged() -> None:
    """A barcode from outside can identify, never command."""
    assert meaning("C-030010000000000000") == ForgedScan("command", "check")
    assert meaning("B-0000420000000000000") == ForgedScan("badge", "check")
    assert meaning(codes.command(ChoiceScan(1), "bench-1", 1, RULES.command_key)) == ForgedScan("command", "generation")


def test_an_unlucky_order_number_is_never_taken_for_a_unit_alone() -> None:
    """One order number in 36 that starts with R has an LPN's check character."""
    lpn = next(text for text in (codes.lpn(f"log-{n}", 0) for n in range(100_000)) if text[1:].isdigit())

    assert meaning(lpn) == AmbiguousScan((LpnScan(lpn), TextScan(lpn)))


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [("incomplete", "incomplete"), ("overflow", "overflow"), ("unmapped key 59", "incomplete")],
)
def test_a_damaged_scan_means_nothing_else(damaged: str, expected: str) -> None:
    """Even when what is left of it is a whole RMA number."""
    assert scan.interpret(b"RMA-2026-000123", None, damaged, RULES) == DamagedScan(expected, "RMA-2026-000123")


def test_utf8_text_is_kept() -> None:
    """A SKU may have Polish letters."""
    assert scan.interpret("Żółw-1".encode(), "]Q1", None, RULES) == TextScan("Żółw-1")


@pytest.mark.parametrize("hidden", ["A\u200bB", "A\u202eB", "A\ufeffB"])
def test_the_invisible_is_not_submitted(hidden: str) -> None:
    """Text that does not look like what it is."""
    assert scan.interpret(hidden.encode(), None, None, RULES) == DamagedScan("characters", "A·B")


def test_a_configured_separator_stands_for_fnc1() -> None:
    """Only where a scanner is known to send something else."""
    rules = scan.ScanRules(**{**vars(RULES), "separators": ("\x1d", "|")})

    assert scan.interpret(b"010950600013435210L1|21S1", "]d2", None, rules) == product(
        "9506000134352", lot="L1", serial="S1"
    )
    assert scan.interpret(b"010950600013435210L1|21S1", "]d2", None, RULES) == DamagedScan(
        "gs1", "010950600013435210L1|21S1"
    )


def test_rma_numbers_of_digits_only_leave_the_carrier_as_a_second_reading() -> None:
    """The shop chooses its patterns; where they collide, both readings are there, ours first."""
    rules = scan.ScanRules(**{**vars(RULES), "rma_pattern": re.compile(r"\d{10}")})

    assert scan.interpret(b"8487135506", None, None, rules) == AmbiguousScan(
        (RmaScan("8487135506"), TrackingScan("8487135506", "dhl", CHECKED))
    )


AIMS = st.sampled_from([None, "]C0", "]C1", "]E0", "]E4", "]d2", "]Q1", "]Q3", "]e0", "]J1", "]I1", "]XX", "", "junk"])
HOSTILE = st.binary(max_size=80) | st.from_regex(
    rb"(\]C1|\]d2|\[\)>\x1e0[156]\x1d|https://id\.gs1\.org/|B-|C-|R|01|00)[0-9A-Z%()/?=\x1d\x1e\x04.-]{0,40}",
    fullmatch=True,
)


@given(HOSTILE, AIMS, st.none() | st.text(max_size=12))
def test_no_bytes_make_it_raise(data: bytes, aim: str | None, damaged: str | None) -> None:
    """Whatever it is, it means something, and what it says can be shown."""
    result = scan.interpret(data, aim, damaged, RULES)

    assert isinstance(result, Meaning)
    shown = getattr(result, "text", None) or getattr(result, "shown", "")
    assert not any(character < " " or "\x7f" <= character < "\xa0" for character in shown)
    assert not isinstance(result, BadgeScan | CommandScan | ChoiceScan | GradeScan)


@given(st.text("0123456789", min_size=12, max_size=12))
def test_every_ean_is_its_product(body: str) -> None:
    """With the identifier or without."""
    from rma_station.domain.checks import gs1_check_digit

    ean = body + gs1_check_digit(body)
    if ean.strip("0"):
        assert meaning(ean) == meaning("]E0" + ean) == product(ean)


def test_biip_is_not_loaded_with_the_module() -> None:
    """The first paint waits for nothing; ``warm_up`` brings it in afterwards."""
    code = (
        "import sys; from rma_station.domain import scan; before = 'biip' in sys.modules; scan.warm_up(); "
        "print(before, 'biip' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]


MESSAGES = [
    *("01" + gtin + "10L1\x1d21S" for gtin in ("09506000134352", "00012345678905", "02012345678905", "09780201379624")),
    *("(01)" + gtin + "(21)S1" for gtin in ("00000096385074", "99780201379627", "02112345678900", "01234567890128")),
    *("00" + sscc for sscc in ("095060001343521234", "376104250021234569", "000000000000000000")),
    *("414" + gln for gln in ("9506000134352", "0000000000000", "5901234123457")),
    *("8003" + "0" + "9506000134352" + "X1", "01095060001343520", "17261130", "400Z-1"),
]


def test_gs1_is_read_the_same_without_the_tables_of_prefixes() -> None:
    """A station leaves biip's tables of countries and companies out; nothing that is read depends on them."""
    code = (
        "import json, sys; from rma_station.domain import gs1, scan\n"
        "if sys.argv[1] == 'without': scan.warm_up()\n"
        "print([gs1.read_message(text) for text in json.loads(sys.argv[2])])\n"
        "print(gs1.read_link('https://id.gs1.org/01/09506000134352/21/S1'))\n"
        "print(len(getattr(sys.modules['biip.gs1_prefixes'], '_GS1_COMPANY_PREFIX_TRIE', ())))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, tables, json.dumps(MESSAGES)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for tables in ("with", "without")
    ]

    assert said[0][:-1] == said[1][:-1]
    assert "'09506000134352'" in said[0][0]
    assert (said[0][-1] != "0", said[1][-1]) == (True, "0")
