"""A carrier's label: what it is, told from its bytes; half of one is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels import rendering
from labels.carrier import LARGEST, kind_of
from rma_station.errors import Refused
from tests.labels.samples import unit


@pytest.mark.parametrize("language", ["pdf", "zpl", "tspl", "epl"])
def test_labels_of_our_own_making_are_told_apart(language: str) -> None:
    """A label rendered in each printer language is recognised as that language."""
    data = rendering.render(rendering.unit(unit(), "pl", "live", "57x32", 203), language)

    assert kind_of(data) == language


@pytest.mark.parametrize(
    ("data", "language"),
    [
        (b"^XA^FO50,50^ADN,36,20^FDDPD^FS^XZ", "zpl"),
        (b"\xef\xbb\xbf\r\n^xa^fo50,50^fdGLS^fs^xz\r\n", "zpl"),
        (b"~DGR:LOGO.GRF,4,1,FF\n^XA^XGR:LOGO.GRF^FS^XZ^XA^IDR:LOGO.GRF^FS^XZ", "zpl"),
        (b"CT~~CD,~CC^~CT~^XA~TA000~JSN^LT0^XZ^XA^MMT^PW812^FDx^FS^PQ1^XZ", "zpl"),
        (b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF\n", "pdf"),
        (b"\n\n%PDF-1.7\nx\n%%EOF", "pdf"),
        (b'SIZE 100 mm,150 mm\r\nGAP 3 mm\r\nCLS\r\nTEXT 1,1,"3",0,1,1,"a"\r\nPRINT 1\r\n', "tspl"),
        (b'\nN\nq812\nA1,1,0,1,1,1,N,"a"\nP1\n', "epl"),
        (b"I8,A,001\n\n\nQ1218,024\nq812\nN\nP1,1\n", "epl"),
    ],
)
def test_what_carriers_send(data: bytes, language: str) -> None:
    """With what their programs put in front of it."""
    assert kind_of(data) == language


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"^XA^FO50,50^FDcut", "begins as ZPL and is cut short"),
        (b"^XA^FDone^FS^XZ^XA^FDtwo", "cut short"),
        (b"%PDF-1.4\n1 0 obj", "begins as PDF and is cut short"),
        (b"SIZE 100 mm,150 mm\r\nCLS\r\n", "begins as TSPL"),
        (b"\nN\nq812\n", "begins as EPL"),
        (b"\x89PNG\r\n\x1a\n", "neither PDF nor ZPL, TSPL or EPL"),
        (b"<html>Service unavailable</html>", "neither PDF"),
        (b"%PDF-" + b" " * LARGEST, "5000000 is the most"),
    ],
)
def test_what_is_no_whole_label_is_refused(data: bytes, said: str) -> None:
    """With the reason."""
    with pytest.raises(Refused, match=said):
        kind_of(data)


@given(st.binary(max_size=300))
def test_random_bytes_are_told_or_refused(data: bytes) -> None:
    """Nothing else is raised."""
    with suppress(Refused):
        assert kind_of(data) in ("pdf", "zpl", "tspl", "epl")
