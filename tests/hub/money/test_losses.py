"""The loss report as a person reads it, and as a spreadsheet does."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.commands import refunds

ROWS = [
    {
        "at": "2026-11-24T12:00:00.000Z",
        "state": "recorded",
        "case_id": "RMA-2026-000001",
        "order_id": "Z-1",
        "refund_key": "k1",
        "paid_minor": 10000,
        "lost_minor": 4000,
        "currency": "PLN",
        "reason": "=HYPERLINK(1)",
        "by": "000901",
    },
]
ROWS.append({**ROWS[0], "state": "open", "lost_minor": None, "reason": "late_contradiction", "by": ""})


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> str:
    """What the command prints."""
    monkeypatch.setattr(refunds, "ask", lambda _folder, _operation: {"losses": ROWS})
    assert refunds.execute(["--data", str(folder), "losses", *options]) == 0
    return capsys.readouterr().out


def test_what_is_lost_is_said_and_what_nobody_settled_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A loss is an amount only when a supervisor has said so."""
    first, second = said(monkeypatch, capsys, tmp_path).splitlines()

    assert "recorded  paid 100.00, lost 40.00 PLN" in first
    assert "open  paid 100.00, lost ? PLN  late_contradiction" in second


def test_a_spreadsheet_gets_text_and_never_a_formula(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A reason is what somebody typed."""
    head, first, second = said(monkeypatch, capsys, tmp_path, "--csv").splitlines()

    assert head.startswith("at,state,case_id")
    assert first.endswith("10000,4000,PLN,'=HYPERLINK(1),000901")
    assert second.endswith("10000,,PLN,late_contradiction,")
