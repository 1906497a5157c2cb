"""``--help`` of every command is worth reading."""

from __future__ import annotations

import pytest

from rma_station.__main__ import COMMANDS, main


@pytest.mark.parametrize("command", COMMANDS)
def test_the_exit_codes_stand_in_the_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever writes a script looks there."""
    try:
        code = main([command, "--help"])
    except SystemExit as ended:
        code = int(ended.code or 0)

    assert (code, "exit code" in capsys.readouterr().out.lower()) == (0, True)
